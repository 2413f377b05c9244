use std::fmt;

use serde::{Deserialize, Serialize};

/// Where an event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Roadshow,
    Webinar,
    Online,
    Crm,
    Transactions,
}

impl Source {
    pub const ALL: [Self; 5] = [Self::Roadshow, Self::Webinar, Self::Online, Self::Crm, Self::Transactions];

    /// The folder below `bronze/`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Roadshow => "roadshow",
            Self::Webinar => "webinar",
            Self::Online => "online",
            Self::Crm => "crm",
            Self::Transactions => "transactions",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One value for each source.
#[derive(Debug, Clone, Default)]
pub(crate) struct PerSource<T> {
    roadshow: T,
    webinar: T,
    online: T,
    crm: T,
    transactions: T,
}

impl<T> PerSource<T> {
    pub(crate) fn of_mut(&mut self, source: Source) -> &mut T {
        match source {
            Source::Roadshow => &mut self.roadshow,
            Source::Webinar => &mut self.webinar,
            Source::Online => &mut self.online,
            Source::Crm => &mut self.crm,
            Source::Transactions => &mut self.transactions,
        }
    }

    pub(crate) fn into_pairs(self) -> [(Source, T); 5] {
        [
            (Source::Roadshow, self.roadshow),
            (Source::Webinar, self.webinar),
            (Source::Online, self.online),
            (Source::Crm, self.crm),
            (Source::Transactions, self.transactions),
        ]
    }
}
