//! Raw records, whatever they are wrapped in and however broken they are.

use std::io::Write;
use std::sync::Arc;

use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_query::QueryError;

use crate::common::{Raw, json, lake_in, text};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

const TWO: &[u8] = b"{\"a\":1}\n{\"a\":2}\n";

#[test]
fn every_framing_gives_one_row_a_record() {
    let objects = [
        Raw::new("bronze/crm/2025/01/01/lines.json", TWO),
        Raw::new("bronze/crm/2025/01/02/array.json", *b"[{\"a\":1},\n {\"a\":2}]"),
        Raw::new("bronze/crm/2025/01/03/pretty.json", *b"{\n \"a\":1\n}\n{\n \"a\":2\n}"),
        Raw::new("bronze/crm/2025/01/04/lines.json.gz", gzip(TWO)),
        Raw::new("bronze/crm/2025/01/05/lines.json.zst", zstd::encode_all(TWO, 1).unwrap()),
        Raw::new("bronze/crm/2025/01/06/same.json", *b"{\"a\":1}\n{\"a\":1}\n"),
    ];
    let engine = lake_in(Arc::new(MemoryStore::new()), &objects).engine();
    let rows = json(
        &engine,
        "SELECT object_key, year, month, day, count(*) AS records, count(fault) AS faults, max(line) AS last
         FROM bronze_crm GROUP BY ALL ORDER BY object_key",
    );
    let shown: Vec<String> = rows
        .iter()
        .map(|row| {
            format!("{}-{}-{} {} {}", row["year"], row["month"], row["day"], row["records"], row["faults"])
        })
        .collect();
    let expected: Vec<String> = (1..=6).map(|day| format!("2025-1-{day} 2 0")).collect();
    assert_eq!(shown, expected);
    let lines = json(&engine, "SELECT record, line FROM bronze_crm WHERE day = 3 ORDER BY line");
    assert_eq!(lines[1]["record"], "{\n \"a\":2\n}");
    assert_eq!(lines[1]["line"], 4);
}

#[test]
fn what_is_broken_is_a_row_that_says_so() {
    let mut cut = gzip(&TWO.repeat(200));
    cut.truncate(cut.len() / 2);
    let objects = [
        Raw::new(
            "bronze/crm/2025/01/01/broken.json",
            *b"{\"a\":1}\nno json\n{\"a\":\n{\"b\":\"\xff\"}\n{\"a\":2}\n",
        ),
        Raw::new("bronze/crm/2025/01/02/cut.json.gz", cut),
        Raw::new("bronze/crm/2025/01/03/wide.json", *b"\xff\xfe{\0}\0"),
        Raw::new("bronze/crm/2025/01/04/empty.json", *b""),
        Raw::new(
            "bronze/crm/2025/01/05/large.json",
            format!("{{\"a\":\"{}\"}}\n{{}}", "x".repeat(2_000_000)),
        ),
    ];
    let engine = lake_in(Arc::new(MemoryStore::new()), &objects).engine();
    let faults = json(
        &engine,
        "SELECT day, fault, count(*) AS n FROM bronze_crm WHERE fault IS NOT NULL GROUP BY ALL ORDER BY day, fault",
    );
    let shown: Vec<String> = faults
        .iter()
        .map(|row| format!("{} {} {}", row["day"], row["fault"].as_str().unwrap(), row["n"]))
        .collect();
    assert_eq!(
        shown,
        [
            "1 invalid_utf8 1",
            "1 not_json 2",
            "2 damaged_object 1",
            "3 unsupported_encoding 1",
            "5 too_large 1"
        ]
    );
    let good = json(
        &engine,
        "SELECT day, record FROM bronze_crm WHERE fault IS NULL AND day <> 2 ORDER BY day, line",
    );
    let good: Vec<&str> = good.iter().map(|row| row["record"].as_str().unwrap()).collect();
    assert_eq!(good, ["{\"a\":1}", "{\"a\":2}", "{}"]);
    let quarantined = json(
        &engine,
        "SELECT from_utf8(original) AS original FROM quarantine_records WHERE code = 'invalid_utf8' AND source = 'crm'",
    );
    assert_eq!(quarantined[0]["original"], "{\"b\":\"\u{fffd}\"}");
}

#[test]
fn a_source_without_contract_can_be_looked_at() {
    let lake = lake_in(Arc::new(MemoryStore::new()), &[]);
    let key = ObjectKey::new("bronze/partner/2025/01/01/a.json").unwrap();
    lake.lake.store.put(&key, TWO).unwrap();
    assert_eq!(json(&lake.engine(), "SELECT count(*) AS n FROM bronze_partner")[0]["n"], 2);
    let unknown = lake.engine().run("SELECT * FROM bronze_nobody").err().unwrap();
    assert!(matches!(unknown, QueryError::UnknownTable { .. }), "{unknown}");
}

#[test]
fn strays_are_left_out_and_told() {
    let store = Arc::new(MemoryStore::new());
    let lake = lake_in(store.clone(), &[]);
    for key in ["silver/crm/.DS_Store", "ledger/crm/notes.txt"] {
        store.put(&ObjectKey::new(key).unwrap(), b"no table").unwrap();
    }
    let engine = lake.engine();
    assert_eq!(json(&engine, "SELECT count(*) AS n FROM silver_crm")[0]["n"], 0);
    assert_eq!(json(&engine, "SELECT count(*) AS n FROM ops_ledger")[0]["n"], 0);
    let told = engine.take_left_out();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].starts_with("silver/crm/.DS_Store is no file that leadlake writes"), "{told:?}");
    assert!(engine.take_left_out().is_empty());
}

#[test]
fn rows_stop_where_enough_were_read() {
    let many: Vec<u8> = b"{\"a\":1}\n".repeat(300_000);
    let engine =
        lake_in(Arc::new(MemoryStore::new()), &[Raw::new("bronze/crm/2025/01/01/many.json", many)]).engine();
    assert_eq!(json(&engine, "SELECT line FROM bronze_crm LIMIT 3").len(), 3);
    let plan = text(&engine, "EXPLAIN SELECT line FROM bronze_crm LIMIT 3");
    assert!(plan.contains("StreamingTableExec") && plan.contains("fetch=3"), "{plan}");
}
