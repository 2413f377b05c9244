//! Only the files, row groups and columns that a query needs are read.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use leadlake_generate::Plan;
use leadlake_lake::Lake;
use leadlake_lake::layout::Layer;
use leadlake_lake::ledger::{LedgerRows, ledger_schema};
use leadlake_lake::store::MemoryStore;
use leadlake_lake::tables::{TableLog, TableName, VersionNumber};
use leadlake_query::{QueryEngine, Settings};

use crate::common::{Reads, generated, json, lake_in, text};
use crate::versions::commit;

#[test]
fn a_day_is_read_alone() {
    let (objects, _) = generated(&Plan::new(3_000, 7));
    let reads = Arc::new(Reads::over(MemoryStore::new()));
    let lake = lake_in(reads.clone(), &objects);
    let engine = lake.engine();
    for (table, folder) in [
        ("silver_webinar", "silver/webinar/dt=2025-01-14/"),
        ("ops_ledger", "/dt=2025-01-14/"),
        ("bronze_online", "bronze/online/2025/01/14/"),
        ("quarantine_records", "/dt=2025-01-14/"),
    ] {
        let everything = json(&engine, &format!("SELECT dt, count(*) AS n FROM {table} GROUP BY dt"));
        assert!(everything.len() > 5, "{table}");
        let of_the_day = everything.iter().find(|row| row["dt"] == "2025-01-14").unwrap();
        for filter in [
            "dt = DATE '2025-01-14'",
            "dt = '2025-01-14'",
            "dt BETWEEN DATE '2025-01-14' AND DATE '2025-01-14'",
            "dt > DATE '2025-01-13' AND dt < DATE '2025-01-15'",
            "date_trunc('day', dt) = TIMESTAMP '2025-01-14'",
        ] {
            reads.forget();
            let counted = json(&engine, &format!("SELECT count(*) AS n FROM {table} WHERE {filter}"));
            assert_eq!(counted[0]["n"], of_the_day["n"], "{table} {filter}");
            let read = reads.keys();
            // Footers that were read before are remembered, and may answer alone.
            assert!(read.iter().all(|key| key.contains(folder)), "{table} {filter}: {read:?}");
            if !table.starts_with("silver") && !table.starts_with("quarantine") {
                assert!(!read.is_empty(), "{table} {filter}");
            }
        }
    }
    reads.forget();
    json(&engine, "SELECT count(record) FROM bronze_online WHERE year = 2025 AND month = 1 AND day = 14");
    let read = reads.keys();
    assert!(!read.is_empty() && read.iter().all(|key| key.contains("/2025/01/14/")), "{read:?}");
}

/// A score run writes what it took in, and whoever pins that reads no entries.
#[test]
fn a_pinned_ledger_says_what_the_entries_said() {
    let (objects, _) = generated(&Plan::new(3_000, 7));
    let (later, at_first) = objects.split_last().unwrap();
    let reads = Arc::new(Reads::over(MemoryStore::new()));
    let lake = lake_in(reads.clone(), at_first);
    let log = TableLog::new(Arc::clone(&lake.lake.store), TableName::LEDGER);
    commit(&log, &ledger_schema(), &[all_entries(&lake.lake)]);
    let versions = [(TableName::LEDGER, VersionNumber::FIRST)].into();
    let pinned =
        QueryEngine::open(&lake.lake, &lake.contracts, Settings { versions, ..Settings::default() }).unwrap();
    let questions = [
        "SELECT * FROM ops_ledger ORDER BY source, dt, object_id",
        "SELECT source, dt, sum(records) AS n, sum(cardinality(missing_by_field)) AS missing,
                sum(element_at(refused_by_code, 'missing')) AS missed
         FROM ops_ledger WHERE dt >= DATE '2025-01-03' GROUP BY source, dt ORDER BY source, dt",
        "SELECT source, code, sum(counted) AS n
         FROM ops_ledger
         CROSS JOIN UNNEST(map_keys(refused_by_code), map_values(refused_by_code)) AS t(code, counted)
         GROUP BY source, code ORDER BY source, code",
    ];
    let found = questions.map(|question| json(&pinned, question));
    assert!(found.iter().all(|rows| rows.len() > 5));
    assert_eq!(found, questions.map(|question| json(&lake.engine(), question)));

    lake_in(reads.clone(), std::slice::from_ref(later));
    reads.forget();
    assert_eq!(questions.map(|question| json(&pinned, question)), found);
    let read = reads.keys();
    assert!(!read.is_empty() && read.iter().all(|key| key.starts_with("ops/ledger/")), "{read:?}");
    let everything = json(&lake.engine(), questions[0]);
    assert_eq!(everything.len(), found[0].len() + 1, "nothing is pinned, and another object was refined");
}

fn all_entries(lake: &Lake) -> RecordBatch {
    let mut rows = LedgerRows::with_room_for(0);
    for facts in lake.store.list(Layer::Ledger.folder()).unwrap() {
        rows.push(&lake.ledger_entry(&facts.unwrap().key).unwrap().1).unwrap();
    }
    rows.finish().unwrap()
}

#[test]
fn only_columns_and_row_groups_that_matter_are_read() {
    let (objects, _) = generated(&Plan { days: 2, ..Plan::new(20_000, 7) });
    let engine = lake_in(Arc::new(MemoryStore::new()), &objects).engine();
    let explained = |sql: &str| text(&engine, &format!("EXPLAIN ANALYZE {sql}"));

    let bytes_of = |sql: &str| bytes_scanned(&explained(sql));
    let (all, one) = (bytes_of("SELECT * FROM silver_online"), bytes_of("SELECT city FROM silver_online"));
    assert!(one > 0.0 && one * 10.0 < all, "{one} of {all} bytes");

    let plan = explained(
        "SELECT email FROM silver_online
         WHERE dt = DATE '2025-01-02' AND event_time > TIMESTAMP '2035-01-01T00:00:00Z'",
    );
    assert!(plan.contains("row_groups_pruned_statistics=1 total → 0 matched"), "{plan}");
    assert!(plan.contains("files_opened=1,") && bytes_scanned(&plan) == 0.0, "{plan}");

    let plan = explained("SELECT email FROM silver_online WHERE event_id = 'no such event'");
    assert!(plan.contains("row_groups_pruned_bloom_filter=") && plan.contains("→ 0 matched"), "{plan}");
}

/// The engine writes 151.9 K.
fn bytes_scanned(plan: &str) -> f64 {
    let (_, after) = plan.split_once("bytes_scanned=").unwrap();
    let (shown, _) = after.split_once(',').unwrap();
    let (number, unit) = shown.split_once(' ').unwrap_or((shown, ""));
    let factor = match unit {
        "" => 1.0,
        "K" => 1e3,
        "M" => 1e6,
        other => panic!("{other}"),
    };
    number.parse::<f64>().unwrap() * factor
}
