//! KPIs as a lake might have them.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use leadlake_gold::{
    Better, Bound, Breakdown, BreakdownItem, Check, DayValue, Headline, HeadlineSettings, KpiFigure, KpiRow,
    KpiSetting, State, Unit,
};

pub const FIRST: Date = date(2025, 1, 1);
const DAYS: i64 = 31;

/// The KPIs with their settings.
pub fn all() -> Vec<(KpiFigure, KpiSetting)> {
    let sketches = sketches().into_iter().enumerate();
    sketches.map(|(place, sketch)| (figure(place, &sketch), setting(&sketch))).collect()
}

/// Between 0 and 1, the same for the same numbers.
fn wobble(day: i64, salt: i64) -> f64 {
    let mixed = (day * 7_919 + salt * 104_729) % 1_000;
    let weekend = if matches!(day % 7, 3 | 4) { 0.3 } else { 1.0 };
    (mixed as f64 / 1_000.0) * weekend
}

struct Sketch {
    name: &'static str,
    title: &'static str,
    question: &'static str,
    measure: &'static str,
    unit: Unit,
    better: Better,
    state: State,
    because: &'static [&'static str],
    total: (f64, Option<f64>, Option<f64>),
    low: f64,
    high: f64,
    check: Option<(Bound, f64, f64)>,
    parts: (&'static str, &'static str, &'static [(&'static str, f64)]),
}

const NO_PARTS: (&str, &str, &[(&str, f64)]) = ("", "", &[]);

fn sketches() -> Vec<Sketch> {
    let higher = Better::Higher;
    let lower = Better::Lower;
    vec![
        Sketch {
            name: "lead_volume",
            title: "Lead volume",
            question: "How much reached bronze, by source and day of arrival.",
            measure: "records",
            unit: Unit::Count,
            better: higher,
            state: State::Watch,
            because: &["records: 412 on 30 Jan is below 70% of the usual 655"],
            total: (20_000.0, Some(20_000.0), None),
            low: 410.0,
            high: 910.0,
            check: None,
            parts: (
                "records",
                "source",
                &[
                    ("webinar", 6_543.0),
                    ("crm", 4_688.0),
                    ("online", 4_541.0),
                    ("roadshow", 2_657.0),
                    ("transactions", 1_571.0),
                ],
            ),
        },
        Sketch {
            name: "data_quality",
            title: "Data quality",
            question: "Which fields arrive missing, invalid or unknown, and how many records arrive twice.",
            measure: "invalid",
            unit: Unit::Share,
            better: lower,
            state: State::Ok,
            because: &[],
            total: (0.0312, Some(624.0), Some(20_000.0)),
            low: 0.02,
            high: 0.045,
            check: Some((Bound::AboveValue, 0.05, 0.1)),
            parts: (
                "invalid",
                "field",
                &[
                    ("phone", 0.0221),
                    ("budget_range", 0.0048),
                    ("email", 0.0022),
                    ("quantity", 0.0011),
                    ("duration_minutes", 0.0006),
                    ("questions_asked", 0.0002),
                    ("price", 0.0001),
                    ("currency", 0.0001),
                ],
            ),
        },
        Sketch {
            name: "processing_success_rate",
            title: "Processing success rate",
            question: "Which share of raw records reached silver.",
            measure: "reached_silver",
            unit: Unit::Share,
            better: higher,
            state: State::Ok,
            because: &[],
            total: (0.9764, Some(19_528.0), Some(20_000.0)),
            low: 0.968,
            high: 0.989,
            check: Some((Bound::BelowValue, 0.95, 0.9)),
            parts: (
                "reached_silver",
                "source",
                &[
                    ("crm", 0.9791),
                    ("webinar", 0.9771),
                    ("transactions", 0.9764),
                    ("roadshow", 0.9748),
                    ("online", 0.9736),
                ],
            ),
        },
        Sketch {
            name: "lead_source_distribution",
            title: "Lead source distribution",
            question: "Through which sources leads come first.",
            measure: "dominant_share",
            unit: Unit::Share,
            better: Better::Neither,
            state: State::Ok,
            because: &[],
            total: (0.4621, Some(1_842.0), Some(3_986.0)),
            low: 0.38,
            high: 0.58,
            check: None,
            parts: ("share", "source", &[("webinar", 0.4621), ("online", 0.3344), ("roadshow", 0.2035)]),
        },
        Sketch {
            name: "enrichment_coverage",
            title: "Enrichment coverage",
            question: "Of how many leads we know who they are and what they want.",
            measure: "complete",
            unit: Unit::Share,
            better: higher,
            state: State::Alarm,
            because: &["complete: 38.2% on 30 Jan is below 40%", "behavioural: 52.9% on 30 Jan is below 60%"],
            total: (0.382, Some(1_523.0), Some(3_986.0)),
            low: 0.12,
            high: 0.39,
            check: Some((Bound::BelowValue, 0.5, 0.4)),
            parts: ("demographic", "source", &[("roadshow", 0.81), ("online", 0.62), ("webinar", 0.27)]),
        },
        Sketch {
            name: "lead_score_accuracy",
            title: "Lead score accuracy",
            question: "How well the score before the outcome tells who converts.",
            measure: "auc",
            unit: Unit::Ratio,
            better: higher,
            state: State::Ok,
            because: &[],
            total: (0.7134, None, None),
            low: 0.66,
            high: 0.78,
            check: Some((Bound::BelowValue, 0.65, 0.6)),
            parts: NO_PARTS,
        },
        Sketch {
            name: "high_intent_lead_ratio",
            title: "High-intent lead ratio",
            question: "Which share of leads is hot now.",
            measure: "hot",
            unit: Unit::Share,
            better: higher,
            state: State::Ok,
            because: &[],
            total: (0.6422, Some(2_560.0), Some(3_986.0)),
            low: 0.6422,
            high: 0.6422,
            check: None,
            parts: ("hot", "source", &[("webinar", 0.71), ("roadshow", 0.63), ("online", 0.55)]),
        },
        Sketch {
            name: "processing_latency",
            title: "Processing latency",
            question: "How long objects take from arrival to silver.",
            measure: "p95",
            unit: Unit::Seconds,
            better: lower,
            state: State::Ok,
            because: &[],
            total: (94.0, None, Some(1_024.0)),
            low: 55.0,
            high: 190.0,
            check: Some((Bound::AboveValue, 300.0, 900.0)),
            parts: (
                "p95",
                "source",
                &[
                    ("webinar", 121.0),
                    ("online", 96.0),
                    ("crm", 82.5),
                    ("roadshow", 61.2),
                    ("transactions", 4.2),
                ],
            ),
        },
        Sketch {
            name: "duplicate_reduction",
            title: "Duplicate reduction",
            question: "How many repeated records were eliminated.",
            measure: "eliminated",
            unit: Unit::Share,
            better: Better::Neither,
            state: State::Ok,
            because: &[],
            total: (0.0248, Some(496.0), Some(19_774.0)),
            low: 0.01,
            high: 0.04,
            check: None,
            parts: ("eliminated", "source", &[("webinar", 0.0301), ("crm", 0.0247), ("online", 0.0219)]),
        },
        Sketch {
            name: "conversion_by_band",
            title: "Conversion rate by score band",
            question: "Whether higher bands convert better.",
            measure: "lift",
            unit: Unit::Ratio,
            better: higher,
            state: State::NoData,
            because: &[],
            total: (f64::NAN, None, None),
            low: f64::NAN,
            high: f64::NAN,
            check: None,
            parts: NO_PARTS,
        },
    ]
}

