//! Features, rules and models, explanations. Pure: no I/O, no clock, no randomness.

pub mod config;
pub mod decision;
mod decisions;
pub mod features;
pub mod location;
pub mod model;
pub mod points;
pub mod probability;
pub mod rule;
#[cfg(test)]
mod samples;
pub mod why;

pub use config::Scoring;
pub use decision::Decision;
pub use features::{FeatureMaker, Features, TrainingPair};
pub use leadlake_settings::SettingsError;
pub use location::{LocationHistory, LocationRates};
pub use model::{Category, Part, Reason, ReasonCode, ReasonValue, Score, ScoreModel};
pub use points::Points;
pub use probability::{BandHistory, BandRates, Probability, ProbabilityBasis};
pub use rule::RuleModel;
pub use why::Why;
