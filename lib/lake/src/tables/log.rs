//! Reading a table's log.
//!
//! An entry is created once and never changed or deleted, and numbers have no gaps. So the newest entry is the last one
//! listed, or one of those that follow it: a listing may be late, a look at one name is not.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::entry::{LogEntry, Version};
use super::error::TableError;
use super::name::TableName;
use super::number::VersionNumber;
use crate::key::ObjectKey;
use crate::store::{Store, StoreError};

pub(crate) const LOG_FOLDER: &str = "_log";

/// The log of one table. Clones share what they have seen, so that none of them goes back behind another.
#[derive(Clone)]
pub struct TableLog {
    pub(super) store: Arc<dyn Store>,
    table: TableName,
    /// The highest number known to exist, or 0.
    seen: Arc<AtomicU32>,
}

impl TableLog {
    pub fn new(store: Arc<dyn Store>, table: TableName) -> Self {
        Self { store, table, seen: Arc::default() }
    }

    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// The newest entry, if the table has any.
    pub fn head(&self) -> Result<Option<LogEntry>, TableError> {
        self.head_number()?.map(|number| self.entry(number)).transpose()
    }

    /// The version that readers use now.
    pub fn current(&self) -> Result<Option<Version>, TableError> {
        match self.head()? {
            Some(head) => self.current_after(&head),
            None => Ok(None),
        }
    }

    /// The version that readers use after `entry`.
    pub fn current_after(&self, entry: &LogEntry) -> Result<Option<Version>, TableError> {
        let Some(current) = entry.current else {
            return Ok(None);
        };
        match entry.version() {
            Some(version) if version.number == current => Ok(Some(version)),
            _ => Ok(self.entry(current)?.version()),
        }
    }

    /// The entry of this number.
    pub fn entry(&self, number: VersionNumber) -> Result<LogEntry, TableError> {
        if let Some(entry) = self.find(number)? {
            return Ok(entry);
        }
        let table = self.table.clone();
        match self.head_number()? {
            Some(newest) if newest < number => Err(TableError::NoSuchVersion { table, number, newest }),
            Some(_) => Err(TableError::EntryGone { key: self.key(number)? }),
            None => Err(TableError::NoVersions { table }),
        }
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> Result<Vec<LogEntry>, TableError> {
        match self.head_number()? {
            Some(newest) => VersionNumber::FIRST.up_to(newest).map(|number| self.entry(number)).collect(),
            None => Ok(Vec::new()),
        }
    }

    /// Time travel: the files as of an entry. Of a rollback these are its target's.
    pub fn version(&self, number: VersionNumber) -> Result<Version, TableError> {
        let entry = self.entry(number)?;
        let table = || self.table.clone();
        let version = entry.version().ok_or_else(|| TableError::HoldsNothing { table: table(), number })?;
        let head = self.head()?.ok_or_else(|| TableError::NoVersions { table: table() })?;
        if head.has_vacuumed(version.number) {
            return Err(TableError::Vacuumed { table: table(), number });
        }
        Ok(version)
    }

    /// The entry of this number, or none where there is none yet.
    pub(super) fn find(&self, number: VersionNumber) -> Result<Option<LogEntry>, TableError> {
        let key = self.key(number)?;
        let mut body = match self.store.open(&key) {
            Ok(opened) => opened.body,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(failure) => return Err(failure.into()),
        };
        let mut json = Vec::new();
        body.read_to_end(&mut json).map_err(|source| TableError::Body { key: key.clone(), source })?;
        let entry = LogEntry::from_json(&key, (&self.table, number), &json)?;
        self.saw(number);
        Ok(Some(entry))
    }

    pub(super) fn key(&self, number: VersionNumber) -> Result<ObjectKey, TableError> {
        Ok(ObjectKey::new(format!("{}/{}.json", self.folder(), number.padded()))?)
    }

    pub(super) fn saw(&self, number: VersionNumber) {
        self.seen.fetch_max(number.get(), Ordering::SeqCst);
    }

    /// Where the entries lie.
    pub(crate) fn folder(&self) -> String {
        format!("{}/{LOG_FOLDER}", self.table.folder())
    }

    fn head_number(&self) -> Result<Option<VersionNumber>, TableError> {
        let seen = VersionNumber::new(self.seen.load(Ordering::SeqCst)).ok();
        let mut newest = match seen {
            Some(seen) => Some(seen),
            None => self.last_listed()?,
        };
        loop {
            let next = match newest {
                Some(number) => self.number_after(number)?,
                None => VersionNumber::FIRST,
            };
            if self.store.head(&self.key(next)?)?.is_none() {
                break;
            }
            newest = Some(next);
        }
        if let Some(newest) = newest {
            self.saw(newest);
        }
        Ok(newest)
    }

    pub(super) fn number_after(&self, number: VersionNumber) -> Result<VersionNumber, TableError> {
        number.next().map_err(|source| TableError::LogFull { table: self.table.clone(), source })
    }

    fn last_listed(&self) -> Result<Option<VersionNumber>, TableError> {
        let mut last = None;
        for facts in self.store.list(&self.folder())? {
            match facts {
                Ok(facts) => last = number_of(&facts.key).max(last),
                // What is no entry is told by `verify`, and keeps nobody from reading those that are.
                Err(StoreError::Foreign { .. } | StoreError::InvalidKey(_)) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(last)
    }
}

/// The number in an entry's name.
pub(crate) fn number_of(key: &ObjectKey) -> Option<VersionNumber> {
    VersionNumber::from_padded(key.file_name().strip_suffix(".json")?)
}
