//! Reading silver and quarantine back with an independent reader.

use std::io::Write;

use crate::lakes::content;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use leadlake_lake::layout::Layer;
use leadlake_lake::store::Store;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// All batches of a source's table in a layer, in the order of the files' names.
pub fn read_table(store: &dyn Store, layer: Layer, source: &str) -> Vec<RecordBatch> {
    let folder = format!("{}/{source}", layer.folder());
    let keys: Vec<_> = store.list(&folder).unwrap().map(|facts| facts.unwrap().key).collect();
    keys.iter().flat_map(|key| read_parquet(&content(store, key))).collect()
}

/// The reader wants a file, or else a crate of byte buffers that nothing here needs.
pub fn read_parquet(bytes: &[u8]) -> Vec<RecordBatch> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.map(|batch| batch.unwrap()).collect()
}

pub fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let column = batch.column_by_name(column).unwrap().as_string::<i32>();
    (0..column.len()).map(|row| column.value(row).to_owned()).collect()
}

pub fn integers(batch: &RecordBatch, column: &str) -> Vec<i64> {
    batch.column_by_name(column).unwrap().as_primitive::<Int64Type>().values().to_vec()
}

pub fn trues(batch: &RecordBatch, column: &str) -> u64 {
    batch.column_by_name(column).unwrap().as_boolean().true_count() as u64
}

/// A refused record as quarantine holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    pub object_key: String,
    pub code: String,
    pub path: String,
    pub expected: String,
    pub actual: String,
    pub original: Vec<u8>,
    pub is_whole: bool,
    pub line: i64,
    pub offset: usize,
    pub length: usize,
}

pub fn quarantined(batches: &[RecordBatch]) -> Vec<Quarantined> {
    let mut rows = Vec::new();
    for batch in batches {
        let originals = batch.column_by_name("original").unwrap().as_binary::<i32>();
        let whole = batch.column_by_name("original_is_whole").unwrap().as_boolean();
        let text = |name| texts(batch, name);
        let (keys, codes, paths) = (text("object_key"), text("code"), text("path"));
        let (expected, actual) = (text("expected"), text("actual"));
        let lines = integers(batch, "object_line");
        let (offsets, lengths) = (integers(batch, "byte_offset"), integers(batch, "byte_length"));
        for row in 0..batch.num_rows() {
            rows.push(Quarantined {
                object_key: keys[row].clone(),
                code: codes[row].clone(),
                path: paths[row].clone(),
                expected: expected[row].clone(),
                actual: actual[row].clone(),
                original: originals.value(row).to_vec(),
                is_whole: whole.value(row),
                line: lines[row],
                offset: usize::try_from(offsets[row]).unwrap(),
                length: usize::try_from(lengths[row]).unwrap(),
            });
        }
    }
    rows
}
