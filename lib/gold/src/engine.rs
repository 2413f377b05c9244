//! Whoever answers SQL: the embedded engine, Athena, a test.

use std::error::Error;

use arrow_array::RecordBatch;
use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;

use crate::day;

/// Answers queries in the dialect of Athena, about one set of versions of the tables.
pub trait SqlEngine {
    fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>, EngineError>;
}

/// What the engine says. It holds no value of any row.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct EngineError(Box<dyn Error + Send + Sync>);

impl EngineError {
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// The instant and the days that a model is asked about. Both days are included, and none is after that of the instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub as_of: Timestamp,
    pub from: Date,
    pub to: Date,
}

impl Asked {
    /// Whether nothing of the day is left after the instant.
    pub fn is_over(&self, day: Date) -> bool {
        day::is_over(day, self.as_of)
    }
}
