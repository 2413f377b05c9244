//! Recounting a lake: what the ledger says against what is there.

mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read;

use leadlake_contract::{Contract, SourceName};
use leadlake_refine::Counts;
use parquet::errors::ParquetError;
use parquet::file::FOOTER_SIZE;
use parquet::file::metadata::{FooterTail, ParquetMetaDataReader};
use serde::Serialize;

use crate::key::ObjectKey;
use crate::lake::{Lake, LakeError};
use crate::layout::{BronzeObject, Layer, LayoutError, ObjectId, key_of, made_of};
use crate::ledger::{LedgerEntry, Output};
use crate::store::StoreError;
use crate::tables::{TableName, VersionNumber};

/// What was counted, and all that is wrong.
#[derive(Debug, Default, Serialize)]
pub struct Verification {
    pub objects: u64,
    pub files: u64,
    pub counts: Counts,
    /// The versions that readers use.
    pub tables: BTreeMap<TableName, VersionNumber>,
    /// Folders of runs that died before their commit. No reader sees them, and vacuum takes them away.
    pub left_over: Vec<ObjectKey>,
    pub faults: Vec<Fault>,
}

/// One thing that is not as promised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum Fault {
    NotIngested { object: ObjectKey },
    WithoutContract { source: SourceName },
    Stray { reason: String },
    BronzeGone { entry: ObjectKey, object: ObjectKey },
    BronzeChanged { object: ObjectKey },
    BronzeReplaced { entry: ObjectKey, object: ObjectKey },
    EntryUnreadable { reason: String },
    EntryMisplaced { entry: ObjectKey },
    Unbalanced { entry: ObjectKey },
    OutputGone { entry: ObjectKey, file: ObjectKey },
    OutputChanged { entry: ObjectKey, file: ObjectKey },
    RowsDiffer { file: ObjectKey, ledger: u64, file_rows: u64 },
    CountsDiffer { entry: ObjectKey, layer: Layer, counted: u64, rows: u64 },
    WithoutEntry { file: ObjectKey },
    LogBroken { reason: String },
    LogLost { reason: String },
    SaltLost { reason: String },
    CatalogUnreadable { reason: String },
    CatalogDiffers { table: TableName, number: VersionNumber },
    VersionFileGone { table: TableName, number: VersionNumber, file: ObjectKey },
    VersionFileChanged { table: TableName, number: VersionNumber, file: ObjectKey },
    VersionFileUnnamed { table: TableName, number: VersionNumber, file: ObjectKey },
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIngested { object } => write!(formatter, "{object} is not ingested; run ingest"),
            Self::WithoutContract { source } => {
                write!(formatter, "source {source} has no contract; add contracts/{source}.odcs.yaml")
            }
            Self::Stray { reason } => formatter.write_str(reason),
            Self::BronzeGone { entry, object } => {
                write!(formatter, "{object} is gone from bronze, but {entry} tells of it; restore the object")
            }
            Self::BronzeChanged { object } => write!(
                formatter,
                "{object} is not what was refined: bronze must never change; restore it, or ingest --force"
            ),
            Self::BronzeReplaced { entry, object } => write!(
                formatter,
                "{object} was written again under its old name: restore what it was, or delete {entry} and the files it names"
            ),
            Self::EntryUnreadable { reason } => formatter.write_str(reason),
            Self::EntryMisplaced { entry } => {
                write!(formatter, "{entry} tells of an object of another name; delete it and ingest again")
            }
            Self::Unbalanced { entry } => write!(
                formatter,
                "{entry}: input is not accepted + refused + duplicate; run ingest --force for its source"
            ),
            Self::OutputGone { entry, file } => {
                write!(formatter, "{file} is gone, but {entry} names it; run ingest --force for its source")
            }
            Self::OutputChanged { entry, file } => {
                write!(formatter, "{file} is not what {entry} says; run ingest --force for its source")
            }
            Self::RowsDiffer { file, ledger, file_rows } => {
                write!(formatter, "{file} has {file_rows} rows, the ledger says {ledger}; run ingest --force")
            }
            Self::CountsDiffer { entry, layer, counted, rows } => write!(
                formatter,
                "{entry} counts {counted} records for {} but names {rows} rows; run ingest --force",
                layer.folder()
            ),
            Self::WithoutEntry { file } => write!(
                formatter,
                "{file} has no ledger entry: its object was never finished, or the entry has expired before it; run ingest, or delete the file if its object is gone"
            ),
            Self::LogBroken { reason }
            | Self::LogLost { reason }
            | Self::SaltLost { reason }
            | Self::CatalogUnreadable { reason } => formatter.write_str(reason),
            Self::CatalogDiffers { table, number } => write!(
                formatter,
                "the catalog shows something else of {table} than entry {number} of its log says; if the log is right, delete catalog/{0}.json and catalog/{0}_versions.json, and run score",
                table.sql_name()
            ),
            Self::VersionFileGone { table, number, file } => write!(
                formatter,
                "{file} is gone, but version {number} of {table} names it; run score, or roll back to an older version"
            ),
            Self::VersionFileChanged { table, number, file } => write!(
                formatter,
                "{file} is not what version {number} of {table} says; run score, or roll back to an older version"
            ),
            Self::VersionFileUnnamed { table, number, file } => write!(
                formatter,
                "{file} is no file of version {number} of {table}, but engines read it; move it out of the lake"
            ),
        }
    }
}

