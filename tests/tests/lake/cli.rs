//! What the program prints and how it ends.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use leadlake_tests::folder::{copy_lake, files_below, made_in, set_arrival, write_bronze};
use leadlake_tests::lakes::{RawObject, assert_same_lake, contracts_folder};
use leadlake_tests::program::run;
use tempfile::TempDir;

use crate::samples::{ARRIVED, webinar_line};

fn webinar(day: &str, numbers: std::ops::Range<u32>, more: &str) -> RawObject {
    let lines: Vec<String> = numbers.map(webinar_line).collect();
    let key = format!("bronze/webinar/2025/01/{day}/events.json");
    RawObject::new(&key, ARRIVED, lines.join("\n") + more)
}

fn roadshow(types: &[&str]) -> RawObject {
    let lines: Vec<String> = (0..)
        .zip(types)
        .map(|(number, event_type): (u32, _)| {
            format!(
                r#"{{"event_id":"r-{number}","event_type":"{event_type}","email":"v{number}@gmail.com","phone":"98xxxxxx12","stand":"A","timestamp":"2025-01-07T05:00:00Z"}}"#
            )
        })
        .collect();
    RawObject::new("bronze/roadshow/2025/01/07/leads.json", ARRIVED, lines.join("\n"))
}

fn small_lake() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let objects = [
        roadshow(&["roadshow_lead", "roadshow_registration", "walk_in", "walk_in", "fax"]),
        webinar("07", 0..1_200, "\n{}\n[1]\n"),
        webinar("08", 0..3, &format!("\n{}", webinar_line(2))),
    ];
    write_bronze(&lake, &objects);
    (folder, lake)
}

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
    left alone: bronze/loose.json lies in no source's folder; bronze objects are named bronze/<source>/YYYY/MM/DD/<name>
    left alone: cannot use this key: key "bronze/webinar/2025/01/08/back\\slash.json" holds a backslash; parts are separated by /
    left alone: bronze/webinar/2025/01/08/link.json is a symbolic link, and a lake holds plain files in plain folders only; move it out of the lake
    "#);
    let ran = run(&lake, &["verify"]).expect_code(1);
    assert_snapshot!(ran.out, @r#"
    bronze/roadshow/2025/01/07/leads.json is not ingested; run ingest
    bronze/fair has no contract; add contracts/fair.odcs.yaml
    bronze/loose.json lies in no source's folder; bronze objects are named bronze/<source>/YYYY/MM/DD/<name>
    bronze/webinar/2025/01/08/link.json is a symbolic link, and a lake holds plain files in plain folders only; move it out of the lake
    cannot use this key: key "bronze/webinar/2025/01/08/back\\slash.json" holds a backslash; parts are separated by /
    4 objects, 3 files: 1,206 records = 1,203 accepted + 2 refused + 1 duplicate; 5 faults
    "#);
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

/// One way to spoil a lake.
struct Damage {
    name: &'static str,
    spoil: fn(&Path),
    /// What verify then says, up to ids.
    told: &'static str,
    mend: Mend,
}

/// What brings the lake back to what it was.
enum Mend {
    Ingest,
    IngestForced,
    /// Nothing but the object itself, from a copy kept elsewhere.
    Restore,
    Delete(&'static str),
}

fn only_file(lake: &Path, folder: &str) -> PathBuf {
    let mut files = files_below(&lake.join(folder));
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn flip_byte(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at.min(bytes.len() - 1);
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

const SILVER: &str = "silver/webinar/dt=2025-01-08";
const LEDGER: &str = "ledger/webinar/dt=2025-01-08";
const RAW: &str = "bronze/webinar/2025/01/08/events.json";

fn damages() -> Vec<Damage> {
    let damage = |name, spoil, told, mend| Damage { name, spoil, told, mend };
    vec![
        damage(
            "silver deleted",
            |lake| fs::remove_file(only_file(lake, SILVER)).unwrap(),
            "silver/webinar/dt=2025-01-08/<id>.parquet is gone, but ledger/webinar/dt=2025-01-08/<id>.json names it",
            Mend::IngestForced,
        ),
        damage(
            "a bit of silver flipped",
            |lake| flip_byte(&only_file(lake, SILVER), 100),
            "silver/webinar/dt=2025-01-08/<id>.parquet is not what ledger/webinar/dt=2025-01-08/<id>.json says",
            Mend::IngestForced,
        ),
        damage(
            "a bit of quarantine's footer flipped",
            |lake| flip_byte(&only_file(lake, "quarantine/roadshow"), usize::MAX),
            "quarantine/roadshow/dt=2025-01-07/<id>.parquet is not what ledger/roadshow/dt=2025-01-07/<id>.json says",
            Mend::IngestForced,
        ),
        damage(
            "silver emptied",
            |lake| fs::write(only_file(lake, SILVER), "").unwrap(),
            "silver/webinar/dt=2025-01-08/<id>.parquet is not what ledger/webinar/dt=2025-01-08/<id>.json says",
            Mend::IngestForced,
        ),
        damage(
            "ledger entry deleted",
            |lake| fs::remove_file(only_file(lake, LEDGER)).unwrap(),
            "bronze/webinar/2025/01/08/events.json is not ingested",
            Mend::Ingest,
        ),
        damage(
            "ledger entry cut off",
            |lake| fs::write(only_file(lake, LEDGER), "{\"object_id\":").unwrap(),
            "ledger entry ledger/webinar/dt=2025-01-08/<id>.json cannot be read",
            Mend::IngestForced,
        ),
        damage(
            "counts in the ledger changed",
            |lake| {
                let entry = only_file(lake, LEDGER);
                let text = fs::read_to_string(&entry).unwrap();
                fs::write(entry, text.replacen("\"input\":4", "\"input\":5", 1)).unwrap();
            },
            "ledger/webinar/dt=2025-01-08/<id>.json: input is not accepted + refused + duplicate",
            Mend::IngestForced,
        ),
        damage(
            "bronze edited",
            |lake| {
                flip_byte(&lake.join(RAW), 20);
                set_arrival(&lake.join(RAW), ARRIVED.parse().unwrap());
            },
            "bronze/webinar/2025/01/08/events.json is not what was refined",
            Mend::Restore,
        ),
        damage(
            "bronze deleted",
            |lake| fs::remove_file(lake.join(RAW)).unwrap(),
            "bronze/webinar/2025/01/08/events.json is gone from bronze",
            Mend::Restore,
        ),
        damage(
            "a file that nobody wrote",
            |lake| fs::write(lake.join("silver/webinar/dt=2025-01-08/mine.parquet"), "PAR1").unwrap(),
            "silver/webinar/dt=2025-01-08/mine.parquet has no ledger entry",
            Mend::Delete("silver/webinar/dt=2025-01-08/mine.parquet"),
        ),
        damage(
            "a file of another program in the ledger",
            |lake| fs::write(lake.join("ledger/webinar/.DS_Store"), "Bud1").unwrap(),
            "ledger/webinar/.DS_Store",
            Mend::Delete("ledger/webinar/.DS_Store"),
        ),
    ]
}

#[test]
fn verify_names_every_damage_and_its_advice_mends_it() {
    let (folder, whole) = small_lake();
    let _ = run(&whole, &["ingest"]).expect_code(0);
    let expected = made_in(&whole);
    for Damage { name, spoil, told, mend } in damages() {
        let lake = folder.path().join("spoiled");
        copy_lake(&whole, &lake);
        spoil(&lake);
        let ran = run(&lake, &["verify"]).expect_code(1);
        assert!(without_ids(&ran.out).contains(told), "{name}: {} in {}", told, ran.out);
        match mend {
            Mend::Ingest => drop(run(&lake, &["ingest"]).expect_code(0)),
            Mend::IngestForced => drop(run(&lake, &["ingest", "--force"]).expect_code(0)),
            Mend::Restore => {
                fs::copy(whole.join(RAW), lake.join(RAW)).unwrap();
                set_arrival(&lake.join(RAW), ARRIVED.parse().unwrap());
            }
            Mend::Delete(file) => fs::remove_file(lake.join(file)).unwrap(),
        }
        assert_same_lake(&expected, &made_in(&lake), name);
        let _ = run(&lake, &["verify"]).expect_code(0);
        fs::remove_dir_all(&lake).unwrap();
    }
}

/// Object ids are 32 hexadecimal digits.
fn without_ids(text: &str) -> String {
    let mut shown = text.to_owned();
    for word in text.split(|character: char| !character.is_ascii_alphanumeric()) {
        if word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            shown = shown.replace(word, "<id>");
        }
    }
    shown
}
