//! Athena, played: what is asked of it, and what becomes of its answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use insta::assert_snapshot;
use serde_json::{Value, json};
use test_case::test_case;

use super::{Athena, AthenaError, AthenaSettings};
use crate::faked::{Answer, Call, aws};

type Calls = Arc<Mutex<Vec<(String, Value)>>>;

/// An engine whose query goes through these states, the last of them for ever, and then has these pages.
fn athena(states: Vec<Value>, pages: Vec<Value>, set: impl FnOnce(&mut AthenaSettings)) -> (Athena, Calls) {
    let calls = Calls::default();
    let seen = Arc::clone(&calls);
    let service = move |Call { operation, input }: &Call| {
        let mut seen = seen.lock().unwrap();
        let looks = seen.iter().filter(|(before, _)| before == operation).count();
        seen.push((operation.clone(), input.clone()));
        match operation.as_str() {
            "StartQueryExecution" => Answer::Done(json!({"QueryExecutionId": "q-1"})),
            "GetQueryExecution" => {
                Answer::Done(json!({"QueryExecution": states[looks.min(states.len() - 1)]}))
            }
            "GetQueryResults" => {
                let page: usize = input["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
                let next = (page + 1 < pages.len()).then(|| (page + 1).to_string());
                Answer::Done(json!({"ResultSet": pages[page], "NextToken": next}))
            }
            "StopQueryExecution" => Answer::Done(json!({})),
            other => panic!("{other} is not played"),
        }
    };
    let mut settings = AthenaSettings::new("acme_lake".parse().unwrap());
    set(&mut settings);
    (aws(service).athena(settings), calls)
}

fn state(state: &str) -> Value {
    json!({"Status": {"State": state}})
}

fn succeeded(scanned: u64) -> Value {
    let statistics = json!({"DataScannedInBytes": scanned, "EngineExecutionTimeInMillis": 40});
    json!({"Status": {"State": "SUCCEEDED"}, "Statistics": statistics})
}

/// A page with columns given as name and type, and rows of texts.
fn page(columns: &[(&str, &str)], rows: &[&[Option<&str>]]) -> Value {
    let info = columns.iter().map(|(name, kind)| {
        let (precision, scale) = if *kind == "decimal" { (18, 2) } else { (0, 0) };
        json!({"Name": name, "Type": kind, "Precision": precision, "Scale": scale})
    });
    let rows = rows.iter().map(|row| {
        let cells = row.iter().map(|cell| cell.map_or(json!({}), |text| json!({"VarCharValue": text})));
        json!({"Data": cells.collect::<Vec<_>>()})
    });
    let info: Vec<Value> = info.collect();
    json!({"Rows": rows.collect::<Vec<_>>(), "ResultSetMetadata": {"ColumnInfo": info}})
}

/// The answer to a query of one column with one value.
fn one(kind: &str, cell: Option<&str>) -> Result<RecordBatch, AthenaError> {
    let rows: [&[Option<&str>]; 2] = [&[Some("x")], &[cell]];
    let (athena, _) = athena(vec![succeeded(0)], vec![page(&[("x", kind)], &rows)], |_| {});
    athena.ask("SELECT x").map(|batches| batches[0].clone())
}

#[test]
fn pages_become_rows_with_types() {
    let columns = [
        ("text", "varchar"),
        ("count", "bigint"),
        ("small", "integer"),
        ("share", "double"),
        ("is_hot", "boolean"),
        ("day", "date"),
        ("at", "timestamp"),
        ("points", "decimal"),
    ];
    let header: Vec<Option<&str>> = columns.iter().map(|(name, _)| Some(*name)).collect();
    let full = [
        Some(""),
        Some("-7"),
        Some("3"),
        Some("0.25"),
        Some("true"),
        Some("2025-01-31"),
        Some("2025-01-31 12:00:00.001"),
        Some("-12.3"),
    ];
    let empty = [None; 8];
    let (athena, calls) = athena(
        vec![state("QUEUED"), state("RUNNING"), succeeded(25 * 1024 * 1024 + 1)],
        vec![page(&columns, &[&header, &full]), page(&columns, &[&empty])],
        |settings| settings.output = Some("s3://acme-results/athena".parse().unwrap()),
    );
    let batches = athena.ask("SELECT 1").unwrap();
    let [full, empty] = &batches[..] else { panic!("{} pages", batches.len()) };
    assert!(empty.num_rows() == 1 && empty.columns().iter().all(|column| column.is_null(0)));
    assert!(full.num_rows() == 1 && full.columns().iter().all(|column| column.is_valid(0)));
    assert_eq!(full.column(0).as_string::<i32>().value(0), "");
    assert_eq!(full.column(1).as_primitive::<Int64Type>().value(0), -7);
    assert_eq!(full.column(2).as_primitive::<Int64Type>().value(0), 3);
    assert_eq!(full.column(3).as_primitive::<Float64Type>().value(0), 0.25);
    assert!(full.column(4).as_boolean().value(0));
    assert_eq!(full.column(5).as_primitive::<Date32Type>().value(0), 20_119);
    assert_eq!(full.column(6).as_primitive::<TimestampMicrosecondType>().value(0), 1_738_324_800_001_000);
    assert_eq!(full.column(7).as_primitive::<Decimal128Type>().value(0), -1230);

    let usage = athena.usage();
    assert_eq!((usage.queries, usage.charged_megabytes, usage.execution_millis), (1, 26, 40));
    assert!((usage.dollars() - 26.0 * 5.0 / 1_048_576.0).abs() < 1e-12);
    let (_, begun) = &calls.lock().unwrap()[0];
    assert_eq!(begun["WorkGroup"], json!("primary"));
    assert_eq!(begun["QueryExecutionContext"], json!({"Database": "acme_lake"}));
    assert_eq!(begun["ResultConfiguration"], json!({"OutputLocation": "s3://acme-results/athena/"}));
    assert!(begun["ClientRequestToken"].as_str().unwrap().len() >= 32);
}

#[test]
fn without_rows_the_columns_are_known() {
    let (athena, calls) = athena(vec![succeeded(0)], vec![page(&[("n", "bigint")], &[&[Some("n")]])], |_| {});
    let batches = athena.ask("SELECT n").unwrap();
    assert_eq!(
        (batches.len(), batches[0].num_rows(), batches[0].schema().field(0).name().as_str()),
        (1, 0, "n")
    );
    assert_eq!(athena.usage().charged_megabytes, 10);
    assert_eq!(calls.lock().unwrap()[0].1.get("ResultConfiguration"), None);
}

#[test]
fn a_query_that_takes_too_long_is_stopped() {
    let set = |settings: &mut AthenaSettings| settings.timeout = Duration::from_millis(150);
    let (athena, calls) = athena(vec![state("QUEUED"), state("RUNNING")], Vec::new(), set);
    let error = athena.ask("SELECT 1").unwrap_err();
    assert!(matches!(error, AthenaError::TimedOut { .. }), "{error}");
    let calls = calls.lock().unwrap();
    let stopped = calls.iter().find(|(operation, _)| operation == "StopQueryExecution").unwrap();
    assert_eq!(stopped.1, json!({"QueryExecutionId": "q-1"}));
    assert!(calls.iter().filter(|(operation, _)| operation == "GetQueryExecution").count() < 6);
    assert_eq!(athena.usage().charged_megabytes, 10);
}

/// As long as the query: however many pages there are, and also where one does not arrive.
#[test_case(usize::MAX; "pages without end")]
#[test_case(1; "a page that does not arrive")]
fn reading_takes_as_long_as_the_query_may(pages: usize) {
    let read = AtomicUsize::new(0);
    let service = move |Call { operation, .. }: &Call| match operation.as_str() {
        "StartQueryExecution" => Answer::Done(json!({"QueryExecutionId": "q-1"})),
        "GetQueryExecution" => Answer::Done(json!({"QueryExecution": succeeded(0)})),
        "GetQueryResults" if read.fetch_add(1, Ordering::SeqCst) < pages => {
            let page = page(&[("x", "varchar")], &[&[Some("x")], &[Some("y")]]);
            Answer::Done(json!({"ResultSet": page, "NextToken": "more"}))
        }
        "GetQueryResults" => Answer::Silence,
        other => panic!("{other} is not played"),
    };
    let mut settings = AthenaSettings::new("acme_lake".parse().unwrap());
    settings.timeout = Duration::from_millis(1200);
    let error = aws(service).athena(settings).ask("SELECT x").unwrap_err();
    let AthenaError::RowsTimedOut { rows, .. } = &error else { panic!("{error}") };
    assert!(*rows >= 1 && (pages > 1 || *rows == 1), "{error}");
    let told = format!(
        "query q-1 was done, but its rows were not read after 1 seconds, when its time ended: {rows} rows had been; give Athena more time, or ask for fewer rows"
    );
    assert_eq!(error.to_string(), told);
}

fn failed(state: &str, reason: &str) -> String {
    let status = json!({"State": state, "StateChangeReason": reason});
    let (athena, _) = athena(vec![json!({"Status": status})], Vec::new(), |_| {});
    athena.ask("SELECT 1").unwrap_err().to_string()
}

/// Athena says of a failure whether asking again may help.
#[test_case(1, true => 2; "it passed")]
#[test_case(9, true => 3; "it did not pass")]
#[test_case(9, false => 1; "it would not pass")]
fn is_asked_so_often(failures: usize, retryable: bool) -> usize {
    let status = json!({"State": "FAILED", "AthenaError": {"Retryable": retryable}});
    let mut states = vec![json!({"Status": status}); failures];
    states.push(succeeded(0));
    let (athena, calls) = athena(states, vec![page(&[("n", "bigint")], &[&[Some("n")]])], |_| {});
    assert_eq!(athena.ask("SELECT n").is_ok(), failures == 1);
    let calls = calls.lock().unwrap();
    calls.iter().filter(|(operation, _)| operation == "StartQueryExecution").count()
}

#[test]
fn reasons_are_told_without_what_is_in_a_row() {
    assert_snapshot!(failed("FAILED", "COLUMN_NOT_FOUND: line 1:8: Column 'emial' cannot be resolved"), @"query q-1 failed on Athena: COLUMN_NOT_FOUND: line 1:8: Column 'emial' cannot be resolved");
    assert_snapshot!(failed("FAILED", "INVALID_CAST_ARGUMENT: Cannot cast 'anna@example.com' to BIGINT"), @"query q-1 failed on Athena: INVALID_CAST_ARGUMENT; the rest may show what is in a row, read it on Athena");
    assert_snapshot!(failed("FAILED", "Could not convert string 'anna@example.com'"), @"query q-1 failed on Athena: Could not convert string; the rest may show what is in a row, read it on Athena");
    assert_snapshot!(failed("CANCELLED", "Bytes scanned limit was exceeded"), @"query q-1 was stopped on Athena: Bytes scanned limit was exceeded; the rest may show what is in a row, read it on Athena; ask for less, or raise the limit of the workgroup");
}

#[test_case("array", Some("[1, 2]"); "a list")]
#[test_case("row", Some("{a=1}"); "a record")]
#[test_case("varbinary", Some("00 ff"); "bytes")]
fn types_that_are_no_columns_here_are_refused(kind: &str, cell: Option<&str>) {
    assert!(matches!(one(kind, cell), Err(AthenaError::Type { .. })));
}

#[test_case("bigint", "1.5")]
#[test_case("decimal", "1.234"; "more decimals than it has")]
#[test_case("decimal", "1e3"; "an exponent")]
#[test_case("timestamp", "2025-01-31 12:00:00.0000001"; "finer than microseconds")]
#[test_case("date", "31.01.2025")]
fn a_value_that_does_not_fit_is_no_null(kind: &str, cell: &str) {
    let error = one(kind, Some(cell)).unwrap_err();
    assert!(matches!(error, AthenaError::Value { .. }) && !error.to_string().contains(cell), "{error}");
}

#[test]
fn an_instant_of_a_zone_is_the_same_instant() {
    let column = one("timestamp with time zone", Some("1970-01-01 00:00:01.000 UTC")).unwrap();
    assert_eq!(column.column(0).as_primitive::<TimestampMicrosecondType>().value(0), 1_000_000);
    let nothing = one("unknown", None).unwrap();
    assert_eq!((nothing.num_rows(), nothing.column(0).data_type()), (1, &DataType::Null));
}