fn days() -> impl Iterator<Item = (i64, Date)> {
    (0..DAYS).filter_map(|day| Some((day, FIRST.checked_add(day.days()).ok()?)))
}

fn figure(place: usize, sketch: &Sketch) -> KpiFigure {
    let known = |value: f64| Some(value).filter(|value| value.is_finite());
    let value_of = |day: i64| sketch.low + (sketch.high - sketch.low) * wobble(day, place as i64);
    let trend: Vec<DayValue> = days()
        .map(|(day, date)| DayValue { day: date, value: known(value_of(day)), complete: day < DAYS - 1 })
        .collect();
    let (value, numerator, denominator) = sketch.total;
    let latest = trend.iter().rfind(|day| day.complete && day.value.is_some()).copied();
    let part = |(name, value): &(&str, f64)| BreakdownItem {
        name: (*name).to_owned(),
        value: Some(*value),
        numerator: None,
        denominator: Some(1_000.0).filter(|_| sketch.unit != Unit::Count),
    };
    KpiFigure {
        number: u8::try_from(place + 1).unwrap_or(u8::MAX),
        name: sketch.name.to_owned(),
        title: sketch.title.to_owned(),
        question: sketch.question.to_owned(),
        headline: Headline {
            measure: sketch.measure.to_owned(),
            unit: sketch.unit,
            better: sketch.better,
            value: known(value),
            numerator,
            denominator,
            latest,
        },
        state: sketch.state,
        because: sketch.because.iter().map(|because| (*because).to_owned()).collect(),
        trend,
        breakdown: sketch.parts.2.iter().map(part).collect(),
        rows: if sketch.name == "processing_latency" { latency_rows() } else { Vec::new() },
    }
}

fn latency_rows() -> Vec<KpiRow> {
    let of_day = |(day, date): (i64, Date)| {
        [("p50", 12.0, 9.0), ("p95", 55.0, 135.0), ("p99", 140.0, 420.0)].map(|(measure, low, spread)| {
            KpiRow {
                measure: measure.to_owned(),
                dimensions: BTreeMap::new(),
                day: Some(date),
                value: Some(low + spread * wobble(day, 7)),
                numerator: None,
                denominator: Some(33.0),
            }
        })
    };
    days().flat_map(of_day).collect()
}

fn setting(sketch: &Sketch) -> KpiSetting {
    let (measure, by, _) = sketch.parts;
    let check =
        |(bound, watch, alarm)| Check { measure: sketch.measure.to_owned(), by: None, bound, watch, alarm };
    KpiSetting {
        name: sketch.name.to_owned(),
        headline: HeadlineSettings {
            measure: sketch.measure.to_owned(),
            unit: sketch.unit,
            better: sketch.better,
        },
        breakdown: Some(Breakdown { measure: measure.to_owned(), by: by.to_owned() })
            .filter(|_| !by.is_empty()),
        checks: sketch.check.into_iter().map(check).collect(),
    }
}
