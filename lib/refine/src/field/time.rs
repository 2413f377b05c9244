//! Instants and dates.
//!
//! A time without an offset names no instant, and a bare number may be seconds or milliseconds: both are refused.
//! A leap second (`:60`) is read as the second before it, since a day of UTC microseconds has no place for it.

use jiff::civil;
use jiff::fmt::temporal::Pieces;

use super::{Fault, Misread, Scalar, Wanted};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;
const FIRST_MICROS: i64 = days_before(1, 1, 1) * MICROS_PER_DAY;
const LAST_MICROS: i64 = days_before(10_000, 1, 1) * MICROS_PER_DAY - 1;

/// Reads an RFC 3339 time, and the ISO 8601 spellings that are as clear, as microseconds since 1970 in UTC.
/// What is finer than a microsecond is cut off.
pub fn timestamp(scalar: Scalar) -> Result<Option<i64>, Misread> {
    let Some(text) = scalar.text(Wanted::Timestamp)? else {
        return Ok(None);
    };
    instant(text).map(Some).map_err(|fault| Wanted::Timestamp.misread(fault))
}

/// Reads a date, or the date in UTC of a time with an offset, as days since 1970.
pub fn date(scalar: Scalar) -> Result<Option<i32>, Misread> {
    let Some(text) = scalar.text(Wanted::Date)? else {
        return Ok(None);
    };
    day(text).map(Some).map_err(|fault| Wanted::Date.misread(fault))
}

fn day(text: &str) -> Result<i32, Fault> {
    let days = match text.as_bytes().split_first_chunk::<10>() {
        Some((date, [])) => days_of_date(*date).ok_or(Fault::NotADate)?,
        _ => instant(text)
            .map_err(|fault| if fault == Fault::NotATimestamp { Fault::NotADate } else { fault })?
            .div_euclid(MICROS_PER_DAY),
    };
    i32::try_from(days).map_err(|_too_large| Fault::OutOfRange)
}

fn instant(text: &str) -> Result<i64, Fault> {
    instant_of_common_form(text.as_bytes()).map_or_else(|| instant_of_any_form(text), Ok)
}

/// `2025-01-01T10:15:30.123456+05:30` and what differs from it only in separators, fraction and offset.
fn instant_of_common_form(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let ([b'T' | b't' | b' ', h1, h2, b':', m1, m2, b':', s1, s2], rest) = rest.split_first_chunk::<9>()?
    else {
        return None;
    };
    let hour = below(two_digits(*h1, *h2)?, 24)?;
    let minute = below(two_digits(*m1, *m2)?, 60)?;
    let second = below(two_digits(*s1, *s2)?, 61)?.min(59);
    let (micros, rest) = match rest {
        [b'.' | b',', fraction @ ..] => micros_of_fraction(fraction)?,
        _ => (0, rest),
    };
    let offset = offset_seconds(rest)?;
    let seconds = days_of_date(*date)? * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset;
    within_range(seconds * MICROS_PER_SECOND + micros).ok()
}

/// The rarer spellings: without seconds, without separators, with a zone's name after the offset.
fn instant_of_any_form(text: &str) -> Result<i64, Fault> {
    let pieces = Pieces::parse(text).map_err(|_unreadable| Fault::NotATimestamp)?;
    let time = pieces.time().ok_or(Fault::NotATimestamp)?;
    let offset = pieces.to_numeric_offset().ok_or(Fault::TimestampWithoutOffset)?;
    let offset = i64::from(offset.seconds());
    if offset.abs() >= SECONDS_PER_DAY {
        return Err(Fault::NotATimestamp);
    }
    if pieces.date().year() < 1 {
        return Err(Fault::OutOfRange);
    }
    let local =
        pieces.date().to_datetime(time).duration_since(civil::date(1970, 1, 1).to_datetime(civil::Time::MIN));
    let micros = i64::try_from(local.as_nanos().div_euclid(1000)).map_err(|_too_large| Fault::OutOfRange)?;
    within_range(micros - offset * MICROS_PER_SECOND)
}

fn within_range(micros: i64) -> Result<i64, Fault> {
    (FIRST_MICROS..=LAST_MICROS).contains(&micros).then_some(micros).ok_or(Fault::OutOfRange)
}

