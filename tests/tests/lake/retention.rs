//! Objects expire by the rules of the store: ledger entries first, what they name some days later. What is left goes on, and
//! says nothing of what is gone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use leadlake_lake::ingest::{Selection, find_pending};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::Layer;
use leadlake_lake::ledger::LedgerEntry;
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_lake::tables::TableName;
use leadlake_pipeline::{PipelineError, WhyFull};
use leadlake_tests::folder::write_raw;
use leadlake_tests::lakes::{RawObject, bronze, content, contracts, ingest_well, lake, refine};
use leadlake_tests::program::{run, run_at};
use leadlake_tests::scores::{Asked, ingest_and_score, score, score_well};
use serde_json::Value;

use crate::samples::people_objects;
use crate::scored::{Rows, assert_same_rows, current_rows};

/// The first day that is left of each source: some are kept for longer.
fn first_day_left(source: &str) -> &'static str {
    match source {
        "crm" => "2025-01-03",
        "webinar" => "2025-01-07",
        _ => "2025-01-05",
    }
}

/// Of no source anything older is left.
const ALL_LEFT: &str = "2025-01-07";
/// What is delivered after the rules began to be followed.
const LATER: &str = "2025-01-11";

fn keys(store: &MemoryStore, folder: &str) -> Vec<ObjectKey> {
    store.list(folder).unwrap().map(|facts| facts.unwrap().key).collect()
}

/// `<layer>/<source>/dt=<day>/...`; tables in the same folders do not expire.
fn is_expired(key: &ObjectKey) -> bool {
    let segments: Vec<&str> = key.segments().collect();
    let day = segments.get(2).and_then(|folder| folder.strip_prefix("dt="));
    day.is_some_and(|day| day < first_day_left(segments[1]))
}

fn expire(store: &MemoryStore, layers: &[Layer]) -> usize {
    let expired: Vec<ObjectKey> =
        layers.iter().flat_map(|layer| keys(store, layer.folder())).filter(is_expired).collect();
    expired.iter().for_each(|key| store.delete(key).unwrap());
    expired.len()
}

/// What the ledger still tells of.
fn left_in_ledger(store: &MemoryStore) -> BTreeSet<ObjectKey> {
    let entries = keys(store, Layer::Ledger.folder()).into_iter();
    entries.map(|key| LedgerEntry::from_json(&key, &content(store, &key)).unwrap().object_key).collect()
}

/// Of a lake that never had anything else.
fn rows_of_only(objects: &[RawObject], left: &BTreeSet<ObjectKey>) -> Rows {
    let only: Vec<RawObject> = objects.iter().filter(|object| left.contains(&object.key)).cloned().collect();
    let store = bronze(&only);
    ingest_and_score(&lake(store.clone()), &Asked::everything());
    current_rows(&store)
}

fn leads(rows: &Rows) -> usize {
    rows[&TableName::LEADS].len()
}

#[test]
fn what_expired_is_forgotten_as_if_it_had_never_come() {
    forget(true);
}

#[test]
fn bronze_that_is_kept_for_longer_is_not_taken_in_again_unless_it_is_asked_for() {
    forget(false);
}

