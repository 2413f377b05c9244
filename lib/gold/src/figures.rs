//! What the KPIs are now.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::answer;
use crate::day;
use crate::engine::{Asked, SqlEngine};
use crate::error::GoldError;
use crate::model::{Model, Models};
use crate::rows::{self, KpiRow, kpi_rows};
use crate::settings::{Better, Breakdown, Check, HeadlineSettings, KpiSetting, KpiSettings, State, Unit};
use crate::state::{Judgement, judge, worst};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KpiFigures {
    pub as_of: Timestamp,
    pub from: Date,
    pub to: Date,
    pub kpis: Vec<KpiFigure>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KpiFigure {
    pub number: u8,
    pub name: String,
    pub title: String,
    pub question: String,
    pub headline: Headline,
    pub state: State,
    /// Which check says so, in words.
    pub because: Vec<String>,
    /// The headline's measure, day by day.
    pub trend: Vec<DayValue>,
    pub breakdown: Vec<BreakdownItem>,
    pub rows: Vec<KpiRow>,
}

/// The number that stands for the KPI.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Headline {
    pub measure: String,
    pub unit: Unit,
    pub better: Better,
    /// Of the whole range.
    pub value: Option<f64>,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
    /// Of the newest complete day.
    pub latest: Option<DayValue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DayValue {
    pub day: Date,
    pub value: Option<f64>,
    /// Whether the day was over at the instant.
    pub complete: bool,
}

/// A part of the whole range.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BreakdownItem {
    pub name: String,
    pub value: Option<f64>,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
}

/// Asks all KPIs.
pub fn kpi_figures(
    engine: &dyn SqlEngine,
    models: &Models,
    settings: &KpiSettings,
    asked: &Asked,
) -> Result<KpiFigures, GoldError> {
    let figure = |model: &Model| {
        let rows = kpi_rows(engine, model, asked)?;
        let setting = settings.of(&model.name);
        let setting = setting.ok_or_else(|| GoldError::NoSettings { kpi: model.name.clone() })?;
        let kept = if model.covers_days() { Vec::new() } else { kept_days(engine, model, setting, asked)? };
        Ok(figure(model, setting, rows, kept, asked))
    };
    let kpis = models.kpis.iter().map(figure).collect::<Result<_, GoldError>>()?;
    Ok(KpiFigures { as_of: asked.as_of, from: asked.from, to: asked.to, kpis })
}

/// A model that tells only how things stand cannot be asked how they stood: of earlier days there is what runs have kept.
fn kept_days(
    engine: &dyn SqlEngine,
    model: &Model,
    setting: &KpiSetting,
    asked: &Asked,
) -> Result<Vec<DayValue>, GoldError> {
    let sql = format!(
        "SELECT date AS day, value FROM gold_kpi WHERE kpi = '{}' AND measure = '{}' AND is_latest \
         AND cardinality(dimensions) = 0 AND date BETWEEN DATE '{}' AND DATE '{}'",
        model.name, setting.headline.measure, asked.from, asked.to
    );
    let fields = [("day", DataType::Date32, false), ("value", DataType::Float64, true)];
    let schema = Schema::new(fields.map(|(name, kind, nullable)| Field::new(name, kind, nullable)).to_vec());
    let kept = answer::ask(engine, "gold_kpi", &sql, &Arc::new(schema))?;
    Ok(rows::day_values(&kept)
        .into_iter()
        .map(|(day, value)| DayValue { day, value, complete: asked.is_over(day) })
        .collect())
}

