//! Batches into Parquet files that appear whole or not at all.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::key::ObjectKey;
use crate::store::{ObjectWriter, Store, StoreError};

/// The reader may skip a file whose filter does not know the event: one in a hundred is read in vain.
const BLOOM_FALSE_POSITIVES: f64 = 0.01;

/// Below it zstd's frames add about what they save, and setting it up twice for each column takes longer than all else.
const BYTES_WORTH_COMPRESSING: usize = 256;

/// A row group's events at the most; the filter is folded to what a smaller one needs.
const BLOOM_DISTINCT_EVENTS: u64 = 65_536;

#[derive(Debug, Error)]
pub enum OutputError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{key} could not be written as Parquet: {source}")]
    Parquet { key: ObjectKey, source: ParquetError },
}

/// A file that is written, whole and visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    pub key: ObjectKey,
    pub rows: u64,
    pub bytes: u64,
    pub blake3: String,
}

/// How a table's files are laid out.
#[derive(Debug, Clone)]
pub struct TableShape {
    pub schema: SchemaRef,
    pub properties: Arc<WriterProperties>,
}

impl TableShape {
    /// Silver: sorted by event time, with a filter on the event id. Columns whose values hardly repeat are not worth
    /// a dictionary, which would be built only to be thrown away.
    pub fn silver(schema: SchemaRef, event_id: &str, event_time: &str, distinct: &[String]) -> Self {
        let filtered = ColumnPath::from(event_id);
        let properties = common_properties()
            .set_column_bloom_filter_enabled(filtered.clone(), true)
            .set_column_bloom_filter_fpp(filtered.clone(), BLOOM_FALSE_POSITIVES)
            .set_column_bloom_filter_max_ndv(filtered, BLOOM_DISTINCT_EVENTS);
        let properties = sorted_by(properties, &schema, &[event_time]);
        let properties = without_dictionary(properties, distinct.iter().map(String::as_str));
        Self { schema, properties: Arc::new(properties.build()) }
    }

    /// A version of a table: each of its files sorted by these columns. `distinct` are columns whose values hardly repeat.
    pub fn version(schema: SchemaRef, sorted_by_columns: &[&str], distinct: &[&str]) -> Self {
        let properties = sorted_by(common_properties(), &schema, sorted_by_columns);
        let properties = without_dictionary(properties, distinct.iter().copied());
        Self { schema, properties: Arc::new(properties.build()) }
    }

    pub fn quarantine(schema: SchemaRef) -> Self {
        let properties = without_dictionary(common_properties(), ["original"].into_iter());
        Self { schema, properties: Arc::new(properties.build()) }
    }
}

fn common_properties() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
}

fn sorted_by(
    properties: WriterPropertiesBuilder,
    schema: &SchemaRef,
    columns: &[&str],
) -> WriterPropertiesBuilder {
    let sorting = columns.iter().filter_map(|name| {
        let index = i32::try_from(schema.index_of(name).ok()?).ok()?;
        Some(SortingColumn { column_idx: index, descending: false, nulls_first: false })
    });
    let sorting: Vec<SortingColumn> = sorting.collect();
    let properties = properties.set_sorting_columns((!sorting.is_empty()).then_some(sorting));
    columns.iter().fold(properties, |properties, name| {
        properties.set_column_statistics_enabled(ColumnPath::from(*name), EnabledStatistics::Page)
    })
}

fn without_dictionary<'n>(
    properties: WriterPropertiesBuilder,
    columns: impl Iterator<Item = &'n str>,
) -> WriterPropertiesBuilder {
    columns.fold(properties, |properties, name| {
        properties.set_column_dictionary_enabled(ColumnPath::from(name), false)
    })
}

/// One file being written.
pub(crate) struct ParquetOutput {
    key: ObjectKey,
    writer: ArrowWriter<CheckedWriter>,
    rows: u64,
}

impl ParquetOutput {
    /// `first` is the first row group: later ones come only where it is full, so it tells how large columns are.
    pub(crate) fn create(
        store: &dyn Store,
        key: ObjectKey,
        shape: &TableShape,
        first: &RecordBatch,
    ) -> Result<Self, OutputError> {
        let checked = CheckedWriter { inner: store.writer(&key)?, hasher: blake3::Hasher::new(), bytes: 0 };
        let properties = shape.properties.as_ref().clone().into_builder();
        let properties = match worth_compressing(first) {
            true => properties,
            false => properties.set_compression(Compression::UNCOMPRESSED),
        };
        let options =
            ArrowWriterOptions::new().with_properties(properties.build()).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(checked, Arc::clone(&shape.schema), options)
            .map_err(|source| OutputError::Parquet { key: key.clone(), source })?;
        let mut output = Self { key, writer, rows: 0 };
        output.write(first)?;
        Ok(output)
    }

    /// One batch is one row group.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        self.rows += batch.num_rows() as u64;
        self.writer
            .write(batch)
            .and_then(|()| self.writer.flush())
            .map_err(|source| OutputError::Parquet { key: self.key.clone(), source })
    }

    /// Makes the file visible, with its lineage in the footer.
    pub(crate) fn finish(mut self, lineage: &[KeyValue]) -> Result<DataFile, OutputError> {
        for pair in lineage {
            self.writer.append_key_value_metadata(pair.clone());
        }
        let key = self.key;
        let checked =
            self.writer.into_inner().map_err(|source| OutputError::Parquet { key: key.clone(), source })?;
        let (bytes, blake3) = (checked.bytes, checked.hasher.finalize().to_hex().to_string());
        checked.inner.finish()?;
        Ok(DataFile { key, rows: self.rows, bytes, blake3 })
    }
}

fn worth_compressing(rows: &RecordBatch) -> bool {
    // What cannot tell its size is taken for large.
    let bytes = |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(usize::MAX);
    let bytes = rows.columns().iter().map(bytes).fold(0, usize::saturating_add);
    bytes >= BYTES_WORTH_COMPRESSING.saturating_mul(rows.num_columns())
}

struct CheckedWriter {
    inner: Box<dyn ObjectWriter>,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Write for CheckedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::StringArray;

    use super::*;

    fn texts(rows: usize, length: usize) -> RecordBatch {
        let column = || Arc::new(StringArray::from_iter_values((0..rows).map(|_| "x".repeat(length)))) as _;
        RecordBatch::try_from_iter([("one", column()), ("other", column())]).unwrap()
    }

    #[test]
    fn what_is_large_is_compressed_however_few_rows_it_has() {
        assert!(!worth_compressing(&texts(1, 20)));
        assert!(!worth_compressing(&texts(8, 20)));
        assert!(worth_compressing(&texts(20, 20)));
        assert!(worth_compressing(&texts(1, 10_000)));
    }

    #[test]
    fn rows_weigh_by_themselves_and_not_by_what_they_were_cut_from() {
        assert!(!worth_compressing(&texts(10_000, 20).slice(5_000, 4)));
    }
}
