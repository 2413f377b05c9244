//! The first value of a day is kept; what comes later stands beside it and says why.

use std::fs;
use std::path::Path;

use leadlake_tests::folder::write_raw;
use leadlake_tests::lakes::contracts_folder;
use leadlake_tests::program::{run, run_at};
use serde_json::{Value, json};

const FIRST_NIGHT: (&str, &str) = ("2025-03-03T00:05:00Z", "2025-03-02");
const SECOND_NIGHT: (&str, &str) = ("2025-03-04T00:05:00Z", "2025-03-03");
const THIRD_NIGHT: (&str, &str) = ("2025-03-05T00:05:00Z", "2025-03-04");

fn visit(number: u32, kind: &str, day: u32) -> String {
    format!(
        r#"{{"event_id":"rs-{number}","event_type":"{kind}","name":"Asha Rao","email":"asha{number}@example.org","city":"Pune","timestamp":"2025-03-0{day}T10:00:00Z"}}"#
    )
}

fn deliver(lake: &Path, name: &str, day: u32, arrived: &str, visits: &[String]) {
    write_raw(
        lake,
        &format!("bronze/roadshow/2025/03/0{day}/{name}.json"),
        visits.join("\n").as_bytes(),
        arrived.parse().unwrap(),
    );
}

fn night(lake: &Path, words: &[&str], (now, day): (&str, &str)) {
    let _ = run_at(lake, &[&["run", "--as-of", day], words].concat(), now).expect_code(0);
}

/// The cuts of a number of the second of March, of all sources together.
fn cuts(lake: &Path, kpi: &str, measure: &str) -> Vec<Value> {
    let sql = format!(
        "SELECT cut, value, change, is_latest, changed_because, detail FROM gold_kpi WHERE kpi = '{kpi}'
         AND measure = '{measure}' AND date = DATE '2025-03-02' AND cardinality(dimensions) = 0 ORDER BY cut"
    );
    run(lake, &["query", &sql, "--format", "json"]).expect_code(0).json().as_array().unwrap().clone()
}

fn first(value: f64, is_latest: bool) -> Value {
    json!({"cut": 1, "value": value, "change": null, "is_latest": is_latest, "changed_because": null, "detail": null})
}

/// The roadshow's contract accepts walk-ins as well.
fn mended_contracts(folder: &Path) -> String {
    let mended = folder.join("contracts");
    fs::create_dir(&mended).unwrap();
    for file in fs::read_dir(contracts_folder()).unwrap().map(Result::unwrap) {
        let lead = "                - roadshow_lead\n";
        let text = fs::read_to_string(file.path()).unwrap();
        fs::write(
            mended.join(file.file_name()),
            text.replace(lead, &format!("{lead}                - walk_in\n")),
        )
        .unwrap();
    }
    mended.to_str().unwrap().to_owned()
}

