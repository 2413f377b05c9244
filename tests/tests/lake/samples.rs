//! Small lakes that hold a little of everything.

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use leadlake_generate::{Flaws, Plan};
use leadlake_tests::folder::write_bronze;
use leadlake_tests::lakes::{RawObject, generated};
use tempfile::TempDir;

pub const ARRIVED: &str = "2025-01-08T06:00:00Z";

/// Generated objects with many flaws, and some that are compressed, damaged, empty, refused whole, or without a day.
pub fn mixed_objects(events: u64, seed: u64, events_per_object: u64) -> Vec<RawObject> {
    let flaws = Flaws { repeated: 0.1, broken: 0.05, ..Flaws::default() };
    let plan = Plan { events_per_object, days: 3, flaws, ..Plan::new(events, seed) };
    let (mut objects, _) = generated(&plan);
    let lines: Vec<String> = (0..6).map(webinar_line).collect();
    let packed = gzip(lines.join("\n").as_bytes());
    let damaged = packed[..packed.len() - 12].to_vec();
    let mostly_wrong: Vec<String> =
        (0..25).map(|number| if number % 5 == 0 { webinar_line(number) } else { "{}".to_owned() }).collect();
    let handmade = [
        ("bronze/webinar/2025/01/08/packed.json.gz", packed),
        ("bronze/webinar/2025/01/08/damaged.json.gz", damaged),
        ("bronze/webinar/2025/01/08/empty.json", Vec::new()),
        ("bronze/webinar/2025/01/08/mostly-wrong.json", mostly_wrong.join("\n").into_bytes()),
        ("bronze/webinar/without-day.json.zst", zstd::encode_all(lines.concat().as_bytes(), 3).unwrap()),
    ];
    objects.extend(handmade.map(|(key, bytes)| RawObject::new(key, ARRIVED, bytes)));
    objects
}

pub fn webinar_line(number: u32) -> String {
    format!(
        r#"{{"event_id":"w-{number}","event_type":"webinar_attendance","email":"viewer{number}@gmail.com","duration_minutes":{},"timestamp":"2025-01-08T05:{:02}:00Z"}}"#,
        number % 90,
        number % 60
    )
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

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

/// A folder with a lake of three objects: two sources, three days, a few refusals, a duplicate and drift.
pub fn small_lake() -> (TempDir, PathBuf) {
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

/// Object ids are 32 hexadecimal digits.
pub fn without_ids(text: &str) -> String {
    let mut shown = text.to_owned();
    for word in text.split(|character: char| !character.is_ascii_alphanumeric()) {
        if word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            shown = shown.replace(word, "<id>");
        }
    }
    shown
}
