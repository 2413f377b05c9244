//! Instants as people write them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use thiserror::Error;

const DAY: &str = "2025-01-31";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InstantError {
    #[error("write a time such as 2025-01-31T18:00:00Z, or a day such as 2025-01-31")]
    NoInstant,
    #[error("write a day such as 2025-01-31")]
    NoDay,
    #[error("there is no instant at the end of that day; write an earlier one")]
    LastDay,
}

/// A time with its offset, or a day, which means its end in UTC.
pub fn as_of(text: &str) -> Result<Timestamp, InstantError> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    end_of(day(text).map_err(|_| InstantError::NoInstant)?).map_err(|_| InstantError::LastDay)
}

/// A day and nothing more: what follows it would be ignored without a word, such as a time without an offset.
pub fn day(text: &str) -> Result<Date, InstantError> {
    let day = Some(text).filter(|text| text.len() == DAY.len()).and_then(|day| day.parse().ok());
    day.ok_or(InstantError::NoDay)
}

fn end_of(day: Date) -> Result<Timestamp, jiff::Error> {
    let next = day.tomorrow()?.to_zoned(TimeZone::UTC)?.timestamp();
    Timestamp::from_microsecond(next.as_microsecond() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_means_its_end() {
        let end: Timestamp = "2025-01-31T23:59:59.999999Z".parse().unwrap();
        assert_eq!(as_of("2025-01-31"), Ok(end));
        assert_eq!(as_of("2025-02-01T05:29:59.999999+05:30"), Ok(end));
        assert_eq!(day("2025-01-31").map(|day| day.to_string()), Ok("2025-01-31".to_owned()));
        assert!(day("yesterday").is_err() && day("2025-01-31T18:00:00Z").is_err());
        assert_eq!(as_of("9999-12-31"), Err(InstantError::LastDay));
        assert_eq!(as_of("yesterday"), Err(InstantError::NoInstant));
        assert_eq!(as_of("2025-01-31T18:00:00"), Err(InstantError::NoInstant));
    }
}
