//! `ops_ledger` as a score run keeps it, beside the entries that it is made from.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use leadlake_generate::Plan;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::Layer;
use leadlake_lake::ledger::{LedgerEntry, newest_arrivals};
use leadlake_lake::store::{DirStore, MemoryStore, Store};
use leadlake_lake::tables::TableName;
use leadlake_tests::folder::write_bronze;
use leadlake_tests::lakes::{bronze, content, contracts, copy, generated, ingest_well, lake};
use leadlake_tests::program::run;
use leadlake_tests::scores::{Asked, ingest_and_score, score, score_well};
use serde_json::{Value, json};

use crate::samples::people_objects;
use crate::scored::{Rows, assert_same_rows, current, current_rows};

fn query(lake: &Path, sql: &str) -> Vec<Value> {
    let told = run(lake, &["query", sql, "--format", "json"]).expect_code(0).json();
    told.as_array().unwrap().clone()
}

/// What an entry says, without anything of the program but its file.
fn row_of(entry: &Value) -> Value {
    let counts = &entry["counts"];
    let refused: u64 =
        counts["refused"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    json!({
        "object_id": entry["object_id"], "object_key": entry["object_key"],
        "object_etag": entry["object_etag"], "object_blake3": entry["object_blake3"],
        "bytes": entry["bytes"], "expanded_bytes": entry["expanded_bytes"],
        "contract_version": entry["contract_version"], "refused_whole": entry["refused_whole"],
        "records": counts["input"], "accepted": counts["accepted"], "refused": refused,
        "duplicate": counts["duplicate"],
        "refused_by_code": counts["refused"], "invalid_by_field": counts["invalid"],
        "missing_by_field": counts["missing"], "drifted_by_field": counts["drifted"],
        "source": entry["source"], "dt": entry["dt"],
    })
}

#[test]
fn a_run_keeps_what_the_entries_said_and_what_comes_later_is_in_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("lake");
    let (objects, _) = generated(&Plan { days: 6, events_per_object: 60, ..Plan::new(3_000, 5) });
    let (at_first, later) = objects.split_at(objects.len() - 3);
    write_bronze(&root, at_first);
    let as_of = ["--as-of", "2025-01-31"];
    let _ = run(&root, &[&["run"], &as_of[..]].concat()).expect_code(0);

    let columns =
        "object_id, object_key, object_etag, object_blake3, bytes, expanded_bytes, contract_version,
        refused_whole, records, accepted, refused, duplicate, refused_by_code, invalid_by_field,
        missing_by_field, drifted_by_field, source, dt";
    let rows = |more: &str, from: &str| {
        query(&root, &format!("SELECT {columns}{more} FROM {from} ORDER BY source, dt, object_id"))
    };
    let kept_and = |more: &str| rows(more, "ops_ledger_versions WHERE snapshot = 1");
    let live = |more: &str| rows(more, "ops_ledger");
    let store = DirStore::open(&root).unwrap();
    let entries = store.list(Layer::Ledger.folder()).unwrap().map(|facts| facts.unwrap().key);
    let entries: Vec<Value> =
        entries.map(|key| serde_json::from_slice(&content(&store, &key)).unwrap()).collect();
    let kept = kept_and("");
    assert!(kept.len() == at_first.len() && kept.iter().any(|row| row["refused"] != 0), "{}", kept.len());
    assert_eq!(kept, entries.iter().map(row_of).collect::<Vec<_>>());

    let mut newest: BTreeMap<String, Timestamp> = BTreeMap::new();
    for entry in &entries {
        let arrived = entry["arrived_at"].as_str().unwrap().parse().unwrap();
        let known = newest.entry(entry["source"].as_str().unwrap().to_owned()).or_insert(arrived);
        *known = arrived.max(*known);
    }
    let told = newest_arrivals(&lake(DirStore::open(&root).unwrap())).unwrap().into_iter();
    assert!(newest.len() > 3);
    assert_eq!(told.map(|(source, at)| (source.to_string(), at)).collect::<BTreeMap<_, _>>(), newest);

    let instants = ", arrived_at, completed_at";
    let kept = kept_and(instants);
    assert_eq!(kept, live(instants));

    let kpis = || run(&root, &["kpi", "--format", "json"]).expect_code(0);
    let before = kpis();
    assert_eq!(before.err, "");
    write_bronze(&root, later);
    let _ = run(&root, &["ingest"]).expect_code(0);
    assert_eq!(live("").len(), kept.len() + 3);
    let after = kpis();
    assert_eq!(before.json(), after.json());
    assert!(after.err.contains("not in these numbers: 3 objects"), "{}", after.err);

    let _ = run(&root, &[&["score"], &as_of[..]].concat()).expect_code(0);
    assert_eq!(kpis().err, "");
    assert_eq!(kept_and(instants), kept, "the first run's");
}

