//! Arrays and maps as rows, as Athena understands `UNNEST`.

use std::collections::BTreeMap;
use std::sync::Arc;

use leadlake_generate::Plan;
use leadlake_lake::store::MemoryStore;
use leadlake_query::QueryEngine;

use crate::common::{generated, json, lake_in};

/// Two items, an empty array, none at all, and arrays of unequal length.
const ROWS: &str = "WITH r AS (
    SELECT * FROM (VALUES
        (1, make_array('a', 'b'), make_array(10, 20)),
        (2, make_array('c'), make_array(30, 40)),
        (3, array_remove(make_array('x'), 'x'), array_remove(make_array(0), 0)),
        (4, NULL, NULL)
    ) AS v(x, names, counts)
)";

fn engine() -> QueryEngine {
    lake_in(Arc::new(MemoryStore::new()), &[]).engine()
}

/// Each row as JSON, without the names of its columns.
fn rows(engine: &QueryEngine, sql: &str) -> Vec<String> {
    let rows = json(engine, sql);
    let cells = |row: &serde_json::Value| row.as_object().unwrap().values().cloned().collect::<Vec<_>>();
    rows.iter().map(|row| serde_json::to_string(&cells(row)).unwrap()).collect()
}

#[test]
fn counts_in_maps_add_up_to_the_truth() {
    let (objects, truth) = generated(&Plan::new(3_000, 7));
    let engine = lake_in(Arc::new(MemoryStore::new()), &objects).engine();
    let found = json(
        &engine,
        "SELECT t.code, sum(t.records) AS records
         FROM ops_ledger l CROSS JOIN UNNEST(map_keys(l.refused_by_code), map_values(refused_by_code)) AS t(code, records)
         WHERE l.records > 0 AND t.records > 0
         GROUP BY t.code",
    );
    let found: BTreeMap<&str, u64> =
        found.iter().map(|row| (row["code"].as_str().unwrap(), row["records"].as_u64().unwrap())).collect();
    let expected: BTreeMap<&str, u64> =
        truth.refused.iter().map(|(code, count)| (code.as_str(), *count)).collect();
    assert_eq!(found, expected);

    let fields = rows(
        &engine,
        "WITH invalid AS (
            SELECT l.source, l.dt, f.field, element_at(l.invalid_by_field, f.field) = f.records AS is_same
            FROM ops_ledger AS l CROSS JOIN UNNEST(map_keys(invalid_by_field), map_values(invalid_by_field)) AS f(field, records)
         )
         SELECT count_if(is_same) = count(*), count(*) = (SELECT sum(cardinality(invalid_by_field)) FROM ops_ledger)
         FROM invalid",
    );
    assert_eq!(fields, ["[true,true]"]);
}

#[test]
fn rows_without_items_vanish_and_shorter_arrays_end_in_nulls() {
    let engine = engine();
    let from = "FROM r CROSS JOIN UNNEST(r.names, counts) AS t(name, n)";
    assert_eq!(
        rows(&engine, &format!("{ROWS} SELECT x, t.name, n {from} ORDER BY x, n")),
        ["[1,\"a\",10]", "[1,\"b\",20]", "[2,\"c\",30]", "[2,null,40]"]
    );
    assert_eq!(
        rows(
            &engine,
            &format!("{ROWS} SELECT x, name {} ON TRUE ORDER BY x, n", from.replace("CROSS", "LEFT"))
        ),
        ["[1,\"a\"]", "[1,\"b\"]", "[2,\"c\"]", "[2,null]", "[3,null]", "[4,null]"]
    );
}

