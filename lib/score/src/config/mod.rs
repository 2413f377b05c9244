//! How leads are scored, as `scoring.yaml` says it.

mod check;
mod take;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use leadlake_lead::profile::Currency;
use leadlake_settings::{SettingsError, read};

use crate::points::Points;

/// The file as it is shipped.
pub const SHIPPED: &str = include_str!("../../../../scoring.yaml");
const SHIPPED_NAME: &str = "scoring.yaml";

#[derive(Debug, Clone, PartialEq)]
pub struct Scoring {
    /// The name of this set of rules.
    pub version: String,
    pub main_currency: Currency,
    pub source: SourceWeights,
    pub engagement: EngagementWeights,
    pub daily_caps: DailyCaps,
    pub intent: IntentRules,
    pub half_life_days: f64,
    pub categories: Categories,
    pub probability: ProbabilitySettings,
    /// How many leads with the rate of all a city counts beside its own; above zero.
    pub location_shrinkage: f64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceWeights {
    pub by_name: BTreeMap<String, Points>,
    /// Of any source that is not named.
    pub other: Points,
}

/// For each one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngagementWeights {
    pub webinar_minute: Points,
    pub question: Points,
    pub form: Points,
    pub visit: Points,
}

/// How many of these count on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyCaps {
    pub webinars: u64,
    pub questions_asked: u64,
    pub forms: u64,
    pub visits: u64,
    pub other_touches: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntentRules {
    pub timeframe_within_days: i64,
    pub timeframe_points: Points,
    pub disposable_address_points: Points,
}

/// Hot begins above where warm does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Categories {
    pub hot_from: Points,
    pub warm_from: Points,
    pub actions: Actions,
}

/// What sales should do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions {
    pub hot: String,
    pub warm: String,
    pub cold: String,
    /// Whatever the score: for whoever has bought, and for whom sales has given up last.
    pub converted: String,
    pub lost: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ProbabilitySettings {
    /// Where each band but the lowest begins; ascending.
    pub bands_from: Vec<Points>,
    /// Above zero.
    pub shrinkage: f64,
    /// Between zero and one, and neither.
    pub prior: f64,
}

impl Scoring {
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
}

impl SourceWeights {
    pub fn weight_of(&self, source: &str) -> Points {
        self.by_name.get(source).copied().unwrap_or(self.other)
    }
}
