//! What people are called and how they are reached stands in silver and quarantine, and nowhere else.

use std::fs;
use std::path::Path;

use leadlake_tests::folder::{files_below, write_bronze};
use leadlake_tests::lakes::RawObject;
use leadlake_tests::program::{Ran, run};

use crate::samples::{ARRIVED, gzip, webinar_line};

pub const NAME: &str = "Quillon Xanthopoulos";
pub const EMAIL: &str = "quillon.zq9417@gmail.com";
pub const PHONE: &str = "+91 98417 29417";

/// As they may appear: as sent, normalised, and in parts.
const SENTINELS: &[&str] = &["quillon", "xanthopoulos", "zq9417", "98417 29417", "9841729417", "29417"];

fn event(id: &str, event_type: &str, members: &str) -> String {
    format!(
        r#"{{"event_id":"{id}","event_type":"{event_type}","name":"{NAME}","email":"{EMAIL}","phone":"{PHONE}","timestamp":"2025-01-08T05:00:00Z"{members}}}"#
    )
}

/// A lead who takes every way that a record can take.
fn everywhere() -> Vec<String> {
    let good = "roadshow_lead";
    let drifted = format!(r#","{EMAIL}":1,"{PHONE}":2,"{NAME}":{{"{EMAIL}":[]}}"#);
    let twice = format!(r#","{EMAIL}":1,"{EMAIL}":2"#);
    let whole = event("cut", good, "");
    vec![
        event("accepted", good, ""),
        event("accepted", good, ""),
        event("accepted", good, r#","city":"Pune""#),
        event("drifted", good, &drifted),
        event("twice", good, &twice),
        event("type", EMAIL, ""),
        event("bad-time", good, "").replace("2025-01-08T05:00:00Z", PHONE),
        event("bad-phone", good, "").replace(PHONE, &format!("{NAME} {PHONE} {PHONE}")),
        event("bad-both", good, "").replace(PHONE, NAME).replace(EMAIL, NAME),
        event(&EMAIL.repeat(10), good, ""),
        event(EMAIL, good, ""),
        event("control", good, "").replace("control", &format!("{EMAIL}\\u0000")),
        event("surrogate", good, "").replace(NAME, &format!("{NAME}\\ud800")),
        event("deep", good, &format!(",\"a\":{}\"{EMAIL}\"{}", "[".repeat(80), "]".repeat(80))),
        event("large", good, &format!(",\"a\":\"{}\"", EMAIL.repeat(60_000))),
        format!("\"{EMAIL}\""),
        format!("{NAME} called from {PHONE}"),
        format!("{{{EMAIL}}}"),
        whole[..whole.len() - 30].to_owned(),
    ]
}

fn objects() -> Vec<RawObject> {
    let lines = everywhere().join("\n").into_bytes();
    let good: Vec<String> =
        (0..25).map(|number| event(&format!("g-{number}"), "roadshow_lead", "")).collect();
    let fine = [good.join("\n").into_bytes(), b"\n".to_vec(), lines.clone()].concat();
    let packed = gzip(&fine);
    let object = |name: &str, bytes: Vec<u8>| {
        RawObject::new(&format!("bronze/roadshow/2025/01/08/{name}"), ARRIVED, bytes)
    };
    vec![
        object("record-by-record.json", fine),
        object("refused-whole.json", [lines.clone(), b"\n".to_vec(), lines.clone()].concat()),
        object("damaged.json.gz", packed[..packed.len() - 9].to_vec()),
        object("open-array.json", format!("[{}", event("a", "roadshow_lead", "")).into_bytes()),
        // Its silver cannot be written.
        RawObject::new(
            "bronze/webinar/2025/01/08/fails.json",
            ARRIVED,
            webinar_line(0).replace("viewer0", "zq9417"),
        ),
        RawObject::new("bronze/crm/2025/01/08/no-table.json", ARRIVED, lines),
    ]
}

/// Digits of a checksum may come to those of a phone by chance. No phone is as long.
fn without_checksums(text: &str) -> String {
    const SHORTEST_CHECKSUM: usize = 16;
    let is_hex = |letter: char| letter.is_ascii_hexdigit();
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_hex) {
        let (before, from) = rest.split_at(start);
        let (run, behind) = from.split_at(from.find(|letter| !is_hex(letter)).unwrap_or(from.len()));
        kept.push_str(before);
        kept.push_str(if run.len() < SHORTEST_CHECKSUM { run } else { "#" });
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

pub fn assert_private(text: &str, place: &str) {
    let lower = without_checksums(&text.to_lowercase());
    for sentinel in SENTINELS {
        assert!(!lower.contains(sentinel), "{sentinel:?} stands in {place}: {text}");
    }
}

pub fn assert_says_nothing(ran: &Ran, words: &[&str]) {
    assert_private(&ran.out, &format!("the output of {words:?}"));
    assert_private(&ran.err, &format!("the messages of {words:?}"));
}

/// Only these two may know who somebody is.
fn assert_only_silver_and_quarantine_know(lake: &Path) {
    for file in files_below(lake) {
        let name = file.strip_prefix(lake).unwrap().to_str().unwrap().to_owned();
        assert_private(&name, "a file's name");
        let is_personal = ["bronze/", "silver/", "quarantine/"].iter().any(|layer| name.starts_with(layer));
        if !is_personal {
            assert_private(&String::from_utf8(fs::read(&file).unwrap()).unwrap(), &name);
        }
    }
}

#[test]
fn names_emails_and_phones_stay_in_silver_and_quarantine() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    write_bronze(&lake, &objects());
    fs::create_dir_all(lake.join("silver")).unwrap();
    fs::write(lake.join("silver/webinar"), "in the way").unwrap();

    let told = run(&lake, &["ingest", "--format", "json"]).expect_code(1);
    assert_says_nothing(&told, &["ingest"]);
    let told = told.json();
    let roadshow = &told["sources"]["roadshow"];
    for path in ["accepted", "duplicate"] {
        assert!(roadshow[path].as_u64().unwrap() > 0, "nothing was {path}");
    }
    assert!(roadshow["refused"].as_object().unwrap().len() > 10, "{roadshow}");
    assert!(!roadshow["drifted"].as_object().unwrap().is_empty());
    assert_eq!(told["failed"].as_array().unwrap().len(), 1);
    assert!(!told["refused_whole"].as_array().unwrap().is_empty());

    fs::remove_file(lake.join("silver/webinar")).unwrap();
    for words in [
        &["ingest"][..],
        &["ingest", "--force"],
        &["replay"],
        &["replay", "--format", "json"],
        &["verify"],
        &["verify", "--format", "json"],
    ] {
        assert_says_nothing(&run(&lake, words).expect_code(0), words);
    }
    assert_only_silver_and_quarantine_know(&lake);
}
