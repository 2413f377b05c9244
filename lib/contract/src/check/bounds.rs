//! `logicalTypeOptions`: what a value must satisfy.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::types::LogicalType;
use crate::contract::Checks;
use crate::odcs::{LogicalTypeOptions, Maybe};
use crate::problem::{Findings, Place, Reason};
use crate::words::Word;

pub(crate) struct Bounds {
    pub checks: Checks,
    pub is_email: bool,
}

/// The only format of a text that is understood.
#[derive(Clone, Copy, PartialEq)]
struct EmailFormat;

impl Word for EmailFormat {
    const WORDS: &'static [(&'static str, Self)] = &[("email", Self)];
}

/// What the options ask for; `None` when they leave open how the value is read, which is then reported.
pub(crate) fn bounds(
    findings: &mut Findings,
    place: &Place,
    logical: LogicalType,
    options: Maybe<LogicalTypeOptions>,
) -> Option<Bounds> {
    if options.is_none() {
        return Some(plain(Checks::default()));
    }
    let options = findings.take(place.clone(), options)?;
    refuse_unenforced(findings, place, logical, &options);
    Some(match logical {
        LogicalType::Text => text_bounds(findings, place, options)?,
        LogicalType::Integer | LogicalType::Number => {
            plain(number_bounds(findings, place, logical, &options))
        }
        LogicalType::Timestamp => {
            let expected = "an instant with its offset, such as 2000-01-01T00:00:00Z";
            plain(time_bounds(findings, place, &options, instant_micros, expected))
        }
        LogicalType::Date => {
            plain(time_bounds(findings, place, &options, day_micros, "a day, such as 2000-01-01"))
        }
        LogicalType::Boolean => plain(Checks::default()),
    })
}

fn plain(checks: Checks) -> Bounds {
    Bounds { checks, is_email: false }
}

/// An option that nobody would enforce must not stand there as if it were promised.
fn refuse_unenforced(
    findings: &mut Findings,
    place: &Place,
    logical: LogicalType,
    options: &LogicalTypeOptions,
) {
    let possible: &'static [&'static str] = match logical {
        LogicalType::Text => &["minLength", "maxLength", "format"],
        LogicalType::Boolean => &[],
        LogicalType::Integer | LogicalType::Number | LogicalType::Timestamp | LogicalType::Date => {
            &["minimum", "maximum"]
        }
    };
    let given = [
        ("minLength", options.min_length.is_some()),
        ("maxLength", options.max_length.is_some()),
        ("format", options.format.is_some()),
        ("minimum", options.minimum.is_some()),
        ("maximum", options.maximum.is_some()),
    ];
    let known = given.into_iter().filter(|(_, is_given)| *is_given).map(|(option, _)| option);
    let others = options.other_keys.keys().map(String::as_str);
    for option in known.chain(others).filter(|option| !possible.contains(option)) {
        findings.report(place.key(option), Reason::Option { logical: logical.written(), possible });
    }
}

fn text_bounds(findings: &mut Findings, place: &Place, options: LogicalTypeOptions) -> Option<Bounds> {
    let min_length = findings.take(place.key("minLength"), options.min_length);
    let max_length = findings.take(place.key("maxLength"), options.max_length);
    if let (Some(least), Some(most)) = (min_length, max_length)
        && least > most
    {
        findings.report(place.key("minLength"), Reason::Crossed { other: "maxLength" });
    }
    let checks = Checks { min_length, max_length, ..Checks::default() };
    if options.format.is_none() {
        return Some(plain(checks));
    }
    let format = findings.take(place.key("format"), options.format);
    findings.word::<EmailFormat>(place.key("format"), format)?;
    Some(Bounds { checks, is_email: true })
}

fn number_bounds(
    findings: &mut Findings,
    place: &Place,
    logical: LogicalType,
    options: &LogicalTypeOptions,
) -> Checks {
    let must_be_whole = logical == LogicalType::Integer;
    let expected = if must_be_whole { "a whole number" } else { "a number" };
    let read = |value: &Value| value.as_f64().filter(|number| !must_be_whole || number.fract() == 0.0);
    let (minimum, maximum) = ends(findings, place, options, read, expected);
    Checks { minimum, maximum, ..Checks::default() }
}

fn time_bounds(
    findings: &mut Findings,
    place: &Place,
    options: &LogicalTypeOptions,
    read: fn(&Value) -> Option<i64>,
    expected: &'static str,
) -> Checks {
    let (earliest_micros, latest_micros) = ends(findings, place, options, read, expected);
    Checks { earliest_micros, latest_micros, ..Checks::default() }
}

fn ends<T: PartialOrd + Copy>(
    findings: &mut Findings,
    place: &Place,
    options: &LogicalTypeOptions,
    read: impl Fn(&Value) -> Option<T>,
    expected: &'static str,
) -> (Option<T>, Option<T>) {
    let mut end = |key: &str, written: &Option<Value>| {
        let written = written.as_ref()?;
        let end = read(written);
        if end.is_none() {
            findings.report(place.key(key), Reason::Value { written: written.to_string(), expected });
        }
        end
    };
    let (low, high) = (end("minimum", &options.minimum), end("maximum", &options.maximum));
    if let (Some(low), Some(high)) = (low, high)
        && low > high
    {
        findings.report(place.key("minimum"), Reason::Crossed { other: "maximum" });
    }
    (low, high)
}

fn instant_micros(value: &Value) -> Option<i64> {
    value.as_str()?.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

fn day_micros(value: &Value) -> Option<i64> {
    const MICROS_OF_A_DAY: i64 = 24 * 60 * 60 * 1_000_000;
    let text = value.as_str()?;
    if let Some(micros) = instant_micros(value) {
        return (micros % MICROS_OF_A_DAY == 0).then_some(micros);
    }
    let start = text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(start.timestamp().as_microsecond())
}
