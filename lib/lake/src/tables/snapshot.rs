//! The files of one version, written before anyone can see them.

use std::sync::Arc;

use arrow_array::RecordBatch;
use parquet::file::metadata::KeyValue;

use super::entry::LogEntry;
use super::error::TableError;
use super::log::TableLog;
use super::number::VersionNumber;
use super::run::RunId;
use super::schema::TableSchema;
use crate::key::ObjectKey;
use crate::output::{DataFile, OutputError, ParquetOutput, TableShape};
use crate::store::Store;

const FOLDER_START: &str = "snap=";

/// Engines pass over names that begin so.
pub(crate) const BESIDE: char = '_';

/// Writes one version of one table in a folder of its own. Shared by threads, of which each writes its own parts.
pub struct SnapshotWriter {
    store: Arc<dyn Store>,
    number: VersionNumber,
    run_id: RunId,
    prefix: ObjectKey,
    shape: TableShape,
    schema: TableSchema,
    lineage: Vec<KeyValue>,
}

/// One Parquet file being written. Dropped without [`PartWriter::finish`] it leaves nothing visible.
pub struct PartWriter {
    output: ParquetOutput,
    lineage: Vec<KeyValue>,
}

/// A version that is written whole and not committed.
#[derive(Debug, Clone)]
pub struct Snapshot {
    number: VersionNumber,
    run_id: RunId,
    prefix: ObjectKey,
    files: Vec<DataFile>,
    schema: TableSchema,
}

impl SnapshotWriter {
    /// `base` is the head when the run began; the commit is to be given the same.
    pub fn begin(
        log: &TableLog,
        base: Option<&LogEntry>,
        run_id: &RunId,
        shape: TableShape,
    ) -> Result<Self, TableError> {
        let number = log.number_following(base)?;
        let folder = format!("{}/{FOLDER_START}{}-{run_id}", log.table().folder(), number.padded());
        let lineage = [("leadlake.table", log.table().to_string()), ("leadlake.run", run_id.to_string())];
        Ok(Self {
            store: Arc::clone(&log.store),
            number,
            run_id: run_id.clone(),
            prefix: ObjectKey::new(folder)?,
            schema: TableSchema::of(&shape.schema)?,
            shape,
            lineage: lineage.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect(),
        })
    }

    /// The folder of the version's files.
    pub fn prefix(&self) -> &ObjectKey {
        &self.prefix
    }

    /// Begins `part-<number>.parquet` with its first row group. There is none without rows.
    pub fn part(&self, number: u32, first: &RecordBatch) -> Result<PartWriter, TableError> {
        let key = self.prefix.join(&format!("part-{number:05}.parquet"))?;
        let output = ParquetOutput::create(self.store.as_ref(), key, &self.shape, first)?;
        Ok(PartWriter { output, lineage: self.lineage.clone() })
    }

    /// Writes `_<name>`, which is no part of the table but lives and goes with this version, such as a watermark.
    pub fn beside(&self, name: &str, bytes: &[u8]) -> Result<ObjectKey, TableError> {
        let key = self.prefix.join(&format!("{BESIDE}{name}"))?;
        self.store.put(&key, bytes)?;
        Ok(key)
    }

    /// The version with the parts that all threads finished, in any order.
    pub fn finish(self, mut parts: Vec<DataFile>) -> Snapshot {
        parts.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        Snapshot {
            number: self.number,
            run_id: self.run_id,
            prefix: self.prefix,
            files: parts,
            schema: self.schema,
        }
    }
}

impl PartWriter {
    /// One batch is one further row group.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        self.output.write(batch)
    }

    pub fn finish(self) -> Result<DataFile, OutputError> {
        self.output.finish(&self.lineage)
    }
}

impl Snapshot {
    /// The number it expects to be committed as. Its folder keeps this one where another run takes it.
    pub fn number(&self) -> VersionNumber {
        self.number
    }

    pub fn run_id(&self) -> &RunId {
        &self.run_id
    }

    pub fn prefix(&self) -> &ObjectKey {
        &self.prefix
    }

    pub fn files(&self) -> &[DataFile] {
        &self.files
    }

    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    pub fn schema(&self) -> &TableSchema {
        &self.schema
    }
}

/// The folder of a version that a file of `table_folder` lies in, whether the version was committed or not.
pub(crate) fn snapshot_folder_of(table_folder: &str, key: &ObjectKey) -> Option<ObjectKey> {
    let below = key.as_str().strip_prefix(table_folder)?.strip_prefix('/')?;
    let (folder, _file) = below.split_once('/')?;
    let (number, run_id) = folder.strip_prefix(FOLDER_START)?.split_once('-')?;
    VersionNumber::from_padded(number)?;
    RunId::try_from(run_id.to_owned()).ok()?;
    ObjectKey::new(format!("{table_folder}/{folder}")).ok()
}
