//! What became of each object: one entry, written last.

mod arrivals;
mod rows;

use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_contract::{ContractVersion, SourceName};
use leadlake_refine::Counts;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::json_fault::JsonFault;
use crate::key::ObjectKey;
use crate::layout::{Layer, ObjectId};

pub use arrivals::{ArrivalsError, newest_arrivals};
pub use rows::{LedgerRows, days_since_1970, ledger_schema};

/// An object with an entry is done. Its fields hold counts, names and checksums, and no value of any record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    pub object_id: ObjectId,
    pub source: SourceName,
    pub dt: Date,
    pub object_key: ObjectKey,
    /// The store's version of the object.
    pub object_etag: String,
    /// As stored in bronze.
    pub bytes: u64,
    pub expanded_bytes: u64,
    /// Of the bytes as stored.
    pub object_blake3: String,
    pub contract_version: ContractVersion,
    /// Equal where the same object becomes the same bytes: made of the contract and of the program's version. Empty in
    /// entries of before there was such a mark.
    #[serde(default)]
    pub refined_by: String,
    pub arrived_at: Timestamp,
    pub completed_at: Timestamp,
    /// Too much of the object was wrong, so all of it was refused.
    pub refused_whole: bool,
    pub counts: Counts,
    pub outputs: Vec<Output>,
}

/// A file written for the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    pub layer: Layer,
    pub key: ObjectKey,
    pub rows: u64,
    pub bytes: u64,
    pub blake3: String,
}

#[derive(Debug, Error)]
pub enum LedgerError {
    #[error(
        "ledger entry {key} cannot be read: {source}; delete it and ingest again, bronze still has everything"
    )]
    Unreadable { key: ObjectKey, source: JsonFault },
    #[error("ledger entry for {key} cannot be written as JSON: {source}; this is a defect of leadlake")]
    Unwritable { key: ObjectKey, source: serde_json::Error },
}

impl LedgerEntry {
    pub fn output(&self, layer: Layer) -> Option<&Output> {
        self.outputs.iter().find(|output| output.layer == layer)
    }

    /// Whether it lies where an entry of its object belongs.
    pub fn is_of(&self, source: &SourceName, day: Date, id: ObjectId) -> bool {
        self.object_id == id && self.dt == day && self.source == *source
    }

    /// One line, as JSON readers of query engines want it.
    pub fn to_json(&self) -> Result<Vec<u8>, LedgerError> {
        let mut json = serde_json::to_vec(self)
            .map_err(|source| LedgerError::Unwritable { key: self.object_key.clone(), source })?;
        json.push(b'\n');
        Ok(json)
    }

    pub fn from_json(key: &ObjectKey, json: &[u8]) -> Result<Self, LedgerError> {
        serde_json::from_slice(json)
            .map_err(|fault| LedgerError::Unreadable { key: key.clone(), source: fault.into() })
    }
}
