//! Accepted events into people, features and scores: one run, from silver to committed tables.

pub mod error;
mod fold;
mod gather;
mod inputs;
mod keys;
mod memory;
mod outputs;
mod plan;
mod previous;
mod publish;
#[cfg(test)]
mod publish_tests;
mod report;
mod rows;
mod run;
mod salt;
mod scored;
mod shards;
mod silver;
mod spill;
mod tables;
mod threads;
mod views;
mod vocabulary;

pub use error::PipelineError;
pub use inputs::WhyFull;
pub use memory::Memory;
pub use report::ScoreReport;
pub use run::ScoreRun;
pub use salt::{Salt, SaltError};
pub use tables::ledger::taken_in;
pub use tables::written_tables;
