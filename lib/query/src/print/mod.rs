//! Answers as people and machines want them. Rows are written as they come, so an answer may be larger than memory.

mod cell;
mod csv;
mod json;
mod table;

use std::io::{self, Write};

use thiserror::Error;

use crate::error::QueryError;
use crate::result::QueryResult;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns, long cells cut.
    Table,
    /// An array of objects. Decimals are texts, so that no digit is lost, and instants are as RFC 3339 writes them.
    Json,
    /// As RFC 4180 describes it; null is empty, the empty text is `""`.
    Csv,
}

#[derive(Debug, Error)]
pub enum PrintError {
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error("cannot write the answer: {0}")]
    Write(#[from] io::Error),
}

/// Writes the whole answer.
pub fn print(result: QueryResult<'_>, format: Format, out: &mut dyn Write) -> Result<(), PrintError> {
    match format {
        Format::Table => table::print(result, out)?,
        Format::Json => json::print(result, out)?,
        Format::Csv => csv::print(result, out)?,
    }
    Ok(out.flush()?)
}
