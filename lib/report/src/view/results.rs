//! What becomes of records, leads and scores.

use leadlake_gold::Unit;

use super::Section;
use super::bands::{self, Band};
use crate::chart::{Axis, ChartSpec, Point, Series};
use crate::data::{FunnelStep, ReliabilityBin, ScoreBand, SourceResult};
use crate::error::ReportError;
use crate::markup::{Cell, Chart, ChartKind, Column, Layout, Table};
use crate::words;

pub fn funnel(steps: &[FunnelStep]) -> Result<Section, ReportError> {
    let section =
        Section::new("funnel", "From raw to hot", "What is left of all records on their way to hot leads.");
    if steps.iter().all(|step| step.amount == 0.0) {
        return Ok(section.without_data("Nothing has reached bronze on these days."));
    }
    let of_before = |place: usize| -> Option<f64> {
        let (step, before) = (steps.get(place)?, steps.get(place.checked_sub(1)?)?);
        let is_comparable =
            before.amount > 0.0 && Counted::by(step).is_some_and(|what| Counted::by(before) == Some(what));
        is_comparable.then(|| step.amount / before.amount)
    };
    let point = |(place, step): (usize, &FunnelStep)| {
        Point::named(words::title(&step.step), Some(step.amount))
            .with_note(of_before(place).map(words::share))
    };
    let points = steps.iter().enumerate().map(point).collect();
    let spec = ChartSpec {
        title: "Records, events, leads".to_owned(),
        unit: Unit::Count,
        x: Axis::Category,
        series: vec![Series { name: "Amount".to_owned(), points }],
        marks: Vec::new(),
    };
    let row = |(place, step): (usize, &FunnelStep)| {
        vec![
            Cell::text(words::title(&step.step)),
            Cell::number(words::count(step.amount)),
            Cell::number(words::value(of_before(place), Unit::Share)),
        ]
    };
    let table = Table {
        label: "Steps from raw to hot".to_owned(),
        columns: vec![Column::text("Step"), Column::number("Amount"), Column::number("Of the step before")],
        rows: steps.iter().enumerate().map(row).collect(),
        layout: Layout::Grid,
    };
    let charts = Chart::of("chart-funnel", ChartKind::Funnel, &spec, table)?.into_iter().collect();
    Ok(Section { charts, ..section })
}

/// What a step of the funnel counts. A share of something else would say nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    Records,
    Leads,
}

impl Counted {
    fn by(step: &FunnelStep) -> Option<Self> {
        match step.step.as_str() {
            "records in bronze" | "accepted" | "accepted into silver" | "distinct events" => {
                Some(Self::Records)
            }
            "leads" | "hot leads" => Some(Self::Leads),
            _ => None,
        }
    }
}

pub fn scores(bands: &[ScoreBand], bins: &[ReliabilityBin]) -> Result<Section, ReportError> {
    let lead = "Leads whose outcome is known, by what was said of them just before. Higher bands have to \
                convert better, and of those called 30% likely 30% have to convert.";
    let section = Section::new("scores", "Scores against outcomes", lead);
    let charts: Vec<Chart> = [band_chart(bands)?, reliability_chart(bins)?].into_iter().flatten().collect();
    if charts.is_empty() {
        return Ok(section.without_data(
            "No lead has been decided on these days, so there is nothing to hold scores against.",
        ));
    }
    Ok(Section { charts, ..section })
}

fn band_chart(bands: &[ScoreBand]) -> Result<Option<Chart>, ReportError> {
    let bands = bands::joined(bands);
    let note = |band: &Band| {
        let (leads, few) =
            (words::amount(band.decided, "lead", "leads"), if band.is_few() { ", few" } else { "" });
        format!("of {leads}{few}")
    };
    let point = |band: &Band| {
        let point = Point::named(band.name(), band.conversion_rate());
        point.with_note(Some(note(band)).filter(|_| band.decided > 0.0))
    };
    let points = bands.iter().map(point).collect();
    let spec = ChartSpec {
        title: "Conversion rate by score".to_owned(),
        unit: Unit::Share,
        x: Axis::Category,
        series: vec![Series { name: "Converted".to_owned(), points }],
        marks: Vec::new(),
    };
    let row = |band: &Band| {
        vec![
            Cell::text(band.name()),
            Cell::number(words::count(band.decided)),
            Cell::number(words::count(band.converted)),
            Cell::number(words::value(band.conversion_rate(), Unit::Share)),
        ]
    };
    let table = Table {
        label: "Conversion rate by score".to_owned(),
        columns: vec![
            Column::text("Score"),
            Column::number("Decided"),
            Column::number("Converted"),
            Column::number("Conversion rate"),
        ],
        rows: bands.iter().map(row).collect(),
        layout: Layout::Grid,
    };
    Chart::of("chart-score-bands", ChartKind::Bar, &spec, table)
}

