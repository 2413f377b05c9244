//! The three formats, over one answer that holds what is hard to print.

use std::sync::Arc;

use leadlake_lake::store::MemoryStore;
use leadlake_query::print::Format;

use crate::common::{lake_in, written};

const HARD: &str = "SELECT * FROM (VALUES
    (1, 'Amit', CAST(89900 AS DECIMAL(18,2)), TIMESTAMP '2025-01-01T10:15:30', DATE '2025-01-14', 1.5, true),
    (NULL, 'say \"hi\", वेबिनार', CAST(-0.5 AS DECIMAL(18,2)), NULL, NULL, 'NaN'::double, NULL),
    (-30, '', NULL, TIMESTAMP '1969-12-31T23:59:59.000001', DATE '0001-01-01', -0.0, false))
    AS t(n, name, revenue, at, day, share, ok)";

fn shown(sql: &str, format: Format) -> String {
    let engine = lake_in(Arc::new(MemoryStore::new()), &[]).engine();
    written(&engine, sql, format)
}

#[test]
fn as_a_table() {
    let lines = [
        "   n  name               revenue  at                          day         share  ok",
        "────  ────────────────  ────────  ──────────────────────────  ──────────  ─────  ─────",
        "   1  Amit              89900.00  2025-01-01T10:15:30         2025-01-14    1.5  true",
        "NULL  say \"hi\", वेबिनार     -0.50  NULL                        NULL          NaN  NULL",
        " -30                        NULL  1969-12-31T23:59:59.000001  0001-01-01   -0.0  false",
        "(3 rows)",
    ];
    assert_eq!(shown(HARD, Format::Table).lines().collect::<Vec<_>>(), lines);
}

#[test]
fn as_json() {
    let rows = [
        r#"{"n":1,"name":"Amit","revenue":"89900.00","at":"2025-01-01T10:15:30","day":"2025-01-14","share":1.5,"ok":true}"#,
        r#"{"n":null,"name":"say \"hi\", वेबिनार","revenue":"-0.50","at":null,"day":null,"share":"NaN","ok":null}"#,
        r#"{"n":-30,"name":"","revenue":null,"at":"1969-12-31T23:59:59.000001","day":"0001-01-01","share":-0.0,"ok":false}"#,
    ];
    assert_eq!(shown(HARD, Format::Json), format!("[\n{}\n]\n", rows.join(",\n")));
}

#[test]
fn as_csv() {
    let lines = [
        "n,name,revenue,at,day,share,ok",
        "1,Amit,89900.00,2025-01-01T10:15:30,2025-01-14,1.5,true",
        r#","say ""hi"", वेबिनार",-0.50,,,NaN,"#,
        r#"-30,"",,1969-12-31T23:59:59.000001,0001-01-01,-0.0,false"#,
        "",
    ];
    assert_eq!(shown(HARD, Format::Csv), lines.join("\r\n"));
}

#[test]
fn names_that_repeat_and_answers_without_rows() {
    assert_eq!(
        shown("SELECT a.n, b.n FROM (SELECT 1 AS n) a, (SELECT 2 AS n) b", Format::Json),
        "[\n{\"n\":1,\"n_2\":2}\n]\n"
    );
    assert_eq!(shown("SELECT event_id FROM silver_crm", Format::Json), "[]\n");
    assert_eq!(shown("SELECT event_id FROM silver_crm", Format::Csv), "event_id\r\n");
    assert_eq!(shown("SELECT event_id FROM silver_crm", Format::Table), "event_id\n────────\n(0 rows)\n");
}

#[test]
fn nested_values_and_bytes() {
    let sql = "SELECT [1, NULL] AS list, {'a': 'x', 'b': DATE '2025-01-14'} AS struct, MAP {'k': 1.5} AS map,
               arrow_cast('ab', 'Binary') AS bytes, from_utf8(arrow_cast('ab', 'Binary')) AS text";
    assert_eq!(
        shown(sql, Format::Json),
        "[\n{\"list\":[1,null],\"struct\":{\"a\":\"x\",\"b\":\"2025-01-14\"},\"map\":{\"k\":1.5},\"bytes\":\"6162\",\"text\":\"ab\"}\n]\n"
    );
    assert_eq!(
        shown(sql, Format::Csv).lines().nth(1).unwrap(),
        "\"[1,null]\",\"{\"\"a\"\":\"\"x\"\",\"\"b\"\":\"\"2025-01-14\"\"}\",\"{\"\"k\"\":1.5}\",6162,ab"
    );
}

#[test]
fn a_long_answer_keeps_its_columns() {
    let sql = "SELECT value, repeat('x', CAST(value AS BIGINT)) AS text FROM generate_series(1, 3000)";
    let table = shown(sql, Format::Table);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3_003);
    assert!(lines.iter().take(3_002).all(|line| line.chars().count() <= 67), "{:?}", lines.get(3_001));
    assert!(lines[3_001].ends_with('…'));
    assert_eq!(lines[3_002], "(3000 rows)");
}
