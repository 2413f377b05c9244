//! Spans of time until something is bought, as days until their end.

use super::phrase::Phrase;
use super::{Fault, Misread, Scalar, Wanted, integer};

/// A form's month and year are round numbers, not the calendar's.
const UNITS: &[(&[&str], i64)] = &[
    (&["day", "days", "d"], 1),
    (&["week", "weeks", "wk", "wks", "w"], 7),
    (&["month", "months", "mo", "mos"], 30),
    (&["year", "years", "yr", "yrs", "y"], 365),
];
const NOW: &[&str] = &["immediately", "immediate", "now", "today"];

/// Reads `15`, `0-30 days` (30), `within 2 weeks` (14), `1-3 months` (90), `30+ days` (30) or `immediately` (0).
/// A span that is open at its end counts up to where it opens.
pub fn read(scalar: Scalar) -> Result<Option<i64>, Misread> {
    let Some(written) = scalar.written(Wanted::Days)? else {
        return Ok(None);
    };
    let days = match integer::parse(written) {
        Err(Fault::NotAnInteger) => parse(written),
        plain => plain,
    };
    days.map(Some).map_err(|fault| Wanted::Days.misread(fault))
}

fn parse(written: &str) -> Result<i64, Fault> {
    let mut phrase = Phrase::new(written);
    if phrase.word(NOW) {
        return at_end(&mut phrase, 0);
    }
    skip_bound(&mut phrase);
    let first = parse_count(&mut phrase)?;
    let first_unit = parse_unit(&mut phrase);
    if !phrase.dash_or_to() {
        let days = in_days(first, first_unit)?;
        return at_end(&mut phrase, days);
    }
    let second = parse_count(&mut phrase)?;
    let second_unit = parse_unit(&mut phrase);
    let start = in_days(first, first_unit.or(second_unit))?;
    let end = in_days(second, second_unit.or(first_unit))?;
    if start > end {
        return Err(Fault::NotASpan);
    }
    at_end(&mut phrase, end)
}

fn skip_bound(phrase: &mut Phrase) {
    if phrase.mark(&['<', '>']) {
        phrase.mark(&['=']);
        return;
    }
    if phrase.word(&["less", "more"]) {
        phrase.word(&["than"]);
        return;
    }
    if phrase.word(&["up"]) {
        phrase.word(&["to"]);
        return;
    }
    phrase.word(&["within", "in", "under", "upto", "over", "next"]);
}

fn parse_count(phrase: &mut Phrase) -> Result<i64, Fault> {
    let number = phrase.number().ok_or(Fault::NotASpan)?;
    integer::parse(number).map_err(|fault| if fault == Fault::NotAnInteger { Fault::NotASpan } else { fault })
}

/// The days of a unit, before or after the `+` of an open span.
fn parse_unit(phrase: &mut Phrase) -> Option<i64> {
    let before = phrase.meaning(UNITS);
    if phrase.mark(&['+']) { before.or_else(|| phrase.meaning(UNITS)) } else { before }
}

fn in_days(count: i64, unit: Option<i64>) -> Result<i64, Fault> {
    count.checked_mul(unit.unwrap_or(1)).ok_or(Fault::OutOfRange)
}

fn at_end(phrase: &mut Phrase, days: i64) -> Result<i64, Fault> {
    if phrase.is_at_end() { Ok(days) } else { Err(Fault::NotASpan) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use test_case::test_case;

    use super::read;
    use crate::field::Scalar;

    #[test_case("15", 15)]
    #[test_case("15.0", 15)]
    #[test_case("15 days", 15)]
    #[test_case("15days", 15)]
    #[test_case("1 Day", 1)]
    #[test_case("0-30 days", 30)]
    #[test_case("0 – 30 days", 30)]
    #[test_case("0 days to 30 days", 30)]
    #[test_case("30-60", 60)]
    #[test_case("Within 30 days", 30)]
    #[test_case("in 30 days", 30)]
    #[test_case("next 30 days", 30)]
    #[test_case("<30 days", 30)]
    #[test_case("<= 30 days", 30)]
    #[test_case("up to 30 days", 30)]
    #[test_case("less than 30 days", 30)]
    #[test_case("30+ days", 30)]
    #[test_case("30 days+", 30)]
    #[test_case("> 30 days", 30)]
    #[test_case("2 weeks", 14)]
    #[test_case("1-2 weeks", 14)]
    #[test_case("2 weeks - 1 month", 30)]
    #[test_case("3 months", 90)]
    #[test_case("1-3 months", 90)]
    #[test_case("3+ months", 90)]
    #[test_case("1 year", 365)]
    #[test_case("Immediately", 0)]
    #[test_case("now", 0)]
    fn reads_the_days_until_the_end(text: &str, days: i64) {
        assert_eq!(read(Scalar::Text(text)), Ok(Some(days)));
    }

    #[test_case("soon", "not_a_span")]
    #[test_case("days", "not_a_span")]
    #[test_case("15 hours", "not_a_span")]
    #[test_case("15 business days", "not_a_span")]
    #[test_case("1.5 months", "not_a_span")]
    #[test_case("30-0 days", "not_a_span"; "reversed")]
    #[test_case("0-30-60 days", "not_a_span")]
    #[test_case("30 days 40 days", "not_a_span")]
    #[test_case("30 days or never", "not_a_span")]
    #[test_case("now or never", "not_a_span")]
    #[test_case("within", "not_a_span")]
    #[test_case("-", "not_a_span")]
    #[test_case("1,000 days", "not_a_span")]
    #[test_case("99999999999999999999 days", "out_of_range")]
    #[test_case("9223372036854775807 years", "out_of_range")]
    fn refuses_what_is_no_span(text: &str, code: &str) {
        assert_eq!(read(Scalar::Text(text)).map_err(|misread| misread.code()), Err(code));
    }

    #[test_case("15", Ok(15))]
    #[test_case("-5", Ok(-5); "the contract's minimum refuses it")]
    #[test_case("15.5", Err("not_a_span"))]
    fn reads_numbers_of_days(written: &str, expected: Result<i64, &str>) {
        assert_eq!(read(Scalar::Number(written)).map_err(|misread| misread.code()), expected.map(Some));
    }

    proptest! {
        #[test]
        fn every_span_of_days_is_read_back(start in 0_i64..5_000, length in 0_i64..5_000) {
            let end = start + length;
            prop_assert_eq!(read(Scalar::Text(&format!("{start}-{end} days"))), Ok(Some(end)));
            prop_assert_eq!(read(Scalar::Text(&format!("{end}+ weeks"))), Ok(Some(end * 7)));
        }
    }
}
