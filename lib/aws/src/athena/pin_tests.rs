use insta::assert_snapshot;
use jiff::civil::Date;
use leadlake_gold::{Asked, Models};
use leadlake_lake::tables::{TableName, VersionNumber};
use proptest::prelude::*;
use test_case::test_case;

use super::error::PinError;
use super::pin::{Pin, with_pins};

fn pins() -> Vec<Pin> {
    let pin = |(table, version, columns): (TableName, u32, &[&str])| Pin {
        table,
        version: VersionNumber::new(version).unwrap(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
    };
    [(TableName::LEADS, 7, &["lead_id", "city"][..]), (TableName::LEAD_SCORES, 9, &["lead_id"][..])]
        .map(pin)
        .to_vec()
}

fn pinned(sql: &str) -> Result<String, PinError> {
    with_pins(sql, &pins())
}

#[test]
fn a_named_query_stands_in_front() {
    assert_snapshot!(pinned("SELECT city FROM silver_leads").unwrap(), @r#"WITH silver_leads AS (SELECT "lead_id", "city" FROM silver_leads_versions WHERE snapshot = 7) SELECT city FROM silver_leads"#);
    assert_snapshot!(pinned("-- Leads of silver_leads\n/* and so on */\nwith one AS (SELECT 1),\n two(a) AS (SELECT (2)) SELECT * FROM one, \"Gold_Lead_Scores\"").unwrap(), @r#"
    -- Leads of silver_leads
    /* and so on */
    with gold_lead_scores AS (SELECT "lead_id" FROM gold_lead_scores_versions WHERE snapshot = 9), one AS (SELECT 1),
     two(a) AS (SELECT (2)) SELECT * FROM one, "Gold_Lead_Scores"
    "#);
    assert_snapshot!(pinned("WITH RECURSIVE t(n) AS (SELECT 1) (SELECT * FROM silver_leads)").unwrap(), @r#"WITH RECURSIVE silver_leads AS (SELECT "lead_id", "city" FROM silver_leads_versions WHERE snapshot = 7), t(n) AS (SELECT 1) (SELECT * FROM silver_leads)"#);
}

#[test_case("SELECT * FROM silver_leads_versions WHERE snapshot = 3"; "another version")]
#[test_case("SELECT 'silver_leads', 'it''s silver_leads' -- silver_leads"; "texts and comments")]
#[test_case("SELECT 1 AS \"of \"\" silver_leads\" /* silver_leads */"; "part of a name")]
#[test_case(""; "nothing")]
fn what_names_no_table_stays(sql: &str) {
    assert_eq!(pinned(sql).unwrap(), sql);
}

#[test_case("SELECT * FROM lake.silver_leads" => PinError::Qualified { table: TableName::LEADS }; "of a database")]
#[test_case("SELECT * FROM lake . \"silver_leads\"" => PinError::Qualified { table: TableName::LEADS }; "with space")]
#[test_case("WITH a AS (SELECT ')'), silver_leads AS (SELECT 1) SELECT * FROM silver_leads" => PinError::NameTaken { table: TableName::LEADS }; "of its own")]
#[test_case("EXPLAIN SELECT * FROM silver_leads" => PinError::NoQuery; "no query")]
#[test_case("SELECT 'silver_leads" => PinError::Unclosed; "open text")]
#[test_case("SELECT 1 /* silver_leads" => PinError::Unclosed; "open comment")]
fn is_refused(sql: &str) -> PinError {
    pinned(sql).unwrap_err()
}

/// Each model asks of at least one table, and of none that cannot be pinned.
#[test]
fn every_model_can_be_pinned() {
    let day = Date::constant(2025, 1, 31);
    let asked = Asked { as_of: "2025-02-01T00:00:00Z".parse().unwrap(), from: day, to: day };
    let version = VersionNumber::FIRST;
    let pins = TableName::OWN.map(|table| Pin { table, version, columns: vec!["lead_id".to_owned()] });
    let models = Models::shipped().unwrap();
    for model in models.kpis.iter().chain(&models.tables) {
        let sql = with_pins(&model.sql(&asked), &pins).unwrap();
        assert!(sql.contains("_versions WHERE snapshot = 1)"), "{}", model.name);
    }
}

/// A piece of SQL, and which of the tables it names.
fn piece() -> impl Strategy<Value = (String, Vec<usize>)> {
    let text = "[a-z' ;(-]{0,6}";
    prop_oneof![
        Just(("silver_leads".to_owned(), vec![0])),
        Just(("\"GOLD_lead_scores\"".to_owned(), vec![1])),
        Just(("silver_leads.city = gold_lead_scores.lead_id".to_owned(), vec![0, 1])),
        text.prop_map(|text| (format!("'silver_leads{}'", text.replace('\'', "''")), vec![])),
        text.prop_map(|text| (format!("\"silver_leads{}x\"", text.replace('"', "\"\"")), vec![])),
        text.prop_map(|text| (format!("/* gold_lead_scores {text} */"), vec![])),
        text.prop_map(|text| (format!("-- silver_leads {text}\n"), vec![])),
        "[a-z]{1,6}_versions|[0-9]{1,4}|[()+*,<>=-]".prop_map(|text| (format!(" {text} "), vec![])),
    ]
}

proptest! {
    /// Exactly the tables that are named are pinned, and but for that the query stays as it is.
    #[test]
    fn nothing_but_the_tables_changes(pieces in prop::collection::vec(piece(), 0..12), has_with: bool) {
        let body: Vec<&str> = pieces.iter().map(|(text, _)| text.as_str()).collect();
        let front = if has_with { "-- silver_leads\n WITH one AS (SELECT 1) SELECT " } else { "/* ' */ SELECT " };
        let sql = format!("{front}{}", body.join(" "));
        let result = pinned(&sql).unwrap();
        let inserted: Vec<String> = pins()
            .iter()
            .enumerate()
            .filter(|(at, _)| pieces.iter().any(|(_, tables)| tables.contains(at)))
            .map(|(_, pin)| pin.named_query())
            .collect();
        let inserted = inserted.join(", ");
        let expected = match (inserted.is_empty(), has_with) {
            (true, _) => sql,
            (false, true) => sql.replacen("WITH ", &format!("WITH {inserted}, "), 1),
            (false, false) => sql.replacen("SELECT ", &format!("WITH {inserted} SELECT "), 1),
        };
        prop_assert_eq!(result, expected);
    }
}