/// One to nine digits, as microseconds, and what follows them.
fn micros_of_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&length) {
        return None;
    }
    let (digits, rest) = text.split_at_checked(length)?;
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(6);
    Some((padded.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0')), rest))
}

fn offset_seconds(text: &[u8]) -> Option<i64> {
    let (sign, h1, h2, m1, m2) = match *text {
        [b'Z' | b'z'] => return Some(0),
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => (sign, h1, h2, m1, m2),
        [sign, h1, h2] => (sign, h1, h2, b'0', b'0'),
        _ => return None,
    };
    let hours = below(two_digits(h1, h2)?, 24)?;
    let minutes = below(two_digits(m1, m2)?, 60)?;
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn days_of_date(date: [u8; 10]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else {
        return None;
    };
    let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
    let month = two_digits(m1, m2)?;
    let day = two_digits(d1, d2)?;
    let exists = year >= 1 && (1..=days_in_month(year, month)).contains(&day);
    exists.then(|| days_before(year, month, day))
}

/// Zero for a month that does not exist.
fn days_in_month(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        1..=12 => 31,
        _ => 0,
    }
}

/// The days from 1970-01-01 to a date of the Gregorian calendar, whose year is taken to begin in March, so that
/// the leap day comes last.
const fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + leap_days + day_of_year - 719_468
}

