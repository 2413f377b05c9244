//! When each source last delivered, as `ops_ledger` knows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use jiff::Timestamp;
use leadlake_contract::SourceName;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use thiserror::Error;

use crate::key::ObjectKey;
use crate::lake::Lake;
use crate::parquet_file::ParquetFile;
use crate::store::StoreError;
use crate::tables::{TableError, TableLog, TableName};

const SOURCE: &str = "source";
const ARRIVED_AT: &str = "arrived_at";

/// Two narrow columns.
const ROWS_AT_ONCE: usize = 65_536;

#[derive(Debug, Error)]
pub enum ArrivalsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(
        "{key} does not say when its objects arrived: {source}; run score, which writes it anew, or `leadlake verify`, which says what is wrong"
    )]
    Unreadable { key: ObjectKey, source: ParquetError },
}

/// Of the version that readers use. Sources that never delivered are not in it.
pub fn newest_arrivals(lake: &Lake) -> Result<BTreeMap<SourceName, Timestamp>, ArrivalsError> {
    let mut newest = BTreeMap::new();
    let log = TableLog::new(Arc::clone(&lake.store), TableName::LEDGER);
    let Some(version) = log.current()? else { return Ok(newest) };
    for file in &version.content.files {
        let unreadable = |source| ArrivalsError::Unreadable { key: file.key.clone(), source };
        let parquet = ParquetFile::open(&lake.store, &file.key, file.bytes)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(parquet).map_err(unreadable)?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), [SOURCE, ARRIVED_AT]);
        let batches = builder.with_projection(mask).with_batch_size(ROWS_AT_ONCE).build();
        for batch in batches.map_err(unreadable)? {
            take(&mut newest, &batch.map_err(|error| unreadable(error.into()))?).map_err(unreadable)?;
        }
    }
    Ok(newest)
}

fn take(newest: &mut BTreeMap<SourceName, Timestamp>, batch: &RecordBatch) -> Result<(), ParquetError> {
    let misfit = |column: &str| ParquetError::General(format!("column {column} is not what it should be"));
    let column = |name: &str| batch.column_by_name(name).ok_or_else(|| misfit(name));
    let sources = column(SOURCE)?.as_string_opt::<i32>().ok_or_else(|| misfit(SOURCE))?;
    let instants = column(ARRIVED_AT)?.as_primitive_opt::<TimestampMicrosecondType>();
    let instants = instants.ok_or_else(|| misfit(ARRIVED_AT))?;
    // A name is made once for each source: rows are in the order of sources.
    let mut latest: BTreeMap<&str, i64> = BTreeMap::new();
    for (source, instant) in sources.iter().zip(instants) {
        let (Some(source), Some(instant)) = (source, instant) else { continue };
        let known = latest.entry(source).or_insert(instant);
        *known = instant.max(*known);
    }
    for (source, instant) in latest {
        let source = SourceName::new(source).map_err(|_| misfit(SOURCE))?;
        let instant = Timestamp::from_microsecond(instant).map_err(|_| misfit(ARRIVED_AT))?;
        let known = newest.entry(source).or_insert(instant);
        *known = instant.max(*known);
    }
    Ok(())
}