fn forget(bronze_expires: bool) {
    let objects = people_objects(400, 31);
    let is_later = |object: &&RawObject| {
        let day = object.key.as_str().split('/').skip(2).take(3).collect::<Vec<_>>().join("-");
        day.as_str() >= LATER
    };
    let (later, first): (Vec<RawObject>, Vec<RawObject>) = {
        let (later, first): (Vec<&RawObject>, Vec<&RawObject>) = objects.iter().partition(is_later);
        (later.into_iter().cloned().collect(), first.into_iter().cloned().collect())
    };
    assert!(later.len() > 3 && first.len() > 20);
    let store = bronze(&first);
    let (lake, asked) = (lake(store.clone()), Asked::default());
    ingest_and_score(&lake, &asked);
    let before = current_rows(&store);

    let expired = expire(&store, &[Layer::Ledger]);
    let left = left_in_ledger(&store);
    assert!(expired > 10 && left.len() > 10, "{expired} expired, {} left", left.len());
    if bronze_expires {
        first
            .iter()
            .filter(|object| !left.contains(&object.key))
            .for_each(|object| store.delete(&object.key).unwrap());
    }
    let expected = rows_of_only(&objects, &left);
    assert!(
        leads(&expected) > 10 && leads(&expected) < leads(&before),
        "people only known from what is gone"
    );
    let check = |everything: bool, because: Option<WhyFull>, after: &str| {
        let report = score_well(&lake, &Asked { everything, ..asked.clone() });
        assert_eq!((report.full_because, report.objects), (because, left.len() as u64), "{after}");
        assert_same_rows(&expected, &current_rows(&store), after);
    };
    check(false, Some(WhyFull::Replaced { objects: expired as u64 }), "the ledger's entries expired");
    check(true, Some(WhyFull::Asked), "a full run over silver that is still there");
    assert!(expire(&store, &[Layer::Silver, Layer::Quarantine]) >= expired);
    check(false, None, "silver expired");
    check(true, Some(WhyFull::Asked), "a full run without that silver");

    for object in &later {
        store.put_at(&object.key, &object.bytes, object.arrived);
    }
    let pending = |from: Option<&str>| {
        let selection = Selection { from: from.map(|day| day.parse().unwrap()), ..Selection::default() };
        find_pending(&lake, contracts(), &selection).unwrap().objects
    };
    let again = if bronze_expires { 0 } else { expired };
    assert_eq!(pending(None).len(), later.len() + again, "what bronze still has would be refined again");
    let new = pending(Some(ALL_LEFT));
    assert_eq!(new.len(), later.len());
    refine(&lake, contracts(), &new, 2).into_iter().for_each(|outcome| drop(outcome.result.unwrap()));
    let report = score_well(&lake, &asked);
    assert_eq!((report.full_because, report.new_objects), (None, later.len() as u64));
    let expected = rows_of_only(&objects, &left_in_ledger(&store));
    assert_same_rows(&expected, &current_rows(&store), "the next delivery");
    score_well(&lake, &Asked::everything());
    assert_same_rows(&expected, &current_rows(&store), "a full run after it");

    if !bronze_expires {
        ingest_well(&lake, contracts(), 2);
        score_well(&lake, &asked);
        let everything = objects.iter().map(|object| object.key.clone()).collect();
        assert_same_rows(&rows_of_only(&objects, &everything), &current_rows(&store), "all refined again");
    }
}

/// Rules that let silver expire before the ledger's entries are wrong. Nobody is forgotten by half.
#[test]
fn silver_that_expires_before_its_entry_is_told() {
    let objects = people_objects(120, 32);
    let store = bronze(&objects);
    let lake = lake(store.clone());
    ingest_and_score(&lake, &Asked::default());
    let before = current_rows(&store);
    assert!(expire(&store, &[Layer::Silver]) > 3);
    score_well(&lake, &Asked::default());
    assert_same_rows(&before, &current_rows(&store), "a run that has kept the events");

    let refused = |asked: &Asked<'_>| score(&lake, asked).unwrap_err();
    let told = refused(&Asked::everything());
    let PipelineError::SilverGone { key } = &told else { panic!("{told}") };
    assert!(is_expired(key));
    assert!(told.to_string().ends_with("refine its object again with `leadlake ingest --force`, or delete its ledger entry if the object is to be forgotten"));
    let entry = keys(&store, Layer::Ledger.folder()).into_iter().find(is_expired).unwrap();
    store.delete(&entry).unwrap();
    assert!(
        matches!(refused(&Asked::default()), PipelineError::SilverGone { .. }),
        "of the entries that are left"
    );
    assert_same_rows(&before, &current_rows(&store), "refused runs");

    assert!(expire(&store, &[Layer::Ledger]) > 3);
    score_well(&lake, &Asked::default());
    let expected = rows_of_only(&objects, &left_in_ledger(&store));
    assert_same_rows(&expected, &current_rows(&store), "the entries expired as well");
}

fn visit(number: u32, day: &str) -> String {
    format!(
        r#"{{"event_id":"rs-{number}","event_type":"roadshow_lead","name":"Asha Rao","email":"asha{number}@example.org","city":"Pune","timestamp":"{day}T10:00:00Z"}}"#
    )
}

fn deliver(lake: &Path, day: &str, visits: &[String]) {
    let key = format!("bronze/roadshow/{}/visits.json", day.replace('-', "/"));
    write_raw(lake, &key, visits.join("\n").as_bytes(), format!("{day}T12:00:00Z").parse().unwrap());
}

fn night(lake: &Path, day: &str, now: &str) {
    let _ = run_at(lake, &["run", "--as-of", day], now).expect_code(0);
}

