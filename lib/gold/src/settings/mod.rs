//! What is shown first of each KPI and when it is worth a look, as `kpi.yaml` says it.

mod check;
mod known;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use leadlake_settings::SettingsError;
use leadlake_settings::read;

/// The file as it is shipped.
pub const SHIPPED: &str = include_str!("../../../../kpi.yaml");
const SHIPPED_NAME: &str = "kpi.yaml";

/// The settings of all KPIs.
#[derive(Debug, Clone, PartialEq)]
pub struct KpiSettings {
    /// The name of this set of thresholds.
    pub version: String,
    /// How many days a run looks at again.
    pub looks_back_days: u32,
    /// In the order of their numbers.
    pub kpis: Vec<KpiSetting>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct KpiSetting {
    /// Such as `lead_volume`.
    pub name: String,
    pub headline: HeadlineSettings,
    pub breakdown: Option<Breakdown>,
    pub checks: Vec<Check>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadlineSettings {
    pub measure: String,
    pub unit: Unit,
    pub better: Better,
}

/// By which dimension the whole range is told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakdown {
    pub measure: String,
    pub by: String,
}

/// When the newest complete day is worth a look.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    pub measure: String,
    /// The dimension each of whose values is looked at by itself; nothing for what is about all.
    pub by: Option<String>,
    pub bound: Bound,
    pub watch: f64,
    pub alarm: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    BelowValue,
    AboveValue,
    /// As a share of what is usual: the median of the last seven complete days before that had any.
    BelowUsual,
    AboveUsual,
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    /// From 0 to 1.
    Share,
    Seconds,
    Ratio,
    Points,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    Higher,
    Lower,
    Neither,
}

/// How the newest complete day of a KPI is. Later ones are worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    NoData,
    Ok,
    Watch,
    Alarm,
}

impl KpiSettings {
    /// The settings as shipped, which anybody may edit: so they are checked too.
    pub fn shipped() -> Result<Self, SettingsError> {
        Self::parse(SHIPPED_NAME, SHIPPED)
    }

    /// The file is its name in messages. All that is wrong is told at once.
    pub fn parse(file: &str, text: &str) -> Result<Self, SettingsError> {
        let refused = |problems| SettingsError { file: file.to_owned(), problems };
        let document = read(text).map_err(|problem| refused(vec![problem]))?;
        check::check(document).map_err(refused)
    }

    pub fn of(&self, kpi: &str) -> Option<&KpiSetting> {
        self.kpis.iter().find(|setting| setting.name == kpi)
    }
}

impl State {
    /// As tables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::Ok => "ok",
            Self::Watch => "watch",
            Self::Alarm => "alarm",
        }
    }

    pub(crate) fn named(text: &str) -> Option<Self> {
        [Self::NoData, Self::Ok, Self::Watch, Self::Alarm].into_iter().find(|state| state.as_str() == text)
    }
}
