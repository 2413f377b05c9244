use std::sync::Arc;

use arrow_array::{RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use leadlake_lake::Lake;
use leadlake_lake::catalog::{Catalog, Publication, Publish, PublishOutcome, publish_head};
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_lake::tables::{
    Claim, Inputs, Keep, NewVersion, Placement, RunId, SnapshotWriter, TableError, TableLog, TableName,
    TableShape, VersionNumber,
};
use serde_json::json;

use super::fake::{FakeGlue, FakeTable};
use crate::glue::SyncReport;

fn day(day: i64) -> Timestamp {
    let first: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
    first + SignedDuration::from_hours(24 * day)
}

fn number(number: u32) -> VersionNumber {
    VersionNumber::new(number).unwrap()
}

fn log(store: &Arc<dyn Store>) -> TableLog {
    TableLog::new(Arc::clone(store), TableName::LEADS)
}

/// A version with one lead, on the day of its number. Later ones have a column more.
fn commit(store: &Arc<dyn Store>, number: u32) {
    let log = log(store);
    let commented =
        |field: Field| field.with_metadata([("comment".to_owned(), "Who it is".to_owned())].into());
    let mut fields = vec![commented(Field::new("lead_id", DataType::Utf8, false))];
    if number > 1 {
        fields.push(Field::new("city", DataType::Utf8, true));
    }
    let shape = TableShape::version(Arc::new(Schema::new(fields)), &["lead_id"], &["lead_id"]);
    let columns = shape.schema.fields().iter().map(|_| Arc::new(StringArray::from(vec!["x"])) as _).collect();
    let rows = RecordBatch::try_new(Arc::clone(&shape.schema), columns).unwrap();
    let run_id = RunId::new(day(0), u64::from(number));
    log.commit_with_retry(1, |base| {
        let writer = SnapshotWriter::begin(&log, base, &run_id, shape.clone())?;
        let parts = vec![writer.part(0, &rows)?.finish()?];
        Ok::<_, TableError>(NewVersion {
            snapshot: writer.finish(parts),
            placement: Placement::Current,
            claim: Claim { rows: 1, unique_key: vec!["lead_id".to_owned()], distinct_keys: 1 },
            inputs: Inputs::default(),
            code_version: "0.1.0".to_owned(),
            model_version: None,
            as_of: day(i64::from(number)),
            committed_at: day(i64::from(number)),
        })
    })
    .unwrap();
}

/// A new lake in an account in which nothing is there, not even the database.
#[test]
fn a_first_version_is_shown_with_its_columns_and_under_its_number() {
    let (store, glue): (Arc<dyn Store>, _) = (Arc::new(MemoryStore::new()), FakeGlue::default());
    commit(&store, 1);
    let catalog = glue.catalog();
    assert_eq!(publish_head(&log(&store), &catalog).unwrap(), PublishOutcome::Published(number(1)));
    let state = glue.state();
    let versions = &state.tables["silver_leads_versions"];
    let prefix = log(&store).current().unwrap().unwrap().content.prefix;
    let parquet = "org.apache.hadoop.hive.ql.io.parquet";
    let mut shown = state.tables["silver_leads"].input.clone();
    shown.as_object_mut().unwrap().retain(|_, value| *value != json!(0));
    let storage = shown["StorageDescriptor"].as_object_mut().unwrap();
    storage.retain(|_, value| *value != json!(0) && *value != json!(false));
    assert_eq!(
        shown,
        json!({
            "Name": "silver_leads",
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [],
            "Parameters": {
                "EXTERNAL": "TRUE",
                "classification": "parquet",
                "leadlake.lake": "s3://acme-{layer}-dev",
                "leadlake.number": "1",
                "leadlake.version": "1",
                "leadlake.rows": "1",
                "leadlake.as_of": "2100-01-02T00:00:00Z",
                "leadlake.committed_at": "2100-01-02T00:00:00Z",
            },
            "StorageDescriptor": {
                "Columns": [{"Name": "lead_id", "Type": "string", "Comment": "Who it is"}],
                "Location": format!("s3://acme-silver-dev/{prefix}/"),
                "InputFormat": format!("{parquet}.MapredParquetInputFormat"),
                "OutputFormat": format!("{parquet}.MapredParquetOutputFormat"),
                "SerdeInfo": {
                    "SerializationLibrary": format!("{parquet}.serde.ParquetHiveSerDe"),
                    "Parameters": {"serialization.format": "1"},
                },
            },
        })
    );
    let comment = "The number of the version";
    let snapshot = json!([{"Name": "snapshot", "Type": "bigint", "Comment": comment}]);
    assert_eq!(versions.input["PartitionKeys"], snapshot);
    let first = &versions.partitions[&vec!["1".to_owned()]]["StorageDescriptor"];
    assert_eq!(first["Location"], shown["StorageDescriptor"]["Location"]);
}

/// Somebody's remarks, rights and formats are none of the lake's business, and stay.
#[test]
fn the_next_version_takes_its_place_and_nothing_else_changes() {
    let (store, glue): (Arc<dyn Store>, _) = (Arc::new(MemoryStore::new()), FakeGlue::default());
    let catalog = glue.catalog();
    commit(&store, 1);
    publish_head(&log(&store), &catalog).unwrap();
    {
        let mut state = glue.state();
        let table = state.tables.get_mut("silver_leads").unwrap();
        table.version += 1;
        table.input["Owner"] = json!("sales");
        table.input["Description"] = json!("One row for each person");
        table.input["Parameters"]["team"] = json!("crm");
        table.input["StorageDescriptor"]["Parameters"] = json!({"seen": "yes"});
    }
    commit(&store, 2);
    assert_eq!(publish_head(&log(&store), &catalog).unwrap(), PublishOutcome::Published(number(2)));
    let shown = catalog.published(&TableName::LEADS).unwrap().unwrap();
    assert_eq!((shown.number, shown.token.as_str()), (Some(number(2)), "2"));

    let state = glue.state();
    let input = &state.tables["silver_leads"].input;
    assert_eq!(
        [
            &input["Owner"],
            &input["Description"],
            &input["Parameters"]["team"],
            &input["StorageDescriptor"]["Parameters"]
        ],
        [&json!("sales"), &json!("One row for each person"), &json!("crm"), &json!({"seen": "yes"})]
    );
    let current = log(&store).current().unwrap().unwrap().content.prefix;
    assert_eq!(input["StorageDescriptor"]["Location"], json!(format!("s3://acme-silver-dev/{current}/")));
    let columns = |columns: &serde_json::Value| columns.as_array().unwrap().len();
    assert_eq!(columns(&input["StorageDescriptor"]["Columns"]), 2);
    let versions = &state.tables["silver_leads_versions"];
    assert_eq!(columns(&versions.input["StorageDescriptor"]["Columns"]), 2);
    let of_versions: Vec<usize> =
        versions.partitions.values().map(|one| columns(&one["StorageDescriptor"]["Columns"])).collect();
    assert_eq!(of_versions, [1, 2]);
}

#[test]
fn a_publisher_that_was_held_up_changes_nothing() {
    let (store, glue): (Arc<dyn Store>, _) = (Arc::new(MemoryStore::new()), FakeGlue::default());
    let catalog = glue.catalog();
    commit(&store, 1);
    let head = log(&store).head().unwrap().unwrap();
    let old = Publication::of(&head, &log(&store).current_after(&head).unwrap().unwrap());
    publish_head(&log(&store), &catalog).unwrap();
    let token = catalog.published(&TableName::LEADS).unwrap().unwrap().token;
    commit(&store, 2);
    publish_head(&log(&store), &catalog).unwrap();
    for expected in [None, Some(&token)] {
        assert_eq!(catalog.publish(&TableName::LEADS, &old, expected).unwrap(), Publish::Changed);
    }
    assert_eq!(catalog.published(&TableName::LEADS).unwrap().unwrap().number, Some(number(2)));
}

/// Somebody deleted what engines know versions by.
#[test]
fn versions_that_are_gone_are_registered_again() {
    let (store, glue): (Arc<dyn Store>, _) = (Arc::new(MemoryStore::new()), FakeGlue::default());
    let catalog = glue.catalog();
    for n in 1..=3 {
        commit(&store, n);
    }
    publish_head(&log(&store), &catalog).unwrap();
    let lake = Lake { store: Arc::clone(&store), bucket: "acme-bronze-dev".to_owned() };
    catalog.sync(&lake, &[]).unwrap();
    let name = "silver_leads_versions";
    let left = || -> Vec<String> { glue.state().tables[name].partitions.keys().flatten().cloned().collect() };
    assert_eq!(catalog.sync(&lake, &[]).unwrap(), SyncReport::default());

    glue.state().tables.get_mut(name).unwrap().partitions.pop_last();
    assert_eq!(catalog.sync(&lake, &[]).unwrap().updated, [name]);
    assert_eq!(left(), ["1", "2", "3"]);
    glue.state().tables.remove(name);
    assert_eq!(catalog.sync(&lake, &[]).unwrap().created, [name]);
    assert_eq!(left(), ["1", "2", "3"]);
}

#[test]
fn tables_of_another_lake_are_left_alone() {
    let glue = FakeGlue::default();
    let stores: [Arc<dyn Store>; 2] = [Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new())];
    stores.iter().for_each(|store| commit(store, 1));
    publish_head(&log(&stores[0]), &glue.catalog()).unwrap();
    commit(&stores[1], 2);
    let before = glue.state().tables["silver_leads"].input.clone();
    let error = publish_head(&log(&stores[1]), &glue.catalog_of("s3://acme-prod")).unwrap_err();
    assert_snapshot!(error, @"the catalog could not register versions of silver/leads: silver_leads_versions in Glue is of the lake s3://acme-{layer}-dev, and this is s3://acme-prod: give each lake a database of its own; if the lake has moved, delete its tables from Glue first; the log is whole, the next run publishes it");
    assert_eq!(glue.state().tables["silver_leads"].input, before);
    assert_eq!(glue.state().tables["silver_leads_versions"].partitions.len(), 1);
}