fn figure(
    model: &Model,
    setting: &KpiSetting,
    rows: Vec<KpiRow>,
    kept: Vec<DayValue>,
    asked: &Asked,
) -> KpiFigure {
    let HeadlineSettings { measure, unit, better } = &setting.headline;
    let trend = trend(&rows, kept, measure, asked);
    let newest = newest_day(model, &trend, asked);
    let latest = newest.and_then(|day| trend.iter().find(|there| there.day == day).copied());
    let judgements = match newest {
        Some(day) => judgements(setting, &rows, day),
        None => Vec::new(),
    };
    let has_value = latest.is_some_and(|latest| latest.value.is_some());
    let whole = rows.iter().find(|row| row.day.is_none() && row.measure == *measure && row.is_total());
    KpiFigure {
        number: model.number,
        name: model.name.clone(),
        title: model.title.clone(),
        question: model.question.clone(),
        headline: Headline {
            measure: measure.clone(),
            unit: *unit,
            better: *better,
            value: whole.and_then(|row| row.value),
            numerator: whole.and_then(|row| row.numerator),
            denominator: whole.and_then(|row| row.denominator),
            latest,
        },
        state: worst(&judgements, has_value),
        because: judgements.into_iter().filter_map(|judgement| judgement.because).collect(),
        trend,
        breakdown: setting.breakdown.as_ref().map(|by| breakdown(&rows, by)).unwrap_or_default(),
        rows,
    }
}

/// In the order of the days. What is asked now stands before what was kept.
fn trend(rows: &[KpiRow], kept: Vec<DayValue>, measure: &str, asked: &Asked) -> Vec<DayValue> {
    let of_days = rows.iter().filter(|row| row.measure == measure && row.is_total());
    let value = |row: &KpiRow| {
        let day = row.day?;
        Some(DayValue { day, value: row.value, complete: asked.is_over(day) })
    };
    let asked_now = of_days.filter_map(value);
    let by_day: BTreeMap<Date, DayValue> =
        kept.into_iter().chain(asked_now).map(|value| (value.day, value)).collect();
    by_day.into_values().collect()
}

/// The last day that is over. What is about one day only is looked at on that day.
fn newest_day(model: &Model, trend: &[DayValue], asked: &Asked) -> Option<Date> {
    if !model.covers_days() {
        return trend.last().map(|there| there.day);
    }
    let newest = if asked.is_over(asked.to) { asked.to } else { day::before(asked.to, 1) };
    (newest >= asked.from).then_some(newest)
}

fn judgements(setting: &KpiSetting, rows: &[KpiRow], day: Date) -> Vec<Judgement> {
    let judgement = |check: &Check| {
        let of_measure = rows.iter().filter(|row| row.measure == check.measure && row.is_total());
        let series = of_measure.filter_map(|row| Some((row.day?, row.value))).collect();
        judge(check, &series, day)
    };
    setting.checks.iter().map(judgement).collect()
}

