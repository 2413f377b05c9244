//! Values as SQL writes them, with their types.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Such as `TIMESTAMP '2025-01-31 23:59:59.999999'`.
pub fn timestamp(instant: Timestamp) -> String {
    let utc = instant.to_zoned(TimeZone::UTC);
    format!("TIMESTAMP '{}'", utc.strftime("%Y-%m-%d %H:%M:%S.%6f"))
}

/// Such as `DATE '2025-01-31'`.
pub fn date(day: Date) -> String {
    format!("DATE '{}'", day.strftime("%Y-%m-%d"))
}
