//! What keeps the gold tables from being made.

use arrow_schema::ArrowError;
use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_lake::catalog::PublishError;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::StoreError;
use leadlake_lake::tables::{TableError, TableName};
use parquet::errors::ParquetError;
use thiserror::Error;

use crate::engine::EngineError;

#[derive(Debug, Error)]
pub enum GoldError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("{as_of} has not come yet, it is {now}; a run can only be as of now or the past")]
    InFuture { as_of: Timestamp, now: Timestamp },
    #[error("{query} could not be asked: {source}")]
    Engine { query: String, source: EngineError },
    #[error("{query} answers the columns {found}, its header says {declared}; mend one of them")]
    Columns { query: String, found: String, declared: String },
    #[error("column {column} of {query} is declared as {declared} and answered as {found}, {fault}")]
    Type { query: String, column: String, declared: String, found: String, fault: &'static str },
    #[error("column {column} of {query} is empty in a row, which it never may be; mend the query")]
    Empty { query: String, column: String },
    #[error("{query} answers a row about {day}, it was asked about {from} to {to}; mend the query")]
    OtherDay { query: String, day: Date, from: Date, to: Date },
    #[error("{query} answers {measure} of one day and the same dimensions twice; mend the query")]
    Twice { query: String, measure: String },
    #[error(
        "there is no model {model}, which {table} is made by; take it from the folder models of leadlake"
    )]
    NoModel { model: &'static str, table: TableName },
    #[error("kpi.yaml says nothing about {kpi}; add it")]
    NoSettings { kpi: String },
    #[error("kpi.yaml checks {kpi} by {by}, which is no dimension of it; name another or leave `by` out")]
    NoDimension { kpi: String, by: String },
    #[error(
        "{key} cannot be read as Parquet: {source}; run `leadlake verify`, which says what to do about it"
    )]
    Unreadable { key: ObjectKey, source: ParquetError },
    #[error(
        "{key} does not hold what {column} of {table} should be; if another version of leadlake wrote it, use that one"
    )]
    OtherColumns { key: ObjectKey, table: TableName, column: &'static str },
    #[error("{key} is no mark of a run: it should hold an instant; run `leadlake verify`")]
    NoMark { key: ObjectKey },
    #[error("{key} could not be read to its end: {source}; try again")]
    Body { key: ObjectKey, source: std::io::Error },
    #[error("rows of {what} could not be put together: {source}; this is a defect of leadlake")]
    Rows { what: String, source: ArrowError },
}