/// Of the ledger alone, which a run must keep as one that reads everything does.
fn ledger(mut rows: Rows) -> Vec<String> {
    rows.remove(&TableName::LEDGER).unwrap()
}

#[test]
fn entries_that_changed_are_read_again_and_others_are_not() {
    let mut objects = people_objects(150, 40);
    let later = objects.split_off(objects.len() * 3 / 4);
    let store = bronze(&objects);
    ingest_and_score(&lake(store.clone()), &Asked::default());
    let at_first = ledger(current_rows(&store));
    for object in &later {
        store.put_at(&object.key, &object.bytes, object.arrived);
    }
    let known = entry_keys(&store);
    ingest_well(&lake(store.clone()), contracts(), 1);
    // One is written anew, and one is there no more.
    let [changed, gone] = [&known[7], &known[20]];
    let entry = LedgerEntry::from_json(changed, &content(&store, changed)).unwrap();
    let entry = LedgerEntry { completed_at: "2027-05-06T07:08:09.123456Z".parse().unwrap(), ..entry };
    store.put(changed, &entry.to_json().unwrap()).unwrap();
    store.delete(gone).unwrap();

    let in_full = copy(&store);
    score_well(&lake(in_full.clone()), &Asked::everything());
    let expected = current_rows(&in_full);
    assert_eq!(ledger(expected.clone()).len(), at_first.len() + later.len() - 1);
    let known_before: Vec<&ObjectKey> = known.iter().filter(|key| ![changed, gone].contains(key)).collect();
    for key in &known_before {
        make_unreadable(&store, key);
    }
    score_well(&lake(store.clone()), &Asked::default());
    assert_same_rows(&expected, &current_rows(&store), "a run that reads what is new");

    let told = score(&lake(store.clone()), &Asked::everything()).unwrap_err().to_string();
    assert!(told.starts_with("ledger entry ledger/") && told.contains("cannot be read"), "{told}");
    assert_same_rows(&expected, &current_rows(&store), "a run that could not read the ledger");
}

fn entry_keys(store: &MemoryStore) -> Vec<ObjectKey> {
    store.list(Layer::Ledger.folder()).unwrap().map(|facts| facts.unwrap().key).collect()
}

/// With the size and time that it had, by which entries are told apart.
fn make_unreadable(store: &MemoryStore, key: &ObjectKey) {
    let facts = store.head(key).unwrap().unwrap();
    store.put_at(key, &vec![b'?'; usize::try_from(facts.size).unwrap()], facts.modified);
}

#[test]
fn rows_that_were_damaged_are_made_again() {
    let store = bronze(&people_objects(60, 20));
    ingest_and_score(&lake(store.clone()), &Asked::default());
    let undisturbed = current_rows(&store);
    let version = current(&store, &TableName::LEDGER).unwrap().content;
    let (rows, stamps) = (version.files[0].key.clone(), version.prefix.join("_inputs").unwrap());
    for (key, step) in [(rows, 9), (stamps, 3)] {
        let whole = content(&store, &key);
        for place in (0..whole.len()).step_by(whole.len() / step) {
            let store = copy(&store);
            let mut damaged = whole.clone();
            damaged[place] ^= 0x10;
            store.put(&key, &damaged).unwrap();
            score_well(&lake(store.clone()), &Asked::default());
            assert_same_rows(&undisturbed, &current_rows(&store), &format!("byte {place} of {key}"));
        }
    }
}

#[test]
fn an_entry_of_another_object_is_refused() {
    let store = bronze(&people_objects(20, 20));
    ingest_well(&lake(store.clone()), contracts(), 1);
    let [one, other, ..] = &entry_keys(&store)[..] else { panic!("too few entries") };
    store.put(other, &content(&store, one)).unwrap();
    let told = score(&lake(store.clone()), &Asked::default()).unwrap_err();
    let expected =
        format!("{other} is the entry of another object than its name says; run `leadlake verify`");
    assert!(told.to_string().starts_with(&expected), "{told}");
    assert!(!told.is_overtaken() && current(&store, &TableName::LEADS).is_none());
}