/// The largest first.
fn breakdown(rows: &[KpiRow], by: &Breakdown) -> Vec<BreakdownItem> {
    let is_part = |row: &&KpiRow| row.day.is_none() && row.measure == by.measure && row.dimensions.len() == 1;
    let item = |row: &KpiRow| {
        let name = row.dimensions.get(&by.by)?.clone();
        let KpiRow { value, numerator, denominator, .. } = *row;
        Some(BreakdownItem { name, value, numerator, denominator })
    };
    let mut items: Vec<BreakdownItem> = rows.iter().filter(is_part).filter_map(item).collect();
    let size = |item: &BreakdownItem| item.value.unwrap_or(f64::NEG_INFINITY);
    items.sort_by(|one, other| size(other).total_cmp(&size(one)).then_with(|| one.name.cmp(&other.name)));
    items
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn row(measure: &str, source: Option<&str>, day: Option<i8>, value: Option<f64>) -> KpiRow {
        KpiRow {
            measure: measure.to_owned(),
            dimensions: source.map(|name| ("source".to_owned(), name.to_owned())).into_iter().collect(),
            day: day.map(|day| Date::constant(2025, 1, day)),
            value,
            numerator: None,
            denominator: None,
        }
    }

    fn figure_of(kpi: &str, rows: Vec<KpiRow>, as_of: &str) -> KpiFigure {
        figure_with(kpi, rows, Vec::new(), as_of)
    }

    fn figure_with(kpi: &str, rows: Vec<KpiRow>, kept: Vec<DayValue>, as_of: &str) -> KpiFigure {
        let models = Models::shipped().unwrap();
        let settings = KpiSettings::shipped().unwrap();
        let asked = Asked {
            as_of: as_of.parse().unwrap(),
            from: Date::constant(2025, 1, 1),
            to: Date::constant(2025, 1, 5),
        };
        figure(models.get(kpi).unwrap(), settings.of(kpi).unwrap(), rows, kept, &asked)
    }

    #[test]
    fn the_newest_complete_day_says_how_things_are() {
        let mut rows: Vec<KpiRow> = (1..=5)
            .map(|day| row("records", None, Some(day), Some(if day < 4 { 100.0 } else { 20.0 })))
            .collect();
        rows.extend([
            row("records", None, None, Some(340.0)),
            row("records", Some("online"), None, Some(40.0)),
            row("records", Some("webinar"), None, Some(300.0)),
            row("objects", Some("webinar"), None, Some(3.0)),
            row("records", Some("online"), Some(4), Some(7.0)),
        ]);
        let figure = figure_of("lead_volume", rows, "2025-01-05T12:00:00Z");
        let latest = DayValue { day: Date::constant(2025, 1, 4), value: Some(20.0), complete: true };
        assert_eq!((figure.headline.value, figure.headline.latest), (Some(340.0), Some(latest)));
        assert_eq!(figure.state, State::Alarm);
        assert_snapshot!(figure.because.join("\n"), @"records was 20 on 2025-01-04, 0.2 times the usual 100: alarm below 0.25");
        let parts: Vec<&str> = figure.breakdown.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(parts, ["webinar", "online"]);
        assert_eq!(figure.trend.iter().filter(|day| day.complete).count(), 4);
        assert_eq!(figure.trend.len(), 5);
    }

    #[test]
    fn a_kpi_of_one_day_is_looked_at_on_that_day() {
        let rows = vec![row("hot", None, Some(5), Some(0.99)), row("hot", None, None, Some(0.99))];
        let kept = |day, value| DayValue { day: Date::constant(2025, 1, day), value, complete: true };
        let earlier = vec![kept(5, Some(0.1)), kept(3, Some(0.5)), kept(4, None)];
        let figure = figure_with("high_intent_lead_ratio", rows, earlier, "2025-01-05T12:00:00Z");
        assert_eq!((figure.state, figure.headline.value), (State::Alarm, Some(0.99)));
        let trend: Vec<(i8, Option<f64>)> =
            figure.trend.iter().map(|there| (there.day.day(), there.value)).collect();
        assert_eq!(trend, [(3, Some(0.5)), (4, None), (5, Some(0.99))]);
    }

    #[test]
    fn nothing_is_no_data() {
        let figure = figure_of("lead_score_accuracy", Vec::new(), "2025-01-05T23:59:59.999999Z");
        assert_eq!((figure.state, figure.headline.latest), (State::NoData, None));
        let gap = vec![row("auc", None, Some(4), Some(0.7))];
        assert_eq!(figure_of("lead_score_accuracy", gap, "2025-01-05T23:59:59.999999Z").state, State::NoData);
    }

    #[test]
    fn figures_are_json_for_machines() {
        let mut row = row("hot", Some("online"), Some(5), Some(0.5));
        row.dimensions = BTreeMap::from([("source".to_owned(), "online".to_owned())]);
        let figure = figure_of("high_intent_lead_ratio", vec![row], "2025-01-05T12:00:00Z");
        let json = serde_json::to_string(&figure).unwrap();
        assert_snapshot!(json, @r#"{"number":7,"name":"high_intent_lead_ratio","title":"High-intent lead ratio","question":"What share of the leads is hot, as scores stand now?","headline":{"measure":"hot","unit":"share","better":"higher","value":null,"numerator":null,"denominator":null,"latest":null},"state":"no_data","because":[],"trend":[],"breakdown":[],"rows":[{"measure":"hot","dimensions":{"source":"online"},"day":"2025-01-05","value":0.5,"numerator":null,"denominator":null}]}"#);
    }
}
