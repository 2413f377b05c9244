//! Rows of the page's tables.

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use leadlake_lake::tables::TableName;
use leadlake_report::{
    CorrectedDay, Freshness, RefusedSample, ReliabilityBin, SalesLead, ScoreBand, SourceResult, TableVersion,
};

use super::at;

pub fn samples() -> Vec<RefusedSample> {
    let of = |code: &str, source: &str, path: &str, expected: &str, actual: &str, original: &str, line| {
        RefusedSample {
            code: code.to_owned(),
            source: source.to_owned(),
            path: path.to_owned(),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
            original: original.to_owned(),
            object_key: format!("bronze/{source}/2025/01/13/{source}-20250113-00001.json"),
            object_line: Some(line),
        }
    };
    let time = "a time with an offset, such as 2025-01-01T10:15:30Z";
    vec![
        of(
            "not_json",
            "crm",
            "$",
            "the closing quote on the same line",
            r#"come":"open","timestamp":"2025-01-08T02:"#,
            r#"{"email":"priya.nair@example.com","outcome":"open","timestamp":"2025-01-08T02:"#,
            15,
        ),
        of(
            "not_json",
            "webinar",
            "$",
            "a value",
            "}",
            r#"{"event_type":"webinar_attendance","email":"farhan.ali@example.org","duration":}"#,
            4,
        ),
        of(
            "not_a_timestamp",
            "crm",
            "$.timestamp",
            time,
            r#""2025-02-30T25:61:00Z""#,
            r#"{"email":"ritu.singh@example.net","outcome":"converted","timestamp":"2025-02-30T25:61:00Z"}"#,
            9,
        ),
        of(
            "not_allowed",
            "crm",
            "$.outcome",
            "one of converted, lost, open",
            r#""maybe, ask Karan""#,
            r#"{"event_type":"conversion_outcome","phone":"+91 98123 45678","outcome":"maybe, ask Karan"}"#,
            59,
        ),
        of(
            "missing",
            "roadshow",
            "$.event_time",
            "a value",
            "none",
            r#"{"event_type":"roadshow_lead","name":"Divya Menon","phone":"9812345670","city":"Kochi"}"#,
            42,
        ),
    ]
}

pub fn score_bands() -> Vec<ScoreBand> {
    let bands = [
        (None, 4.0, 0.0),
        (Some(0.0), 116.0, 2.0),
        (Some(20.0), 256.0, 36.0),
        (Some(40.0), 196.0, 21.0),
        (Some(60.0), 282.0, 38.0),
        (Some(80.0), 203.0, 29.0),
        (Some(100.0), 220.0, 53.0),
        (Some(120.0), 270.0, 86.0),
        (Some(140.0), 213.0, 77.0),
        (Some(160.0), 150.0, 63.0),
        (Some(180.0), 127.0, 65.0),
        (Some(200.0), 153.0, 75.0),
        (Some(220.0), 87.0, 46.0),
    ];
    let band = |(from, decided, converted): (Option<f64>, f64, f64)| ScoreBand {
        from,
        decided,
        converted,
        conversion_rate: Some(converted / decided),
    };
    bands.map(band).into()
}

pub fn reliability() -> Vec<ReliabilityBin> {
    let bins = [
        (0, 310.0, 0.06, 0.04),
        (1, 520.0, 0.14, 0.13),
        (2, 410.0, 0.25, 0.29),
        (3, 280.0, 0.34, 0.31),
        (4, 190.0, 0.46, 0.52),
        (5, 120.0, 0.53, 0.57),
    ];
    bins.map(|(bin, decided, predicted, observed)| ReliabilityBin {
        bin,
        decided,
        predicted: Some(predicted),
        observed: Some(observed),
    })
    .into()
}

pub fn source_results() -> Vec<SourceResult> {
    let rows = [
        ("webinar", [1_842.0, 1_308.0, 402.0], 121.4, 38_214_500.0, 398.0, 321.0),
        ("online", [1_333.0, 733.0, 214.0], 64.9, 17_930_200.0, 209.0, 268.0),
        ("roadshow", [811.0, 519.0, 159.0], 88.2, 14_021_750.0, 151.0, 77.0),
        ("none", [0.0, 0.0, 0.0], f64::NAN, 0.0, 17.0, 109.0),
    ];
    let row = |(source, [leads, hot_leads, converted_leads], score, revenue, first, last): (
        &str,
        [f64; 3],
        f64,
        f64,
        f64,
        f64,
    )| SourceResult {
        source: source.to_owned(),
        leads,
        hot_leads,
        converted_leads,
        conversion_rate: Some(converted_leads / leads),
        average_score: Some(score),
        revenue: Some(revenue),
        first_touch_conversions: first,
        last_touch_conversions: last,
    };
    rows.map(row).into()
}

