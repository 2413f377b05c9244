//! Tables with versions and their catalog: races, deaths at every step, laws, and what is told when something is wrong.

mod concurrency;
mod errors;
mod fake_glue;
mod kill;
mod laws;
mod lost;
mod pinned;
mod races;
mod vacuum;

use std::io::Read;
use std::sync::Arc;

use arrow_array::{RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use jiff::{SignedDuration, Timestamp};

use crate::catalog::{LocalCatalog, publish_head};
use crate::key::ObjectKey;
use crate::store::{MemoryStore, Store};
use crate::tables::{
    Claim, Inputs, LogEntry, NewVersion, Placement, RunId, SnapshotWriter, TableError, TableLog, TableName,
    TableShape, Version, VersionNumber,
};

const TABLE: TableName = TableName::LEADS;

/// Day `day` of the lake's life, which is later than anything a store writes down: its files are old.
fn day(day: i64) -> Timestamp {
    let first: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
    first + SignedDuration::from_hours(24 * day)
}

fn run(number: u64) -> RunId {
    RunId::new(day(0), number)
}

fn number(number: u32) -> VersionNumber {
    VersionNumber::new(number).unwrap()
}

fn log(store: &Arc<dyn Store>) -> TableLog {
    TableLog::new(Arc::clone(store), TABLE)
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

/// The same objects in a store of their own, all modified on day 0.
fn copy_of(store: &MemoryStore) -> MemoryStore {
    let copy = MemoryStore::new();
    for facts in store.list("").unwrap() {
        let key = facts.unwrap().key;
        copy.put_at(&key, &bytes_of(store, &key), day(0));
    }
    copy
}

fn bytes_of(store: &dyn Store, key: &ObjectKey) -> Vec<u8> {
    let mut bytes = Vec::new();
    store.open(key).unwrap().body.read_to_end(&mut bytes).unwrap();
    bytes
}

fn shape() -> TableShape {
    let schema = Schema::new(vec![Field::new("lead_id", DataType::Utf8, false)]);
    TableShape::version(Arc::new(schema), &["lead_id"], &["lead_id"])
}

fn leads(rows: u64) -> RecordBatch {
    let ids = StringArray::from_iter_values((0..rows).map(|row| format!("lead-{row:024x}")));
    RecordBatch::try_new(shape().schema, vec![Arc::new(ids)]).unwrap()
}

/// A version of as many rows, in two parts where there are enough, with a watermark beside them.
fn written(
    log: &TableLog,
    base: Option<&LogEntry>,
    run_id: &RunId,
    rows: u64,
) -> Result<NewVersion, TableError> {
    let writer = SnapshotWriter::begin(log, base, run_id, shape())?;
    let mut parts = Vec::new();
    for (part, rows) in [(0, rows.div_ceil(2)), (1, rows / 2)] {
        if rows > 0 {
            parts.push(writer.part(part, &leads(rows))?.finish()?);
        }
    }
    let watermark = writer.beside("watermark.json", rows.to_string().as_bytes())?;
    Ok(NewVersion {
        snapshot: writer.finish(parts),
        placement: Placement::Current,
        claim: Claim { rows, unique_key: vec!["lead_id".to_owned()], distinct_keys: rows },
        inputs: Inputs { watermark: Some(watermark), ..Inputs::default() },
        code_version: "0.1.0".to_owned(),
        model_version: None,
        as_of: day(0),
        committed_at: day(0),
    })
}

/// Commits a version of as many rows, at the head.
fn commit(log: &TableLog, run_id: &RunId, rows: u64, at: Timestamp, placement: Placement) -> LogEntry {
    let build = |base: Option<&LogEntry>| {
        let new = written(log, base, run_id, rows)?;
        Ok::<_, TableError>(NewVersion { placement, committed_at: at, ..new })
    };
    log.commit_with_retry(1, build).unwrap()
}

/// All that a version names is there, and nothing that engines would read beside it.
fn assert_whole(store: &dyn Store, version: &Version) {
    let content = &version.content;
    assert_eq!(content.rows, content.files.iter().map(|file| file.rows).sum::<u64>());
    for file in &content.files {
        let bytes = bytes_of(store, &file.key);
        assert_eq!(
            (bytes.len() as u64, blake3::hash(&bytes).to_hex().to_string()),
            (file.bytes, file.blake3.clone())
        );
    }
    let watermark = content.inputs.watermark.as_ref().unwrap();
    assert_eq!(bytes_of(store, watermark), content.rows.to_string().as_bytes());
    let found = store.list(content.prefix.as_str()).unwrap().count();
    assert_eq!(found, content.files.len() + 1, "{}", content.prefix);
}

/// After publishing, engines are shown what readers of the log use, and every version that is left under its number.
fn assert_published(store: &Arc<dyn Store>) {
    let (log, catalog) = (log(store), LocalCatalog::new(Arc::clone(store)));
    publish_head(&log, &catalog).unwrap();
    let head = log.head().unwrap().unwrap();
    let shown = catalog.publication(&TABLE).unwrap();
    assert_eq!(shown.as_ref().map(|shown| shown.version.version), head.current);
    if let Some(shown) = shown {
        assert_eq!(shown.number, head.number);
        assert_eq!(shown.version.prefix, log.current().unwrap().unwrap().content.prefix);
    }
    let registered: Vec<VersionNumber> =
        catalog.versions(&TABLE).unwrap().into_iter().map(|version| version.version).collect();
    let left: Vec<VersionNumber> = VersionNumber::FIRST
        .up_to(head.number)
        .filter(|number| log.version(*number).is_ok_and(|version| version.number == *number))
        .collect();
    assert_eq!(registered, left);
}
