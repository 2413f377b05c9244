//! A lake: a store, and the name under which its objects are told from another lake's.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use leadlake_contract::{Contract, SourceName};
use thiserror::Error;

use crate::key::ObjectKey;
use crate::layout::{BRONZE, BronzeObject, Layer, LayoutError, ObjectId, made_of};
use crate::ledger::{LedgerEntry, LedgerError};
use crate::store::{Store, StoreError};

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
    #[error("{key} could not be read to its end: {source}; try again")]
    Body { key: ObjectKey, source: std::io::Error },
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

    /// The objects that are done.
    pub fn done(&self, source: &SourceName) -> Result<HashSet<ObjectId>, LakeError> {
        let folder = format!("{}/{source}", Layer::Ledger.folder());
        self.store.list(&folder)?.map(|facts| Ok(made_of(&facts?.key)?)).collect()
    }

    pub fn ledger<'l>(
        &'l self,
        source: &SourceName,
    ) -> Result<impl Iterator<Item = Result<(ObjectKey, LedgerEntry), LakeError>> + 'l, LakeError> {
        let folder = format!("{}/{source}", Layer::Ledger.folder());
        Ok(self.store.list(&folder)?.map(|facts| {
            let key = facts?.key;
            let entry = self.ledger_entry(&key)?;
            Ok((key, entry))
        }))
    }

    pub fn ledger_entry(&self, key: &ObjectKey) -> Result<LedgerEntry, LakeError> {
        let mut json = Vec::new();
        let mut body = self.store.open(key)?.body;
        std::io::Read::read_to_end(&mut body, &mut json)
            .map_err(|source| LakeError::Body { key: key.clone(), source })?;
        Ok(LedgerEntry::from_json(key, &json)?)
    }
}

/// The contract of a source.
pub fn contract_of<'c>(contracts: &'c [Contract], source: &SourceName) -> Option<&'c Contract> {
    contracts.iter().find(|contract| contract.source == *source)
}
