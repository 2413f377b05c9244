//! What the KPIs are now.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::Serialize;

use crate::answer;
use crate::day;
use crate::engine::{Asked, SqlEngine};
use crate::error::GoldError;
use crate::model::{Model, Models};
use crate::rows::{self, KpiRow, kpi_rows};
use crate::settings::{Better, Breakdown, Check, HeadlineSettings, KpiSetting, KpiSettings, State, Unit};
use crate::state::{Judgement, Part, Series, judge, worst};

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
        check_dimensions(model, setting)?;
        let kept = if model.covers_days() { Vec::new() } else { kept_days(engine, model, setting, asked)? };
        Ok(figure(model, setting, rows, kept, asked))
    };
    let kpis = models.kpis.iter().map(figure).collect::<Result<_, GoldError>>()?;
    Ok(KpiFigures { as_of: asked.as_of, from: asked.from, to: asked.to, kpis })
}

/// A check by what is no dimension would never find anything wrong.
pub(crate) fn check_dimensions(model: &Model, setting: &KpiSetting) -> Result<(), GoldError> {
    let mut dimensions = setting.checks.iter().filter_map(|check| check.by.as_ref());
    match dimensions.find(|by| !model.has_dimension(by)) {
        Some(by) => Err(GoldError::NoDimension { kpi: model.name.clone(), by: by.clone() }),
        None => Ok(()),
    }
}

