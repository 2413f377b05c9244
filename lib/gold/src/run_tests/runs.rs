use arrow_array::RecordBatch;
use insta::assert_snapshot;
use leadlake_lake::tables::EntryKind;

use super::*;
use crate::engine::EngineError;
use crate::report::Because;

const FIRST: [(&str, &str, i64); 4] = [
    ("2025-01-01", "online", 10),
    ("2025-01-01", "webinar", 20),
    ("2025-01-02", "online", 12),
    ("2025-01-03", "online", 3),
];

#[test]
fn a_day_is_first_open_then_cut_and_corrected() {
    let store = memory();
    let mut world = World::of(&FIRST);
    world.hot = Some((date("2025-01-03"), 0.5));
    let report = run(&store, &world, instant("2025-01-03T12:00:00Z"), (1, "rules-1")).unwrap();
    assert_eq!((report.from, report.to), (date("2025-01-01"), date("2025-01-03")));
    assert_eq!((report.kpi_rows, report.corrections.len()), (5, 0));

    world.records.insert((date("2025-01-03"), "online"), 7);
    world.records.insert((date("2025-01-02"), "online"), 13);
    world.objects = BTreeMap::from([(date("2025-01-02"), [1, 1, 0, 0]), (date("2025-01-03"), [1, 4, 0, 0])]);
    world.hot = Some((date("2025-01-04"), 0.6));
    let report = run(&store, &world, instant("2025-01-04T12:00:00Z"), (2, "rules-1")).unwrap();
    assert_eq!((report.kpi_rows, report.corrections.len()), (5, 2));
    assert_eq!(report.corrections[0].because, Because::LateData);
    assert_snapshot!(told(&store), @r#"
    hot  "2025-01-03" 2025-01-03T12:00:00Z cut 1: Some(0.5) None Some("ok") None
    hot  "2025-01-04" 2025-01-04T12:00:00Z cut 0: Some(0.6) None Some("ok") None
    records  "2025-01-01" 2025-01-03T12:00:00Z cut 1: Some(30.0) None None None
    records  "2025-01-02" 2025-01-03T12:00:00Z cut 1: Some(12.0) None None None
    records  "2025-01-02" 2025-01-04T12:00:00Z cut 2: Some(13.0) Some(1.0) None Some("1 object of the day with 1 record arrived since")
    records  "2025-01-03" 2025-01-04T12:00:00Z cut 1: Some(7.0) None None None
    records online "2025-01-01" 2025-01-03T12:00:00Z cut 1: Some(10.0) None None None
    records online "2025-01-02" 2025-01-03T12:00:00Z cut 1: Some(12.0) None None None
    records online "2025-01-02" 2025-01-04T12:00:00Z cut 2: Some(13.0) Some(1.0) None Some("1 object of the day with 1 record arrived since")
    records online "2025-01-03" 2025-01-04T12:00:00Z cut 1: Some(7.0) None None None
    records webinar "2025-01-01" 2025-01-03T12:00:00Z cut 1: Some(20.0) None None None
    "#);
}

#[test]
fn the_same_again_adds_nothing() {
    let store = memory();
    let world = World::of(&FIRST);
    run(&store, &world, end_of("2025-01-03"), (1, "rules-1")).unwrap();
    let before = told(&store);
    let report = run(&store, &world, end_of("2025-01-03"), (2, "rules-2")).unwrap();
    assert_eq!((report.kpi_rows, report.corrections.len()), (0, 0));
    assert_eq!(told(&store), before);
    assert_eq!(current(&store, TableName::KPI).number, VersionNumber::new(2).unwrap());
}

#[test]
fn older_days_are_looked_at_when_something_of_them_was_refined() {
    let store = memory();
    let mut world = World::of(&FIRST);
    run(&store, &world, end_of("2025-01-03"), (1, "rules-1")).unwrap();
    world.records.insert((date("2025-01-01"), "webinar"), 19);
    let report = run(&store, &world, end_of("2025-03-01"), (2, "rules-1")).unwrap();
    assert_eq!(report.from, date("2025-01-03"), "from the last day that the run before saw");
    assert!(report.corrections.is_empty());

    world.objects = BTreeMap::from([(date("2025-01-01"), [0, 0, 1, 20])]);
    let report = run(&store, &world, end_of("2025-03-02"), (3, "rules-1")).unwrap();
    assert_eq!(report.from, date("2025-01-01"));
    assert_eq!(report.corrections.len(), 2);
    assert_eq!(report.corrections[0].because, Because::RefinedAgain);
    assert_snapshot!(report.corrections[0].detail, @"1 object of the day with 20 records had arrived before and got refined since");
}

#[test]
fn days_on_which_late_events_happened_are_looked_at() {
    let store = memory();
    let mut world = World::of(&FIRST);
    world.first_event = Some(date("2024-12-31"));
    let report = run(&store, &world, end_of("2025-01-03"), (1, "rules-1")).unwrap();
    assert_eq!(report.from, date("2024-12-31"), "people were touched before their events arrived");

    world.events = BTreeMap::from([(date("2025-01-01"), [1, 0]), (date("2025-02-27"), [40, 0])]);
    world.objects = BTreeMap::from([(date("2025-02-28"), [1, 41, 0, 0])]);
    let report = run(&store, &world, end_of("2025-03-01"), (2, "rules-1")).unwrap();
    assert_eq!(report.from, date("2025-01-01"), "the look-back alone begins on 2025-01-26");

    world.first_event = Some(date("1970-01-01"));
    world.events = BTreeMap::from([(date("1970-01-01"), [1, 0])]);
    let report = run(&store, &world, end_of("2025-03-02"), (3, "rules-1")).unwrap();
    assert_eq!(report.from, date("2015-03-05"), "ten years at most");
}

#[test]
fn what_was_refined_since_is_asked_from_what_the_run_before_had_seen() {
    let store = memory();
    let world = World::of(&FIRST);
    let opened = instant("2025-01-03T23:00:00Z");
    run_from(&store, &world, (end_of("2025-01-03"), opened), (1, "rules-1"), 1).unwrap();
    world.asked.borrow_mut().clear();
    run(&store, &world, end_of("2025-01-04"), (2, "rules-1")).unwrap();
    let asked = world.asked.borrow();
    let since: Vec<&String> = asked.iter().filter(|sql| sql.contains("completed_at")).collect();
    assert_eq!(since.len(), 2);
    for sql in since {
        assert!(sql.contains("completed_at > TIMESTAMP '2025-01-03 23:00:00.000000'"), "{sql}");
    }
    let computed = history(&store)[&volume_key("2025-01-01", None)][0].computed_at;
    assert!(computed > end_of("2025-01-03"), "that is the clock's, {computed}");
}

#[test]
fn a_source_that_fell_silent_has_a_state() {
    let store = memory();
    let mut world = World::default();
    for day in ["2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04", "2025-01-05"] {
        world.records.insert((date(day), "online"), 1_000);
        world.records.insert((date(day), "webinar"), 100);
    }
    for day in ["2025-01-04", "2025-01-05"] {
        world.records.insert((date(day), "webinar"), 0);
    }
    run(&store, &world, end_of("2025-01-05"), (1, "rules-1")).unwrap();
    let history = history(&store);
    let state = |day, source| history[&volume_key(day, source)][0].state.clone();
    let told = ["2025-01-03", "2025-01-04", "2025-01-05"].map(|day| {
        [None, Some("online"), Some("webinar")]
            .map(|source| state(day, source))
            .map(Option::unwrap_or_default)
    });
    assert_eq!(told, [["", "", ""], ["ok", "ok", "alarm"], ["ok", "ok", "alarm"]]);
}

#[test]
fn older_scores_of_the_same_instant_do_not_replace_newer() {
    let store = memory();
    let world = World::of(&FIRST);
    let instants = (end_of("2025-01-03"), end_of("2025-01-03"));
    run_from(&store, &world, instants, (1, "rules-1"), 2).unwrap();
    let mut slow = World::of(&FIRST);
    slow.records.insert((date("2025-01-01"), "online"), 9);
    let report = run_from(&store, &slow, instants, (2, "rules-1"), 1).unwrap();
    assert!(report.beside_current && report.corrections.is_empty());
    assert_eq!(current(&store, TableName::KPI).number, VersionNumber::FIRST);
    for table in [TableName::CONVERSION_METRICS, TableName::ATTRIBUTION, TableName::SALES_DASHBOARD] {
        let content = current(&store, table.clone()).content;
        assert_eq!(content.inputs.tables[&TableName::LEAD_SCORES].get(), 2, "{table}");
    }
    for (number, scores) in [(3, 2), (4, 3)] {
        let report = run_from(&store, &slow, instants, (number, "rules-1"), scores).unwrap();
        assert!(!report.beside_current, "the same scores and newer ones go on");
    }
}

#[test]
fn a_run_as_of_the_past_changes_nothing_that_readers_see() {
    let store = memory();
    let mut world = World::of(&FIRST);
    run(&store, &world, end_of("2025-01-03"), (1, "rules-1")).unwrap();
    let before = told(&store);
    world.records.insert((date("2025-01-01"), "online"), 99);
    let report = run(&store, &world, end_of("2025-01-02"), (2, "rules-1")).unwrap();
    assert!(report.beside_current && !report.versions.contains_key(&TableName::KPI));
    assert_eq!(told(&store), before);
    for table in [TableName::CONVERSION_METRICS, TableName::ATTRIBUTION, TableName::SALES_DASHBOARD] {
        let head = TableLog::new(Arc::clone(&store), table.clone()).head().unwrap().unwrap();
        assert_eq!((head.kind, head.number), (EntryKind::Side, report.versions[&table]));
        assert_eq!(current(&store, table).content.as_of, end_of("2025-01-03"));
    }
}

#[test]
fn an_empty_lake_has_empty_tables() {
    let store = memory();
    let world = World::default();
    let report = run(&store, &world, end_of("2025-01-03"), (1, "rules-1")).unwrap();
    assert_eq!((report.versions.len(), report.kpi_rows), (4, 0));
    for table in report.versions.keys() {
        let content = current(&store, table.clone()).content;
        assert_eq!((content.rows, content.files.len()), (0, 0), "{table}");
        assert!(!content.schema.columns.is_empty());
    }
}

#[test]
fn versions_say_what_they_are() {
    let store = memory();
    let world = World::of(&FIRST);
    run(&store, &world, end_of("2025-01-03"), (1, "rules-1")).unwrap();
    let kpi = current(&store, TableName::KPI).content;
    assert_eq!(kpi.unique_key, ["kpi", "measure", "dimensions", "date", "cut"]);
    assert_eq!(kpi.inputs.tables[&TableName::LEAD_SCORES], VersionNumber::FIRST);
    assert_eq!(kpi.schema.columns[2].data_type, "map<string,string>");
    assert_eq!((kpi.rows, kpi.model_version.as_deref()), (7, Some("rules-1")));
    let sales = current(&store, TableName::SALES_DASHBOARD).content;
    assert_eq!((sales.rows, sales.unique_key), (2, vec!["lead_id".to_owned()]));
    let catalog = LocalCatalog::new(Arc::clone(&store));
    assert_eq!(catalog.publication(&TableName::KPI).unwrap().unwrap().version.rows, 7);
}

#[test]
fn what_is_wrong_is_told() {
    let refusal =
        |world: &World, as_of| run(&memory(), world, as_of, (1, "rules-1")).unwrap_err().to_string();
    let as_of = end_of("2025-01-03");
    let mut twice = World::of(&FIRST);
    twice.leads = vec!["lead-a", "lead-a"];
    assert_snapshot!(refusal(&twice, as_of), @"a new version of gold/sales_dashboard is not what it claims: 1 distinct keys were claimed for 2 rows; nothing was committed, run again");
    let later = World::of(&[("2025-01-01", "online", 1)]);
    let store = memory();
    run(&store, &later, as_of, (1, "rules-1")).unwrap();
    let mark = current(&store, TableName::KPI).content.inputs.watermark.unwrap();
    store.put(&mark, b"yesterday").unwrap();
    let unmarked = run(&store, &later, as_of, (2, "rules-1")).unwrap_err();
    assert!(matches!(&unmarked, GoldError::NoMark { key } if *key == mark), "{unmarked}");
    struct Deaf;
    impl SqlEngine for Deaf {
        fn rows(&self, _: &str) -> Result<Vec<RecordBatch>, EngineError> {
            Err(EngineError::new("the engine is out of memory"))
        }
    }
    let deaf = run(&memory(), &Deaf, as_of, (1, "rules-1")).unwrap_err().to_string();
    assert_snapshot!(deaf, @"the first day could not be asked: the engine is out of memory");
}
