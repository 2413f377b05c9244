//! Adding an entry to a table's log.
//!
//! The entry is the commit: whatever a run wrote before it is invisible, and whatever comes after it (publishing) can be
//! done by anyone. Of two runs that want the same number one gets it; the other reads what the first did and decides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::entry::{Content, EntryKind, Inputs, LogEntry};
use super::error::{Mismatch, TableError};
use super::log::TableLog;
use super::number::{VersionNumber, VersionSet};
use super::snapshot::{BESIDE, Snapshot};
use crate::key::ObjectKey;
use crate::object::in_micros;
use crate::output::DataFile;
use crate::store::Put;

/// Whether readers use a version once it is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    Current,
    /// It can be reached by time travel, and the current version stays.
    Side,
}

/// A version that is written and wants to be committed.
#[derive(Debug, Clone)]
pub struct NewVersion {
    pub snapshot: Snapshot,
    pub placement: Placement,
    pub claim: Claim,
    pub inputs: Inputs,
    pub code_version: String,
    pub model_version: Option<String>,
    pub as_of: Timestamp,
    pub committed_at: Timestamp,
}

/// What the writer counted itself, held against what its files say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub rows: u64,
    pub unique_key: Vec<String>,
    pub distinct_keys: u64,
}

/// How a commit ended.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commit {
    Done(LogEntry),
    /// Another run changed what readers use, so that this version may rest on what is no longer so. Nothing is committed.
    Conflict {
        winner: LogEntry,
    },
}

/// How an attempt at one number ended.
pub(super) enum Appended {
    Done(LogEntry),
    Taken { winner: LogEntry },
}

impl TableLog {
    /// Commits a version that was built from `base`, the head when the run began. Entries that others added meanwhile
    /// without changing what readers use are stepped over; so is anything by a side version.
    pub fn commit(&self, base: Option<&LogEntry>, new: &NewVersion) -> Result<Commit, TableError> {
        if let Some(entry) = self.find_own_since_begun(base, &new.snapshot)? {
            return Ok(Commit::Done(entry));
        }
        self.validate(new)?;
        let mut head = base.cloned();
        loop {
            let number = self.number_following(head.as_ref())?;
            match self.append(new.entry(self, number, head.as_ref()))? {
                Appended::Done(entry) => return Ok(Commit::Done(entry)),
                Appended::Taken { winner } => {
                    self.refuse_abandoned(&winner, &new.snapshot)?;
                    if new.placement == Placement::Current && !leaves_readers_alone(&winner, head.as_ref()) {
                        return Ok(Commit::Conflict { winner });
                    }
                    head = Some(winner);
                }
            }
        }
    }

    /// Builds and commits, anew from the head whenever another run was faster.
    pub fn commit_with_retry<E: From<TableError>>(
        &self,
        attempts: u32,
        mut build: impl FnMut(Option<&LogEntry>) -> Result<NewVersion, E>,
    ) -> Result<LogEntry, E> {
        for _ in 0..attempts {
            let base = self.head()?;
            let new = build(base.as_ref())?;
            if let Commit::Done(entry) = self.commit(base.as_ref(), &new)? {
                return Ok(entry);
            }
        }
        Err(TableError::Contended { table: self.table().clone(), attempts }.into())
    }

    /// Tries to be the entry of its number. An answer that was lost is looked for before an error is told.
    pub(super) fn append(&self, entry: LogEntry) -> Result<Appended, TableError> {
        let number = entry.number;
        let put = self.store.put_if_absent(&self.key(number)?, &entry.to_json()?);
        let there = match put {
            Ok(Put::Written) => {
                self.saw(number);
                return Ok(Appended::Done(entry));
            }
            Ok(Put::AlreadyThere) => self.entry(number)?,
            Err(failure) => match self.find(number) {
                Ok(Some(there)) => there,
                _ => return Err(failure.into()),
            },
        };
        if there.run_id == entry.run_id {
            return Ok(Appended::Done(there));
        }
        Ok(Appended::Taken { winner: there })
    }

    pub(super) fn number_following(&self, head: Option<&LogEntry>) -> Result<VersionNumber, TableError> {
        head.map_or(Ok(VersionNumber::FIRST), |head| self.number_after(head.number))
    }

