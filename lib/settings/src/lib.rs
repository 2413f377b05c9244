//! What does a file of settings say, and what is wrong in it? Strict YAML in; every value with its line, every problem at once.
//!
//! What the settings mean is for the rooms that have them: `scoring.yaml` in `lib/score`, `kpi.yaml` in `lib/gold`.

mod document;
mod problem;
mod section;

pub use document::{Node, Written, read};
pub use problem::{Place, Problem, Reason, SettingsError};
pub use section::{Findings, Section};
