//! Working time: only the hours from 08:00 to 23:30 in India, joined end to end, so that any span of time falls into
//! hours in which people do things.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// 08:00 in India is 02:30 UTC, and 23:30 is 18:00 UTC: an event's day is the same in both.
const OPENS: u32 = 2 * 3600 + 30 * 60;
pub(crate) const DAY_SECONDS: u64 = 15 * 3600 + 30 * 60;
const INDIA_IS_AHEAD: u32 = 5 * 3600 + 30 * 60;
const UPLOAD_SECONDS: u64 = 5;

/// Seconds of working time since the plan began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WorkTime(pub(crate) u64);

impl WorkTime {
    pub(crate) fn day(self) -> u64 {
        self.0 / DAY_SECONDS
    }

    pub(crate) fn plus_days(self, days: u64) -> Self {
        Self(self.0 + days * DAY_SECONDS)
    }

    /// Later, but still on the same day.
    pub(crate) fn later_that_day(self, seconds: u64) -> Self {
        let last = (self.day() + 1) * DAY_SECONDS - 1;
        Self((self.0 + seconds).min(last))
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    first_day: Date,
    midnight: Timestamp,
    pub(crate) days: u64,
}

impl Calendar {
    pub(crate) fn new(first_day: Date, midnight: Timestamp, days: u32) -> Self {
        Self { first_day, midnight, days: u64::from(days) }
    }

    pub(crate) fn work_seconds(&self) -> u64 {
        self.days * DAY_SECONDS
    }

    pub(crate) fn last_day(&self) -> u64 {
        self.days - 1
    }

    pub(crate) fn date_of(&self, day: u64) -> Date {
        // Never saturates: the plan was checked to end within the calendar.
        self.first_day.saturating_add(SignedDuration::from_hours(24 * day as i64))
    }

    pub(crate) fn moment(&self, time: WorkTime) -> Moment {
        Moment { date: self.date_of(time.day()), second: OPENS + (time.0 % DAY_SECONDS) as u32 }
    }

    /// When an object arrives whose last record was handed over at this time.
    pub(crate) fn arrival(&self, last_record: WorkTime) -> Timestamp {
        let second_of_day = u64::from(OPENS) + last_record.0 % DAY_SECONDS + UPLOAD_SECONDS;
        let since_start = SignedDuration::from_secs((last_record.day() * 86_400 + second_of_day) as i64);
        // Never fails, for the same reason.
        self.midnight.checked_add(since_start).unwrap_or(Timestamp::MAX)
    }
}

/// A second of a day, UTC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) date: Date,
    pub(crate) second: u32,
}

impl Moment {
    /// The same second on an Indian clock; working hours never cross midnight there.
    pub(crate) fn second_in_india(self) -> u32 {
        self.second + INDIA_IS_AHEAD
    }
}
