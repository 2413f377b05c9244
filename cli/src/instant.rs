//! Instants as people type them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A time with its offset, or a day, which means its end in UTC.
pub fn as_of(text: &str) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    // A time without an offset begins with a day too, and must not be taken for its end.
    let day = Some(text).filter(|text| text.len() == "2025-01-31".len()).and_then(|day| day.parse().ok());
    let day: Date = day.ok_or("write a time such as 2025-01-31T18:00:00Z, or a day such as 2025-01-31")?;
    end_of(day).map_err(|_| "there is no instant at the end of that day; write an earlier one".to_owned())
}

/// A day and nothing more: a time of day would be ignored without a word.
pub fn day(text: &str) -> Result<Date, String> {
    let day = Some(text).filter(|text| text.len() == "2025-01-31".len()).and_then(|day| day.parse().ok());
    day.ok_or_else(|| "write a day such as 2025-01-31".to_owned())
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
        assert!(as_of("9999-12-31").unwrap_err().contains("earlier"));
        assert!(as_of("yesterday").is_err() && as_of("2025-01-31T18:00:00").is_err());
    }
}