pub fn verify(lake: &Lake, contracts: &[Contract]) -> Result<Verification, LakeError> {
    let mut verification = Verification::default();
    let mut bronze: BTreeMap<SourceName, BTreeMap<ObjectId, BronzeObject>> = BTreeMap::new();
    for object in lake.bronze(None)? {
        match object {
            Ok(object) => {
                verification.objects += 1;
                bronze.entry(object.source.clone()).or_default().insert(object.id, object);
            }
            Err(error) if error.is_stray() => {
                verification.faults.push(Fault::Stray { reason: error.to_string() });
            }
            Err(failure) => return Err(failure),
        }
    }
    let contracted: BTreeSet<SourceName> = contracts.iter().map(|contract| contract.source.clone()).collect();
    for source in bronze.keys().filter(|source| !contracted.contains(source)) {
        verification.faults.push(Fault::WithoutContract { source: source.clone() });
    }
    for source in &contracted {
        let objects = bronze.remove(source).unwrap_or_default();
        verify_source(lake, source, objects, &mut verification)?;
    }
    find_strays(lake, &contracted, &mut verification)?;
    tables::verify_tables(lake, &mut verification)?;
    verification.faults.sort();
    verification.faults.dedup();
    Ok(verification)
}

fn verify_source(
    lake: &Lake,
    source: &SourceName,
    mut objects: BTreeMap<ObjectId, BronzeObject>,
    verification: &mut Verification,
) -> Result<(), LakeError> {
    let mut files_named: BTreeSet<ObjectKey> = BTreeSet::new();
    let mut unreadable: BTreeSet<ObjectId> = BTreeSet::new();
    let done = lake.done(source)?;
    let strays = done.strays.iter().map(|stray| Fault::Stray { reason: stray.to_string() });
    verification.faults.extend(strays);
    for (id, day) in done.days {
        let key = key_of(Layer::Ledger, source, day, id).map_err(LayoutError::from)?;
        let object = objects.remove(&id);
        let entry = match lake.ledger_entry(&key).map(|(_, entry)| entry) {
            Ok(entry) => entry,
            Err(error @ LakeError::Ledger(_)) => {
                verification.faults.push(Fault::EntryUnreadable { reason: error.to_string() });
                unreadable.insert(id);
                continue;
            }
            // An entry of this object lies elsewhere than where one belongs.
            Err(LakeError::Store(StoreError::NotFound { .. })) => {
                verification.faults.push(Fault::EntryMisplaced { entry: key });
                continue;
            }
            Err(failure) => return Err(failure),
        };
        if !entry.is_of(source, day, id) {
            verification.faults.push(Fault::EntryMisplaced { entry: key });
            unreadable.insert(id);
            continue;
        }
        match object {
            Some(object) => check_bronze(lake, &object, &entry, verification)?,
            None => {
                let (entry_key, object) = (key.clone(), entry.object_key.clone());
                verification.faults.push(match lake.store.head(&object)? {
                    Some(_) => Fault::BronzeReplaced { entry: entry_key, object },
                    None => Fault::BronzeGone { entry: entry_key, object },
                });
            }
        }
        check_entry(lake, &key, &entry, verification)?;
        files_named.extend(entry.outputs.iter().map(|output| output.key.clone()));
        verification.counts.add(&entry.counts);
    }
    let not_ingested = objects.into_values().map(|object| Fault::NotIngested { object: object.facts.key });
    verification.faults.extend(not_ingested);
    for layer in [Layer::Silver, Layer::Quarantine] {
        for facts in lake.store.list(&format!("{}/{source}", layer.folder()))? {
            verification.files += 1;
            match facts {
                Ok(facts) if files_named.contains(&facts.key) => {}
                // Its entry is a fault already.
                Ok(facts) if made_of(&facts.key).is_ok_and(|(id, _)| unreadable.contains(&id)) => {}
                Ok(facts) => verification.faults.push(Fault::WithoutEntry { file: facts.key }),
                Err(error) => verification.faults.push(Fault::Stray { reason: error.to_string() }),
            }
        }
    }
    Ok(())
}