/// Infrastructure may make tables of the lake before the lake does.
#[test]
fn a_table_without_a_lake_is_taken_over_only_where_it_lies_in_this_one() {
    let (store, glue): (Arc<dyn Store>, _) = (Arc::new(MemoryStore::new()), FakeGlue::default());
    commit(&store, 1);
    glue.state().is_there = true;
    let there = |location: Option<&str>| {
        let input =
            json!({"Name": "silver_leads", "Owner": "sales", "StorageDescriptor": {"Location": location}});
        let table = FakeTable { input: input.clone(), ..FakeTable::default() };
        glue.state().tables.insert("silver_leads".to_owned(), table);
        input
    };
    let refused = |input: &serde_json::Value| {
        let error = publish_head(&log(&store), &glue.catalog()).unwrap_err().to_string();
        assert_eq!(&glue.state().tables["silver_leads"].input, input);
        error
    };
    assert_snapshot!(refused(&there(Some("s3://acme-sales/leads/"))), @"the catalog could not publish silver/leads: silver_leads in Glue is not leadlake's: it lies at s3://acme-sales/leads/, which is not in the lake s3://acme-{layer}-dev; choose another database, or delete the table from Glue if nobody needs it; the log is whole, the next run publishes it");
    assert!(refused(&there(None)).contains("silver_leads in Glue is not leadlake's: it has no location"));

    there(Some("s3://acme-silver-dev/silver/leads"));
    assert_eq!(publish_head(&log(&store), &glue.catalog()).unwrap(), PublishOutcome::Published(number(1)));
    let state = glue.state();
    let input = &state.tables["silver_leads"].input;
    assert_eq!(
        [&input["Owner"], &input["Parameters"]["leadlake.lake"]],
        [&json!("sales"), &json!("s3://acme-{layer}-dev")]
    );
}