fn two_digits(tens: u8, ones: u8) -> Option<i64> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn below(value: i64, limit: i64) -> Option<i64> {
    (value < limit).then_some(value)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use test_case::test_case;

    use super::{date, instant_of_any_form, instant_of_common_form, timestamp};
    use crate::field::Scalar;

    const SAMPLE: i64 = 1_735_726_530_000_000;

    #[test_case("2025-01-01T10:15:30Z", SAMPLE)]
    #[test_case("2025-01-01t10:15:30z", SAMPLE)]
    #[test_case(" 2025-01-01 10:15:30Z\n", SAMPLE)]
    #[test_case("2025-01-01T15:45:30+05:30", SAMPLE)]
    #[test_case("2025-01-01T15:45:30+0530", SAMPLE)]
    #[test_case("2025-01-01 15:15:30+05", SAMPLE; "as PostgreSQL writes it")]
    #[test_case("2024-12-31T23:15:30-11:00", SAMPLE)]
    #[test_case("2025-01-01T10:15:30-00:00", SAMPLE)]
    #[test_case("2025-01-01T10:15:30.000Z", SAMPLE)]
    #[test_case("2025-01-01T10:15:30,5Z", SAMPLE + 500_000)]
    #[test_case("2025-01-01T10:15:30.123456789Z", SAMPLE + 123_456; "cut off, not rounded")]
    #[test_case("2025-01-01T15:45:30+05:30[Asia/Kolkata]", SAMPLE; "as Java writes it")]
    #[test_case("20250101T101530Z", SAMPLE)]
    #[test_case("2025-01-01T10:15Z", SAMPLE - 30_000_000)]
    #[test_case("1969-12-31T23:59:59.9999999Z", -1; "cut off towards the past before 1970 too")]
    #[test_case("2016-12-31T23:59:60Z", 1_483_228_799_000_000; "leap second")]
    #[test_case("2024-02-29T00:00:00Z", 1_709_164_800_000_000)]
    #[test_case("0001-01-01T00:00:00Z", -62_135_596_800_000_000)]
    #[test_case("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999)]
    fn reads_an_instant(text: &str, micros: i64) {
        assert_eq!(timestamp(Scalar::Text(text)), Ok(Some(micros)));
    }

    #[test_case("2025-01-01T10:15:30", "timestamp_without_offset")]
    #[test_case("2025-01-01 10:15", "timestamp_without_offset")]
    #[test_case("2025-01-01T10:15:30[Asia/Kolkata]", "timestamp_without_offset"; "a zone alone can be ambiguous")]
    #[test_case("2025-01-01", "not_a_timestamp")]
    #[test_case("10:15:30Z", "not_a_timestamp")]
    #[test_case("2025-02-29T00:00:00Z", "not_a_timestamp"; "no such day")]
    #[test_case("2025-13-01T00:00:00Z", "not_a_timestamp")]
    #[test_case("2025-00-10T00:00:00Z", "not_a_timestamp")]
    #[test_case("2025-01-01T24:00:00Z", "not_a_timestamp")]
    #[test_case("2025-01-01T10:60:00Z", "not_a_timestamp")]
    #[test_case("2025-01-01T10:15:61Z", "not_a_timestamp")]
    #[test_case("2025-01-01T10:15:30.1234567891Z", "not_a_timestamp")]
    #[test_case("2025-01-01T10:15:30.Z", "not_a_timestamp")]
    #[test_case("2025-01-01T10:15:30 IST", "not_a_timestamp")]
    #[test_case("2025-01-01T10:15:30+24:00", "not_a_timestamp")]
    #[test_case("2025-01-01T10:15:30+05:60", "not_a_timestamp")]
    #[test_case("2025-01-01T10:15:30ZZ", "not_a_timestamp")]
    #[test_case("01/02/2025 10:15", "not_a_timestamp")]
    #[test_case("1735726530", "not_a_timestamp")]
    #[test_case("now", "not_a_timestamp")]
    #[test_case("２０２５-01-01T10:15:30Z", "not_a_timestamp"; "full-width digits")]
    #[test_case("0001-01-01T00:00:00+00:01", "out_of_range")]
    #[test_case("9999-12-31T23:59:59-00:01", "out_of_range")]
    #[test_case("0000-01-01T00:00:00Z", "out_of_range")]
    #[test_case("-000044-03-15T12:00:00Z", "out_of_range")]
    fn refuses_what_names_no_instant(text: &str, code: &str) {
        assert_eq!(timestamp(Scalar::Text(text)).map_err(|misread| misread.code()), Err(code));
    }

    #[test_case("2025-01-01", Ok(20_089))]
    #[test_case("1970-01-01", Ok(0))]
    #[test_case("1969-12-31", Ok(-1))]
    #[test_case("0001-01-01", Ok(-719_162))]
    #[test_case("9999-12-31", Ok(2_932_896))]
    #[test_case("2025-01-01T23:30:00-05:00", Ok(20_090); "the date in UTC")]
    #[test_case("1969-12-31T12:00:00Z", Ok(-1))]
    #[test_case("2025-02-30", Err("not_a_date"))]
    #[test_case("0000-01-01", Err("not_a_date"))]
    #[test_case("2025-1-1", Err("not_a_date"))]
    #[test_case("01-02-2025", Err("not_a_date"); "day or month first")]
    #[test_case("20250101", Err("not_a_date"))]
    #[test_case("2025-01-01T10:15:30", Err("timestamp_without_offset"))]
    fn reads_a_date(text: &str, expected: Result<i32, &str>) {
        assert_eq!(date(Scalar::Text(text)).map_err(|misread| misread.code()), expected.map(Some));
    }

    proptest! {
        #[test]
        fn the_short_way_is_the_long_way(
            text in "(000|19|20|99|[0-9]{2})[0-9]{2}-(0[0-9]|1[0-3])-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]([.,][0-9]{0,10})?(Z|z|[+-][0-2][0-9]:?[0-6][0-9]|[+-][01][0-9]|)"
        ) {
            if let Some(micros) = instant_of_common_form(text.as_bytes()) {
                prop_assert_eq!(instant_of_any_form(&text), Ok(micros), "{}", text);
            }
        }

        #[test]
        fn every_instant_is_read_back_as_the_reference_does(
            micros in super::FIRST_MICROS..=super::LAST_MICROS - 2 * super::MICROS_PER_DAY,
            offset_minutes in -1439_i32..1440,
        ) {
            let reference = Timestamp::from_microsecond(micros).unwrap();
            let offset = jiff::tz::Offset::from_seconds(offset_minutes * 60).unwrap();
            let utc = reference.to_string();
            prop_assert_eq!(timestamp(Scalar::Text(&utc)), Ok(Some(micros)), "{}", utc);
            let local = reference.display_with_offset(offset).to_string();
            if utc.get(..4) > Some("0001") {
                prop_assert_eq!(instant_of_common_form(local.as_bytes()), Some(micros), "{}", local);
            }
            let day = utc.get(..10).unwrap();
            let days = i32::try_from(micros.div_euclid(super::MICROS_PER_DAY)).unwrap();
            prop_assert_eq!(date(Scalar::Text(day)), Ok(Some(days)), "{}", day);
        }

        #[test]
        fn every_date_is_the_calendars(text in "[0-9]{4}-(0[0-9]|1[0-3])-[0-3][0-9]") {
            let epoch = jiff::civil::date(1970, 1, 1);
            let calendar = text.parse::<jiff::civil::Date>().ok().filter(|date| date.year() > 0);
            let expected = calendar.map(|date| epoch.until(date).unwrap().get_days());
            prop_assert_eq!(date(Scalar::Text(&text)).ok().flatten(), expected, "{}", text);
        }
    }
}
