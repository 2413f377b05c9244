//! KPIs of the program beside counts of the same lake that no SQL has a part in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use leadlake_generate::{Plan, Truth};
use leadlake_lake::layout::Layer;
use leadlake_lake::store::{DirStore, Store};
use leadlake_lake::tables::TableName;
use leadlake_tests::folder::write_bronze;
use leadlake_tests::lakes::{content, generated};
use leadlake_tests::program::run;
use serde_json::Value;

use crate::scored::{batches, current};
use crate::tables::texts;

const EVENTS: u64 = 8_000;
const DAYS: u32 = 15;
const FIRST_DAY: &str = "2025-01-01";
const LAST_DAY: &str = "2025-01-15";
const AS_OF: &str = "2025-01-15T23:59:59.999999Z";
const MICROS_A_DAY: i64 = 86_400_000_000;

/// Measure, what it is about (empty for all), day (none for the whole range).
type Cell = (&'static str, String, Option<i64>);
/// Numerator and denominator.
type Counted = BTreeMap<Cell, (u64, Option<u64>)>;

struct Scene {
    folder: tempfile::TempDir,
    truth: Truth,
    kpis: Value,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = folder.path().join("lake");
        let plan = Plan { days: DAYS, events_per_object: 400, ..Plan::new(EVENTS, 3) };
        let (objects, truth) = generated(&plan);
        write_bronze(&lake, &objects);
        let _ = run(&lake, &["run", "--as-of", AS_OF]).expect_code(0);
        let range = ["kpi", "--format", "json", "--from", FIRST_DAY, "--to", LAST_DAY];
        let kpis = run(&lake, &range).expect_code(0).json();
        Self { folder, truth, kpis }
    }

    fn lake(&self) -> DirStore {
        DirStore::open(self.folder.path().join("lake")).unwrap()
    }

    /// What the program says of these measures, which are about `dimension` or about all.
    fn told(&self, kpi: &str, measures: &[&'static str], dimension: &str) -> Counted {
        let kpi = self.kpis["kpis"].as_array().unwrap().iter().find(|told| told["name"] == kpi).unwrap();
        let mut cells = Counted::new();
        for row in kpi["rows"].as_array().unwrap() {
            let Some(measure) = measures.iter().find(|measure| row["measure"] == **measure) else { continue };
            let about = row["dimensions"].get(dimension).and_then(Value::as_str).unwrap_or_default();
            let whole = |number: &Value| {
                number.as_f64().map(|number| {
                    assert_eq!(number.fract(), 0.0, "{row}");
                    number as u64
                })
            };
            let (numerator, denominator) = (whole(&row["numerator"]).unwrap(), whole(&row["denominator"]));
            let value = row["value"].as_f64().unwrap();
            let expected = denominator.map_or(numerator as f64, |all| numerator as f64 / all as f64);
            assert!((value - expected).abs() < 1e-12, "{row}");
            let cell = (*measure, about.to_owned(), row["day"].as_str().map(day_number));
            assert!(cells.insert(cell, (numerator, denominator)).is_none(), "{row} is there twice");
        }
        cells
    }
}

fn day_number(text: &str) -> i64 {
    let day: jiff::civil::Date = text.parse().unwrap();
    let first: jiff::civil::Date = "1970-01-01".parse().unwrap();
    i64::from(first.until(day).unwrap().get_days())
}

fn days() -> impl Iterator<Item = i64> {
    day_number(FIRST_DAY)..=day_number(LAST_DAY)
}

/// A count for the day and one for the whole range, each for the source and for all of them.
fn count(
    counted: &mut Counted,
    measure: &'static str,
    about: &str,
    day: i64,
    (one, all): (u64, Option<u64>),
) {
    for about in ["", about] {
        for day in [None, Some(day)] {
            let cell = counted.entry((measure, about.to_owned(), day)).or_insert((0, all.map(|_| 0)));
            cell.0 += one;
            cell.1 = cell.1.zip(all).map(|(before, more)| before + more);
        }
    }
}

fn ledger(store: &DirStore) -> Vec<Value> {
    let keys = store.list(Layer::Ledger.folder()).unwrap().map(|facts| facts.unwrap().key);
    keys.map(|key| serde_json::from_slice(&content(store, &key)).unwrap()).collect()
}

fn rows(store: &DirStore, table: &TableName) -> Vec<RecordBatch> {
    batches(store, &current(store, table).unwrap())
}

fn days_of(batch: &RecordBatch, column: &str) -> Vec<i64> {
    batch
        .column_by_name(column)
        .unwrap()
        .as_primitive::<Date32Type>()
        .values()
        .iter()
        .map(|day| i64::from(*day))
        .collect()
}

fn instants(batch: &RecordBatch, column: &str) -> Vec<Option<i64>> {
    batch.column_by_name(column).unwrap().as_primitive::<TimestampMicrosecondType>().iter().collect()
}

fn lead_volume(store: &DirStore) -> Counted {
    let mut counted = Counted::new();
    let mut first_delivery: BTreeMap<String, i64> = BTreeMap::new();
    for entry in ledger(store) {
        let (source, day) = (entry["source"].as_str().unwrap(), day_number(entry["dt"].as_str().unwrap()));
        count(&mut counted, "records", source, day, (entry["counts"]["input"].as_u64().unwrap(), None));
        count(&mut counted, "objects", source, day, (1, None));
        for about in ["", source] {
            let first = first_delivery.entry(about.to_owned()).or_insert(day);
            *first = day.min(*first);
        }
    }
    let mut seen: BTreeMap<(String, Option<i64>), BTreeSet<String>> = BTreeMap::new();
    let mut first_seen: BTreeMap<(String, String), i64> = BTreeMap::new();
    for batch in rows(store, &TableName::LEAD_EVENTS) {
        let leads = texts(&batch, "lead_id").into_iter().zip(texts(&batch, "source"));
        for ((lead, source), day) in
            leads.zip(days_of(&batch, "dt")).filter(|((lead, _), _)| !lead.is_empty())
        {
            for about in [String::new(), source] {
                for day in [None, Some(day)] {
                    seen.entry((about.clone(), day)).or_default().insert(lead.clone());
                }
                let first = first_seen.entry((about, lead.clone())).or_insert(day);
                *first = day.min(*first);
            }
        }
    }
    for ((about, day), leads) in seen {
        counted.insert(("leads", about, day), (leads.len() as u64, None));
    }
    for ((about, _), day) in first_seen {
        for day in [None, Some(day)] {
            counted.entry(("new_leads", about.clone(), day)).or_insert((0, None)).0 += 1;
        }
    }
    for (about, first) in first_delivery {
        for measure in ["records", "objects", "leads", "new_leads"] {
            for day in days().filter(|day| *day >= first).map(Some).chain([None]) {
                counted.entry((measure, about.clone(), day)).or_insert((0, None));
            }
        }
    }
    counted
}

fn processing_success(store: &DirStore) -> Counted {
    let mut counted = Counted::new();
    for entry in ledger(store) {
        let (source, day) = (entry["source"].as_str().unwrap(), day_number(entry["dt"].as_str().unwrap()));
        let counts = &entry["counts"];
        let refused: u64 =
            counts["refused"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        let records = counts["input"].as_u64();
        for (measure, amount) in [
            ("reached_silver", counts["accepted"].as_u64().unwrap()),
            ("refused", refused),
            ("duplicate", counts["duplicate"].as_u64().unwrap()),
        ] {
            count(&mut counted, measure, source, day, (amount, records));
        }
    }
    counted
}

fn first_touches(store: &DirStore) -> Counted {
    let mut first: BTreeMap<String, (i64, String, String)> = BTreeMap::new();
    for batch in rows(store, &TableName::LEAD_EVENTS) {
        let outcomes = batch.column_by_name("outcome").unwrap();
        let purchases = batch.column_by_name("transaction_id").unwrap();
        let keys = texts(&batch, "source").into_iter().zip(texts(&batch, "event_id"));
        for (row, ((lead, (source, id)), at)) in
            texts(&batch, "lead_id").into_iter().zip(keys).zip(instants(&batch, "event_time")).enumerate()
        {
            if lead.is_empty() || outcomes.is_valid(row) || purchases.is_valid(row) {
                continue;
            }
            let touch = (at.unwrap(), source, id);
            let earliest = first.entry(lead).or_insert_with(|| touch.clone());
            *earliest = touch.min(earliest.clone());
        }
    }
    let mut counted = Counted::new();
    let mut of_day: BTreeMap<Option<i64>, BTreeMap<String, u64>> = BTreeMap::new();
    for (at, source, _) in first.into_values() {
        let day = at.div_euclid(MICROS_A_DAY);
        assert!(days().any(|known| known == day), "nobody came before the first day");
        for day in [None, Some(day)] {
            *of_day.entry(day).or_default().entry(source.clone()).or_default() += 1;
        }
    }
    for (day, sources) in of_day {
        let all: u64 = sources.values().sum();
        for (source, leads) in sources {
            counted.insert(("share", source, day), (leads, Some(all)));
        }
    }
    counted
}

fn hot_leads(store: &DirStore) -> Counted {
    let mut counted = Counted::new();
    let day = day_number(LAST_DAY);
    for batch in rows(store, &TableName::LEAD_SCORES) {
        for (source, category) in
            texts(&batch, "first_touch_source").iter().zip(texts(&batch, "lead_category"))
        {
            let source = if source.is_empty() { "none" } else { source.as_str() };
            for (measure, is_it) in [("hot", "HOT"), ("warm", "WARM"), ("cold", "COLD")] {
                count(&mut counted, measure, source, day, (u64::from(category == is_it), Some(1)));
            }
        }
    }
    counted
}

fn conversions_by_band(store: &DirStore) -> Counted {
    let mut counted = Counted::new();
    for batch in rows(store, &TableName::LEAD_SCORES) {
        let bands = texts(&batch, "category_before_outcome");
        let decided = instants(&batch, "decided_at");
        let converted = instants(&batch, "converted_at");
        for ((band, decided), converted) in bands.iter().zip(decided).zip(converted) {
            let Some(at) = decided else { continue };
            let is_converted = u64::from(converted.is_some());
            count(
                &mut counted,
                "conversion_rate",
                band,
                at.div_euclid(MICROS_A_DAY),
                (is_converted, Some(1)),
            );
        }
    }
    counted
}

#[track_caller]
fn assert_same(kpi: &str, counted: &Counted, told: &Counted) {
    assert!(counted.len() > 10, "{kpi} is counted in {} cells only", counted.len());
    for (cell, expected) in counted {
        assert_eq!(told.get(cell), Some(expected), "{kpi} {cell:?}");
    }
    let more: Vec<&Cell> = told.keys().filter(|cell| !counted.contains_key(*cell)).collect();
    assert!(more.is_empty(), "{kpi} tells of {more:?}, which nobody counted");
}

#[test]
fn kpis_are_what_can_be_counted_without_sql() {
    let scene = Scene::new();
    let store = scene.lake();
    let volume = ["records", "objects", "leads", "new_leads"];
    assert_same("lead volume", &lead_volume(&store), &scene.told("lead_volume", &volume, "source"));
    let success = ["reached_silver", "refused", "duplicate"];
    assert_same(
        "success",
        &processing_success(&store),
        &scene.told("processing_success_rate", &success, "source"),
    );
    assert_same(
        "sources",
        &first_touches(&store),
        &scene.told("lead_source_distribution", &["share"], "source"),
    );
    let hot = scene.told("high_intent_lead_ratio", &["hot", "warm", "cold"], "source");
    assert_same("intent", &hot_leads(&store), &hot);
    let bands = scene.told("conversion_by_band", &["conversion_rate"], "band");
    assert_same("bands", &conversions_by_band(&store), &bands);
    check_duplicates(&scene);
}

/// The generator knows how often it repeated itself.
fn check_duplicates(scene: &Scene) {
    let told =
        scene.told("duplicate_reduction", &["within_object", "across_objects", "eliminated"], "source");
    let mut all = (0, 0, 0);
    for (source, truth) in &scene.truth.sources {
        let (within, across) = (truth.duplicates_within_object, truth.duplicates_across_objects);
        let valid = truth.accepted + within;
        let cell = |measure| told[&(measure, source.as_str().to_owned(), None)];
        assert_eq!(cell("within_object"), (within, Some(valid)), "{source}");
        assert_eq!(cell("across_objects"), (across, Some(valid)), "{source}");
        assert_eq!(cell("eliminated"), (within + across, Some(valid)), "{source}");
        all = (all.0 + within, all.1 + across, all.2 + valid);
    }
    assert!(all.0 > 0 && all.1 > 0, "{all:?}");
    assert_eq!(told[&("eliminated", String::new(), None)], (all.0 + all.1, Some(all.2)));
}

#[test]
fn a_lake_with_nothing_in_it_has_kpis_without_values() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    std::fs::create_dir_all(lake.join("bronze")).unwrap();
    check_ten(&lake, &["kpi", "--format", "json"]);
    let _ = run(&lake, &["run"]).expect_code(0);
    check_ten(&lake, &["kpi", "--format", "json"]);
}

fn check_ten(lake: &Path, words: &[&str]) {
    let told = run(lake, words).expect_code(0).json();
    let kpis = told["kpis"].as_array().unwrap();
    let numbers: Vec<u64> = kpis.iter().map(|kpi| kpi["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<u64>>());
    for kpi in kpis {
        assert_eq!(kpi["state"], "no_data", "{kpi}");
        assert!(kpi["headline"]["value"].is_null(), "{kpi}");
    }
}
