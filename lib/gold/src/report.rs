//! What a run tells of itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_lake::tables::{LogEntry, TableName, VersionNumber};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GoldReport {
    pub as_of: Timestamp,
    /// The first day that was looked at again.
    pub from: Date,
    pub to: Date,
    /// `gold_kpi` is as of a later instant, or from newer scores, and so it stays as it is.
    pub beside_current: bool,
    /// The other tables stay too: these scores are not those that readers use.
    pub tables_beside_current: bool,
    /// The version of each table that the run wrote.
    pub versions: BTreeMap<TableName, VersionNumber>,
    /// Cuts that the run added to `gold_kpi`, but for those of days that are not over.
    pub kpi_rows: u64,
    /// Days that were over and whose value is another now.
    pub corrections: Vec<Correction>,
}

impl GoldReport {
    pub(crate) fn committed(&mut self, entry: &LogEntry) {
        self.versions.insert(entry.table.clone(), entry.number);
    }
}

/// A value of a day that was over, and is another now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Correction {
    pub kpi: String,
    pub measure: String,
    pub dimensions: BTreeMap<String, String>,
    pub date: Date,
    pub from: Option<f64>,
    pub to: Option<f64>,
    pub because: Because,
    /// Why, in words.
    pub detail: String,
}

/// Why a value of a day that was over changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Something arrived after the run before.
    LateData,
    /// Objects that had been refined were refined again, under other contracts say.
    RefinedAgain,
    /// Other rules score the leads.
    ScoringChanged,
    /// What is known of people changed: who is one person, or what became of them.
    PeopleChanged,
}

impl Because {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LateData => "late_data",
            Self::RefinedAgain => "refined_again",
            Self::ScoringChanged => "scoring_changed",
            Self::PeopleChanged => "people_changed",
        }
    }
}
