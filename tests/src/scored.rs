//! The tables of a score run as rows of text, read back with an independent reader.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lakes::content;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_cast::cast;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;
use leadlake_lake::store::Store;
use leadlake_lake::tables::{TableLog, TableName, Version, VersionNumber};

use crate::tables::read_parquet;

/// Which version of the leads a row belongs to says when a run was done, not what is so.
const OF_THE_RUN: &[&str] = &["leads_snapshot"];

/// Of each table its rows in order.
pub type Rows = BTreeMap<TableName, Vec<String>>;

pub fn current(store: &(impl Store + Clone + 'static), table: &TableName) -> Option<Version> {
    TableLog::new(Arc::new(store.clone()), table.clone()).current().unwrap()
}

pub fn version(store: &(impl Store + Clone + 'static), table: &TableName, number: VersionNumber) -> Version {
    TableLog::new(Arc::new(store.clone()), table.clone()).version(number).unwrap()
}

pub fn batches(store: &dyn Store, version: &Version) -> Vec<RecordBatch> {
    version.content.files.iter().flat_map(|file| read_parquet(&content(store, &file.key))).collect()
}

/// The rows that readers see now; a table that was never written has no entry.
pub fn current_rows(store: &(impl Store + Clone + 'static)) -> Rows {
    let versions = TableName::OWN.into_iter().filter_map(|table| Some((current(store, &table)?, table)));
    versions.map(|(version, table)| (table.clone(), rows_of(store, &table, &version))).collect()
}

pub fn rows_of(store: &dyn Store, table: &TableName, version: &Version) -> Vec<String> {
    let mut rows: Vec<String> = batches(store, version).iter().flat_map(as_text).collect();
    assert_eq!(rows.len() as u64, version.content.rows, "rows of {table}");
    // Events without a lead are spread over the shards, of which there may be more or fewer.
    if *table == TableName::LEAD_EVENTS {
        rows.sort_unstable();
    }
    rows
}

pub fn as_text(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("-");
    let schema = batch.schema();
    let shown: Vec<(&str, ArrayRef)> = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .filter(|(field, _)| !OF_THE_RUN.contains(&field.name().as_str()))
        .map(|(field, column)| (field.name().as_str(), without_zone(column)))
        .collect();
    let columns: Vec<(&str, ArrayFormatter<'_>)> = shown
        .iter()
        .map(|(name, column)| (*name, ArrayFormatter::try_new(column.as_ref(), &options).unwrap()))
        .collect();
    (0..batch.num_rows())
        .map(|row| columns.iter().map(|(name, column)| format!("{name}={} ", column.value(row))).collect())
        .collect()
}

/// An instant is written without a zone, for which a list of all zones would be needed.
fn without_zone(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Timestamp(..) => cast(column, &DataType::Int64).unwrap(),
        _ => Arc::clone(column),
    }
}

/// Every table is as it was or as it shall be. One that was there is still there.
pub fn assert_old_or_new_rows(old: &Rows, new: &Rows, found: &Rows, after: &str) {
    for table in TableName::OWN {
        let rows = found.get(&table);
        assert!(rows == old.get(&table) || rows == new.get(&table), "after {after} {table} is torn or gone");
    }
}

pub fn assert_same_rows(expected: &Rows, found: &Rows, after: &str) {
    for table in TableName::OWN {
        let (expected, found) = (expected.get(&table), found.get(&table));
        if expected == found {
            continue;
        }
        let (expected, found) = (expected.cloned().unwrap_or_default(), found.cloned().unwrap_or_default());
        let lost: Vec<&String> = expected.iter().filter(|row| !found.contains(row)).take(3).collect();
        let new: Vec<&String> = found.iter().filter(|row| !expected.contains(row)).take(3).collect();
        panic!(
            "after {after} {table} has {} rows instead of {}\nlost: {lost:#?}\nnew: {new:#?}",
            found.len(),
            expected.len()
        );
    }
}
