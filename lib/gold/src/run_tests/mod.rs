//! Whole runs over a lake in memory, with an engine that answers from a script.

mod kill;
mod newest;
mod races;
mod runs;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_lake::Lake;
use leadlake_lake::catalog::{Catalog, LocalCatalog};
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_lake::tables::{RunId, TableLog, TableName, Version, VersionNumber};

use crate::cuts::{CutKey, History};
use crate::engine::SqlEngine;
use crate::error::GoldError;
use crate::previous;
use crate::report::GoldReport;
use crate::run::GoldRun;
use crate::scripted::{World, models};
use crate::settings::KpiSettings;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn end_of(day: &str) -> Timestamp {
    instant(&format!("{day}T23:59:59.999999Z"))
}

fn run_id(number: u64) -> RunId {
    RunId::new(instant("2025-02-01T00:00:00Z"), number)
}

/// One run as of an instant, a minute after it.
fn run(
    store: &Arc<dyn Store>,
    engine: &dyn SqlEngine,
    as_of: Timestamp,
    (number, model_version): (u64, &str),
) -> Result<GoldReport, GoldError> {
    run_from(store, engine, (as_of, as_of), (number, model_version), 1)
}

/// From inputs that were opened at `seen_at`, with the scores of one version.
fn run_from(
    store: &Arc<dyn Store>,
    engine: &dyn SqlEngine,
    (as_of, seen_at): (Timestamp, Timestamp),
    (number, model_version): (u64, &str),
    scores: u32,
) -> Result<GoldReport, GoldError> {
    with_run(store, engine, (as_of, seen_at), (number, model_version), scores, |run| run.run())
}

fn with_run<T>(
    store: &Arc<dyn Store>,
    engine: &dyn SqlEngine,
    (as_of, seen_at): (Timestamp, Timestamp),
    (number, model_version): (u64, &str),
    scores: u32,
    act: impl FnOnce(&GoldRun<'_>) -> T,
) -> T {
    let lake = Lake::local(Arc::clone(store));
    let catalog = LocalCatalog::new(Arc::clone(store));
    let (models, settings) = (models(), KpiSettings::shipped().unwrap());
    let ticks = Cell::new(0);
    let clock = || {
        ticks.set(ticks.get() + 1);
        as_of + jiff::SignedDuration::from_mins(ticks.get())
    };
    let run = GoldRun {
        lake: &lake,
        engine,
        models: &models,
        settings: &settings,
        as_of,
        seen_at,
        inputs: BTreeMap::from([(TableName::LEAD_SCORES, VersionNumber::new(scores).unwrap())]),
        model_version: Some(model_version.to_owned()),
        catalog: &catalog as &dyn Catalog,
        run_id: run_id(number),
        clock: &clock,
    };
    act(&run)
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

fn current(store: &Arc<dyn Store>, table: TableName) -> Version {
    TableLog::new(Arc::clone(store), table).current().unwrap().unwrap()
}

fn history(store: &Arc<dyn Store>) -> History {
    previous::history_of(store.as_ref(), &current(store, TableName::KPI)).unwrap()
}

fn volume_key(day: &str, source: Option<&str>) -> CutKey {
    let dimensions = source.map(|source| ("source".to_owned(), source.to_owned())).into_iter().collect();
    CutKey { kpi: "lead_volume".to_owned(), measure: "records".to_owned(), dimensions, date: date(day) }
}

/// Cut, value and why, of all values in order.
fn told(store: &Arc<dyn Store>) -> String {
    let line = |key: &CutKey, cut: &crate::cuts::Cut| {
        let dimensions: Vec<&str> = key.dimensions.values().map(String::as_str).collect();
        format!(
            "{} {} {:?} {} cut {}: {:?} {:?} {:?} {:?}",
            key.measure,
            dimensions.join(","),
            key.date.to_string(),
            cut.as_of,
            cut.number,
            cut.measured.value,
            cut.change,
            cut.state,
            cut.detail
        )
    };
    let history = history(store);
    let lines = history.iter().flat_map(|(key, cuts)| cuts.iter().map(move |cut| line(key, cut)));
    lines.collect::<Vec<_>>().join("\n")
}
