//! One bronze object into silver, quarantine and ledger.
//!
//! The ledger entry is written last, so an object without one is to be done, whatever else lies there, and an object with one
//! is done. Everything before it is written to names that follow from the object, with bytes that follow from object and
//! contract: a second run over the remains of a first ends the same. So an entry stays while the same is made once more, and
//! is taken away first where something else will be made. Then it is that entry and no other: one that somebody else wrote
//! meanwhile is of work that is done.

use std::io::{self, Read};

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use leadlake_contract::{Contract, Field, IdentityRole, SourceName};
use leadlake_refine::{
    ObjectInfo, RefineError, Refined, Refiner, RefusalPolicy, Sink, UnknownRegion, provenance,
};
use parquet::file::metadata::KeyValue;
use thiserror::Error;

use crate::key::{KeyError, ObjectKey};
use crate::lake::{Clock, Lake};
use crate::layout::{BronzeObject, Layer};
use crate::ledger::{LedgerEntry, LedgerError, Output};
use crate::output::{DataFile, OutputError, ParquetOutput, TableShape};
use crate::store::{DeleteIfMatch, Store, StoreError};

#[derive(Debug, Error)]
pub enum ObjectError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Refine(#[from] RefineError<OutputError>),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(
        "{key} changed while it was read; bronze objects are never to be written again, ingest once more"
    )]
    Changed { key: ObjectKey },
    #[error(
        "{key} was written anew again and again by others; refine the object once more when they are done"
    )]
    Contended { key: ObjectKey },
    #[error("there is no contract for source {source_name}; add contracts/{source_name}.odcs.yaml")]
    NoContract { source_name: SourceName },
    #[error("the end of {key} could not be read: {source}")]
    Body { key: ObjectKey, source: io::Error },
}

/// Refines the objects of one source; kept from object to object.
pub struct ObjectRefiner<'c> {
    refiner: Refiner<'c>,
    silver: TableShape,
    quarantine: TableShape,
    refined_by: String,
}

/// Of what an entry may be replaced by while its object is begun again and again.
const MOST_LOOKS: u32 = 5;

impl<'c> ObjectRefiner<'c> {
    pub fn new(contract: &'c Contract) -> Result<Self, UnknownRegion> {
        let refiner = Refiner::new(contract)?;
        let name_of = |index| contract.field(index).map(|field| field.name.clone()).unwrap_or_default();
        let silver = TableShape::silver(
            refiner.silver_schema().clone(),
            &name_of(contract.event_id),
            &name_of(contract.event_time),
            &distinct_columns(contract),
        );
        let quarantine = TableShape::quarantine(refiner.quarantine_schema().clone());
        Ok(Self { refiner, silver, quarantine, refined_by: mark_of(contract) })
    }

    /// Does the object, whether or not it was done before.
    pub fn refine(
        &mut self,
        lake: &Lake,
        object: &BronzeObject,
        clock: Clock<'_>,
    ) -> Result<LedgerEntry, ObjectError> {
        let store = lake.store.as_ref();
        let ledger_key = object.key_in(Layer::Ledger)?;
        self.give_up_entry(store, &ledger_key)?;

        let (refined, outputs, checksum) = self.attempt(lake, object, RefusalPolicy::RecordByRecord)?;
        let refused_whole = refined.breaker_tripped;
        let (refined, outputs, checksum) = if refused_whole && refined.counts.accepted > 0 {
            drop(outputs);
            self.attempt(lake, object, RefusalPolicy::RefuseAll)?
        } else {
            (refined, outputs, checksum)
        };
        let lineage = self.lineage(object, &refined);
        let outputs = outputs.finish(&lineage, object)?;
        let entry = LedgerEntry {
            object_id: object.id,
            source: object.source.clone(),
            dt: object.day,
            object_key: object.facts.key.clone(),
            object_etag: object.facts.etag.clone(),
            bytes: object.facts.size,
            expanded_bytes: refined.expanded_bytes,
            object_blake3: checksum,
            contract_version: self.refiner.contract().version,
            refined_by: self.refined_by.clone(),
            arrived_at: in_micros(object.facts.modified),
            completed_at: in_millis(clock()),
            refused_whole,
            counts: refined.counts,
            outputs,
        };
        store.put(&ledger_key, &entry.to_json()?)?;
        Ok(entry)
    }

