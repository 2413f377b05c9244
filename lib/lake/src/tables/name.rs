//! The names of tables that have versions.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use leadlake_contract::{NameError, SourceName};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The folders in which tables with versions lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableLayer {
    Silver,
    Features,
    Gold,
    Ops,
}

impl TableLayer {
    pub const ALL: [Self; 4] = [Self::Silver, Self::Features, Self::Gold, Self::Ops];

    pub fn folder(self) -> &'static str {
        match self {
            Self::Silver => "silver",
            Self::Features => "features",
            Self::Gold => "gold",
            Self::Ops => "ops",
        }
    }
}

/// A table with versions: `silver/leads` as a folder, `silver_leads` in SQL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TableName {
    layer: TableLayer,
    name: Cow<'static, str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TableNameError {
    #[error(
        "{text:?} names no table with versions; write <layer>/<name>, where the layer is silver, features, gold or ops, such as silver/leads"
    )]
    Layer { text: String },
    #[error("{text:?} names no table: {source}")]
    Name { text: String, source: NameError },
}

impl TableNameError {
    fn about(self, whole: &str) -> Self {
        match self {
            Self::Name { source, .. } => Self::Name { text: whole.to_owned(), source },
            other => other,
        }
    }
}

impl TableName {
    /// The entries of the ledger whose events a run took in.
    pub const LEDGER: Self = Self::own(TableLayer::Ops, "ledger");
    /// Every distinct event with the lead it belongs to.
    pub const LEAD_EVENTS: Self = Self::own(TableLayer::Silver, "lead_events");
    /// One row per person.
    pub const LEADS: Self = Self::own(TableLayer::Silver, "leads");
    /// Other ids and identifiers of a lead.
    pub const LEAD_ALIASES: Self = Self::own(TableLayer::Silver, "lead_aliases");
    /// Which rule joined which two, on what evidence.
    pub const LEAD_JOINS: Self = Self::own(TableLayer::Silver, "lead_joins");
    /// Joins that a person has to decide.
    pub const LEAD_REVIEW: Self = Self::own(TableLayer::Silver, "lead_review");
    /// What was known of a lead at the end of each day.
    pub const LEAD_HISTORY: Self = Self::own(TableLayer::Silver, "lead_history");
    pub const FEATURES: Self = Self::own(TableLayer::Features, "leads");
    pub const LEAD_SCORES: Self = Self::own(TableLayer::Gold, "lead_scores");

    /// The ten KPIs, day by day, with every later correction.
    pub const KPI: Self = Self::own(TableLayer::Gold, "kpi");
    /// How the leads of a source and day did.
    pub const CONVERSION_METRICS: Self = Self::own(TableLayer::Gold, "conversion_metrics");
    /// Which source a conversion is owed to.
    pub const ATTRIBUTION: Self = Self::own(TableLayer::Gold, "attribution");
    /// Whom sales should call, and why.
    pub const SALES_DASHBOARD: Self = Self::own(TableLayer::Gold, "sales_dashboard");

    /// The lake's own tables, each before those that are built from it.
    pub const OWN: [Self; 13] = [
        Self::LEDGER,
        Self::LEAD_EVENTS,
        Self::LEADS,
        Self::LEAD_ALIASES,
        Self::LEAD_JOINS,
        Self::LEAD_REVIEW,
        Self::LEAD_HISTORY,
        Self::FEATURES,
        Self::LEAD_SCORES,
        Self::KPI,
        Self::CONVERSION_METRICS,
        Self::ATTRIBUTION,
        Self::SALES_DASHBOARD,
    ];

    /// Those of [`Self::OWN`] that one score run writes together.
    pub const OF_A_SCORE_RUN: [Self; 9] = [
        Self::LEDGER,
        Self::LEAD_EVENTS,
        Self::LEADS,
        Self::LEAD_ALIASES,
        Self::LEAD_JOINS,
        Self::LEAD_REVIEW,
        Self::LEAD_HISTORY,
        Self::FEATURES,
        Self::LEAD_SCORES,
    ];

    const fn own(layer: TableLayer, name: &'static str) -> Self {
        Self { layer, name: Cow::Borrowed(name) }
    }

    pub fn new(layer: TableLayer, name: &str) -> Result<Self, TableNameError> {
        // A table's name follows the same rules as a source's, whose table stands beside it.
        let name =
            SourceName::new(name).map_err(|source| TableNameError::Name { text: name.to_owned(), source })?;
        Ok(Self { layer, name: Cow::Owned(name.into()) })
    }

    pub fn layer(&self) -> TableLayer {
        self.layer
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its versions lie, and its log in `_log` below.
    pub fn folder(&self) -> String {
        format!("{}/{}", self.layer.folder(), self.name)
    }

    /// What it is called in SQL.
    pub fn sql_name(&self) -> String {
        format!("{}_{}", self.layer.folder(), self.name)
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.layer.folder(), self.name)
    }
}

/// Reads the folder and the name in SQL alike.
impl FromStr for TableName {
    type Err = TableNameError;

    fn from_str(text: &str) -> Result<Self, TableNameError> {
        let name_in = |layer: TableLayer| text.strip_prefix(layer.folder())?.strip_prefix(['/', '_']);
        let found = TableLayer::ALL.into_iter().find_map(|layer| Some((layer, name_in(layer)?)));
        let (layer, name) = found.ok_or_else(|| TableNameError::Layer { text: text.to_owned() })?;
        Self::new(layer, name).map_err(|error| error.about(text))
    }
}

impl TryFrom<String> for TableName {
    type Error = TableNameError;

    fn try_from(text: String) -> Result<Self, TableNameError> {
        text.parse()
    }
}

impl From<TableName> for String {
    fn from(name: TableName) -> Self {
        name.to_string()
    }
}
