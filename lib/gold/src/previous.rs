//! What the run before wrote into `gold_kpi`.
//!
//! It is read from the very files that the commit builds on. An engine may be pinned to older versions, or not know the
//! newest yet, and rows that it leaves out would be lost for ever.

use std::io::Read;

use bytes::Bytes;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::Store;
use leadlake_lake::tables::{TableName, Version};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use crate::cuts::History;
use crate::error::GoldError;
use crate::tables::kpi;
use crate::why::LastRun;

/// The name of the file beside a version that tells what its run has seen: all that was refined before this instant.
pub(crate) const MARK: &str = "seen_at";

pub(crate) fn history_of(store: &dyn Store, version: &Version) -> Result<History, GoldError> {
    let mut history = History::new();
    for file in &version.content.files {
        let key = &file.key;
        let unreadable = |source| GoldError::Unreadable { key: key.clone(), source };
        let bytes = Bytes::from(bytes_of(store, key)?);
        let batches = ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(|builder| builder.build());
        for batch in batches.map_err(unreadable)? {
            let batch = batch.map_err(|error| unreadable(ParquetError::from(error)))?;
            let other = |column| GoldError::OtherColumns { key: key.clone(), table: TableName::KPI, column };
            kpi::read_into(&mut history, &batch).map_err(other)?;
        }
    }
    Ok(history)
}

pub(crate) fn last_run(store: &dyn Store, version: &Version) -> Result<LastRun, GoldError> {
    let content = &version.content;
    let no_mark = |key: &ObjectKey| GoldError::NoMark { key: key.clone() };
    let key = content.inputs.watermark.as_ref().ok_or_else(|| no_mark(&content.prefix))?;
    let mark = String::from_utf8(bytes_of(store, key)?).map_err(|_| no_mark(key))?;
    let seen_at = mark.trim().parse().map_err(|_| no_mark(key))?;
    Ok(LastRun { as_of: content.as_of, seen_at, model_version: content.model_version.clone() })
}

fn bytes_of(store: &dyn Store, key: &ObjectKey) -> Result<Vec<u8>, GoldError> {
    let mut bytes = Vec::new();
    let mut body = store.open(key)?.body;
    body.read_to_end(&mut bytes).map_err(|source| GoldError::Body { key: key.clone(), source })?;
    Ok(bytes)
}
