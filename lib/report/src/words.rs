//! Numbers, times and names as people read them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use leadlake_gold::{BreakdownItem, KpiFigure, Unit};

/// Stands where there is no value.
pub const NOTHING: &str = "–";

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

pub fn value(value: Option<f64>, unit: Unit) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return NOTHING.to_owned() };
    match unit {
        Unit::Count => count(value),
        Unit::Share => share(value),
        Unit::Seconds => seconds(value),
        Unit::Ratio | Unit::Points => ratio(value),
    }
}

/// A part of a KPI, which may be of another measure than its headline.
pub fn breakdown_value(kpi: &KpiFigure, item: &BreakdownItem) -> String {
    let unit = match kpi.headline.unit {
        Unit::Share | Unit::Ratio if item.denominator.is_some() => Unit::Share,
        Unit::Share | Unit::Ratio if item.value.is_some() && item.value == item.numerator => Unit::Count,
        unit => unit,
    };
    value(item.value, unit)
}

/// Two values with so many digits that they are told apart.
pub fn apart(one: Option<f64>, other: Option<f64>, unit: Unit) -> (String, String) {
    const MOST_PLACES: usize = 9;
    let texts = (value(one, unit), value(other, unit));
    let (Some(one), Some(other)) = (one, other) else { return texts };
    if texts.0 != texts.1 || one == other || !one.is_finite() || !other.is_finite() {
        return texts;
    }
    let pairs = (1..=MOST_PLACES).map(|places| (precise(one, unit, places), precise(other, unit, places)));
    pairs.into_iter().find(|(one, other)| one != other).unwrap_or(texts)
}

fn precise(value: f64, unit: Unit, places: usize) -> String {
    match unit {
        Unit::Share => format!("{}%", decimals(value * 100.0, places)),
        Unit::Seconds => format!("{} s", decimals(value, places)),
        Unit::Count | Unit::Ratio | Unit::Points => decimals(value, places),
    }
}

/// The score of a lead.
pub fn score(score: Option<f64>) -> String {
    score.filter(|score| score.is_finite()).map_or_else(|| NOTHING.to_owned(), |score| decimals(score, 1))
}

/// Whole where it is whole: `12,345`, `12.5`.
pub fn count(value: f64) -> String {
    decimals(value, if value.fract() == 0.0 { 0 } else { 1 })
}

/// Never 0 where it is not quite.
pub fn ratio(value: f64) -> String {
    match value.abs() {
        tiny if tiny > 0.0 && tiny < 0.0005 => (if value < 0.0 { ">−0.001" } else { "<0.001" }).to_owned(),
        small if small < 10.0 => decimals(value, 3),
        _ => decimals(value, 1),
    }
}

/// Never 0% or 100% where it is not quite.
pub fn share(value: f64) -> String {
    let percent = value * 100.0;
    match percent {
        _ if percent > 0.0 && percent < 0.05 => "<0.1%".to_owned(),
        _ if (99.95..100.0).contains(&percent) => ">99.9%".to_owned(),
        _ => format!("{}%", decimals(percent, 1)),
    }
}

/// The two largest parts: `350 ms`, `12.5 s`, `4 min 12 s`, `3 h 5 min`, `2 d 4 h`.
pub fn seconds(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let value = value.abs();
    let two = |large: f64, large_name: &str, small: f64, small_name: &str| {
        let smalls = (value / small).round();
        let larges = (smalls * small / large).floor();
        match smalls - larges * (large / small) {
            0.0 => format!("{} {large_name}", decimals(larges, 0)),
            rest => format!("{} {large_name} {} {small_name}", decimals(larges, 0), decimals(rest, 0)),
        }
    };
    let text = match value {
        0.0 => "0 s".to_owned(),
        _ if value < 0.001 => "<1 ms".to_owned(),
        _ if value < 0.9995 => format!("{} ms", decimals(value * 1_000.0, 0)),
        _ if value < 59.95 => format!("{} s", decimals(value, 1).trim_end_matches(".0")),
        _ if value < HOUR - 0.5 => two(MINUTE, "min", 1.0, "s"),
        _ if value < DAY - 30.0 => two(HOUR, "h", MINUTE, "min"),
        _ => two(DAY, "d", HOUR, "h"),
    };
    format!("{sign}{text}")
}