/// Commits and vacuums go on while publishers, each a process of its own, publish what they find. Every seventh call is
/// done without an answer, and tried again.
#[test]
fn publishers_at_once_end_at_the_head() {
    let (store, glue): (Arc<dyn Store>, _) = (Arc::new(MemoryStore::new()), FakeGlue::default());
    glue.state().loses_each = 7;
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                let catalog = glue.catalog();
                for _ in 0..12 {
                    // All of a call's tries may be a seventh one. Whoever failed comes again.
                    let well = (0..50).any(|_| publish_head(&log(&store), &catalog).is_ok());
                    assert!(well, "none of fifty runs could publish");
                }
            });
        }
        for n in 1..=20 {
            commit(&store, n);
            if n % 5 == 0 {
                log(&store)
                    .vacuum(&RunId::new(day(0), 100 + u64::from(n)), day(i64::from(n)), Keep::days(3))
                    .unwrap();
            }
        }
    });
    glue.state().loses_each = 0;
    publish_head(&log(&store), &glue.catalog()).unwrap();

    let head = log(&store).head().unwrap().unwrap();
    let state = glue.state();
    let shown = &state.tables["silver_leads"].input["Parameters"];
    assert_eq!(shown["leadlake.number"], json!(head.number.to_string()));
    assert_eq!(shown["leadlake.version"], json!(head.current.unwrap().to_string()));
    let entries = log(&store).entries().unwrap();
    let left = entries.iter().filter_map(|entry| entry.version()).map(|version| version.number);
    let mut left: Vec<Vec<String>> = left
        .filter(|number| !head.vacuumed.contains(*number))
        .map(|number| vec![number.to_string()])
        .collect();
    left.sort();
    let registered: Vec<Vec<String>> =
        state.tables["silver_leads_versions"].partitions.keys().cloned().collect();
    assert_eq!(registered, left);
}
