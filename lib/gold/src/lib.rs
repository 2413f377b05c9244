//! What do the tables add up to? SQL models in, KPIs with their history and gold tables out.
//!
//! Knows no engine: it asks through [`SqlEngine`], in the dialect of Athena.

mod answer;
mod cuts;
mod day;
mod engine;
mod error;
mod expired;
mod figures;
mod inputs;
mod literal;
mod model;
mod newest;
mod previous;
mod report;
mod rows;
mod run;
#[cfg(test)]
mod run_tests;
#[cfg(any(test, feature = "testing"))]
pub mod scripted;
mod settings;
mod state;
mod tables;
mod why;
mod write;

pub use engine::{Asked, EngineError, SqlEngine};
pub use error::GoldError;
pub use figures::{BreakdownItem, DayValue, Headline, KpiFigure, KpiFigures, kpi_figures};
pub use inputs::GoldInputs;
pub use model::{ColumnType, KPI_NAMES, Model, ModelColumn, ModelError, ModelProblem, Models};
pub use newest::{NewestKpi, NewestKpis, NewestValue, newest_kpis};
pub use report::{Because, Correction, GoldReport};
pub use rows::KpiRow;
pub use run::GoldRun;
pub use settings::{
    Better, Bound, Breakdown, Check, HeadlineSettings, KpiSetting, KpiSettings, SettingsError, State, Unit,
};
pub use tables::written_tables;