/// With separators between thousands: `-1,234.50`.
pub fn decimals(value: f64, places: usize) -> String {
    let written = format!("{:.places$}", value.abs());
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let mut grouped = String::with_capacity(written.len() + 8);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let is_zero = written.chars().all(|letter| matches!(letter, '0' | '.'));
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") }
}

/// `31 Jan 2025`
pub fn day(day: Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

/// `31 Jan`, for places that say the year elsewhere.
pub fn short_day(day: Date) -> String {
    day.strftime("%-d %b").to_string()
}

/// `31 Jan 2025, 10:15 UTC`; the last second of a day is its end.
pub fn instant(instant: Timestamp) -> String {
    let at = instant.to_zoned(TimeZone::UTC).datetime();
    if at.time() >= civil::time(23, 59, 59, 0) {
        return format!("end of {}", day(at.date()));
    }
    at.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// How long before an instant, in its largest part.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs_f64();
    match seconds {
        _ if seconds < -MINUTE => "later".to_owned(),
        _ if seconds < MINUTE => "just then".to_owned(),
        _ if seconds < HOUR => format!("{} min before", decimals((seconds / MINUTE).floor(), 0)),
        _ if seconds < DAY => format!("{} h before", decimals((seconds / HOUR).floor(), 0)),
        _ if seconds < 2.0 * DAY => "1 day before".to_owned(),
        _ => format!("{} days before", decimals((seconds / DAY).floor(), 0)),
    }
}

/// A name of the lake as a heading: `not_a_timestamp` is `Not a timestamp`.
pub fn title(name: &str) -> String {
    let word = |word| match word {
        "json" => "JSON",
        "utf8" => "UTF-8",
        other => other,
    };
    let spaced = name.split('_').map(word).collect::<Vec<_>>().join(" ");
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => spaced,
    }
}

/// What a measure of a KPI is called.
pub fn measure(name: &str) -> String {
    let percentile =
        name.strip_prefix('p').filter(|rest| rest.len() == 2 && rest.bytes().all(|b| b.is_ascii_digit()));
    match (name, percentile) {
        ("auc", _) => "AUC".to_owned(),
        (_, Some(percent)) => format!("{percent}th percentile"),
        _ => title(name),
    }
}

