//! What keeps a table from being read, committed, rolled back or vacuumed.

use thiserror::Error;

use super::name::TableName;
use super::number::{VersionNumber, VersionNumberError};
use super::schema::ColumnTypeError;
use crate::json_fault::JsonFault;
use crate::key::{KeyError, ObjectKey};
use crate::output::OutputError;
use crate::store::StoreError;

#[derive(Debug, Error)]
pub enum TableError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Column(#[from] ColumnTypeError),
    #[error("{table} has no versions; run score to build it")]
    NoVersions { table: TableName },
    #[error("{table} has no current version, only runs as of past instants; run score without --as-of")]
    NoCurrent { table: TableName },
    #[error("{table} has no version {number}, the newest is {newest}; leadlake history {table} lists them")]
    NoSuchVersion { table: TableName, number: VersionNumber, newest: VersionNumber },
    #[error(
        "version {number} of {table} was vacuumed, its files are gone; leadlake history {table} lists what is left"
    )]
    Vacuumed { table: TableName, number: VersionNumber },
    #[error(
        "entry {number} of {table} is a vacuum and holds no rows; leadlake history {table} lists the versions that do"
    )]
    HoldsNothing { table: TableName, number: VersionNumber },
    #[error("log entry {key} is missing, though a later one is there; restore it, entries are never deleted")]
    EntryGone { key: ObjectKey },
    #[error("log entry {key} cannot be read: {source}; restore it, entries are never changed")]
    EntryUnreadable { key: ObjectKey, source: JsonFault },
    #[error("log entry {key} contradicts itself: {contradiction}; restore it, entries are never changed")]
    EntryContradicts { key: ObjectKey, contradiction: &'static str },
    #[error("log entry {key} could not be read to its end: {source}; try again")]
    Body { key: ObjectKey, source: std::io::Error },
    #[error(
        "log entry {number} of {table} cannot be written as JSON: {source}; this is a defect of leadlake"
    )]
    Unwritable { table: TableName, number: VersionNumber, source: serde_json::Error },
    #[error("the log of {table} is full: {source}; begin a new table")]
    LogFull { table: TableName, source: VersionNumberError },
    #[error("a new version of {table} is not what it claims: {mismatch}; nothing was committed, run again")]
    Invalid { table: TableName, mismatch: Mismatch },
    #[error(
        "a run on {table} took so long that its files were vacuumed as left over; nothing was committed, run again"
    )]
    RunVacuumed { table: TableName },
    #[error(
        "{table} was changed by others {attempts} times while this run tried to commit; run again when they are done"
    )]
    Contended { table: TableName, attempts: u32 },
}

/// How a version differs from what its writer claims.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Mismatch {
    #[error("{claimed} rows were claimed, its files hold {written}")]
    Rows { claimed: u64, written: u64 },
    #[error("{distinct} distinct keys were claimed for {rows} rows")]
    KeysRepeat { distinct: u64, rows: u64 },
    #[error("its key column {column} is not among its columns")]
    KeyColumn { column: String },
    #[error("{key} is not there")]
    FileGone { key: ObjectKey },
    #[error("{key} has {found} bytes, {written} were written")]
    FileSize { key: ObjectKey, written: u64, found: u64 },
    #[error("{key} lies outside of its folder {folder}")]
    FileElsewhere { key: ObjectKey, folder: ObjectKey },
    #[error("{key} lies in its folder and is not named")]
    FileUnnamed { key: ObjectKey },
    #[error("{key} is named twice")]
    FileTwice { key: ObjectKey },
}