    /// An entry of something else than what is made now would speak for files that are about to change.
    fn give_up_entry(&self, store: &dyn Store, key: &ObjectKey) -> Result<(), ObjectError> {
        for _ in 0..MOST_LOOKS {
            let Some(there) = store.read_versioned(key)? else { return Ok(()) };
            let entry = LedgerEntry::from_json(key, &there.bytes);
            let makes_the_same = entry.is_ok_and(|entry| entry.refined_by == self.refined_by);
            if makes_the_same || store.delete_if_match(key, &there.token)? == DeleteIfMatch::Deleted {
                return Ok(());
            }
        }
        Err(ObjectError::Contended { key: key.clone() })
    }

    fn attempt<'l>(
        &mut self,
        lake: &'l Lake,
        object: &BronzeObject,
        policy: RefusalPolicy,
    ) -> Result<(Refined, Outputs<'l>, String), ObjectError> {
        let opened = lake.store.open(&object.facts.key)?;
        let changed = opened.facts.etag != object.facts.etag || opened.facts.size != object.facts.size;
        if changed {
            return Err(ObjectError::Changed { key: object.facts.key.clone() });
        }
        let mut body = HashedBody { inner: opened.body, hasher: blake3::Hasher::new(), bytes: 0 };
        let mut outputs =
            Outputs::new(lake.store.as_ref(), object, self.silver.clone(), self.quarantine.clone());
        let info = ObjectInfo {
            key: object.facts.key.as_str(),
            arrived_micros: object.facts.modified.as_microsecond(),
        };
        let refined = self.refiner.refine(info, &mut body, &mut outputs, policy)?;
        let (bytes, checksum) =
            body.finish().map_err(|source| ObjectError::Body { key: object.facts.key.clone(), source })?;
        if bytes != object.facts.size {
            return Err(ObjectError::Changed { key: object.facts.key.clone() });
        }
        Ok((refined, outputs, checksum))
    }

    fn lineage(&self, object: &BronzeObject, refined: &Refined) -> Vec<KeyValue> {
        let contract = self.refiner.contract();
        let counts = &refined.counts;
        let pairs = [
            ("leadlake.object_key", object.facts.key.to_string()),
            ("leadlake.object_id", object.id.to_string()),
            ("leadlake.contract", format!("{} {}", contract.source, contract.version)),
            ("leadlake.arrived_at", as_micros_text(object.facts.modified)),
            ("leadlake.records", counts.input.to_string()),
            ("leadlake.accepted", counts.accepted.to_string()),
            ("leadlake.refused", counts.refused_total().to_string()),
            ("leadlake.duplicate", counts.duplicate.to_string()),
        ];
        pairs.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect()
    }
}

/// Programs of one version read a contract alike, and write the same rows in the same layout.
fn mark_of(contract: &Contract) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    // A contract that could not be written would have a mark of its own kind, which is no entry's.
    hasher.update(&serde_json::to_vec(contract).unwrap_or_default());
    hasher.finalize().to_hex().chars().take(16).collect()
}

/// No engine that reads the ledger keeps more.
pub(crate) fn in_micros(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

/// Upwards, so that nothing was done before it arrived. Athena would round finer instants and other engines cut them, and no
/// two would agree on how long objects took.
fn in_millis(instant: Timestamp) -> Timestamp {
    let whole = TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Ceil);
    instant.round(whole).unwrap_or(instant)
}

fn as_micros_text(instant: Timestamp) -> String {
    format!("{instant:.6}")
}

