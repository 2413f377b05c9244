//! The demo: what it tells can be done, it goes on where it stood, and it touches no lake but its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use leadlake_tests::program::{Ran, leadlake};
use serde_json::Value;
use tempfile::TempDir;

// A week and a day are enough to be broken off in, and for each KPI to have something to say.
const ASKED: [&str; 7] = ["demo", "--dir", "my lake", "--events", "2000", "--days", "8"];
const DAYS: u64 = 8;

/// A demo that nothing disturbed, run once for all tests.
struct Undisturbed {
    folder: TempDir,
    told: String,
    kpis: Value,
}

fn undisturbed() -> &'static Undisturbed {
    static LAKE: OnceLock<Undisturbed> = OnceLock::new();
    LAKE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let told = demo(folder.path()).expect_code(0).out;
        let kpis = kpis(folder.path());
        Undisturbed { folder, told, kpis }
    })
}

fn program(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(leadlake());
    command.args(words).current_dir(folder).env_remove("LEADLAKE_CONTRACTS").env_remove("LEADLAKE_LAKE");
    command
}

fn demo(folder: &Path) -> Ran {
    program(folder, &ASKED).output().unwrap().into()
}

/// How long the work took differs from run to run.
fn kpis(folder: &Path) -> Value {
    let words = ["kpi", "--lake", "my lake", "--format", "json", "--as-of", "2025-01-08"];
    let mut told = Ran::from(program(folder, &words).output().unwrap()).expect_code(0).json();
    told["kpis"].as_array_mut().unwrap().retain(|kpi| kpi["name"] != "processing_latency");
    told
}

#[test]
fn it_shows_what_came_of_the_month_and_its_commands_work() {
    let Undisturbed { folder, told, .. } = undisturbed();
    for expected in [
        "my lake has lived through 2025-01-01 to 2025-01-08, night by night",
        " 10 Conversion rate by score band",
        "HOT with ",
        "COLD with ",
        "Refused, and kept in quarantine",
        "my lake/report.html",
    ] {
        assert!(told.contains(expected), "{expected} is missing in\n{told}");
    }
    let page = fs::read_to_string(folder.path().join("my lake/report.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"));

    let next = told.split_once("Next, for example:").unwrap().1;
    let commands: Vec<&str> = next.lines().map(str::trim).filter(|line| line.starts_with('/')).collect();
    assert!(commands.len() >= 5, "{next}");
    for command in commands {
        let ran: Ran =
            Command::new("sh").args(["-c", command]).current_dir(folder.path()).output().unwrap().into();
        let ran = ran.expect_code(0);
        assert!(!ran.out.is_empty(), "{command}");
        if command.contains(" demo ") {
            assert!(ran.out.contains("one day more, 2025-01-09"), "{}", ran.out);
        }
    }
}

#[test]
fn broken_off_it_goes_on_to_the_same_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut running =
        program(folder.path(), &ASKED).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(running.stderr.take().unwrap());
    let days_told =
        told.lines().map_while(Result::ok).filter(|line| line.starts_with("days ")).take(2).count();
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(days_told, 2, "it was killed among the days");
    let lived: Value = serde_json::from_slice(&fs::read(story(folder.path())).unwrap()).unwrap();
    assert!((1..DAYS).contains(&lived["days_done"].as_u64().unwrap()), "{lived}");

    let _ = demo(folder.path()).expect_code(0);
    let verified: Ran = program(folder.path(), &["verify", "--lake", "my lake"]).output().unwrap().into();
    assert!(verified.expect_code(0).out.contains("0 faults"));
    assert_same_values(&undisturbed().kpis, &kpis(folder.path()));
}

fn story(folder: &Path) -> PathBuf {
    folder.join("my lake/demo.json")
}

/// Sums of broken numbers may differ in their last digit, by the order in which threads add them up.
fn assert_same_values(expected: &Value, found: &Value) {
    match (expected, found) {
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            assert!((one - other).abs() <= 1e-9 * one.abs(), "{one} {other}");
        }
        (Value::Array(ones), Value::Array(others)) => {
            assert_eq!(ones.len(), others.len());
            ones.iter().zip(others).for_each(|(one, other)| assert_same_values(one, other));
        }
        (Value::Object(ones), Value::Object(others)) => {
            assert!(ones.keys().eq(others.keys()));
            ones.values().zip(others.values()).for_each(|(one, other)| assert_same_values(one, other));
        }
        _ => assert_eq!(expected, found),
    }
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("my lake");
    fs::create_dir(&lake).unwrap();
    fs::write(lake.join("precious"), "data").unwrap();
    let refused = demo(folder.path()).expect_code(1);
    assert!(refused.err.contains("no demo made it"), "{}", refused.err);
    assert_eq!(fs::read_dir(&lake).unwrap().count(), 1);
    fs::write(story(folder.path()), "{}").unwrap();
    let refused = demo(folder.path()).expect_code(1);
    assert!(refused.err.contains("demo.json is damaged"), "{}", refused.err);
}
