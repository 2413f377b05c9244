//! Tables with versions: what readers see now, and what they could see before.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, Decimal128Array, Int64Array, ListArray, MapBuilder, RecordBatch, StringArray,
    StringBuilder, StructArray,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use jiff::Timestamp;
use leadlake_gold::SqlEngine;
use leadlake_lake::catalog::{LocalCatalog, publish_head};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::MemoryStore;
use leadlake_lake::tables::{
    Claim, Commit, Inputs, Keep, NewVersion, Placement, RunId, SnapshotWriter, TableLog, TableName,
    TableShape, VersionNumber,
};
use leadlake_query::{KnownTable, QueryEngine, QueryError, Settings, current_versions};

use crate::common::{Answer, TestLake, json, lake_in};

fn log(lake: &TestLake) -> TableLog {
    TableLog::new(Arc::clone(&lake.lake.store), TableName::LEADS)
}

pub fn commit(log: &TableLog, schema: &Arc<Schema>, batches: &[RecordBatch]) {
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let base = log.head().unwrap();
    let run = RunId::new(now, base.as_ref().map_or(0, |base| u64::from(base.number.get())));
    let shape = TableShape::version(Arc::clone(schema), &[], &[]);
    let writer = SnapshotWriter::begin(log, base.as_ref(), &run, shape).unwrap();
    let parts = batches.iter().zip(0..);
    let parts = parts.map(|(batch, number)| writer.part(number, batch).unwrap().finish().unwrap()).collect();
    let snapshot = writer.finish(parts);
    let rows = snapshot.rows();
    let new = NewVersion {
        snapshot,
        placement: Placement::Current,
        claim: Claim { rows, unique_key: Vec::new(), distinct_keys: rows },
        inputs: Inputs::default(),
        code_version: "test".to_owned(),
        model_version: None,
        as_of: now,
        committed_at: now,
    };
    assert!(matches!(log.commit(base.as_ref(), &new).unwrap(), Commit::Done(_)));
}

fn leads(ids: &[&str]) -> (Arc<Schema>, RecordBatch) {
    let column: ArrayRef = Arc::new(StringArray::from(ids.to_vec()));
    let schema = Arc::new(Schema::new(vec![Field::new("lead_id", DataType::Utf8, false)]));
    (Arc::clone(&schema), RecordBatch::try_new(schema, vec![column]).unwrap())
}

/// With a decimal, a list, a list of structures and a map: whatever a table of leads may have.
fn rich_lead() -> (Arc<Schema>, RecordBatch) {
    let one = || OffsetBuffer::from_lengths([1]);
    let emails = Arc::new(StringArray::from(vec!["amit@gmail.com"]));
    let emails: ArrayRef =
        Arc::new(ListArray::new(Arc::new(Field::new("item", DataType::Utf8, false)), one(), emails, None));
    let reason = StructArray::from(vec![
        (
            Arc::new(Field::new("rule", DataType::Utf8, false)),
            Arc::new(StringArray::from(vec!["webinar"])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("points", DataType::Int64, false)),
            Arc::new(Int64Array::from(vec![7_200])) as ArrayRef,
        ),
    ]);
    let reason_type = Arc::new(Field::new("item", reason.data_type().clone(), false));
    let reasons: ArrayRef = Arc::new(ListArray::new(reason_type, one(), Arc::new(reason), None));
    let mut sources = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    sources.keys().append_value("email");
    sources.values().append_value("wb-342");
    sources.append(true).unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("lead_id", Arc::new(StringArray::from(vec!["c"]))),
        (
            "revenue",
            Arc::new(Decimal128Array::from(vec![8_990_000]).with_precision_and_scale(18, 2).unwrap()),
        ),
        ("emails", emails),
        ("reasons", reasons),
        ("came_from", Arc::new(sources.finish())),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    (batch.schema(), batch)
}

