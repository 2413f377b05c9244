//! What keeps Athena from answering. Nothing here shows a value of any row.

use std::time::Duration;

use leadlake_lake::tables::TableName;
use thiserror::Error;

use super::settings::Workgroup;
use crate::refusal::Refusal;

#[derive(Debug, Error)]
pub enum AthenaError {
    #[error(transparent)]
    Pin(#[from] PinError),
    #[error("Athena could not {operation} in workgroup {workgroup}: {refusal}")]
    Service { operation: &'static str, workgroup: Workgroup, refusal: Refusal },
    #[error("Athena began a query and did not say which; this is an answer that AWS does not give")]
    NoQueryId,
    #[error("query {query} failed on Athena: {reason}")]
    Failed { query: String, reason: String, may_pass: bool },
    #[error(
        "query {query} was stopped on Athena: {reason}; ask for less, or raise the limit of the workgroup"
    )]
    Cancelled { query: String, reason: String },
    #[error(
        "query {query} was not done after {seconds} seconds and was stopped; give Athena more time, or look there at what it waits for", seconds = .timeout.as_secs()
    )]
    TimedOut { query: String, timeout: Duration },
    #[error(
        "query {query} was done, but its rows were not read after {seconds} seconds, when its time ended: {rows} rows had been; give Athena more time, or ask for fewer rows", seconds = .timeout.as_secs()
    )]
    RowsTimedOut { query: String, timeout: Duration, rows: usize },
    #[error(
        "query {query} took longer than {seconds} seconds, and stopping it failed too: {refusal}; stop it on Athena", seconds = .timeout.as_secs()
    )]
    StillRuns { query: String, timeout: Duration, refusal: Refusal },
    #[error(
        "query {query} answers column {column} as {data_type}, which is not read here; cast it in the query"
    )]
    Type { query: String, column: String, data_type: String },
    #[error(
        "query {query} answers a value of column {column} that is no {data_type}; this is a defect of leadlake"
    )]
    Value { query: String, column: String, data_type: String },
    #[error("query {query} answers rows that do not fit its columns; this is a defect of leadlake")]
    Shape { query: String },
}

/// Why a query cannot be asked of the versions that were chosen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PinError {
    #[error(
        "the query names {table} with a database or another name before it, so no version can be chosen; leave that out"
    )]
    Qualified { table: TableName },
    #[error(
        "the query calls something of its own {table}, which is a table of the lake; choose another name"
    )]
    NameTaken { table: TableName },
    #[error("only a query can be asked of chosen versions: it begins with SELECT, WITH, VALUES or TABLE")]
    NoQuery,
    #[error("the query ends within a text, a name or a comment; close it")]
    Unclosed,
}
