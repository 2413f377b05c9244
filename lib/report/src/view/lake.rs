//! How the lake itself is doing: how fast, how fresh, what changed, and what the page rests on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_gold::{KpiFigure, KpiFigures, KpiRow, Unit};

use super::{Section, Shown};
use crate::chart::{Axis, ChartSpec, Point, Series};
use crate::data::{CorrectedDay, Corrections, Freshness, TableVersion};
use crate::error::ReportError;
use crate::markup::{Cell, Chart, ChartKind, Column, Layout, Table};
use crate::words;

const LATENCY: &str = "processing_latency";
/// Measures of latency, and what they are called here.
const PERCENTILES: [(&str, &str); 3] = [("p50", "Half within"), ("p95", "95% within"), ("p99", "99% within")];

pub fn latency(kpis: &[KpiFigure]) -> Result<Section, ReportError> {
    let section = Section::new(
        "latency",
        "From arrival to silver",
        "How long objects take, by the day on which they arrived.",
    );
    let rows = kpis.iter().filter(|kpi| kpi.name == LATENCY).flat_map(|kpi| &kpi.rows);
    let mut days: BTreeMap<Date, [Option<f64>; PERCENTILES.len()]> = BTreeMap::new();
    for row in rows.filter(|row| row.dimensions.is_empty()) {
        let place = PERCENTILES.iter().position(|(measure, _)| *measure == row.measure);
        let (Some(day), Some(place)) = (row.day, place) else { continue };
        if let Some(value) = days.entry(day).or_default().get_mut(place) {
            *value = row.value;
        }
    }
    let series = PERCENTILES.iter().enumerate().map(|(place, (_, name))| Series {
        name: (*name).to_owned(),
        points: days
            .iter()
            .map(|(day, of_day)| Point::on(*day, of_day.get(place).copied().flatten()))
            .collect(),
    });
    let spec = ChartSpec {
        title: "Time from arrival to silver".to_owned(),
        unit: Unit::Seconds,
        x: Axis::Day,
        series: series.collect(),
        marks: Vec::new(),
    };
    let names = PERCENTILES.iter().map(|(_, name)| Column::number(*name));
    let row = |(day, of_day): (&Date, &[Option<f64>; PERCENTILES.len()])| {
        let values = of_day.iter().map(|value| Cell::number(words::value(*value, Unit::Seconds)));
        std::iter::once(Cell::text(words::day(*day))).chain(values).collect()
    };
    let table = Table {
        label: "Time from arrival to silver by day".to_owned(),
        columns: std::iter::once(Column::text("Day")).chain(names).collect(),
        rows: days.iter().map(row).collect(),
        layout: Layout::Grid,
    };
    match Chart::of("chart-latency", ChartKind::Line, &spec, table)? {
        Some(chart) => Ok(Section { charts: vec![chart], ..section }),
        None => Ok(section.without_data("No object was refined on these days.")),
    }
}

pub fn freshness(sources: &[Freshness], as_of: Timestamp) -> Section {
    let section = Section::new(
        "freshness",
        "Freshness",
        "What came last from each source. Times before are counted from the instant of this page.",
    );
    if sources.is_empty() {
        return section.without_data("No source has delivered anything yet.");
    }
    let at = |instant: Option<Timestamp>| match instant {
        Some(instant) => Cell::text(words::ago(instant, as_of)).with_small(words::instant(instant)),
        None => Cell::text(words::NOTHING),
    };
    let row = |source: &Freshness| {
        vec![
            Cell::text(&source.source),
            Cell::text(source.last_day.map_or_else(|| words::NOTHING.to_owned(), words::day)),
            at(source.last_event_at),
            at(source.last_arrived_at),
            at(source.last_refined_at),
            Cell::number(words::count(source.objects)),
        ]
    };
    let table = Table {
        label: "Freshness of each source".to_owned(),
        columns: vec![
            Column::text("Source"),
            Column::text("Newest day"),
            Column::text("Newest event"),
            Column::text("Last arrival"),
            Column::text("Last refined"),
            Column::number("Objects"),
        ],
        rows: sources.iter().map(row).collect(),
        layout: Layout::Grid,
    };
    Section { table: Some(table), ..section }
}

pub fn corrections(corrections: &Corrections, figures: &KpiFigures, shown: Shown<'_>) -> Section {
    let count = corrections.days.len() as f64;
    let part = if corrections.all > count {
        format!(" These are the newest {} of {}.", words::count(count), words::count(corrections.all))
    } else {
        String::new()
    };
    let lead = format!(
        "Values of days that were over and have changed since. Each earlier value is kept in gold_kpi.{part}"
    );
    let section = Section::new("corrections", "Corrections", lead);
    if corrections.days.is_empty() {
        return section.without_data("No value of a past day has changed.");
    }
    let row = |corrected: &CorrectedDay| {
        let kpi = figures.kpis.iter().find(|kpi| kpi.name == corrected.kpi);
        let unit = kpi.map_or(Unit::Ratio, |kpi| unit_of(kpi, corrected));
        let title = kpi.map_or_else(|| words::title(&corrected.kpi), |kpi| kpi.title.clone());
        let about = std::iter::once(corrected.measure.replace('_', " "))
            .chain(corrected.about.iter().cloned())
            .chain(corrected.field.as_ref().map(|field| shown.field(field)));
        let (before, now) = words::apart(corrected.before, corrected.now, unit);
        vec![
            Cell::text(title).with_small(about.collect::<Vec<_>>().join(", ")),
            Cell::text(words::day(corrected.day)),
            Cell::number(before),
            Cell::number(now),
            Cell::text(words::title(&corrected.because))
                .with_small(corrected.detail.clone().unwrap_or_default()),
            Cell::text(words::instant(corrected.noticed_at)),
        ]
    };
    let table = Table {
        label: "Corrected values".to_owned(),
        columns: vec![
            Column::text("KPI"),
            Column::text("Day"),
            Column::number("Before"),
            Column::number("Now"),
            Column::text("Because of"),
            Column::text("Noticed"),
        ],
        rows: corrections.days.iter().map(row).collect(),
        layout: Layout::Grid,
    };
    Section { table: Some(table), ..section }
}

/// The headline's unit is known. Of other measures the rows tell whether they are shares.
fn unit_of(kpi: &KpiFigure, corrected: &CorrectedDay) -> Unit {
    if corrected.measure == kpi.headline.measure || kpi.name == LATENCY {
        return kpi.headline.unit;
    }
    let is_of_measure = |row: &&KpiRow| row.measure == corrected.measure;
    match kpi.rows.iter().find(is_of_measure) {
        Some(row) if row.value.is_some() && row.value == row.numerator => Unit::Count,
        Some(row) if row.denominator.is_some() => Unit::Share,
        _ => Unit::Ratio,
    }
}

pub fn versions(versions: &[TableVersion]) -> Section {
    let section = Section::new(
        "versions",
        "Made from",
        "The versions of the tables that were asked. Their rows never change, so the page can be made again.",
    );
    if versions.is_empty() {
        return section.without_data("No table has a version yet.");
    }
    let row = |version: &TableVersion| {
        vec![
            Cell::text(version.table.sql_name()),
            Cell::number(version.number.to_string()),
            Cell::text(words::instant(version.as_of)),
        ]
    };
    let table = Table {
        label: "Versions of the tables".to_owned(),
        columns: vec![Column::text("Table"), Column::number("Version"), Column::text("As of")],
        rows: versions.iter().map(row).collect(),
        layout: Layout::Cards,
    };
    Section { table: Some(table), ..section }
}