fn reliability_chart(bins: &[ReliabilityBin]) -> Result<Option<Chart>, ReportError> {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let point = |bin: &ReliabilityBin| finite(bin.predicted).map(|x| Point::share(x, bin.observed));
    let spec = ChartSpec {
        title: "Probability said and found".to_owned(),
        unit: Unit::Share,
        x: Axis::Share,
        series: vec![Series { name: "Found".to_owned(), points: bins.iter().filter_map(point).collect() }],
        marks: Vec::new(),
    };
    let row = |bin: &ReliabilityBin| {
        vec![
            Cell::text(format!("{} to {}%", bin.bin * 10, (bin.bin + 1) * 10)),
            Cell::number(words::count(bin.decided)),
            Cell::number(words::value(bin.predicted, Unit::Share)),
            Cell::number(words::value(bin.observed, Unit::Share)),
        ]
    };
    let table = Table {
        label: "Probability said and found".to_owned(),
        columns: vec![
            Column::text("Probability"),
            Column::number("Decided"),
            Column::number("Said"),
            Column::number("Found"),
        ],
        rows: bins.iter().map(row).collect(),
        layout: Layout::Grid,
    };
    Chart::of("chart-reliability", ChartKind::Reliability, &spec, table)
}

pub fn sources(sources: &[SourceResult], currency: &str) -> Result<Section, ReportError> {
    let lead = "Leads stand under the source of their first touch. A conversion is owed to the first touch \
                of the 30 days before it, or to the last of 7 days; without one, to none.";
    let section = Section::new("sources", "Sources", lead);
    if sources.is_empty() {
        return Ok(section.without_data("No lead has come through any source yet."));
    }
    let points = |amount: fn(&SourceResult) -> f64| {
        sources.iter().map(|row| Point::named(&row.source, Some(amount(row)))).collect()
    };
    let spec = ChartSpec {
        title: "Conversions owed to a source".to_owned(),
        unit: Unit::Count,
        x: Axis::Category,
        series: vec![
            Series { name: "First touch".to_owned(), points: points(|row| row.first_touch_conversions) },
            Series { name: "Last touch".to_owned(), points: points(|row| row.last_touch_conversions) },
        ],
        marks: Vec::new(),
    };
    let chart = Chart::of("chart-attribution", ChartKind::Bar, &spec, attribution_table(sources))?;
    Ok(Section {
        charts: chart.into_iter().collect(),
        table: Some(source_table(sources, currency)),
        ..section
    })
}

fn attribution_table(sources: &[SourceResult]) -> Table {
    let row = |row: &SourceResult| {
        vec![
            Cell::text(&row.source),
            Cell::number(words::count(row.first_touch_conversions)),
            Cell::number(words::count(row.last_touch_conversions)),
        ]
    };
    Table {
        label: "Conversions owed to a source".to_owned(),
        columns: vec![Column::text("Source"), Column::number("First touch"), Column::number("Last touch")],
        rows: sources.iter().map(row).collect(),
        layout: Layout::Grid,
    }
}

fn source_table(sources: &[SourceResult], currency: &str) -> Table {
    let row = |row: &SourceResult| {
        vec![
            Cell::text(&row.source),
            Cell::number(words::count(row.leads)),
            Cell::number(words::count(row.hot_leads)),
            Cell::number(words::count(row.converted_leads)),
            Cell::number(words::value(row.conversion_rate, Unit::Share)),
            Cell::number(words::score(row.average_score)),
            Cell::number(words::value(row.revenue.map(f64::round), Unit::Count)),
        ]
    };
    Table {
        label: "How leads of each source do".to_owned(),
        columns: vec![
            Column::text("Source"),
            Column::number("Leads"),
            Column::number("Hot"),
            Column::number("Converted"),
            Column::number("Conversion rate"),
            Column::number("Average score"),
            Column::number(format!("Revenue, {currency}")),
        ],
        rows: sources.iter().map(row).collect(),
        layout: Layout::Grid,
    }
}