#[test]
fn readers_see_the_current_version_and_travel_to_others() {
    let lake = lake_in(Arc::new(MemoryStore::new()), &[]);
    let log = log(&lake);
    let ids = |sql: &str| {
        let rows = json(&lake.engine(), &format!("{sql} ORDER BY lead_id"));
        rows.iter().map(|row| row["lead_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (schema, first) = leads(&["a"]);
    commit(&log, &schema, &[first]);
    assert_eq!(ids("SELECT lead_id FROM silver_leads"), ["a"]);

    let (schema, second) = leads(&["a", "b"]);
    let (_, more) = leads(&["x"]);
    commit(&log, &schema, &[second, more]);
    assert_eq!(ids("SELECT lead_id FROM silver_leads"), ["a", "b", "x"]);
    assert_eq!(ids("SELECT lead_id FROM silver_leads_versions WHERE snapshot = 1"), ["a"]);
    assert_eq!(ids("SELECT lead_id FROM silver_leads_versions"), ["a", "a", "b", "x"]);

    let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
    log.rollback(VersionNumber::FIRST, &RunId::new(now, 3), now).unwrap();
    assert_eq!(ids("SELECT lead_id FROM silver_leads"), ["a"]);
    assert_eq!(ids("SELECT lead_id FROM silver_leads_versions WHERE snapshot = 3"), ["a"]);
}

#[test]
fn a_pinned_version_stays_whatever_is_committed() {
    let lake = lake_in(Arc::new(MemoryStore::new()), &[]);
    let log = log(&lake);
    let (schema, rows) = leads(&["a"]);
    commit(&log, &schema, &[rows]);
    let versions = current_versions(&lake.lake).unwrap();
    assert_eq!(versions.keys().collect::<Vec<_>>(), [&TableName::LEADS]);
    let settings = Settings { versions, ..Settings::default() };
    let pinned = QueryEngine::open(&lake.lake, &lake.contracts, settings).unwrap();

    let (schema, rows) = leads(&["b", "c"]);
    commit(&log, &schema, &[rows]);
    let count = |engine: &QueryEngine, sql: &str| {
        let batches = SqlEngine::rows(engine, sql).unwrap();
        batches.iter().map(RecordBatch::num_rows).sum::<usize>()
    };
    assert_eq!(count(&pinned, "SELECT * FROM silver_leads"), 1);
    assert_eq!(count(&pinned, "SELECT * FROM silver_leads_versions WHERE snapshot = 2"), 2);
    assert_eq!(count(&lake.engine(), "SELECT * FROM silver_leads"), 2);

    let later: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
    log.vacuum(&RunId::new(later, 3), later, Keep::default()).unwrap();
    let error = SqlEngine::rows(&pinned, "SELECT * FROM silver_leads").unwrap_err().to_string();
    assert!(error.contains("version 1 of silver/leads was vacuumed"), "{error}");
}

/// Old rows, or none at all, would look like an answer.
#[test]
fn a_log_that_lost_what_the_catalog_knows_is_not_read() {
    let lake = lake_in(Arc::new(MemoryStore::new()), &[]);
    let (schema, rows) = leads(&["a"]);
    for _ in 1..=2 {
        commit(&log(&lake), &schema, std::slice::from_ref(&rows));
    }
    publish_head(&log(&lake), &LocalCatalog::new(Arc::clone(&lake.lake.store))).unwrap();
    let known_tables = vec![KnownTable { name: TableName::LEADS, schema }];
    let settings = Settings { known_tables, ..Settings::default() };
    let engine = QueryEngine::open(&lake.lake, &lake.contracts, settings).unwrap();
    for (number, told) in [(2, "its log ends with 1"), (1, "which has no log")] {
        let entry = ObjectKey::new(format!("silver/leads/_log/{number:08}.json")).unwrap();
        lake.lake.store.delete(&entry).unwrap();
        for table in ["silver_leads", "silver_leads_versions"] {
            let error = engine.run(&format!("SELECT count(*) FROM {table}")).err().unwrap().to_string();
            assert!(error.contains(told) && error.contains("restore silver/leads/_log"), "{error}");
        }
    }
}

#[test]
fn nested_columns_are_read_and_older_versions_lack_newer_columns() {
    let lake = lake_in(Arc::new(MemoryStore::new()), &[]);
    let log = log(&lake);
    let (schema, plain) = leads(&["a"]);
    commit(&log, &schema, &[plain]);
    let (schema, rich) = rich_lead();
    commit(&log, &schema, &[rich]);
    let rows = json(&lake.engine(), "SELECT * FROM silver_leads_versions ORDER BY snapshot");
    assert_eq!(
        serde_json::to_string(&rows).unwrap(),
        concat!(
            r#"[{"lead_id":"a","revenue":null,"emails":null,"reasons":null,"came_from":null,"snapshot":1},"#,
            r#"{"lead_id":"c","revenue":"89900.00","emails":["amit@gmail.com"],"#,
            r#""reasons":[{"rule":"webinar","points":7200}],"came_from":{"email":"wb-342"},"snapshot":2}]"#
        )
    );
    let inside = json(
        &lake.engine(),
        "SELECT emails[1] AS email, reasons[1]['points'] AS points, came_from['email'] AS origin FROM silver_leads",
    );
    assert_eq!(inside[0].to_string(), r#"{"email":"amit@gmail.com","points":7200,"origin":"wb-342"}"#);
}

#[test]
fn a_version_without_rows_has_columns() {
    let lake = lake_in(Arc::new(MemoryStore::new()), &[]);
    let (schema, _) = rich_lead();
    commit(&log(&lake), &schema, &[]);
    assert_eq!(json(&lake.engine(), "SELECT lead_id, revenue, emails FROM silver_leads"), Answer::new());
}

#[test]
fn a_table_that_is_known_needs_no_version() {
    let lake = lake_in(Arc::new(MemoryStore::new()), &[]);
    let (schema, _) = rich_lead();
    let known_tables = vec![KnownTable { name: TableName::LEADS, schema }];
    let settings = Settings { known_tables, ..Settings::default() };
    let engine = QueryEngine::open(&lake.lake, &lake.contracts, settings).unwrap();
    assert_eq!(json(&engine, "SELECT lead_id, revenue FROM silver_leads"), Answer::new());
    assert_eq!(json(&engine, "SELECT lead_id, snapshot FROM silver_leads_versions"), Answer::new());
    let unknown = engine.run("SELECT * FROM gold_lead_scores").err().unwrap();
    assert!(matches!(unknown, QueryError::NoVersionYet { .. }), "{unknown}");
}
