//! What keeps a score run from being done.

use std::path::PathBuf;

use arrow_schema::ArrowError;
use jiff::Timestamp;
use leadlake_contract::SourceName;
use leadlake_lake::catalog::PublishError;
use leadlake_lake::key::KeyError;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::LayoutError;
use leadlake_lake::store::StoreError;
use leadlake_lake::tables::{TableError, TableName, VersionNumber};
use leadlake_lake::{LakeError, OutputError};
use parquet::errors::ParquetError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum PipelineError {
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(
        "the ledger holds objects of {source_name}, which has no contract here; add contracts/{source_name}.odcs.yaml, or name the folder that has it with --contracts"
    )]
    NoContract { source_name: SourceName },
    #[error("{as_of} has not come yet, it is {now}; a run can only be as of now or the past")]
    InFuture { as_of: Timestamp, now: Timestamp },
    #[error(transparent)]
    Salt(#[from] crate::salt::SaltError),
    #[error(
        "another run was faster: it committed version {number} of {table}; this one's is left aside, run it again"
    )]
    Overtaken { table: TableName, number: VersionNumber },
    #[error("{what} was lost on the way, which is a defect of leadlake; nothing was committed")]
    Lost { what: &'static str },
    #[error("a thread of the run died, which is a defect of leadlake; nothing was committed")]
    ThreadDied,
    #[error(
        "{key} cannot be read as Parquet: {source}; run `leadlake verify`, which says what to do about it"
    )]
    Unreadable { key: ObjectKey, source: ParquetError },
    #[error("{key} could not be read to its end: {source}; try again")]
    Body { key: ObjectKey, source: std::io::Error },
    #[error(
        "{key} is gone, and the ledger says that it was written; refine its object again with `leadlake ingest --force`, or delete its ledger entry if the object is to be forgotten"
    )]
    SilverGone { key: ObjectKey },
    #[error(
        "{key} changed or went since the run began: its object is being refined again; nothing was committed, run again"
    )]
    EntryGone { key: ObjectKey },
    #[error(
        "{key} is the entry of another object than its name says; run `leadlake verify`, which says what to do about it"
    )]
    EntryMisplaced { key: ObjectKey },
    #[error(
        "{key} cannot be put into the columns of people: {source}; refine it again with `leadlake ingest --force`"
    )]
    Columns { key: ObjectKey, source: ArrowError },
    #[error("column {column} of an event is empty, which silver never is; run `leadlake verify`")]
    Missing { column: &'static str },
    #[error(
        "an event of {source_name} has an outcome other than converted, lost and open; allow only these three in its contract"
    )]
    UnknownOutcome { source_name: String },
    #[error(
        "cannot put events aside in {folder}: {source}; check its space and permissions, or choose another with --scratch"
    )]
    Scratch { folder: PathBuf, source: std::io::Error },
    #[error(
        "cannot put events aside in {folder}: {source}; check its space and permissions, or choose another with --scratch"
    )]
    Spill { folder: PathBuf, source: ArrowError },
    #[error("rows of {table} could not be put together: {source}; this is a defect of leadlake")]
    Rows { table: &'static str, source: ArrowError },
}

impl PipelineError {
    /// Somebody else changed what the run builds on. Another run, with an id of its own, may well be done.
    pub fn is_overtaken(&self) -> bool {
        matches!(self, Self::Overtaken { .. } | Self::EntryGone { .. })
    }
}
