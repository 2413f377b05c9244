//! Small lakes that hold a little of everything.

use std::io::Write;
use std::path::PathBuf;

use crate::folder::write_bronze;
use crate::lakes::{RawObject, generated};
use flate2::Compression;
use flate2::write::GzEncoder;
use leadlake_generate::{Flaws, Plan};
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

/// Generated objects with many repeated and late events, and some in which who is who changes with what arrives: the
/// order of the objects' names is none in which anybody could be known from the first one on.
pub fn people_objects(events: u64, seed: u64) -> Vec<RawObject> {
    let flaws = Flaws { repeated: 0.15, late: 0.2, ..Flaws::default() };
    let plan = Plan { events_per_object: 12, days: 12, flaws, ..Plan::new(events, seed) };
    let (mut objects, _) = generated(&plan);
    objects.extend(introductions());
    objects
}

/// Who is introduced by whose phone, name and CRM id, and events that say different things under one id.
fn introductions() -> Vec<RawObject> {
    let meera = r#""name":"Meera Iyer","phone":"98200 31111""#;
    let asha = r#""email":"asha.rao@gmail.com""#;
    let work = r#""email":"a.rao@rao-and-sons.in""#;
    let roadshow = |id: &str, kind: &str, hour: u32, members: &str| {
        line(id, &format!("roadshow_{kind}"), &format!("2025-01-03T{hour:02}:00:00Z"), members)
    };
    let online = |id: &str, members: &str| line(id, "online_form", "2025-01-04T07:00:00Z", members);
    let webinar = |id: &str, who: &str, minutes: u32| {
        let time = format!("2025-01-02T10:{:02}:00Z", minutes % 60);
        line(id, "webinar_attendance", &time, &format!(r#"{who},"duration_minutes":{minutes}"#))
    };
    let crm = |id: &str, who: &str, outcome: &str| {
        let members = format!(r#"{who},"crm_id":"crm-of-asha",{outcome}"#);
        line(id, "conversion_outcome", "2025-01-06T07:00:00Z", &members)
    };
    let known = |id: &str, who: &str, crm_id: &str| {
        let members = format!(r#"{who},"crm_id":"{crm_id}","outcome":"open""#);
        line(id, "conversion_outcome", "2025-01-07T07:00:00Z", &members)
    };
    let phone = r#""phone":"9820031111""#;
    let nila = r#""email":"nila.das@gmail.com""#;
    let (office, home) = (r#""email":"n.das@office.in""#, r#""email":"nila@das-home.in""#);
    let object = |key: &str, arrived: &str, lines: &[String]| {
        RawObject::new(&format!("bronze/{key}"), &format!("2025-01-{arrived}:00:00Z"), lines.join("\n"))
    };
    vec![
        // A phone, a phone with a name, and days later whose they are.
        object("roadshow/2025/01/03/phone-only.json", "03T20", &[roadshow("in-1", "lead", 5, phone)]),
        object("roadshow/2025/01/04/with-name.json", "04T20", &[roadshow("in-2", "lead", 6, meera)]),
        object(
            "online/2025/01/06/introduced.json",
            "06T20",
            &[online("in-3", &format!(r#"{meera},"email":"meera.iyer@gmail.com""#))],
        ),
        // Two addresses, which the CRM knows to be one person.
        object("crm/2025/01/07/first.json", "07T20", &[crm("cr-1", asha, r#""outcome":"lost""#)]),
        object(
            "crm/2025/01/08/second.json",
            "08T20",
            &[crm("cr-2", work, r#""outcome":"converted","revenue":4999.5,"currency":"INR""#)],
        ),
        // One id for two things: of two people, of one, and of one on one day.
        object(
            "webinar/2025/01/05/asha.json",
            "05T20",
            &[webinar("of-two", asha, 30), webinar("of-one", asha, 8)],
        ),
        object(
            "webinar/2025/01/03/work.json",
            "03T20",
            &[webinar("of-two", work, 50), webinar("other", work, 5)],
        ),
        object(
            "webinar/2025/01/06/again.json",
            "06T20",
            &[webinar("of-one", asha, 47), webinar("on-day", asha, 1)],
        ),
        object(
            "webinar/2025/01/06/before.json",
            "06T10",
            &[webinar("of-one", asha, 8), webinar("on-day", asha, 2)],
        ),
        // Of Nila's addresses the first is known by an event alone that counts for nobody once the CRM knows them all.
        object("webinar/2025/01/03/office.json", "03T21", &[webinar("of-nila", office, 50)]),
        object("webinar/2025/01/05/nila.json", "05T21", &[webinar("of-nila", nila, 20)]),
        object("online/2025/01/06/home.json", "06T21", &[online("on-nila", home)]),
        object("webinar/2025/01/09/nila-again.json", "09T21", &[webinar("of-nila", nila, 20)]),
        object(
            "crm/2025/01/08/nila.json",
            "08T21",
            &[
                known("cr-3", office, "crm-of-nila"),
                known("cr-4", nila, "crm-of-nila"),
                known("cr-5", nila, "crm-of-nila-2"),
                known("cr-6", home, "crm-of-nila-2"),
            ],
        ),
        // Copies that differ in what is no part of the event alone.
        object("roadshow/2025/01/05/early.json", "05T06", &[roadshow("copy", "registration", 4, asha)]),
        object("roadshow/2025/01/05/late.json", "05T18", &[roadshow("copy", "lead", 4, asha)]),
        object("roadshow/2025/01/04/a-day-before.json", "04T18", &[roadshow("copy-2", "lead", 4, work)]),
        object(
            "roadshow/2025/01/05/a-day-after.json",
            "05T18",
            &[roadshow("copy-2", "registration", 4, work)],
        ),
    ]
}

pub fn line(id: &str, event_type: &str, time: &str, members: &str) -> String {
    format!(r#"{{"event_id":"{id}","event_type":"{event_type}",{members},"timestamp":"{time}"}}"#)
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
