//! `leadlake lead`: whom it finds, and what it tells of them.

use std::path::Path;

use leadlake_tests::folder::write_bronze;
use leadlake_tests::lakes::RawObject;
use leadlake_tests::program::run;
use serde_json::Value;
use tempfile::TempDir;

use crate::samples::line;

const EVENTS: u64 = 130;

/// Asha with many events of two days, and two people with phones.
fn lake() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let object = |day: u32, lines: Vec<String>| {
        let arrived = format!("2025-01-{day:02}T20:00:00Z");
        RawObject::new(&format!("bronze/roadshow/2025/01/{day:02}/some.json"), &arrived, lines.join("\n"))
    };
    let met = |id: &str, day: u32, second: u64, members: &str| {
        let time = format!("2025-01-{day:02}T05:{:02}:{:02}Z", second / 60, second % 60);
        line(id, "roadshow_lead", &time, members)
    };
    let asha = r#""email":"asha.rao+fair@googlemail.com","name":"Asha Rao""#;
    let others = [
        met("near", 5, 0, r#""email":"near@rao.in","phone":"98200 31111""#),
        met("far", 5, 0, r#""email":"far@rao.in","phone":"+1 206 555 0100""#),
    ];
    let late = (1..EVENTS).map(|number| met(&format!("e-{number}"), 6, number, asha)).collect();
    let early = [vec![met("e-0", 5, 0, asha)], others.to_vec()].concat();
    write_bronze(&lake, &[object(5, early), object(6, late)]);
    let _ = run(&lake, &["run"]).expect_code(0);
    (folder, lake)
}

fn told(lake: &Path, who: &str, more: &[&str]) -> Value {
    run(lake, &[&["lead", who, "--format", "json"], more].concat()).expect_code(0).json()
}

#[test]
fn finds_people_by_whole_phones_and_by_any_spelling_of_a_mailbox() {
    let (_folder, lake) = lake();
    let by_its_own = told(&lake, "asha.rao+fair@googlemail.com", &[]);
    for spelling in ["asharao@gmail.com", "A.sha.Rao@GoogleMail.com", "asharao+other@gmail.com"] {
        assert_eq!(told(&lake, spelling, &[]), by_its_own, "{spelling}");
    }
    for written in ["+91 98200-31111", "09820031111", "(98200) 31111", "+91 (0) 98200 31111"] {
        assert_eq!(told(&lake, written, &[])["profile"]["emails"][0], "near@rao.in", "{written}");
    }
    assert_eq!(told(&lake, "1-206-555-0100", &[])["profile"]["emails"][0], "far@rao.in");
    for nobody in ["00000000", "20031111", "65550100", "+9820031111", "a.sha@rao.in", "' OR 1=1 --"] {
        let ran = run(&lake, &["lead", nobody]).expect_code(1);
        assert!(ran.err.contains("nobody is known by that") && ran.out.is_empty(), "{nobody}: {}", ran.err);
    }
}

#[test]
fn tells_the_newest_events_and_how_many_there_are() {
    let (_folder, lake) = lake();
    let some = told(&lake, "asharao@gmail.com", &[]);
    let events = some["events"].as_array().unwrap();
    assert_eq!((events.len(), &some["event_count"]), (100, &EVENTS.into()));
    assert_eq!((&events[0]["event_id"], &events[99]["event_id"]), (&"e-129".into(), &"e-30".into()));
    let all = told(&lake, "asharao@gmail.com", &["--all"]);
    assert_eq!(all["events"].as_array().unwrap().len() as u64, EVENTS);

    let text = run(&lake, &["lead", "asharao@gmail.com"]).expect_code(0).out;
    assert!(text.contains("events, newest first (130)\n") && text.contains("\nscore\n"), "{text}");
    assert!(text.contains("\n  and 30 more; --all shows them\n"), "{text}");
    let text = run(&lake, &["lead", "asharao@gmail.com", "--all"]).expect_code(0).out;
    assert!(!text.contains("more; --all"), "{text}");
}

#[test]
fn of_a_day_tells_only_what_was_known_by_its_end() {
    let (_folder, lake) = lake();
    let told_then = told(&lake, "asharao@gmail.com", &["--on", "2025-01-05"]);
    assert_eq!((&told_then["event_count"], &told_then["events"][0]["event_id"]), (&1.into(), &"e-0".into()));
    assert_eq!(told_then["profile"]["valid_from"], "2025-01-05");
    for of_today in ["score", "features", "joins", "aliases", "review"] {
        assert!(told(&lake, "asharao@gmail.com", &[]).get(of_today).is_some());
        assert_eq!(told_then.get(of_today), None, "{of_today} is of today");
    }
    let text = run(&lake, &["lead", "asharao@gmail.com", "--on", "2025-01-04"]).expect_code(0).out;
    let (_lead_id, rest) = text.split_once('\n').unwrap();
    assert_eq!(rest, "\nnothing was known by 2025-01-04; first seen 2025-01-05\n");
}