#[test]
fn columns_keep_their_relations() {
    let engine = engine();
    let from = "FROM r CROSS JOIN UNNEST(r.names) AS t(names)";
    let asked =
        |select: &str| rows(&engine, &format!("{ROWS} SELECT {select} {from} WHERE x = 1 ORDER BY t.names"));
    assert_eq!(asked("t.names, cardinality(r.names)"), ["[\"a\",2]", "[\"b\",2]"]);
    assert_eq!(asked("t.*"), ["[\"a\"]", "[\"b\"]"]);
    assert_eq!(asked("r.*"), ["[1,[\"a\",\"b\"],[10,20]]", "[1,[\"a\",\"b\"],[10,20]]"]);
    let star = json(
        &engine,
        &format!("{ROWS} SELECT * FROM r CROSS JOIN UNNEST(counts) AS t(n) WHERE x = 1 AND n = 20"),
    );
    assert_eq!(star[0].to_string(), r#"{"x":1,"names":["a","b"],"counts":[10,20],"n":20}"#);
}

#[test]
fn stands_anywhere_in_a_query() {
    let engine = engine();
    let asked = |sql: &str| rows(&engine, &format!("{ROWS} {sql}"));
    let twice =
        "SELECT t.name, u.n FROM r CROSS JOIN UNNEST(names) AS t(name) CROSS JOIN UNNEST(counts) AS u(n)
                 WHERE x = 1 ORDER BY t.name, u.n";
    assert_eq!(asked(twice), ["[\"a\",10]", "[\"a\",20]", "[\"b\",10]", "[\"b\",20]"]);
    let joined = "SELECT o.label, n FROM r JOIN (VALUES (1, 'one'), (2, 'two')) AS o(x, label) ON o.x = r.x
                  CROSS JOIN UNNEST(r.counts) AS t(n) JOIN r AS again ON again.x * 10 = t.n ORDER BY n";
    assert_eq!(asked(joined), ["[\"one\",10]", "[\"one\",20]", "[\"two\",30]", "[\"two\",40]"]);
    let listed = "SELECT sum(n) FROM r, UNNEST(r.counts) AS t(n)";
    assert_eq!(asked(listed), ["[100]"]);
    let nested = "SELECT x FROM r WHERE x IN (SELECT q.x FROM r q CROSS JOIN UNNEST(q.names) AS t(name) WHERE name = 'c')";
    assert_eq!(asked(nested), ["[2]"]);
    let united = "SELECT n FROM r CROSS JOIN UNNEST(counts) AS t(n) WHERE x = 1
                  UNION ALL SELECT count(*) FROM r CROSS JOIN UNNEST(counts) AS t(n) ORDER BY n";
    assert_eq!(asked(united), ["[4]", "[10]", "[20]"]);
    let grouped =
        "SELECT name, count(*), rank() OVER (ORDER BY name) FROM r CROSS JOIN UNNEST(names) AS t(name)
                   WHERE x < 2 GROUP BY GROUPING SETS ((name), ()) ORDER BY name NULLS LAST";
    assert_eq!(asked(grouped), ["[\"a\",1,1]", "[\"b\",1,2]", "[null,2,3]"]);
    assert!(engine.run(&format!("EXPLAIN {ROWS} {listed}")).is_ok());
}

#[test]
fn members_of_structures_and_entries_of_maps_are_columns() {
    let engine = engine();
    let reasons = "WITH s AS (SELECT * FROM (VALUES
        (1, make_array(named_struct('reason', 'webinar', 'points', 72), NULL, named_struct('reason', 'source', 'points', 5))),
        (2, NULL)
    ) AS v(lead, reasons))";
    let asked = |sql: &str| rows(&engine, &format!("{reasons} {sql}"));
    let each = "SELECT lead, t.reason, points FROM s CROSS JOIN UNNEST(s.reasons) AS t(reason, points) ORDER BY points";
    assert_eq!(asked(each), ["[1,\"source\",5]", "[1,\"webinar\",72]", "[1,null,null]"]);
    assert!(engine.run(&format!("EXPLAIN {reasons} {each}")).is_ok());
    let as_they_are = "SELECT lead FROM s CROSS JOIN UNNEST(reasons) AS t(r) WHERE r['points'] > 5";
    assert_eq!(asked(as_they_are), ["[1]"]);
    let counts = "SELECT code, n FROM UNNEST(map(make_array('a', 'b'), make_array(1, 2))) AS t(code, n) ORDER BY n DESC";
    assert_eq!(asked(counts), ["[\"b\",2]", "[\"a\",1]"]);

    let told = |sql: &str| engine.run(&format!("{reasons} {sql}")).err().unwrap().to_string();
    let missing = told("SELECT a FROM s CROSS JOIN UNNEST(reasons) AS t(a, b, c)");
    assert!(missing.contains("UNNEST makes 2 columns of this (reason, points); name as many"), "{missing}");
    let flat = told("SELECT a FROM UNNEST(make_array(1, 2)) AS t(a, b)");
    assert!(flat.contains("of several arrays it makes one each"), "{flat}");
}

#[test]
fn days_need_no_relation() {
    let engine = engine();
    let days = "UNNEST(sequence(DATE '2025-01-30', DATE '2025-02-01')) AS d(day)";
    assert_eq!(
        rows(&engine, &format!("SELECT day FROM {days} ORDER BY day DESC")),
        ["[\"2025-02-01\"]", "[\"2025-01-31\"]", "[\"2025-01-30\"]"]
    );
    let filled = "SELECT s.source, day, coalesce(n, 0)
                  FROM (VALUES ('crm'), ('online')) AS s(source) CROSS JOIN DAYS
                  LEFT JOIN (VALUES ('crm', DATE '2025-01-31', 7)) AS f(source, dt, n) ON f.source = s.source AND f.dt = day
                  WHERE day > DATE '2025-01-30' ORDER BY s.source, day";
    assert_eq!(
        rows(&engine, &filled.replace("DAYS", days)),
        [
            "[\"crm\",\"2025-01-31\",7]",
            "[\"crm\",\"2025-02-01\",0]",
            "[\"online\",\"2025-01-31\",0]",
            "[\"online\",\"2025-02-01\",0]"
        ]
    );
}

#[test]
fn what_cannot_be_unnested_is_told() {
    let engine = engine();
    let told = |sql: &str| engine.run(&format!("{ROWS} {sql}")).err().unwrap().to_string();
    let in_place = "UNNEST of another relation's column is answered where it is joined to that relation";
    for elsewhere in [
        "SELECT (SELECT max(n) FROM UNNEST(r.counts) AS t(n)) FROM r",
        "SELECT x FROM r LEFT JOIN UNNEST(r.counts) AS t(n) ON n > 10",
    ] {
        assert!(told(elsewhere).contains(in_place), "{}", told(elsewhere));
    }
    let unknown = told("SELECT n FROM r CROSS JOIN UNNEST(r.cuonts) AS t(n)");
    assert!(unknown.contains("no column cuonts"), "{unknown}");
}

/// Those that the engine has of its own, and that models rely on.
#[test]
fn functions_mean_what_they_do_in_athena() {
    let engine = engine();
    let joined =
        "SELECT array_join(make_array('a', NULL, 'b'), ', '), array_join(make_array('a', NULL), ', ', '?')";
    assert_eq!(rows(&engine, joined), ["[\"a, b\",\"a, ?\"]"]);
    let instants = "SELECT date_diff('second', arrived_at, completed_at) FROM ops_ledger
                    WHERE arrived_at <= TIMESTAMP '2025-01-31 23:59:59.999999'";
    assert_eq!(rows(&engine, instants), Vec::<String>::new());
}
