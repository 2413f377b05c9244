//! What the program tells of tables with versions, and that it does what it tells.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{RecordBatch, StringArray};
use insta::assert_snapshot;
use jiff::Timestamp;
use leadlake_lake::catalog::LocalCatalog;
use leadlake_lake::store::{DirStore, Store};
use leadlake_lake::tables::{
    Claim, Inputs, NewVersion, Placement, RunId, SnapshotWriter, TableError, TableLog, TableName, TableShape,
};
use leadlake_tests::folder::set_arrival;
use leadlake_tests::program::{Ran, run};
use serde_json::json;
use tempfile::TempDir;

const OLD: &str = "2025-11-01T08:00:00Z";
const NEW: &str = "2025-12-20T08:00:00Z";

fn log(lake: &Path) -> TableLog {
    let store: Arc<dyn Store> = Arc::new(DirStore::open(lake).unwrap());
    TableLog::new(store, TableName::LEADS)
}

/// A version of as many leads, written and committed at that time.
fn commit(lake: &Path, leads: usize, placement: Placement, at: &str) -> PathBuf {
    let log = log(lake);
    let at: Timestamp = at.parse().unwrap();
    let ids = StringArray::from_iter_values((0..leads).map(|lead| format!("lead-{lead:024x}")));
    let batch = RecordBatch::try_from_iter([("lead_id", Arc::new(ids) as _)]).unwrap();
    let build = |base: Option<&_>| {
        let shape = TableShape::version(batch.schema(), &["lead_id"], &[]);
        let writer = SnapshotWriter::begin(&log, base, &RunId::new(at, leads as u64), shape)?;
        let parts = vec![writer.part(0, &batch)?.finish()?];
        let rows = leads as u64;
        Ok::<_, TableError>(NewVersion {
            snapshot: writer.finish(parts),
            placement,
            claim: Claim { rows, unique_key: vec!["lead_id".to_owned()], distinct_keys: rows },
            inputs: Inputs::default(),
            code_version: "test".to_owned(),
            model_version: None,
            as_of: at,
            committed_at: at,
        })
    };
    let entry = log.commit_with_retry(1, build).unwrap();
    let file = lake.join(entry.content.unwrap().files[0].key.as_str());
    set_arrival(&file, at);
    file
}

/// Two old versions, a new one, and one beside it.
fn lake() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    fs::create_dir_all(lake.join("ops")).unwrap();
    fs::write(lake.join("ops/salt"), "07".repeat(32)).unwrap();
    commit(&lake, 1200, Placement::Current, OLD);
    commit(&lake, 1300, Placement::Current, OLD);
    commit(&lake, 1400, Placement::Current, NEW);
    commit(&lake, 50, Placement::Side, NEW);
    (folder, lake)
}

