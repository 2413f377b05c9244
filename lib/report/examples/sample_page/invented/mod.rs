//! What a lake of a month might hold. Nobody in it exists.

mod kpis;
mod rows;

use std::error::Error;

use jiff::Timestamp;
use jiff::civil::date;
use leadlake_gold::{Headline, KpiFigure, KpiFigures, KpiSetting, KpiSettings, State};
use leadlake_report::mask::Vocabulary;
use leadlake_report::{Corrections, FunnelStep, RefusedRecords, ReportData, SalesList};

use kpis::FIRST;
use rows::{corrections, freshness, lead, reliability, samples, score_bands, source_results, versions};

fn at(text: &str) -> Result<Timestamp, jiff::Error> {
    text.parse()
}

/// A lake into which nothing has come yet.
pub fn empty() -> Result<ReportData, Box<dyn Error>> {
    let as_of = at("2025-01-31T23:59:59.999999Z")?;
    let blank = |(figure, _): (KpiFigure, KpiSetting)| {
        let headline =
            Headline { value: None, numerator: None, denominator: None, latest: None, ..figure.headline };
        let state = State::NoData;
        KpiFigure {
            headline,
            state,
            because: vec![],
            trend: vec![],
            breakdown: vec![],
            rows: vec![],
            ..figure
        }
    };
    let kpis = kpis::all().into_iter().map(blank).collect();
    Ok(ReportData {
        lake: "empty-lake".to_owned(),
        made_at: at("2025-02-01T06:30:12Z")?,
        currency: "INR".to_owned(),
        figures: KpiFigures { as_of, from: FIRST, to: date(2025, 1, 31), kpis },
        settings: KpiSettings { version: "sample".to_owned(), looks_back_days: 35, kpis: Vec::new() },
        funnel: Vec::new(),
        quarantine: Vec::new(),
        samples: Vec::new(),
        vocabulary: Vocabulary::default(),
        score_bands: Vec::new(),
        reliability: Vec::new(),
        sources: Vec::new(),
        freshness: Vec::new(),
        sales: SalesList::default(),
        corrections: Corrections::default(),
        versions: Vec::new(),
    })
}

pub fn full() -> Result<ReportData, Box<dyn Error>> {
    let blank = empty()?;
    let (figures, settings) = kpis::all().into_iter().unzip();
    let figures = KpiFigures { kpis: figures, ..blank.figures };
    let steps = [
        ("records in bronze", 20_000.0),
        ("accepted", 19_528.0),
        ("distinct events", 19_278.0),
        ("leads", 3_986.0),
        ("hot leads", 2_560.0),
        ("converted", 775.0),
    ];
    let refused = [
        ("not_json", [31.0, 18.0, 12.0, 9.0]),
        ("missing", [14.0, 11.0, 13.0, 7.0]),
        ("not_a_timestamp", [15.0, 12.0, 6.0, 4.0]),
        ("not_allowed", [8.0, 9.0, 4.0, 13.0]),
        ("no_identity", [5.0, 6.0, 2.0, 10.0]),
    ];
    let sources = ["webinar", "online", "roadshow", "crm"];
    let refused_of = |(code, amounts): (&str, [f64; 4])| {
        let code = code.to_owned();
        let of_source = move |(source, records): (&str, f64)| RefusedRecords {
            source: source.to_owned(),
            code: code.clone(),
            records,
        };
        sources.into_iter().zip(amounts).map(of_source).collect::<Vec<_>>()
    };
    Ok(ReportData {
        lake: "demo-lake".to_owned(),
        figures,
        settings: KpiSettings { kpis: settings, ..blank.settings },
        funnel: steps.map(|(step, amount)| FunnelStep { step: step.to_owned(), amount }).into(),
        quarantine: refused.into_iter().flat_map(refused_of).collect(),
        samples: samples(),
        vocabulary: Vocabulary::new([
            "budget_range",
            "quantity",
            "duration_minutes",
            "questions_asked",
            "price",
            "currency",
            "event_id",
            "event_type",
            "email",
            "name",
            "phone",
            "city",
            "timestamp",
            "outcome",
            "revenue",
            "webinar_attendance",
            "conversion_outcome",
            "online_form",
            "roadshow_lead",
            "duration",
            "event_time",
            "none",
            "converted",
            "lost",
            "open",
        ]),
        score_bands: score_bands(),
        reliability: reliability(),
        sources: source_results(),
        freshness: freshness()?,
        sales: SalesList { leads: (1..=12).map(lead).collect::<Result<_, _>>()?, open_leads: 3_211.0 },
        corrections: Corrections { days: corrections()?, all: 1_828.0 },
        versions: versions(blank.figures.as_of),
        ..blank
    })
}
