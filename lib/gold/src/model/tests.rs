use insta::assert_snapshot;
use test_case::test_case;

use super::*;

const MODEL: &str = "\
-- Lead volume
-- How much reached bronze,
-- by source?
--
-- Grain: day, measure, source.
-- Rows without a day are about all.
--
-- day          date     Day of arrival
-- measure      string   Which one
-- source       string   Empty for all
-- value        double   How many
-- numerator    double   The same
-- denominator  double   Empty
SELECT dt AS day -- not :here
FROM ops_ledger
WHERE dt BETWEEN :from_day AND :to_day AND a <> ':it''s:' /* nor :there; */ AND \"x:y\" < :as_of
";

fn asked() -> Asked {
    Asked {
        as_of: "2025-01-31T23:59:59.999999Z".parse().unwrap(),
        from: "2025-01-01".parse().unwrap(),
        to: "2025-01-31".parse().unwrap(),
    }
}

#[test]
fn a_model_is_what_its_header_says() {
    let model = Model::parse("models/kpi/01_lead_volume.sql", MODEL).unwrap();
    let said = [&model.name, &model.title, &model.question, &model.grain];
    let expected = [
        "lead_volume",
        "Lead volume",
        "How much reached bronze, by source?",
        "day, measure, source. Rows without a day are about all.",
    ];
    assert_eq!((model.number, said.map(String::as_str)), (1, expected));
    let column = ModelColumn {
        name: "day".to_owned(),
        data_type: ColumnType::Date,
        comment: "Day of arrival".to_owned(),
    };
    assert_eq!((model.columns.len(), &model.columns[0]), (6, &column));
    assert_eq!(model.schema().field(0).metadata()["comment"], "Day of arrival");
}

#[test]
fn placeholders_become_typed_literals_and_texts_stay() {
    let model = Model::parse("01_lead_volume.sql", MODEL).unwrap();
    assert_snapshot!(model.sql(&asked()), @r#"
    SELECT dt AS day -- not :here
    FROM ops_ledger
    WHERE dt BETWEEN DATE '2025-01-01' AND DATE '2025-01-31' AND a <> ':it''s:' /* nor :there; */ AND "x:y" < TIMESTAMP '2025-01-31 23:59:59.999999'
    "#);
    assert_eq!(model.reads(), Reads { arrival: true, people: false, scores: false });
    assert!(model.covers_days());
}

#[test]
fn whoever_writes_a_model_is_told_what_is_wrong() {
    let told: Vec<String> = [
        ("-- Lead volume\n", "SELECT 1\n"),
        ("-- by source?\n--\n", "-- by source?\n"),
        ("-- Grain: day, measure, source.\n", "-- By day.\n"),
        ("date     Day of arrival", "date"),
        ("-- day ", "-- Day "),
        ("string   Which one", "text Which one"),
        ("double   Empty", "decimal(39,2) Empty"),
        ("-- source ", "-- measure "),
        ("-- numerator    double   The same\n", ""),
        ("string   Empty for all", "bigint Empty for all"),
        ("SELECT dt", "DELETE dt"),
        ("\"x:y\" < :as_of", ":now"),
        ("\"x:y\" < :as_of", "x::date"),
        ("\"x:y\" < :as_of", "1;"),
        ("\"x:y\" < :as_of", "'open"),
        (" nor :there; */", ""),
        (&MODEL[MODEL.find("SELECT").unwrap()..], ""),
        (&MODEL[MODEL.find("-- day ").unwrap()..], ""),
    ]
    .map(|(from, to)| {
        assert_eq!(MODEL.matches(from).count(), 1, "{from}");
        match Model::parse("01_lead_volume.sql", &MODEL.replace(from, to)) {
            Err(error) => error.to_string(),
            Ok(model) => format!("{} is taken", model.name),
        }
    })
    .to_vec();
    assert_snapshot!(told.join("\n"), @r#"
    01_lead_volume.sql:1: the header ends before its title; write `-- Lead volume`
    01_lead_volume.sql:13: the part of the header above does not end; put a line `--` below it
    01_lead_volume.sql:5: is "By day. Rows without a day are about all.", where the grain should stand; write `-- Grain: day, measure, source.`
    01_lead_volume.sql:8: "day          date" is no column; write `-- <name> <type> <description>`, such as `-- day date Day of arrival`
    01_lead_volume.sql:8: "Day          date     Day of arrival" is no column; write `-- <name> <type> <description>`, such as `-- day date Day of arrival`
    01_lead_volume.sql:9: "text" is no type; write string, bigint, double, boolean, date, timestamp or decimal(<precision>,<scale>)
    01_lead_volume.sql:13: "decimal(39,2)" is no type; write string, bigint, double, boolean, date, timestamp or decimal(<precision>,<scale>)
    01_lead_volume.sql:10: column measure is described twice; take one away
    01_lead_volume.sql:12: a KPI needs the column `numerator double`; add it to the header and to the query
    01_lead_volume.sql:13: column source of a KPI is a dimension and must be a string; make it one
    01_lead_volume.sql:14: the query begins with "delete"; begin it with SELECT or WITH
    01_lead_volume.sql:16: :now is no placeholder; there are :as_of, :from_day and :to_day
    01_lead_volume.sql:16: `::` is not known to Athena; write CAST(<value> AS <type>)
    01_lead_volume.sql:16: a file holds one statement without a semicolon; take it away
    01_lead_volume.sql:16: a text begins here and does not end; close it with '
    01_lead_volume.sql:16: a comment begins here and does not end; close it with */
    01_lead_volume.sql:14: the query is missing; write it below the header, beginning with SELECT or WITH
    01_lead_volume.sql:8: the header ends before its columns; write `-- day date Day of arrival`
    "#);
}

#[test_case("lead_volume.txt")]
#[test_case("models/kpi/1 x.sql")]
#[test_case("models/kpi/01_.sql")]
fn a_file_has_a_name(file: &str) {
    let error = Model::parse(file, MODEL).unwrap_err();
    assert!(matches!(error.problem, ModelProblem::FileName { .. }), "{error}");
}

#[test]
fn the_shipped_kpis_are_ten_in_order() {
    let models = Models::shipped().unwrap();
    let names: Vec<(u8, &str)> =
        models.kpis.iter().map(|model| (model.number, model.name.as_str())).collect();
    assert_eq!(names, (1..).zip(KPI_NAMES).collect::<Vec<_>>());
    let of_one_day: Vec<&str> =
        models.kpis.iter().filter(|model| !model.covers_days()).map(|model| model.name.as_str()).collect();
    assert_eq!(of_one_day, ["high_intent_lead_ratio"], "the others answer for each day that is asked about");
}