/// Run ids of the program itself are random.
fn without_own_run(ran: &Ran) -> String {
    let lines = ran.out.lines().map(|line| match line.split_once("  20260101T") {
        Some((told, _)) => format!("{told}  <run>\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn history_rollback_and_vacuum_tell_what_they_did() {
    let (_folder, lake) = lake();
    assert_snapshot!(run(&lake, &["history", "silver_leads"]).expect_code(0).out, @r"
    silver/leads: readers use version 3
      version  kind                        rows  as of                 committed             run
            4  side                          50  2025-12-20T08:00:00Z  2025-12-20T08:00:00Z  20251220T080000Z-0000000000000032
    *       3  write                      1,400  2025-12-20T08:00:00Z  2025-12-20T08:00:00Z  20251220T080000Z-0000000000000578
            2  write                      1,300  2025-11-01T08:00:00Z  2025-11-01T08:00:00Z  20251101T080000Z-0000000000000514
            1  write                      1,200  2025-11-01T08:00:00Z  2025-11-01T08:00:00Z  20251101T080000Z-00000000000004b0
    ");
    assert_snapshot!(run(&lake, &["vacuum", "--dry-run"]).expect_code(0).out, @"silver/leads: 1 versions and 0 folders of dead runs would be deleted: 1 files, 2,788 bytes");
    assert_snapshot!(run(&lake, &["rollback", "silver/leads", "--to", "2"]).expect_code(0).out, @"silver/leads: readers use version 2 instead of 3, 1,300 rows");
    assert_snapshot!(run(&lake, &["rollback", "silver/leads", "--to", "2"]).expect_code(0).out, @"silver/leads: readers use version 2 already, 1,300 rows");
    assert_snapshot!(run(&lake, &["vacuum"]).expect_code(0).out, @"silver/leads: 1 versions and 0 folders of dead runs deleted: 1 files, 2,788 bytes");
    assert_snapshot!(run(&lake, &["vacuum"]).expect_code(0).out, @"nothing is old enough to be deleted");
    assert_snapshot!(run(&lake, &["rollback", "silver/leads", "--to", "1"]).expect_code(1).err, @"error: version 1 of silver/leads was vacuumed, its files are gone; leadlake history silver/leads lists what is left");
    assert_snapshot!(without_own_run(&run(&lake, &["history", "silver/leads"]).expect_code(0)), @r"
    silver/leads: readers use version 2
      version  kind                        rows  as of                 committed             run
            6  vacuum                                                  2026-01-01T00:00:00Z  <run>
            5  rollback to 2              1,300  2025-11-01T08:00:00Z  2026-01-01T00:00:00Z  <run>
            4  side                          50  2025-12-20T08:00:00Z  2025-12-20T08:00:00Z  20251220T080000Z-0000000000000032
            3  write                      1,400  2025-12-20T08:00:00Z  2025-12-20T08:00:00Z  20251220T080000Z-0000000000000578
    *       2  write                      1,300  2025-11-01T08:00:00Z  2025-11-01T08:00:00Z  20251101T080000Z-0000000000000514
            1  write                   vacuumed  2025-11-01T08:00:00Z  2025-11-01T08:00:00Z  20251101T080000Z-00000000000004b0
    ");
    assert_snapshot!(run(&lake, &["verify"]).expect_code(0).out, @r"
    0 objects, 3 files: 0 records = 0 accepted + 0 refused + 0 duplicate; 0 faults
    silver/leads: version 2
    ");

    let store: Arc<dyn Store> = Arc::new(DirStore::open(&lake).unwrap());
    let catalog = LocalCatalog::new(store);
    let shown = catalog.publication(&TableName::LEADS).unwrap().unwrap();
    assert_eq!((shown.number.get(), shown.version.version.get()), (6, 2));
    let registered: Vec<u32> =
        catalog.versions(&TableName::LEADS).unwrap().iter().map(|known| known.version.get()).collect();
    assert_eq!(registered, [2, 3, 4]);
}

#[test]
fn machines_are_told_the_same() {
    let (_folder, lake) = lake();
    let history = run(&lake, &["history", "silver/leads", "--format", "json"]).expect_code(0).json();
    assert_eq!((&history["current"], &history["entries"][3]["kind"]), (&json!(3), &json!("side")));
    let rolled_back = ["rollback", "silver/leads", "--to", "4", "--format", "json"];
    assert_eq!(
        run(&lake, &rolled_back).expect_code(0).json(),
        json!({ "table": "silver/leads", "before": 3, "current": 4, "entry": 5, "rows": 50 })
    );
    let vacuum = run(&lake, &["vacuum", "--format", "json"]).expect_code(0).json();
    assert_eq!(vacuum["tables"][0]["versions"], json!([1]));
    let verification = run(&lake, &["verify", "--format", "json"]).expect_code(0).json();
    assert_eq!(verification["tables"], json!({ "silver/leads": 4 }));
}

#[test]
fn what_is_not_there_is_told() {
    let (_folder, lake) = lake();
    let told = |words: &[&str]| run(&lake, words).expect_code(1).err;
    assert_snapshot!(told(&["history", "gold/lead_scores"]), @"error: gold/lead_scores has no versions; run score to build it");
    assert_snapshot!(told(&["rollback", "silver/leads", "--to", "9"]), @"error: silver/leads has no version 9, the newest is 4; leadlake history silver/leads lists them");
    assert_snapshot!(run(&lake, &["history", "bronze/crm"]).expect_code(2).err.lines().next().unwrap(), @r#"error: invalid value 'bronze/crm' for '<TABLE>': "bronze/crm" names no table with versions; write <layer>/<name>, where the layer is silver, features, gold or ops, such as silver/leads"#);
}

#[test]
fn verify_finds_what_is_wrong_with_a_table() {
    let (_folder, lake) = lake();
    let file = commit(&lake, 10, Placement::Current, NEW);
    let bytes = fs::read(&file).unwrap();
    let told = || run(&lake, &["verify"]).out;

    fs::remove_file(&file).unwrap();
    let gone = told();
    fs::write(&file, [bytes.as_slice(), b"x"].concat()).unwrap();
    let changed = told();
    fs::write(&file, &bytes).unwrap();
    fs::write(file.with_file_name("part-00001.parquet"), &bytes).unwrap();
    fs::write(lake.join("silver/leads/notes.txt"), b"").unwrap();
    let unnamed = told();
    fs::remove_file(file.with_file_name("part-00001.parquet")).unwrap();
    fs::remove_file(lake.join("silver/leads/notes.txt")).unwrap();
    fs::create_dir(lake.join("silver/leads/snap=00000009-20250101T000000Z-00000000000000ff")).unwrap();
    let dead = "silver/leads/snap=00000009-20250101T000000Z-00000000000000ff/part-00000.parquet";
    fs::write(lake.join(dead), b"").unwrap();
    let left_over = told();
    fs::remove_file(lake.join("silver/leads/_log/00000002.json")).unwrap();
    let broken = told();
    fs::write(lake.join("ops/salt"), "07").unwrap();
    let damaged_salt = told();
    fs::remove_file(lake.join("ops/salt")).unwrap();
    let no_salt = told();
    assert_snapshot!([gone, changed, unnamed, left_over, broken, damaged_salt, no_salt].concat(), @r"
    silver/leads/snap=00000005-20251220T080000Z-000000000000000a/part-00000.parquet is gone, but version 5 of silver/leads names it; run score, or roll back to an older version
    0 objects, 4 files: 0 records = 0 accepted + 0 refused + 0 duplicate; 1 faults
    silver/leads: version 5
    silver/leads/snap=00000005-20251220T080000Z-000000000000000a/part-00000.parquet is not what version 5 of silver/leads says; run score, or roll back to an older version
    0 objects, 5 files: 0 records = 0 accepted + 0 refused + 0 duplicate; 1 faults
    silver/leads: version 5
    silver/leads/notes.txt is no file that leadlake writes; it belongs outside of the lake's folders
    silver/leads/snap=00000005-20251220T080000Z-000000000000000a/part-00001.parquet is no file of version 5 of silver/leads, but engines read it; move it out of the lake
    0 objects, 6 files: 0 records = 0 accepted + 0 refused + 0 duplicate; 2 faults
    silver/leads: version 5
    0 objects, 5 files: 0 records = 0 accepted + 0 refused + 0 duplicate; 0 faults
    silver/leads: version 5
    1 folders of runs that were not finished, which vacuum will delete
    log entry silver/leads/_log/00000002.json is missing, though a later one is there; restore it, entries are never deleted
    0 objects, 0 files: 0 records = 0 accepted + 0 refused + 0 duplicate; 1 faults
    log entry silver/leads/_log/00000002.json is missing, though a later one is there; restore it, entries are never deleted
    ops/salt does not hold 64 hexadecimal digits; restore it from a copy: another one gives every lead another id
    0 objects, 0 files: 0 records = 0 accepted + 0 refused + 0 duplicate; 2 faults
    log entry silver/leads/_log/00000002.json is missing, though a later one is there; restore it, entries are never deleted
    ops/salt is gone, and the ids of all leads were made with it; restore it from a copy
    0 objects, 0 files: 0 records = 0 accepted + 0 refused + 0 duplicate; 2 faults
    ");
}