/// All that is said of days up to the one, by any run.
fn kpis_up_to(lake: &Path, day: &str) -> Vec<Value> {
    let sql = format!(
        "SELECT * FROM gold_kpi WHERE date <= DATE '{day}' ORDER BY kpi, measure, date, dimensions, cut"
    );
    run(lake, &["query", &sql, "--format", "json"]).expect_code(0).json().as_array().unwrap().clone()
}

fn emails(lake: &Path) -> usize {
    let sql = "SELECT count(*) AS n FROM silver_leads WHERE cardinality(emails) > 0";
    let told = run(lake, &["query", sql, "--format", "json"]).expect_code(0).json();
    told[0]["n"].as_u64().unwrap() as usize
}

fn remove_day(lake: &Path, layer: &str, day: &str) {
    fs::remove_dir_all(lake.join(format!("{layer}/roadshow/dt={day}"))).unwrap();
}

#[test]
fn what_days_were_stays_said_after_they_expired() {
    let folder = tempfile::tempdir().unwrap();
    let lake = &folder.path().join("lake");
    let visits =
        |numbers: std::ops::Range<u32>, day| numbers.map(|number| visit(number, day)).collect::<Vec<_>>();
    let refused =
        r#"{"event_id":"rs-x","event_type":"walk_in","timestamp":"2025-01-02T10:00:00Z"}"#.to_owned();
    deliver(lake, "2025-01-02", &[visits(0..20, "2025-01-02"), vec![refused]].concat());
    deliver(lake, "2025-01-03", &visits(20..25, "2025-01-03"));
    night(lake, "2025-01-03", "2025-01-04T00:05:00Z");
    deliver(lake, "2025-03-01", &visits(30..33, "2025-03-01"));
    night(lake, "2025-03-01", "2025-03-02T00:05:00Z");
    let said = kpis_up_to(lake, "2025-01-03");
    assert!(said.len() > 20, "{}", said.len());

    for day in ["2025-01-02", "2025-01-03"] {
        remove_day(lake, "ledger", day);
    }
    // One of the events of today happened, so it says, on a day that has expired.
    deliver(lake, "2025-03-02", &[visits(40..42, "2025-03-02"), visits(50..51, "2025-01-02")].concat());
    let at_night = "2025-03-03T00:05:00Z";
    let _ = run_at(lake, &["ingest", "--from", "2025-02-01"], at_night).expect_code(0);
    let told = run_at(lake, &["score", "--as-of", "2025-03-02"], at_night).expect_code(0);
    let _ = run_at(lake, &["gold"], at_night).expect_code(0);
    assert!(told.out.contains("objects changed since the run before"), "{}", told.out);
    assert_eq!(kpis_up_to(lake, "2025-01-03"), said, "values of days that nobody can measure again");
    assert_eq!(emails(lake), 6, "who is known from what is left");
    let report = folder.path().join("report.html");
    let words = ["report", "--out", report.to_str().unwrap()];
    let _ = run_at(lake, &words, "2025-03-03T00:06:00Z").expect_code(0);
    assert!(fs::metadata(&report).unwrap().len() > 10_000);

    let faults = |code| {
        let told = run(lake, &["verify", "--format", "json"]).expect_code(code).json();
        let faults = told["faults"].as_array().unwrap().clone();
        faults.iter().map(|fault| fault["fault"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        faults(1),
        ["not_ingested", "not_ingested", "without_entry", "without_entry", "without_entry"]
    );
    for (layer, day) in [("silver", "2025-01-02"), ("silver", "2025-01-03"), ("quarantine", "2025-01-02")] {
        remove_day(lake, layer, day);
    }
    for day in ["02", "03"] {
        fs::remove_dir_all(lake.join("bronze/roadshow/2025/01").join(day)).unwrap();
    }
    assert_eq!(faults(0), Vec::<String>::new());
    let again = run_at(lake, &["score", "--full", "--as-of", "2025-03-02"], "2025-03-03T00:10:00Z");
    let _ = again.expect_code(0);
    let _ = run_at(lake, &["gold"], "2025-03-03T00:11:00Z").expect_code(0);
    assert_eq!((kpis_up_to(lake, "2025-01-03"), emails(lake)), (said, 6));
    let _ = run_at(lake, &words, "2025-03-03T00:12:00Z").expect_code(0);
}
