//! What a query may not do, and how it is told.

use std::sync::Arc;

use leadlake_generate::{Plan, Source};
use leadlake_lake::store::MemoryStore;
use leadlake_query::{QueryEngine, QueryError, Settings};

use crate::common::{Answer, generated, json, lake_in};

#[test]
fn an_empty_lake_has_every_table_and_no_rows() {
    let lake = lake_in(Arc::new(MemoryStore::new()), &[]);
    let engine = lake.engine();
    for source in Source::ALL.map(|source| source.to_string()) {
        assert_eq!(
            json(&engine, &format!("SELECT event_id, event_time, dt FROM silver_{source}")),
            Answer::new()
        );
        assert_eq!(json(&engine, &format!("SELECT record FROM bronze_{source}")), Answer::new());
    }
    assert_eq!(json(&engine, "SELECT * FROM quarantine_records"), Answer::new());
    assert_eq!(json(&engine, "SELECT count(*) AS n, sum(records) AS r FROM ops_ledger")[0]["n"], 0);
    let error = engine.run("SELECT * FROM silver_leads").err().unwrap();
    assert_eq!(
        error.to_string(),
        "silver_leads has no version yet; leadlake run --lake ... makes the first one"
    );
    let tables = json(&engine, "SHOW TABLES");
    assert!(tables.iter().any(|row| row["table_name"] == "silver_webinar"));
}

#[test]
fn questions_that_cannot_be_answered_say_what_to_ask() {
    let lake = lake_in(Arc::new(MemoryStore::new()), &[]);
    let engine = lake.engine();
    let error = |sql: &str| engine.run(sql).err().unwrap();
    let shown = |sql: &str| error(sql).to_string();

    assert!(
        shown("SELECT * FROM silver_webinars").starts_with(
            "there is no table silver_webinars, did you mean silver_webinar?; there are bronze_"
        )
    );
    assert!(
        shown("SELECT emial FROM silver_crm")
            .starts_with("there is no column emial, did you mean email?; there are ")
    );
    assert!(matches!(error("SELECT * FROM '/etc/passwd'"), QueryError::UnknownTable { .. }));
    assert!(matches!(error("SELECT * FROM other.public.silver_crm"), QueryError::UnknownTable { .. }));
    assert!(matches!(error("SELECT * FROM read_csv('/etc/passwd')"), QueryError::UnknownTable { .. }));
    assert!(matches!(error("COPY silver_crm TO '/tmp/stolen.csv'"), QueryError::NotAQuery { .. }));
    assert!(
        shown("SELECT sum(email) FROM silver_crm")
            .starts_with("the query means nothing: No function matches")
    );
    assert!(!shown("SELECT sum(email) FROM silver_crm").contains('\n'));
    assert!(shown("SELECT 1 FORM silver_crm WHERE").contains("Column: "));
}

#[test]
fn what_cells_hold_stays_out_of_errors() {
    let (objects, _) = generated(&Plan::new(300, 7));
    let lake = lake_in(Arc::new(MemoryStore::new()), &objects);
    let engine = lake.engine();
    let failed = engine
        .run("SELECT CAST(email AS BIGINT) FROM silver_crm")
        .and_then(|rows| rows.collect_at_most(1_000))
        .unwrap_err();
    assert!(matches!(failed, QueryError::Failed(_)), "{failed}");
    assert!(!failed.to_string().contains('@'), "{failed}");
}

#[test]
fn too_much_ends_in_an_error() {
    let lake = lake_in(Arc::new(MemoryStore::new()), &[]);
    let settings =
        Settings { memory_bytes: 4 * 1024 * 1024, spill_bytes: 1024 * 1024, ..Settings::default() };
    let engine = QueryEngine::open(&lake.lake, &lake.contracts, settings).unwrap();
    let sql = "SELECT a.value, count(DISTINCT b.value) FROM generate_series(1, 3000) AS a, generate_series(1, 3000) AS b
               GROUP BY a.value";
    let error = engine.run(sql).and_then(|rows| rows.collect_at_most(10_000)).unwrap_err();
    assert!(matches!(error, QueryError::TooLarge { .. }), "{error}");

    let many = engine.run("SELECT * FROM generate_series(1, 100)").unwrap();
    assert!(matches!(many.collect_at_most(99), Err(QueryError::TooLarge { .. })));
}

/// Each would exhaust the stack of whoever goes down one call per operator.
#[test]
fn deep_queries_are_answered_or_refused() {
    let lake = lake_in(Arc::new(MemoryStore::new()), &[]);
    let engine = lake.engine();
    for (first, step, most) in
        [("1", "+1", 900), ("1 = 2", " OR 1 = 1", 400), ("1", " UNION ALL SELECT 1", 300)]
    {
        let deep = |steps: usize| engine.run(&format!("SELECT {first}{}", step.repeat(steps)));
        assert!(deep(most).is_ok(), "{step}");
        assert!(matches!(deep(100_000).err(), Some(QueryError::Syntax { .. })), "{step}");
    }
    let nested = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(matches!(engine.run(&nested).err(), Some(QueryError::Syntax { .. })));
    let long =
        format!("SELECT count(*) AS n FROM silver_crm WHERE event_id IN ('a'{})", ", 'b'".repeat(20_000));
    assert_eq!(json(&engine, &long)[0]["n"], 0);
}
