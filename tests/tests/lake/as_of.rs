//! As of an instant: what happens later changes nothing, and looking back leaves what is current alone.

use jiff::Timestamp;
use leadlake_lake::store::MemoryStore;
use leadlake_lake::tables::TableName;
use leadlake_lake::verify::verify;
use leadlake_pipeline::{ScoreReport, written_tables};
use leadlake_tests::lakes::{RawObject, bronze, contracts, ingest_well, lake, now};
use leadlake_tests::scores::{Asked, TINY, ingest_and_score, score_well};

use crate::samples::people_objects;
use crate::scored::{Rows, assert_same_rows, current, current_rows, rows_of, version};

const AS_OF: &str = "2025-01-07T12:00:00Z";

/// The objects without the records of what happens later. Objects that hold nothing else did not come at all.
fn without_later(objects: &[RawObject], as_of: Timestamp) -> Vec<RawObject> {
    let happens_later = |line: &str| {
        let record: Option<serde_json::Value> = serde_json::from_str(line).ok();
        let time = record.and_then(|record| record["timestamp"].as_str()?.parse::<Timestamp>().ok());
        time.is_some_and(|time| time > as_of)
    };
    let kept = objects.iter().map(|object| {
        let text = std::str::from_utf8(&object.bytes).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !happens_later(line)).collect();
        RawObject { bytes: lines.join("\n").into_bytes(), ..object.clone() }
    });
    kept.filter(|object| !object.bytes.is_empty()).collect()
}

/// What later runs build on: events, those that happen later among them, and the ledger of where they came from.
const KEPT: [TableName; 2] = [TableName::LEDGER, TableName::LEAD_EVENTS];

fn without_kept(mut rows: Rows) -> Rows {
    for table in KEPT {
        rows.remove(&table).unwrap();
    }
    rows
}

fn rows_written(store: &MemoryStore, report: &ScoreReport) -> Rows {
    let written = report.versions.iter();
    written
        .map(|(table, number)| (table.clone(), rows_of(store, table, &version(store, table, *number))))
        .collect()
}

#[test]
fn what_happens_later_changes_no_row() {
    let as_of: Timestamp = AS_OF.parse().unwrap();
    let asked = Asked { as_of, ..Asked::default() };
    let objects = people_objects(500, 8);
    let past = without_later(&objects, as_of);
    let records = |objects: &[RawObject]| {
        objects.iter().map(|object| object.bytes.split(|byte| *byte == b'\n').count()).sum::<usize>()
    };
    assert!(records(&past) * 10 < records(&objects) * 9 && past.len() * 10 < objects.len() * 9);
    let holds_both = |one: &&RawObject| {
        objects.iter().any(|object| object.key == one.key && object.bytes.len() != one.bytes.len())
    };
    assert!(past.iter().filter(holds_both).count() > 3);

    let before = bronze(&past);
    assert_eq!(ingest_and_score(&lake(before.clone()), &asked).later, 0);
    let expected = without_kept(current_rows(&before));

    let all = bronze(&objects);
    let report = ingest_and_score(&lake(all.clone()), &asked);
    assert!(report.later > 100);
    assert_same_rows(&expected, &without_kept(current_rows(&all)), "everything at once");

    // What is later arrives later.
    let grown = bronze(&past.iter().filter(|one| !holds_both(one)).cloned().collect::<Vec<_>>());
    ingest_and_score(&lake(grown.clone()), &asked);
    for object in &objects {
        grown.put_at(&object.key, &object.bytes, object.arrived);
    }
    assert_eq!(ingest_and_score(&lake(grown.clone()), &asked).full_because, None);
    assert_same_rows(&expected, &without_kept(current_rows(&grown)), "what was later came later");
}

#[test]
fn looking_back_leaves_the_current_tables_alone() {
    let as_of: Timestamp = AS_OF.parse().unwrap();
    let objects = people_objects(500, 8);
    let before = bronze(&without_later(&objects, as_of));
    ingest_and_score(&lake(before.clone()), &Asked { as_of, ..Asked::default() });
    let expected = without_kept(current_rows(&before));

    let store = bronze(&objects);
    let lake = lake(store.clone());
    ingest_and_score(&lake, &Asked::default());
    let (today, versions) = (current_rows(&store), TableName::OWN.map(|table| current(&store, &table)));
    for asked in [
        Asked { as_of, ..Asked::default() },
        Asked { as_of, threads: 3, memory: TINY, ..Asked::default() },
        Asked { as_of, ..Asked::everything() },
    ] {
        let report = score_well(&lake, &asked);
        assert!(report.beside_current && report.later > 100);
        assert_same_rows(&today, &current_rows(&store), "looking back");
        assert_eq!(TableName::OWN.map(|table| current(&store, &table)), versions);
        assert!(KEPT.iter().all(|table| !report.versions.contains_key(table)), "later runs build on them");
        let mut rows = rows_written(&store, &report);
        assert_eq!(rows.len(), written_tables().len() - KEPT.len());
        rows.extend(KEPT.map(|table| (table, Vec::new())));
        assert_same_rows(&expected, &without_kept(rows), "looking back, by number");
    }

    ingest_well(&lake, contracts(), 1);
    let report = score_well(&lake, &Asked { as_of: now(), ..Asked::default() });
    assert_eq!((report.full_because, report.beside_current), (None, false));
    assert_same_rows(&today, &current_rows(&store), "going on after looking back");
    assert_eq!(verify(&lake, contracts()).unwrap().faults, []);
}