#[test]
fn late_and_mended_data_make_cuts_and_the_first_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let lake = &folder.path().join("lake");
    let kinds: Vec<String> = (0..20)
        .map(|number| visit(number, if number < 2 { "walk_in" } else { "roadshow_lead" }, 2))
        .collect();
    deliver(lake, "in-time", 2, "2025-03-02T12:00:00Z", &kinds);
    night(lake, &[], FIRST_NIGHT);
    assert_eq!(cuts(lake, "lead_volume", "records"), [first(20.0, true)]);
    assert_eq!(cuts(lake, "processing_success_rate", "reached_silver"), [first(0.9, true)]);

    night(lake, &[], SECOND_NIGHT);
    assert_eq!(cuts(lake, "lead_volume", "records"), [first(20.0, true)], "the same values make no cut");

    deliver(lake, "late", 2, "2025-03-04T08:00:00Z", &[visit(50, "roadshow_lead", 2)]);
    night(lake, &[], THIRD_NIGHT);
    let told = cuts(lake, "lead_volume", "records");
    assert_eq!(told[0], first(20.0, false), "the first cut is what it was");
    assert_eq!(told.len(), 2, "{told:?}");
    let second = &told[1];
    assert_eq!((&second["cut"], &second["value"], &second["change"]), (&json!(2), &json!(21.0), &json!(1.0)));
    assert_eq!((&second["is_latest"], &second["changed_because"]), (&json!(true), &json!("late_data")));
    assert!(second["detail"].as_str().unwrap().contains('1'), "{second}");

    let contracts = mended_contracts(folder.path());
    let mended = ["--contracts", contracts.as_str()];
    let _ = run_at(lake, &[&["replay"], &mended[..]].concat(), THIRD_NIGHT.0).expect_code(0);
    night(lake, &mended, ("2025-03-05T00:35:00Z", THIRD_NIGHT.1));
    let told = cuts(lake, "processing_success_rate", "reached_silver");
    assert_eq!(told[0], first(0.9, false));
    let last = told.last().unwrap();
    assert_eq!(
        (&last["value"], &last["changed_because"]),
        (&json!(1.0), &json!("refined_again")),
        "{told:?}"
    );

    let as_it_was = run(lake, &["kpi", "--format", "json", "--as-of", FIRST_NIGHT.1]).expect_code(0).json();
    assert_eq!(as_it_was["kpis"][6]["headline"]["denominator"], 18.0, "leads scored in the first night");
    let refused = run(lake, &["kpi", "--as-of", "2025-03-01"]).expect_code(1);
    assert!(refused.err.contains("leadlake score --as-of 2025-03-01T23:59:59.999999Z"), "{}", refused.err);
}

/// Whoever takes scores back takes back whom sales should call. What the days were stays what it was.
#[test]
fn tables_follow_scores_that_were_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let lake = &folder.path().join("lake");
    for (day, night_of) in [(2, FIRST_NIGHT), (3, SECOND_NIGHT)] {
        deliver(
            lake,
            "visits",
            day,
            &format!("2025-03-0{day}T12:00:00Z"),
            &[visit(day, "roadshow_lead", day)],
        );
        night(lake, &[], night_of);
    }
    let rows = |table: &str| {
        let sql = format!("SELECT count(*) AS n FROM {table}");
        run(lake, &["query", &sql, "--format", "json"]).expect_code(0).json()[0]["n"].as_u64().unwrap()
    };
    let (called, kept) = (rows("gold_sales_dashboard"), rows("gold_kpi"));
    let _ = run(lake, &["rollback", "gold/lead_scores", "--to", "1"]).expect_code(0);
    let told = run_at(lake, &["gold"], THIRD_NIGHT.0).expect_code(0);
    assert!(told.out.contains("gold_kpi knows a later instant or newer scores"), "{}", told.out);
    assert_eq!((called, rows("gold_sales_dashboard")), (2, 1));
    assert_eq!(rows("gold_kpi"), kept);
}

/// Ledger and people are of one state: what is refined and not scored yet would pass for repeated.
#[test]
fn what_is_not_scored_yet_is_in_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let lake = &folder.path().join("lake");
    deliver(lake, "scored", 2, "2025-03-02T12:00:00Z", &[visit(1, "roadshow_lead", 2)]);
    night(lake, &[], FIRST_NIGHT);
    let before = run(lake, &["kpi", "--format", "json"]).expect_code(0);
    assert_eq!(before.err, "");

    deliver(lake, "refined", 2, "2025-03-02T13:00:00Z", &[visit(2, "roadshow_lead", 2)]);
    let _ = run_at(lake, &["ingest"], SECOND_NIGHT.0).expect_code(0);
    let between = run(lake, &["kpi", "--format", "json"]).expect_code(0);
    assert_eq!(between.json(), before.json());
    assert!(between.err.contains("not in these numbers: 1 objects"), "{}", between.err);
    let _ = run_at(lake, &["gold"], SECOND_NIGHT.0).expect_code(0);
    assert_eq!(cuts(lake, "duplicate_reduction", "eliminated"), [first(0.0, true)]);

    night(lake, &[], SECOND_NIGHT);
    let told = cuts(lake, "lead_volume", "records");
    assert_eq!(told[1]["value"], 2.0, "{told:?}");
    assert_eq!(told[1]["changed_because"], "late_data", "{told:?}");
}