/// `1 record`, `2 records`
pub fn amount(count: f64, one: &str, many: &str) -> String {
    let name = if count == 1.0 { one } else { many };
    format!("{} {name}", self::count(count))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        let all = [0.0, -0.0, 1.0, 999.0, 1_000.0, 12_345.5, 1_234_567.0, -1_234.0, 1e15];
        assert_snapshot!(
            all.map(count).join(" | "),
            @"0 | 0 | 1 | 999 | 1,000 | 12,345.5 | 1,234,567 | −1,234 | 1,000,000,000,000,000"
        );
        let all = [0.0, 0.0004, 0.123, 0.5, 0.9994, 0.9996, 1.0, 1.5, -0.02];
        assert_snapshot!(
            all.map(share).join(" | "),
            @"0.0% | <0.1% | 12.3% | 50.0% | 99.9% | >99.9% | 100.0% | 150.0% | −2.0%"
        );
        let all = [0.8123, 2.31, -0.5, 12.34, 1_234.5, 0.0, 0.0004, -0.0004, 0.0005];
        assert_snapshot!(
            all.map(|ratio| value(Some(ratio), Unit::Ratio)).join(" | "),
            @"0.812 | 2.310 | −0.500 | 12.3 | 1,234.5 | 0.000 | <0.001 | >−0.001 | 0.001"
        );
    }

    #[test]
    fn two_values_are_told_apart() {
        let both = |one, other, unit| {
            let (one, other) = apart(one, other, unit);
            format!("{one} and {other}")
        };
        let told = [
            both(Some(0.7411), Some(0.7414), Unit::Ratio),
            both(Some(0.7), Some(0.74), Unit::Ratio),
            both(Some(0.98121), Some(0.98124), Unit::Share),
            both(Some(3_725.0), Some(3_725.25), Unit::Seconds),
            both(None, Some(3.0), Unit::Count),
            both(Some(2.0), Some(2.0), Unit::Count),
        ];
        assert_snapshot!(
            told.join(" | "),
            @"0.7411 and 0.7414 | 0.700 and 0.740 | 98.121% and 98.124% | 3,725.0 s and 3,725.2 s | – and 3 | 2 and 2"
        );
    }

    #[test]
    fn durations_have_two_parts_at_most() {
        let short = [0.0, 0.0004, 0.35, 0.9996, 1.0, 12.34, 59.94, 59.96, 252.0, 3_599.4, 3_599.6];
        assert_snapshot!(
            short.map(seconds).join(" | "),
            @"0 s | <1 ms | 350 ms | 1 s | 1 s | 12.3 s | 59.9 s | 1 min | 4 min 12 s | 59 min 59 s | 1 h"
        );
        let long = [3_600.0, 11_100.0, 86_369.0, 86_371.0, 90_000.0, 172_800.0, 187_200.0, -90.0];
        assert_snapshot!(
            long.map(seconds).join(" | "),
            @"1 h | 3 h 5 min | 23 h 59 min | 1 d | 1 d 1 h | 2 d | 2 d 4 h | −1 min 30 s"
        );
    }

    #[test]
    fn what_is_no_number_is_nothing() {
        for unit in [Unit::Count, Unit::Share, Unit::Seconds, Unit::Ratio, Unit::Points] {
            for no_number in [None, Some(f64::NAN), Some(f64::INFINITY), Some(f64::NEG_INFINITY)] {
                assert_eq!(value(no_number, unit), NOTHING);
            }
        }
    }

    #[test]
    fn days_and_instants() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let instants = ["2025-01-31T23:59:59.999999Z", "2025-01-05T07:03:59Z"].map(|text| instant(at(text)));
        assert_snapshot!(instants.join(" | "), @"end of 31 Jan 2025 | 5 Jan 2025, 07:03 UTC");
        let days = [day(civil::date(2025, 1, 5)), short_day(civil::date(2025, 12, 31))];
        assert_snapshot!(days.join(" | "), @"5 Jan 2025 | 31 Dec");
        let now = at("2025-01-31T12:00:00Z");
        let before = [
            "2025-01-31T12:05:00Z",
            "2025-01-31T11:59:30Z",
            "2025-01-31T11:20:00Z",
            "2025-01-30T22:00:00Z",
            "2025-01-30T11:00:00Z",
            "2024-01-31T12:00:00Z",
        ]
        .map(|text| ago(at(text), now));
        assert_snapshot!(
            before.join(" | "),
            @"later | just then | 40 min before | 14 h before | 1 day before | 366 days before"
        );
    }

    #[test]
    fn names_become_words() {
        assert_snapshot!(
            ["not_a_timestamp", "not_json", "", "örtlich"].map(title).join(" | "),
            @"Not a timestamp | Not JSON |  | Örtlich"
        );
        assert_snapshot!(
            ["auc", "p95", "p9", "log_loss"].map(measure).join(" | "),
            @"AUC | 95th percentile | P9 | Log loss"
        );
        assert_snapshot!(
            [1.0, 1_200.0].map(|count| amount(count, "record", "records")).join(" | "),
            @"1 record | 1,200 records"
        );
    }
}
