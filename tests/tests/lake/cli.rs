//! What the program prints and how it ends.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use leadlake_tests::folder::{files_below, made_in, set_arrival, write_bronze};
use leadlake_tests::lakes::{RawObject, assert_same_lake, contracts_folder};
use leadlake_tests::program::run;

use crate::samples::{ARRIVED, small_lake, webinar_line, without_ids};

/// The roadshow's contract accepts walk-ins as well.
fn mended_contracts(folder: &Path) -> PathBuf {
    let mended = folder.join("contracts");
    fs::create_dir(&mended).unwrap();
    for file in fs::read_dir(contracts_folder()).unwrap() {
        let file = file.unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        let lead = "                - roadshow_lead\n";
        let text = text.replace(lead, &format!("{lead}                - walk_in\n"));
        fs::write(mended.join(file.file_name()), text).unwrap();
    }
    mended
}

#[test]
fn ingest_replay_and_verify_tell_what_they_did() {
    let (folder, lake) = small_lake();
    assert_snapshot!(run(&lake, &["ingest"]).expect_code(0).out, @r"
    3 objects refined, 0 were done before (contracts: built in)
    source                records     accepted    refused   duplicate    invalid    drifted
    roadshow                    5            2          3           0          2          2
    webinar                 1,206        1,203          2           1          0          0
    all                     1,211        1,205          5           1          2          2
    refused because
      missing                               1
      not_allowed                           3
      not_an_object                         1
    fields that no contract knows, kept in extra: stand
    ");
    assert_snapshot!(run(&lake, &["verify"]).expect_code(0).out, @"3 objects, 5 files: 1,211 records = 1,205 accepted + 5 refused + 1 duplicate; 0 faults");

    let before = made_in(&lake);
    assert_snapshot!(run(&lake, &["ingest"]).expect_code(0).out, @"0 objects refined, 3 were done before (contracts: built in)");
    assert_same_lake(&before, &made_in(&lake), "a second ingest");

    let contracts = mended_contracts(folder.path());
    let replay = ["--contracts", contracts.to_str().unwrap(), "replay", "--code", "not_allowed"];
    assert_snapshot!(run(&lake, &replay).expect_code(0).out, @r"
    1 objects refined again: 3 records were refused before, 1 are now
    source                records     accepted    refused   duplicate    invalid    drifted
    roadshow                    5            4          1           0          4          4
    refused because
      not_allowed                           1
    fields that no contract knows, kept in extra: stand
    ");
    let mended = made_in(&lake);
    let _ = run(&lake, &replay).expect_code(0);
    assert_same_lake(&mended, &made_in(&lake), "a second replay");
}

#[test]
fn results_are_json_for_machines() {
    let (_folder, lake) = small_lake();
    let ingested = run(&lake, &["ingest", "--format", "json"]).expect_code(0).json();
    assert_eq!(ingested["objects"], 3);
    assert_eq!(ingested["total"]["input"], 1_211);
    assert_eq!(ingested["sources"]["roadshow"]["refused"]["not_allowed"], 3);
    assert_eq!(ingested["sources"]["webinar"]["duplicate"], 1);
    let verified = run(&lake, &["--format", "json", "verify"]).expect_code(0).json();
    assert_eq!(verified["counts"]["input"], 1_211);
    assert_eq!(verified["faults"], serde_json::json!([]));
    let replayed = run(&lake, &["replay", "--format", "json"]).expect_code(0).json();
    assert_eq!((&replayed["objects"], &replayed["accepted_more"]), (&2.into(), &0.into()));
}

#[test]
fn ingest_takes_the_days_and_the_source_it_is_told() {
    let (_folder, lake) = small_lake();
    let objects = |words: &[&str]| {
        let words = [&["ingest", "--format", "json"], words].concat();
        run(&lake, &words).expect_code(0).json()["objects"].as_u64().unwrap()
    };
    assert_eq!(objects(&["--to", "2025-01-06"]), 0);
    assert_eq!(objects(&["--from", "2025-01-08", "--to", "2025-01-08"]), 1);
    assert_eq!(objects(&["--source", "roadshow"]), 1);
    assert_eq!(objects(&["--source", "webinar", "--from", "2025-01-08"]), 0);
    assert_eq!(objects(&["--source", "webinar"]), 1);
    assert_eq!(objects(&["--source", "webinar", "--force"]), 2);
}

#[test]
fn what_cannot_be_taken_in_is_named_and_the_rest_is_done() {
    let (_folder, lake) = small_lake();
    write_bronze(&lake, &[RawObject::new("bronze/fair/2025/01/08/a.json", ARRIVED, "{}")]);
    fs::write(lake.join("bronze/loose.json"), "{}").unwrap();
    fs::write(lake.join("bronze/webinar/2025/01/08/back\\slash.json"), "{}").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", lake.join("bronze/webinar/2025/01/08/link.json")).unwrap();
    // Something in the way of one object's silver makes that object fail, and only that.
    fs::create_dir_all(lake.join("silver")).unwrap();
    fs::write(lake.join("silver/roadshow"), "in the way").unwrap();

    let ran = run(&lake, &["ingest"]).expect_code(1);
    let told: Vec<&str> =
        ran.out.lines().filter(|line| line.starts_with("failed") || line.starts_with("left")).collect();
    assert_snapshot!(without_ids(&told.join("\n")), @r#"
    failed: bronze/roadshow/2025/01/07/leads.json: cannot write silver/roadshow/dt=2025-01-07/<id>.parquet: silver/roadshow is an object, and a directory cannot hold an object and a folder of one name; choose another key
    left alone: 1 objects of fair, which has no contract; add fair.odcs.yaml
    left alone: bronze/loose.json lies in no source's folder; bronze objects are named bronze/<source>/YYYY/MM/DD/<name>, and a source has lower-case letters, digits and underscores
    left alone: cannot use this key: key "bronze/webinar/2025/01/08/back\\slash.json" holds a backslash; parts are separated by /
    left alone: bronze/webinar/2025/01/08/link.json is a symbolic link, and a lake holds plain files in plain folders only; move it out of the lake
    "#);
    std::os::unix::fs::symlink("/etc/passwd", lake.join("silver/link")).unwrap();
    let ran = run(&lake, &["verify"]).expect_code(1);
    assert_snapshot!(ran.out, @r#"
    bronze/roadshow/2025/01/07/leads.json is not ingested; run ingest
    source fair has no contract; add contracts/fair.odcs.yaml
    bronze/loose.json lies in no source's folder; bronze objects are named bronze/<source>/YYYY/MM/DD/<name>, and a source has lower-case letters, digits and underscores
    bronze/webinar/2025/01/08/link.json is a symbolic link, and a lake holds plain files in plain folders only; move it out of the lake
    cannot use this key: key "bronze/webinar/2025/01/08/back\\slash.json" holds a backslash; parts are separated by /
    silver/link is a symbolic link, and a lake holds plain files in plain folders only; move it out of the lake
    silver/roadshow is no file that leadlake writes; it belongs outside of the lake's folders
    4 objects, 3 files: 1,206 records = 1,203 accepted + 2 refused + 1 duplicate; 7 faults
    "#);
}

/// A copy without times must not make a second object of it, whatever day it was taken in on.
#[test]
fn an_object_without_a_day_in_its_name_is_one_object_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let key = "bronze/webinar/loose.json";
    write_bronze(&lake, &[RawObject::new(key, ARRIVED, webinar_line(0) + "\n{}")]);
    let _ = run(&lake, &["ingest"]).expect_code(0);
    for words in [&["replay"][..], &["ingest", "--force"]] {
        set_arrival(&lake.join(key), "2025-02-09T00:00:00Z".parse().unwrap());
        let _ = run(&lake, words).expect_code(0);
        assert_eq!(files_below(&lake.join("silver")).len(), 1, "{words:?} made a second file of one object");
        let _ = run(&lake, &["verify"]).expect_code(0);
    }
}

/// As in bronze, so in the ledger: one bad file is told and does not keep the others from being done.
#[test]
fn one_bad_file_in_the_ledger_does_not_stop_the_rest() {
    let (_folder, lake) = small_lake();
    let _ = run(&lake, &["ingest", "--source", "webinar"]).expect_code(0);
    fs::write(lake.join("ledger/webinar/.DS_Store"), "Bud1").unwrap();
    let ran = run(&lake, &["ingest"]).expect_code(1);
    assert!(lake.join("silver/roadshow").is_dir(), "nothing was done: {}", ran.err);
    assert!((ran.out + &ran.err).contains("ledger/webinar/.DS_Store"));

    fs::remove_file(lake.join("ledger/webinar/.DS_Store")).unwrap();
    let entry = files_below(&lake.join("ledger/webinar/dt=2025-01-08")).remove(0);
    fs::write(entry, "").unwrap();
    let ran = run(&lake, &["replay", "--format", "json"]).expect_code(1);
    assert!(!ran.out.is_empty(), "nothing was replayed: {}", ran.err);
    assert_eq!(ran.json()["objects"], 2);
}

#[test]
fn a_command_that_cannot_start_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("nowhere");
    for words in [&["ingest"][..], &["verify"], &["replay"]] {
        let ran = run(&lake, words).expect_code(1);
        let told = ran.err.replace(lake.to_str().unwrap(), "<lake>");
        assert_eq!(
            told.trim_end(),
            "error: there is no lake at <lake>; put raw objects below <lake>/bronze/<source>/, or try: leadlake generate <lake>"
        );
        assert!(ran.out.is_empty() && !lake.exists());
    }
    fs::create_dir(&lake).unwrap();
    let ran = run(&lake, &["ingest", "--source", "webinars"]).expect_code(1);
    assert_snapshot!(ran.err, @"error: there is no contract for source webinars; there are contracts for crm, online, roadshow, transactions, webinar");
    assert_eq!(run(&lake, &["ingest", "--from", "yesterday"]).code, Some(2));
    assert_eq!(run(&lake, &["replay", "--code", "no_such_code"]).code, Some(2));
}
