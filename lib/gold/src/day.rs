//! Days in UTC.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const EPOCH: Date = Date::constant(1970, 1, 1);
const MICROS: i64 = 86_400_000_000;

pub fn of_instant(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

/// Arrow counts days from the epoch.
pub fn of_number(number: i32) -> Date {
    EPOCH.saturating_add(jiff::SignedDuration::from_hours(24 * i64::from(number)))
}

pub fn to_number(day: Date) -> i32 {
    let since = day.duration_since(EPOCH).as_hours() / 24;
    i32::try_from(since).unwrap_or(i32::MAX)
}

pub fn before(day: Date, days: u32) -> Date {
    day.saturating_sub(jiff::SignedDuration::from_hours(24 * i64::from(days)))
}

/// Whether nothing of the day is left after the instant, which itself is included.
pub fn is_over(day: Date, as_of: Timestamp) -> bool {
    let next = (i64::from(to_number(day)) + 1) * MICROS;
    as_of.as_microsecond() + 1 >= next
}

/// The newest day of which nothing is left.
pub fn last_over(as_of: Timestamp) -> Date {
    let day = of_instant(as_of);
    if is_over(day, as_of) { day } else { before(day, 1) }
}
