//! One entry of a table's log.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::TableError;
use super::name::TableName;
use super::number::{VersionNumber, VersionSet};
use super::run::RunId;
use super::schema::TableSchema;
use crate::key::ObjectKey;
use crate::output::DataFile;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A new version that readers use from now on.
    Write,
    /// A new version beside the current one, such as a run as of a past instant: reached by time travel only.
    Side,
    /// Readers use an older version again.
    Rollback,
    /// The files of some versions are about to be deleted.
    Vacuum,
}

impl EntryKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Side => "side",
            Self::Rollback => "rollback",
            Self::Vacuum => "vacuum",
        }
    }
}

/// The fields hold names, counts and checksums, and no value of any record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    pub table: TableName,
    pub number: VersionNumber,
    pub run_id: RunId,
    pub kind: EntryKind,
    /// The version whose files readers use after this entry. None until there was a write.
    pub current: Option<VersionNumber>,
    /// From where the next run that reads only what is new begins: the watermark of the current version.
    pub watermark: Option<ObjectKey>,
    /// The versions whose files are gone or may go at any moment, by this entry and all before it.
    pub vacuumed: VersionSet,
    /// Folders of runs that died before their commit, which this entry gives up. Such a run must not commit any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub abandoned: Vec<ObjectKey>,
    pub committed_at: Timestamp,
    /// Of a write and a side version their own, of a rollback that of its target. A vacuum has none.
    pub content: Option<Content>,
}

/// What a version holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The version that wrote the files: another than the entry's own for a rollback.
    pub version: VersionNumber,
    /// The folder of all its files.
    pub prefix: ObjectKey,
    pub files: Vec<DataFile>,
    pub rows: u64,
    pub unique_key: Vec<String>,
    pub schema: TableSchema,
    pub inputs: Inputs,
    pub code_version: String,
    pub model_version: Option<String>,
    /// Nothing that happened later is in it.
    pub as_of: Timestamp,
}

/// What a version was built from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    pub tables: BTreeMap<TableName, VersionNumber>,
    /// A file that tells which files of silver are in it.
    pub watermark: Option<ObjectKey>,
}

/// A version as readers use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    /// That of the write or side version, also where a rollback led to it.
    pub number: VersionNumber,
    #[serde(flatten)]
    pub content: Content,
}

impl LogEntry {
    /// The version that this entry holds, if any.
    pub fn version(&self) -> Option<Version> {
        let content = self.content.clone()?;
        Some(Version { number: content.version, content })
    }

    /// Whether the entry's files are gone or may go at any moment, as far as this entry, the newest known, tells.
    pub fn has_vacuumed(&self, number: VersionNumber) -> bool {
        self.vacuumed.contains(number)
    }

    /// One line, as JSON readers of query engines want it.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, TableError> {
        let mut json = serde_json::to_vec(self).map_err(|source| TableError::Unwritable {
            table: self.table.clone(),
            number: self.number,
            source,
        })?;
        json.push(b'\n');
        Ok(json)
    }

    pub(super) fn from_json(
        key: &ObjectKey,
        (table, number): (&TableName, VersionNumber),
        json: &[u8],
    ) -> Result<Self, TableError> {
        let entry: Self = serde_json::from_slice(json)
            .map_err(|fault| TableError::EntryUnreadable { key: key.clone(), source: fault.into() })?;
        match entry.contradiction(table, number) {
            Some(contradiction) => Err(TableError::EntryContradicts { key: key.clone(), contradiction }),
            None => Ok(entry),
        }
    }

    fn contradiction(&self, table: &TableName, number: VersionNumber) -> Option<&'static str> {
        if self.table != *table || self.number != number {
            return Some("it is of another table or number than its name says");
        }
        let wrote = self.content.as_ref().map(|content| content.version);
        let (is_consistent, contradiction) = match self.kind {
            EntryKind::Write => {
                (wrote == Some(number) && self.current == wrote, "a write is its own content and current")
            }
            EntryKind::Side => (
                wrote == Some(number) && self.current < wrote,
                "a side version is its own content, not current",
            ),
            EntryKind::Rollback => (
                wrote < Some(number) && wrote.is_some() && self.current == wrote,
                "a rollback leads to an older version",
            ),
            EntryKind::Vacuum => (wrote.is_none(), "a vacuum has no content"),
        };
        let current_is_gone = self.current.is_some_and(|current| self.vacuumed.contains(current));
        match (is_consistent, current_is_gone) {
            (true, false) => None,
            (true, true) => Some("the current version is vacuumed"),
            (false, _) => Some(contradiction),
        }
    }
}