/// A model that tells only how things stand cannot be asked how they stood: of earlier days there is what runs have kept.
fn kept_days(
    engine: &dyn SqlEngine,
    model: &Model,
    setting: &KpiSetting,
    asked: &Asked,
) -> Result<Vec<DayValue>, GoldError> {
    let sql = format!(
        "SELECT date AS day, value, cut FROM gold_kpi WHERE kpi = '{}' AND measure = '{}' AND is_latest \
         AND cardinality(dimensions) = 0 AND date BETWEEN DATE '{}' AND DATE '{}'",
        model.name, setting.headline.measure, asked.from, asked.to
    );
    let fields = [
        ("day", DataType::Date32, false),
        ("value", DataType::Float64, true),
        ("cut", DataType::Int64, false),
    ];
    let schema = Schema::new(fields.map(|(name, kind, nullable)| Field::new(name, kind, nullable)).to_vec());
    let kept = answer::ask(engine, "gold_kpi", &sql, &Arc::new(schema))?;
    Ok(rows::day_values(&kept)
        .into_iter()
        .map(|(day, value, cut)| DayValue { day, value, complete: cut > 0 })
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
    let latest =
        newest.and_then(|day| trend.iter().find(|there| there.day == day && there.value.is_some()).copied());
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

/// An entry for each day of the range, and of a day that is told of outside of it. What is asked now stands before what was
/// kept.
fn trend(rows: &[KpiRow], kept: Vec<DayValue>, measure: &str, asked: &Asked) -> Vec<DayValue> {
    let of_days = rows.iter().filter(|row| row.measure == measure && row.is_total());
    let value = |row: &KpiRow| {
        let day = row.day?;
        Some(DayValue { day, value: row.value, complete: asked.is_over(day) })
    };
    let asked_now = of_days.filter_map(value);
    let days = asked.from.series(Span::new().days(1)).take_while(|day| *day <= asked.to);
    let nothing = days.map(|day| DayValue { day, value: None, complete: asked.is_over(day) });
    let by_day: BTreeMap<Date, DayValue> =
        nothing.chain(kept).chain(asked_now).map(|value| (value.day, value)).collect();
    by_day.into_values().collect()
}

/// The last day that is over. What is about one day only is looked at on that day.
fn newest_day(model: &Model, trend: &[DayValue], asked: &Asked) -> Option<Date> {
    if !model.covers_days() {
        return trend.iter().rev().find(|there| there.value.is_some()).map(|there| there.day);
    }
    let newest = asked.to.min(day::last_over(asked.as_of));
    (newest >= asked.from).then_some(newest)
}

fn judgements(setting: &KpiSetting, rows: &[KpiRow], day: Date) -> Vec<Judgement> {
    let judgements = |check: &Check| -> Vec<Judgement> {
        let mut series: BTreeMap<Part<'_>, Series> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.measure == check.measure) {
            if let (Some(part), Some(day)) = (Part::of(check, &row.dimensions), row.day) {
                series.entry(part).or_default().insert(day, row.value);
            }
        }
        if series.is_empty() {
            series.insert(Part::All, Series::new());
        }
        series.iter().map(|(part, series)| judge(check, *part, series, day)).collect()
    };
    setting.checks.iter().flat_map(judgements).collect()
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
    use arrow_array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch};
    use insta::assert_snapshot;

    use super::*;
    use crate::engine::EngineError;

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
    fn a_source_that_stopped_delivering_is_named() {
        let of_day = |day| {
            let webinar = if day < 4 { 100.0 } else { 0.0 };
            [(None, 1_000.0 + webinar), (Some("online"), 1_000.0), (Some("webinar"), webinar)]
                .map(|(source, value)| row("records", source, Some(day), Some(value)))
        };
        let figure =
            figure_of("lead_volume", (1..=5).flat_map(of_day).collect(), "2025-01-05T23:59:59.999999Z");
        assert_eq!(figure.state, State::Alarm);
        assert_snapshot!(figure.because.join("\n"), @"records of webinar was 0 on 2025-01-05, 0 times the usual 100: alarm below 0.05");
    }

    #[test]
    fn a_check_by_what_is_no_dimension_is_refused() {
        let models = Models::shipped().unwrap();
        let mut settings = KpiSettings::shipped().unwrap();
        for setting in &mut settings.kpis {
            let model = models.get(&setting.name).unwrap();
            check_dimensions(model, setting).unwrap();
            for check in &mut setting.checks {
                check.by = Some("measure".to_owned());
            }
            let refusal = check_dimensions(model, setting).unwrap_err();
            assert!(matches!(refusal, GoldError::NoDimension { by, .. } if by == "measure"));
        }
    }

    #[test]
    fn a_kept_day_is_complete_when_a_run_has_closed_it() {
        struct Kept;
        impl SqlEngine for Kept {
            fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>, EngineError> {
                assert!(sql.starts_with("SELECT date AS day, value, cut FROM gold_kpi"), "{sql}");
                let day = |day| day::to_number(Date::constant(2025, 1, day));
                let columns: [(&str, ArrayRef); 3] = [
                    ("day", Arc::new(Date32Array::from(vec![day(3), day(4)]))),
                    ("value", Arc::new(Float64Array::from(vec![0.5, 0.6]))),
                    ("cut", Arc::new(Int64Array::from(vec![1, 0]))),
                ];
                Ok(vec![RecordBatch::try_from_iter(columns).unwrap()])
            }
        }
        let (models, settings) = (Models::shipped().unwrap(), KpiSettings::shipped().unwrap());
        let (model, setting) =
            (models.get("high_intent_lead_ratio").unwrap(), settings.of("high_intent_lead_ratio").unwrap());
        let asked = Asked {
            as_of: "2025-01-05T12:00:00Z".parse().unwrap(),
            from: Date::constant(2025, 1, 1),
            to: Date::constant(2025, 1, 5),
        };
        let kept = kept_days(&Kept, model, setting, &asked).unwrap();
        let told: Vec<_> = kept.iter().map(|kept| (kept.day.day(), kept.value, kept.complete)).collect();
        assert_eq!(told, [(3, Some(0.5), true), (4, Some(0.6), false)]);
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
        assert_eq!(trend, [(1, None), (2, None), (3, Some(0.5)), (4, None), (5, Some(0.99))]);
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
        assert_snapshot!(json, @r#"{"number":7,"name":"high_intent_lead_ratio","title":"High-intent lead ratio","question":"What share of the leads is hot, as scores stand now?","headline":{"measure":"hot","unit":"share","better":"higher","value":null,"numerator":null,"denominator":null,"latest":null},"state":"no_data","because":[],"trend":[{"day":"2025-01-01","value":null,"complete":true},{"day":"2025-01-02","value":null,"complete":true},{"day":"2025-01-03","value":null,"complete":true},{"day":"2025-01-04","value":null,"complete":true},{"day":"2025-01-05","value":null,"complete":false}],"breakdown":[],"rows":[{"measure":"hot","dimensions":{"source":"online"},"day":"2025-01-05","value":0.5,"numerator":null,"denominator":null}]}"#);
    }
}
