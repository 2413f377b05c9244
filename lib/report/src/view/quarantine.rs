//! What was refused, and how it looked.

use std::collections::{BTreeMap, BTreeSet};

use leadlake_gold::Unit;

use super::{Section, Shown};
use crate::chart::{Axis, ChartSpec, Point, Series};
use crate::data::{RefusedRecords, RefusedSample, ReportData};
use crate::error::ReportError;
use crate::markup::{Cell, Chart, ChartKind, Column, Layout, Table};
use crate::mask::excerpt;
use crate::page::Reveal;
use crate::words;

/// Letters of a record that are shown.
const LONGEST_RECORD: usize = 400;
const LONGEST_DETAIL: usize = 160;

/// The samples of one code.
pub struct Refusals {
    pub title: String,
    pub code: String,
    pub records: Option<String>,
    pub samples: Vec<Sample>,
}

pub struct Sample {
    pub path: String,
    pub expected: String,
    pub actual: String,
    pub original: String,
    pub object: String,
}

pub fn section(data: &ReportData, shown: Shown<'_>) -> Result<Section, ReportError> {
    let section = Section::new(
        "quarantine",
        "Quarantine",
        "Records that were refused, by reason. They are kept whole and can be replayed.",
    );
    if data.quarantine.is_empty() && data.samples.is_empty() {
        return Ok(section.without_data("No record was refused on these days."));
    }
    let codes = by_code(&data.quarantine);
    let points =
        codes.iter().map(|(code, records)| Point::named(words::title(code), Some(*records))).collect();
    let spec = ChartSpec {
        title: "Refused records by reason".to_owned(),
        unit: Unit::Count,
        x: Axis::Category,
        series: vec![Series { name: "Records".to_owned(), points }],
        marks: Vec::new(),
    };
    let chart = Chart::of("chart-quarantine", ChartKind::Bar, &spec, table(&data.quarantine, &codes))?;
    let note = match shown.reveal {
        Reveal::Nothing => {
            "Samples are masked: every letter is an x, every digit a 9, but for words of the contracts."
        }
        Reveal::Everything => "Samples are shown as they were received, with personal data.",
    };
    Ok(Section {
        charts: chart.into_iter().collect(),
        refusals: refusals(&data.samples, &codes, shown),
        note: Some(note.to_owned()).filter(|_| !data.samples.is_empty()),
        ..section
    })
}

/// The most frequent first.
fn by_code(quarantine: &[RefusedRecords]) -> Vec<(&str, f64)> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for refused in quarantine {
        *sums.entry(&refused.code).or_default() += refused.records;
    }
    let mut codes: Vec<_> = sums.into_iter().collect();
    codes.sort_by(|left, right| right.1.total_cmp(&left.1));
    codes
}

fn table(quarantine: &[RefusedRecords], codes: &[(&str, f64)]) -> Table {
    let sources: BTreeSet<&str> = quarantine.iter().map(|refused| refused.source.as_str()).collect();
    let of = |code: &str, source: &str| -> f64 {
        let cell = quarantine.iter().filter(|refused| refused.code == code && refused.source == source);
        cell.map(|refused| refused.records).sum()
    };
    let row = |(code, all): &(&str, f64)| {
        let of_sources = sources.iter().map(|source| Cell::number(words::count(of(code, source))));
        let name = Cell::text(words::title(code)).with_code(*code);
        std::iter::once(name).chain(of_sources).chain([Cell::number(words::count(*all))]).collect()
    };
    let of_sources = sources.iter().map(|source| Column::number(*source));
    let columns = std::iter::once(Column::text("Reason")).chain(of_sources).chain([Column::number("All")]);
    Table {
        label: "Refused records by reason and source".to_owned(),
        columns: columns.collect(),
        rows: codes.iter().map(row).collect(),
        layout: Layout::Grid,
    }
}

/// In the order of the chart.
fn refusals(samples: &[RefusedSample], codes: &[(&str, f64)], shown: Shown<'_>) -> Vec<Refusals> {
    let mut groups: BTreeMap<&str, Vec<Sample>> = BTreeMap::new();
    for sample in samples {
        groups.entry(&sample.code).or_default().push(Sample::of(sample, shown));
    }
    let rank = |code: &str| codes.iter().position(|(ranked, _)| *ranked == code).unwrap_or(codes.len());
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(code, _)| rank(code));
    let group = |(code, samples): (&str, Vec<Sample>)| Refusals {
        title: words::title(code),
        code: code.to_owned(),
        records: codes.get(rank(code)).map(|(_, records)| words::amount(*records, "record", "records")),
        samples,
    };
    groups.into_iter().map(group).collect()
}

impl Sample {
    fn of(sample: &RefusedSample, shown: Shown<'_>) -> Self {
        let line = sample.object_line.map(|line| format!(", line {line}")).unwrap_or_default();
        Self {
            path: shown.text(&sample.path, LONGEST_DETAIL),
            expected: excerpt(&sample.expected, LONGEST_DETAIL),
            actual: shown.text(&sample.actual, LONGEST_DETAIL),
            original: shown.text(&sample.original, LONGEST_RECORD),
            object: format!("{}{line}", shown.object_key(&sample.object_key)),
        }
    }
}