    /// A run whose answer was lost may come again with a later base.
    fn find_own_since_begun(
        &self,
        base: Option<&LogEntry>,
        snapshot: &Snapshot,
    ) -> Result<Option<LogEntry>, TableError> {
        let Some(base) = base else {
            return Ok(None);
        };
        for number in snapshot.number().up_to(base.number) {
            let entry = self.entry(number)?;
            if entry.run_id == *snapshot.run_id() {
                return Ok(Some(entry));
            }
            self.refuse_abandoned(&entry, snapshot)?;
        }
        Ok(None)
    }

    fn refuse_abandoned(&self, entry: &LogEntry, snapshot: &Snapshot) -> Result<(), TableError> {
        match entry.abandoned.contains(snapshot.prefix()) {
            true => Err(TableError::RunVacuumed { table: self.table().clone() }),
            false => Ok(()),
        }
    }

    /// Engines read whatever lies in the folder, so a file that is not named is as wrong as one that is not there.
    fn validate(&self, new: &NewVersion) -> Result<(), TableError> {
        let invalid = |mismatch| TableError::Invalid { table: self.table().clone(), mismatch };
        new.check_claim().map_err(invalid)?;
        let mut found: BTreeMap<ObjectKey, u64> = BTreeMap::new();
        for facts in self.store.list(new.snapshot.prefix().as_str())? {
            let facts = facts?;
            if !facts.key.file_name().starts_with(BESIDE) {
                found.insert(facts.key, facts.size);
            }
        }
        for file in new.snapshot.files() {
            check_file(file, found.remove(&file.key)).map_err(invalid)?;
        }
        match found.into_keys().next() {
            Some(key) => Err(invalid(Mismatch::FileUnnamed { key })),
            None => Ok(()),
        }
    }
}

impl NewVersion {
    fn check_claim(&self) -> Result<(), Mismatch> {
        let written = self.snapshot.rows();
        if self.claim.rows != written {
            return Err(Mismatch::Rows { claimed: self.claim.rows, written });
        }
        if self.claim.distinct_keys != written {
            return Err(Mismatch::KeysRepeat { distinct: self.claim.distinct_keys, rows: written });
        }
        let schema = self.snapshot.schema();
        if let Some(column) = self.claim.unique_key.iter().find(|column| !schema.has_column(column)) {
            return Err(Mismatch::KeyColumn { column: column.clone() });
        }
        let mut seen: BTreeSet<&ObjectKey> = BTreeSet::new();
        for file in self.snapshot.files() {
            let folder = self.snapshot.prefix();
            if !file.key.starts_with_folder(folder.as_str()) {
                return Err(Mismatch::FileElsewhere { key: file.key.clone(), folder: folder.clone() });
            }
            if !seen.insert(&file.key) {
                return Err(Mismatch::FileTwice { key: file.key.clone() });
            }
        }
        Ok(())
    }

    fn entry(&self, log: &TableLog, number: VersionNumber, head: Option<&LogEntry>) -> LogEntry {
        let content = Content {
            version: number,
            prefix: self.snapshot.prefix().clone(),
            files: self.snapshot.files().to_vec(),
            rows: self.snapshot.rows(),
            unique_key: self.claim.unique_key.clone(),
            schema: self.snapshot.schema().clone(),
            inputs: self.inputs.clone(),
            code_version: self.code_version.clone(),
            model_version: self.model_version.clone(),
            as_of: in_micros(self.as_of),
        };
        let (kind, current, watermark) = match self.placement {
            Placement::Current => (EntryKind::Write, Some(number), self.inputs.watermark.clone()),
            Placement::Side => (
                EntryKind::Side,
                head.and_then(|head| head.current),
                head.and_then(|head| head.watermark.clone()),
            ),
        };
        LogEntry {
            table: log.table().clone(),
            number,
            run_id: self.snapshot.run_id().clone(),
            kind,
            current,
            watermark,
            vacuumed: head.map_or_else(VersionSet::default, |head| head.vacuumed.clone()),
            abandoned: Vec::new(),
            committed_at: in_micros(self.committed_at),
            content: Some(content),
        }
    }
}

fn leaves_readers_alone(winner: &LogEntry, head: Option<&LogEntry>) -> bool {
    winner.current == head.and_then(|head| head.current)
}

fn check_file(file: &DataFile, found: Option<u64>) -> Result<(), Mismatch> {
    match found {
        Some(found) if found == file.bytes => Ok(()),
        Some(found) => Err(Mismatch::FileSize { key: file.key.clone(), written: file.bytes, found }),
        None => Err(Mismatch::FileGone { key: file.key.clone() }),
    }
}
