//! What engines are told of the tables with versions.
//!
//! A catalog (Glue, or files on a disk) is a projection of the logs: it can be behind, is brought up to date by whoever
//! comes next, and never goes back.

mod local;
mod publish;
mod vacuum;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::json_fault::JsonFault;
use crate::key::{KeyError, ObjectKey};
use crate::store::StoreError;
use crate::tables::{Content, LogEntry, TableName, TableSchema, Version, VersionNumber};

pub use local::LocalCatalog;
pub use publish::{PublishError, PublishOutcome, checked_head, publish_head, register_again, repair};
pub use vacuum::{LakeVacuum, Vacuumed};

use local::CATALOG_FOLDER;
pub(crate) use publish::head_since;

/// The few things that publishing asks of a catalog. After an error the thing may be done: the answer may have been lost.
pub trait Catalog: Send + Sync {
    /// What engines see of the table now, if it is in the catalog.
    fn published(&self, table: &TableName) -> Result<Option<Published>, CatalogError>;

    /// Shows engines another version, only while the table is as it was when `expected` was read; none stands for a table
    /// that was not in the catalog.
    fn publish(
        &self,
        table: &TableName,
        publication: &Publication,
        expected: Option<&PublishToken>,
    ) -> Result<Publish, CatalogError>;

    /// Adds versions to `<table>_versions`, where each can be read by its number. One that is there stays.
    fn register_versions(&self, table: &TableName, versions: &[Registration]) -> Result<(), CatalogError>;

    /// Takes versions from there. One that is not there counts as taken.
    fn unregister_versions(&self, table: &TableName, numbers: &[VersionNumber]) -> Result<(), CatalogError>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The log entry that was published last; none where something else made the table, or it cannot be read.
    pub number: Option<VersionNumber>,
    pub token: PublishToken,
}

/// Names a state of the table in the catalog: Glue's version id, or what a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishToken(String);

impl PublishToken {
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What became of a [`Catalog::publish`].
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publish {
    Done,
    /// Someone else was faster. Nothing was done.
    Changed,
}

/// All that an engine needs to read a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    pub table: TableName,
    /// The log entry that this follows from.
    pub number: VersionNumber,
    pub committed_at: Timestamp,
    #[serde(flatten)]
    pub version: RegisteredVersion,
    pub schema: TableSchema,
}

/// A version as `<table>_versions` knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredVersion {
    pub version: VersionNumber,
    pub prefix: ObjectKey,
    pub rows: u64,
    pub as_of: Timestamp,
}

/// A version that can be read by its number from now on, with the columns it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    pub version: RegisteredVersion,
    pub schema: TableSchema,
}

impl Publication {
    /// After the entry `head`, readers use `version`.
    pub fn of(head: &LogEntry, version: &Version) -> Self {
        Self {
            table: head.table.clone(),
            number: head.number,
            committed_at: head.committed_at,
            version: RegisteredVersion::of(&version.content),
            schema: version.content.schema.clone(),
        }
    }
}

impl RegisteredVersion {
    pub fn of(content: &Content) -> Self {
        Self {
            version: content.version,
            prefix: content.prefix.clone(),
            rows: content.rows,
            as_of: content.as_of,
        }
    }
}

impl Registration {
    pub fn of(content: &Content) -> Self {
        Self { version: RegisteredVersion::of(content), schema: content.schema.clone() }
    }
}

#[derive(Debug, Error)]
pub enum CatalogError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(
        "{key} cannot be read: {source}; delete it and {sibling}, the next run writes both again from the log"
    )]
    Unreadable { key: ObjectKey, sibling: ObjectKey, source: JsonFault },
    #[error("what {table} is published as cannot be written as JSON: {source}; this is a defect of leadlake")]
    Unwritable { table: TableName, source: serde_json::Error },
    #[error(
        "{key} was changed by others {attempts} times while this run tried to; run again when they are done"
    )]
    Contended { key: ObjectKey, attempts: u32 },
    #[error(
        "the catalog could not {operation} {table}: {source}; the log is whole, the next run publishes it"
    )]
    Service { operation: &'static str, table: TableName, source: Box<dyn std::error::Error + Send + Sync> },
}