/// Columns whose values are different in nearly every row.
fn distinct_columns(contract: &Contract) -> Vec<String> {
    let is_distinct = |index: usize, field: &Field| {
        let identifies = matches!(
            field.identity,
            Some(IdentityRole::Email | IdentityRole::Phone | IdentityRole::Name | IdentityRole::CrmId)
        );
        identifies || contract.event_id.0 == index || contract.event_time.0 == index
    };
    let mut names: Vec<String> = contract
        .fields
        .iter()
        .enumerate()
        .filter(|(index, field)| is_distinct(*index, field))
        .flat_map(|(_, field)| [Some(field.name.clone()), field.original_column()])
        .flatten()
        .collect();
    names.extend([provenance::OBJECT_LINE, provenance::EXTRA, provenance::INVALID].map(str::to_owned));
    names
}

/// The files of one object, begun when there is something to put into them.
struct Outputs<'l> {
    store: &'l dyn Store,
    object: BronzeObject,
    silver: TableOutput,
    quarantine: TableOutput,
}

struct TableOutput {
    layer: Layer,
    shape: TableShape,
    file: Option<ParquetOutput>,
}

impl<'l> Outputs<'l> {
    fn new(store: &'l dyn Store, object: &BronzeObject, silver: TableShape, quarantine: TableShape) -> Self {
        Self {
            store,
            object: object.clone(),
            silver: TableOutput { layer: Layer::Silver, shape: silver, file: None },
            quarantine: TableOutput { layer: Layer::Quarantine, shape: quarantine, file: None },
        }
    }

    fn finish(self, lineage: &[KeyValue], object: &BronzeObject) -> Result<Vec<Output>, ObjectError> {
        let mut outputs = Vec::new();
        for table in [self.silver, self.quarantine] {
            match table.file {
                Some(file) => {
                    let DataFile { key, rows, bytes, blake3 } = file.finish(lineage)?;
                    outputs.push(Output { layer: table.layer, key, rows, bytes, blake3 });
                }
                // An earlier contract may have left a file that this one has no rows for.
                None => delete_if_there(self.store, &object.key_in(table.layer)?)?,
            }
        }
        Ok(outputs)
    }
}

impl TableOutput {
    fn write(
        &mut self,
        store: &dyn Store,
        object: &BronzeObject,
        batch: &arrow_array::RecordBatch,
    ) -> Result<(), OutputError> {
        if let Some(file) = &mut self.file {
            return file.write(batch);
        }
        let key = object.key_in(self.layer).map_err(StoreError::from)?;
        self.file = Some(ParquetOutput::create(store, key, &self.shape, batch)?);
        Ok(())
    }
}

impl Sink for Outputs<'_> {
    type Error = OutputError;

    fn accepted(&mut self, batch: &arrow_array::RecordBatch) -> Result<(), OutputError> {
        self.silver.write(self.store, &self.object, batch)
    }

    fn refused(&mut self, batch: &arrow_array::RecordBatch) -> Result<(), OutputError> {
        self.quarantine.write(self.store, &self.object, batch)
    }
}

/// On S3 deleting what is not there would still leave a marker behind.
fn delete_if_there(store: &dyn Store, key: &ObjectKey) -> Result<(), StoreError> {
    match store.head(key)? {
        Some(_) => store.delete(key),
        None => Ok(()),
    }
}

struct HashedBody {
    inner: Box<dyn Read + Send>,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Read for HashedBody {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.hasher.update(into.get(..read).unwrap_or_default());
        self.bytes += read as u64;
        Ok(read)
    }
}

impl HashedBody {
    /// A damaged object is not read to its end, but its checksum covers all of it.
    fn finish(mut self) -> io::Result<(u64, String)> {
        let mut rest = vec![0; 64 * 1024];
        loop {
            match self.read(&mut rest) {
                Ok(0) => return Ok((self.bytes, self.hasher.finalize().to_hex().to_string())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