/// Files of sources that have no contract, and files beside the sources' folders.
fn find_strays(
    lake: &Lake,
    contracted: &BTreeSet<SourceName>,
    verification: &mut Verification,
) -> Result<(), LakeError> {
    for layer in [Layer::Silver, Layer::Quarantine, Layer::Ledger] {
        for facts in lake.store.list(layer.folder())? {
            let key = match facts {
                Ok(facts) => facts.key,
                Err(error) => {
                    verification.faults.push(Fault::Stray { reason: error.to_string() });
                    continue;
                }
            };
            let source = key.segments().nth(1).and_then(|name| SourceName::new(name).ok());
            let fault = match source {
                Some(source) if key.segments().nth(2).is_some() && contracted.contains(&source) => continue,
                Some(_) if tables::is_in_table(&key) => continue,
                Some(source) if made_of(&key).is_ok() => Fault::WithoutContract { source },
                _ => Fault::Stray { reason: LayoutError::Foreign { key }.to_string() },
            };
            verification.faults.push(fault);
        }
    }
    Ok(())
}

fn check_bronze(
    lake: &Lake,
    object: &BronzeObject,
    entry: &LedgerEntry,
    verification: &mut Verification,
) -> Result<(), LakeError> {
    let (_, blake3) = checksum(lake, &object.facts.key)?;
    if blake3 != entry.object_blake3 {
        verification.faults.push(Fault::BronzeChanged { object: object.facts.key.clone() });
    }
    Ok(())
}

fn check_entry(
    lake: &Lake,
    key: &ObjectKey,
    entry: &LedgerEntry,
    verification: &mut Verification,
) -> Result<(), LakeError> {
    if !entry.counts.is_balanced() {
        verification.faults.push(Fault::Unbalanced { entry: key.clone() });
    }
    let counted = [(Layer::Silver, entry.counts.accepted), (Layer::Quarantine, entry.counts.refused_total())];
    for (layer, counted) in counted {
        let rows = entry.output(layer).map_or(0, |output| output.rows);
        if rows != counted {
            let entry = key.clone();
            verification.faults.push(Fault::CountsDiffer { entry, layer, counted, rows });
        }
    }
    for output in &entry.outputs {
        if let Some(fault) = check_output(lake, key, output)? {
            verification.faults.push(fault);
        }
    }
    Ok(())
}

fn check_output(lake: &Lake, entry: &ObjectKey, output: &Output) -> Result<Option<Fault>, LakeError> {
    let gone = || Fault::OutputGone { entry: entry.clone(), file: output.key.clone() };
    let changed = || Fault::OutputChanged { entry: entry.clone(), file: output.key.clone() };
    let (bytes, blake3) = match checksum(lake, &output.key) {
        Ok(found) => found,
        Err(LakeError::Store(StoreError::NotFound { .. })) => return Ok(Some(gone())),
        Err(failure) => return Err(failure),
    };
    if bytes != output.bytes || blake3 != output.blake3 {
        return Ok(Some(changed()));
    }
    match rows_in(lake, &output.key, output.bytes)? {
        Ok(rows) if rows == output.rows => Ok(None),
        Ok(rows) => {
            Ok(Some(Fault::RowsDiffer { file: output.key.clone(), ledger: output.rows, file_rows: rows }))
        }
        Err(_) => Ok(Some(changed())),
    }
}

fn checksum(lake: &Lake, key: &ObjectKey) -> Result<(u64, String), LakeError> {
    let mut body = lake.store.open(key)?.body;
    let mut hasher = blake3::Hasher::new();
    let mut bytes = 0;
    let mut chunk = vec![0; 128 * 1024];
    loop {
        match body.read(&mut chunk) {
            Ok(0) => return Ok((bytes, hasher.finalize().to_hex().to_string())),
            Ok(read) => {
                hasher.update(chunk.get(..read).unwrap_or_default());
                bytes += read as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => {
                return Err(LakeError::Body { key: key.clone(), source });
            }
        }
    }
}

/// What the file itself says, from its footer alone.
fn rows_in(lake: &Lake, key: &ObjectKey, bytes: u64) -> Result<Result<u64, ParquetError>, LakeError> {
    let tail_start = bytes.saturating_sub(FOOTER_SIZE as u64);
    let tail = lake.store.open_range(key, tail_start..bytes)?;
    let footer = match tail.first_chunk::<FOOTER_SIZE>().map(FooterTail::try_new) {
        Some(Ok(footer)) => footer,
        Some(Err(error)) => return Ok(Err(error)),
        None => {
            return Ok(Err(ParquetError::EOF("the file is shorter than a footer".to_owned())));
        }
    };
    let metadata_start = tail_start.saturating_sub(footer.metadata_length() as u64);
    let metadata = lake.store.open_range(key, metadata_start..tail_start)?;
    let rows = ParquetMetaDataReader::decode_metadata(&metadata)
        .map(|metadata| u64::try_from(metadata.file_metadata().num_rows()).unwrap_or_default());
    Ok(rows)
}
