//! A lake: a store, and the name under which its objects are told from another lake's.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_contract::{Contract, SourceName};
use thiserror::Error;

use crate::catalog::PublishError;
use crate::key::ObjectKey;
use crate::layout::{BRONZE, BronzeObject, Layer, LayoutError, ObjectId, key_of, made_of};
use crate::ledger::{LedgerEntry, LedgerError};
use crate::store::{ObjectFacts, Store, StoreError};
use crate::tables::TableError;

/// The name of every lake on a disk, so that one copied elsewhere stays the same lake.
pub const LOCAL_BUCKET: &str = "local";

/// The time, given by whoever runs the lake.
pub type Clock<'a> = &'a (dyn Fn() -> Timestamp + Sync);

#[derive(Clone)]
pub struct Lake {
    pub store: Arc<dyn Store>,
    pub bucket: String,
}

#[derive(Debug, Error)]
pub enum LakeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("{key} could not be read to its end: {source}; try again")]
    Body { key: ObjectKey, source: std::io::Error },
    #[error("cannot read {file}: {source}", file = .file.display())]
    SettingsFile { file: PathBuf, source: std::io::Error },
    #[error("{key} is longer than {most} bytes, which no settings are; put the right file there")]
    LargeSettings { key: ObjectKey, most: u64 },
    #[error("{key} is not UTF-8 text; save it as UTF-8 and put it there again")]
    NoTextSettings { key: ObjectKey },
}

impl LakeError {
    /// Something lies in the lake that is none of its files; everything else can still be worked on.
    pub fn is_stray(&self) -> bool {
        matches!(self, Self::Layout(_) | Self::Store(StoreError::Foreign { .. } | StoreError::InvalidKey(_)))
    }
}

impl Lake {
    pub fn local(store: Arc<dyn Store>) -> Self {
        Self { store, bucket: LOCAL_BUCKET.to_owned() }
    }

    /// Bronze objects, or what lies in bronze and is none, in the order of their keys.
    pub fn bronze<'l>(
        &'l self,
        source: Option<&SourceName>,
    ) -> Result<impl Iterator<Item = Result<BronzeObject, LakeError>> + 'l, LakeError> {
        let folder = match source {
            Some(source) => format!("{BRONZE}/{source}"),
            None => BRONZE.to_owned(),
        };
        let listing = self.store.list(&folder)?;
        Ok(listing.map(|facts| Ok(BronzeObject::of(&self.bucket, facts?)?)))
    }

    /// The objects that are done, with the day of their partition, and what lies among their entries and is none.
    pub fn done(&self, source: &SourceName) -> Result<Done, LakeError> {
        let folder = format!("{}/{source}", Layer::Ledger.folder());
        let mut done = Done::default();
        for facts in self.store.list(&folder)? {
            let entry = facts.map_err(LakeError::from).and_then(|facts| Ok(made_of(&facts.key)?));
            match entry {
                Ok((id, day)) => drop(done.days.insert(id, day)),
                Err(stray) if stray.is_stray() => done.strays.push(stray),
                Err(failure) => return Err(failure),
            }
        }
        Ok(done)
    }

    pub fn entry_of(&self, source: &SourceName, day: Date, id: ObjectId) -> Result<LedgerEntry, LakeError> {
        let key = key_of(Layer::Ledger, source, day, id).map_err(LayoutError::from)?;
        self.ledger_entry(&key).map(|(_, entry)| entry)
    }

    /// With the facts of the very object that was read.
    pub fn ledger_entry(&self, key: &ObjectKey) -> Result<(ObjectFacts, LedgerEntry), LakeError> {
        let mut json = Vec::new();
        let mut opened = self.store.open(key)?;
        std::io::Read::read_to_end(&mut opened.body, &mut json)
            .map_err(|source| LakeError::Body { key: key.clone(), source })?;
        Ok((opened.facts, LedgerEntry::from_json(key, &json)?))
    }
}

/// The objects of a source that have a ledger entry.
#[derive(Debug, Default)]
pub struct Done {
    /// An object stays in the partition that it was first put into: the time of a file on a disk may change.
    pub days: HashMap<ObjectId, Date>,
    pub strays: Vec<LakeError>,
}

/// The contract of a source.
pub fn contract_of<'c>(contracts: &'c [Contract], source: &SourceName) -> Option<&'c Contract> {
    contracts.iter().find(|contract| contract.source == *source)
}