pub fn freshness() -> Result<Vec<Freshness>, jiff::Error> {
    let rows = [
        ("webinar", 412.0, "2025-01-31T22:41:07Z"),
        ("online", 301.0, "2025-01-31T23:12:44Z"),
        ("roadshow", 118.0, "2025-01-28T18:03:10Z"),
        ("crm", 155.0, "2025-01-31T21:00:00Z"),
        ("transactions", 38.0, "2025-01-31T20:30:31Z"),
    ];
    let row = |(source, objects, arrived): (&str, f64, &str)| -> Result<Freshness, jiff::Error> {
        let arrived = at(arrived)?;
        Ok(Freshness {
            source: source.to_owned(),
            objects,
            last_day: Some(arrived.to_zoned(jiff::tz::TimeZone::UTC).date()),
            last_arrived_at: Some(arrived),
            last_refined_at: Some(arrived.checked_add(94.seconds())?),
            last_event_at: Some(arrived.checked_sub(3.hours())?),
        })
    };
    rows.into_iter().map(row).collect()
}

pub fn lead(position: i64) -> Result<SalesLead, jiff::Error> {
    let names = ["Amit Kumar", "Priya Nair", "Farhan Ali", "Ritu Singh", "Divya Menon", "Karan Shah"];
    let cities = ["Bengaluru", "Kochi", "New Delhi", "Pune", "Navi Mumbai", "Hyderabad"];
    let of = |texts: &[&str; 6]| {
        texts.iter().cycle().nth(position.unsigned_abs() as usize).map(|text| (*text).to_owned())
    };
    let name = of(&names);
    let email = name.as_deref().map(|name| format!("{}@example.com", name.to_lowercase().replace(' ', ".")));
    let score = 410.0 - position as f64 * 17.5;
    Ok(SalesLead {
        position,
        lead_id: format!("lead-b7a7c7507c97a8f8e22fc4{position:02}"),
        name: name.filter(|_| position % 5 != 0),
        phone: Some(format!("+9198123456{position:02}")).filter(|_| position % 4 != 0),
        email,
        city: of(&cities),
        lead_category: if score > 250.0 { "HOT" } else { "WARM" }.to_owned(),
        final_score: Some(score),
        conversion_probability: Some(0.71 - position as f64 * 0.03),
        recommended_action: if score > 250.0 { "call within 1 hour" } else { "call within 2 days" }
            .to_owned(),
        why: Some(
            "240 webinar minutes +360, wants to buy within 15 days +30, came through webinar +20".to_owned(),
        ),
        source: Some("webinar".to_owned()),
        device_interest: Some("iPhone 15 Pro".to_owned()).filter(|_| position % 3 != 0),
        budget_low: Some(80_000.0).filter(|_| position % 2 == 0),
        budget_high: Some(100_000.0),
        purchase_timeframe_days: Some(15),
        last_touch_at: Some(at("2025-01-30T11:05:00Z")?),
        days_since_last_touch: Some(position as f64 * 0.7),
    })
}

pub fn corrections() -> Result<Vec<CorrectedDay>, jiff::Error> {
    let rows = [
        (
            "lead_volume",
            "records",
            vec!["online"],
            date(2025, 1, 24),
            131.0,
            164.0,
            "late_data",
            "33 records of 2 objects arrived on 27 Jan",
        ),
        (
            "enrichment_coverage",
            "complete",
            vec![],
            date(2025, 1, 22),
            0.351,
            0.362,
            "people_changed",
            "14 leads became one with others",
        ),
        (
            "processing_success_rate",
            "reached_silver",
            vec!["crm"],
            date(2025, 1, 20),
            0.912,
            0.981,
            "refined_again",
            "3 objects were refined under contract 1.1.0",
        ),
    ];
    let row = |(kpi, measure, about, day, before, now, because, detail): (
        &str,
        &str,
        Vec<&str>,
        Date,
        f64,
        f64,
        &str,
        &str,
    )|
     -> Result<CorrectedDay, jiff::Error> {
        Ok(CorrectedDay {
            kpi: kpi.to_owned(),
            measure: measure.to_owned(),
            about: about.into_iter().map(str::to_owned).collect(),
            field: None,
            day,
            before: Some(before),
            now: Some(now),
            because: because.to_owned(),
            detail: Some(detail.to_owned()),
            noticed_at: at("2025-01-28T06:30:04Z")?,
        })
    };
    rows.into_iter().map(row).collect()
}

pub fn versions(as_of: Timestamp) -> Vec<TableVersion> {
    let tables = [
        TableName::LEAD_EVENTS,
        TableName::LEADS,
        TableName::LEAD_HISTORY,
        TableName::LEAD_SCORES,
        TableName::KPI,
    ];
    tables.into_iter().map(|table| TableVersion { table, number: 14, as_of }).collect()
}
