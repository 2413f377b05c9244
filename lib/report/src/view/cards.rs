//! One card for each KPI.

use leadlake_gold::{Better, Bound, Breakdown, BreakdownItem, DayValue, KpiFigure, KpiSetting, State, Unit};

use super::Shown;
use crate::chart::{Axis, ChartSpec, Mark, Point, Series};
use crate::error::ReportError;
use crate::markup::{Cell, Chart, ChartKind, Column, Layout, StateMark, Table};
use crate::{meaning, words};

/// More parts than these do not fit into a card.
const MOST_PARTS: usize = 6;

pub struct Card {
    pub id: String,
    pub number: u8,
    /// Its name in SQL and settings.
    pub name: String,
    pub title: String,
    pub question: String,
    pub state: StateMark,
    pub value: String,
    /// With all its digits, for machines; empty where there is none.
    pub exact: String,
    /// What the value is, in small print.
    pub about: String,
    pub latest: Option<String>,
    pub because: Vec<String>,
    pub chart: Option<Chart>,
    pub parts_title: String,
    pub parts: Vec<PartOfKpi>,
    pub parts_left_out: usize,
}

pub struct PartOfKpi {
    pub name: String,
    pub value: String,
    /// Of the bar, in percent.
    pub width: String,
}

pub fn id_of(kpi: &KpiFigure) -> String {
    format!("kpi-{}", kpi.name)
}

impl Card {
    pub fn of(kpi: &KpiFigure, setting: Option<&KpiSetting>, shown: Shown<'_>) -> Result<Self, ReportError> {
        let headline = &kpi.headline;
        let finite = headline.value.filter(|value| value.is_finite());
        let exact = finite.map(|value| serde_json::to_string(&value)).transpose()?.unwrap_or_default();
        let breakdown = setting.and_then(|setting| setting.breakdown.as_ref());
        Ok(Self {
            id: id_of(kpi),
            number: kpi.number,
            name: kpi.name.clone(),
            title: kpi.title.clone(),
            question: kpi.question.clone(),
            state: StateMark::of(kpi.state),
            value: words::value(headline.value, headline.unit),
            exact,
            about: about(kpi),
            latest: headline.latest.map(|latest| latest_day(latest, headline.unit)),
            because: because(kpi),
            chart: trend(kpi, setting)?,
            parts_title: breakdown.map(|parts| parts_title(parts, &headline.measure)).unwrap_or_default(),
            parts: parts(kpi, breakdown, shown),
            parts_left_out: kpi.breakdown.len().saturating_sub(MOST_PARTS),
        })
    }
}

/// Where there is no state, why there is none.
fn because(kpi: &KpiFigure) -> Vec<String> {
    if kpi.state != State::NoData || !kpi.because.is_empty() {
        return kpi.because.clone();
    }
    let is_known = |value: Option<f64>| value.is_some_and(f64::is_finite);
    let of_day = kpi.headline.latest.is_some_and(|latest| is_known(latest.value));
    let of_any_day = kpi.trend.iter().any(|day| is_known(day.value));
    let reason = match (is_known(kpi.headline.value), of_day) {
        (_, true) => "There is too little to hold the latest complete day against.",
        (true, false) => {
            "The number is about all days. The latest complete day has none, so it is not judged."
        }
        (false, false) if of_any_day => {
            "Some days have a number, but neither all of them together nor the latest."
        }
        (false, false) => "Nothing has been counted for these days yet.",
    };
    vec![reason.to_owned()]
}

fn about(kpi: &KpiFigure) -> String {
    let headline = &kpi.headline;
    let mut about = match meaning::of(&kpi.name, &headline.measure) {
        Some(sentence) => sentence.to_owned(),
        None => words::measure(&headline.measure),
    };
    if let (Unit::Share, Some(part), Some(whole)) = (headline.unit, headline.numerator, headline.denominator)
    {
        about.push_str(&format!(": {} of {}", words::count(part), words::count(whole)));
    }
    match headline.better {
        Better::Higher => about.push_str(". Higher is better."),
        Better::Lower => about.push_str(". Lower is better."),
        Better::Neither => about.push('.'),
    }
    about
}

fn latest_day(latest: DayValue, unit: Unit) -> String {
    let day = words::short_day(latest.day);
    match latest.value.filter(|value| value.is_finite()) {
        Some(_) => format!("{} on {day}, the latest complete day", words::value(latest.value, unit)),
        None => format!("Nothing on {day}, the latest complete day"),
    }
}

fn trend(kpi: &KpiFigure, setting: Option<&KpiSetting>) -> Result<Option<Chart>, ReportError> {
    let headline = &kpi.headline;
    let point = |at: &DayValue| Point { is_open: !at.complete, ..Point::on(at.day, at.value) };
    let points = kpi.trend.iter().map(point).collect();
    let spec = ChartSpec {
        title: format!("{} by day", words::measure(&headline.measure)),
        unit: headline.unit,
        x: Axis::Day,
        series: vec![Series { name: words::measure(&headline.measure), points }],
        marks: setting.map(|setting| marks(setting, &headline.measure)).unwrap_or_default(),
    };
    let row = |at: &DayValue| {
        let day = Cell::text(words::day(at.day));
        let day = if at.complete { day } else { day.with_small("not over yet") };
        vec![day, Cell::number(words::value(at.value, headline.unit))]
    };
    let table = Table {
        label: format!("{} by day", kpi.title),
        columns: vec![Column::text("Day"), Column::number(words::measure(&headline.measure))],
        rows: kpi.trend.iter().map(row).collect(),
        layout: Layout::Grid,
    };
    Chart::of(format!("trend-{}", kpi.name), ChartKind::Spark, &spec, table)
}

/// Bounds that do not move with what is usual.
fn marks(setting: &KpiSetting, measure: &str) -> Vec<Mark> {
    let fixed = setting.checks.iter().filter(|check| {
        let is_fixed = matches!(check.bound, Bound::BelowValue | Bound::AboveValue);
        check.measure == measure && check.by.is_none() && is_fixed
    });
    let mark = |name: &str, y: f64| Mark { name: name.to_owned(), y };
    fixed.flat_map(|check| [mark("watch", check.watch), mark("alarm", check.alarm)]).collect()
}

fn parts_title(breakdown: &Breakdown, headline_measure: &str) -> String {
    let by = breakdown.by.replace('_', " ");
    if breakdown.measure == headline_measure {
        return format!("By {by}");
    }
    format!("{} by {by}", words::measure(&breakdown.measure))
}

fn parts(kpi: &KpiFigure, breakdown: Option<&Breakdown>, shown: Shown<'_>) -> Vec<PartOfKpi> {
    let is_by_field = breakdown.is_some_and(|parts| parts.by == "field");
    let finite = |item: &BreakdownItem| item.value.filter(|value| value.is_finite());
    let largest = kpi.breakdown.iter().filter_map(finite).fold(0.0, f64::max);
    let part = |item: &BreakdownItem| {
        let share = if largest > 0.0 { finite(item).unwrap_or(0.0).max(0.0) / largest } else { 0.0 };
        PartOfKpi {
            name: if is_by_field { shown.field(&item.name) } else { item.name.clone() },
            value: words::breakdown_value(kpi, item),
            width: format!("{:.1}", share * 100.0),
        }
    };
    kpi.breakdown.iter().take(MOST_PARTS).map(part).collect()
}
