//! What keeps the page from being made.

use arrow_schema::ArrowError;
use leadlake_gold::{EngineError, GoldError};
use thiserror::Error;

#[derive(Debug, Error)]
pub enum ReportError {
    #[error(transparent)]
    Gold(#[from] GoldError),
    #[error("{asked}: {source}")]
    Engine { asked: &'static str, source: EngineError },
    #[error("there is no model {model}, which is a defect of leadlake: the page is made from it")]
    NoModel { model: &'static str },
    #[error("the answer of {asked} has no column {column}; mend its query, or take the one that is shipped")]
    NoColumn { asked: &'static str, column: &'static str },
    #[error("column {column} of {asked} cannot be read as {wanted}: {source}; mend its query")]
    Column { asked: &'static str, column: &'static str, wanted: &'static str, source: ArrowError },
    #[error("column {column} of {asked} is empty in a row, which it may not be; mend its query")]
    Empty { asked: &'static str, column: &'static str },
    #[error("the page could not be put together: {0}; this is a defect of leadlake")]
    Page(#[from] askama::Error),
    #[error("a chart could not be written down: {0}; this is a defect of leadlake")]
    Chart(#[from] serde_json::Error),
}
