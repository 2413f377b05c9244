//! What to generate: how much, when, and with which flaws.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use thiserror::Error;

use crate::calendar::Calendar;

/// An earlier event would be refused by the contracts, which believe no clock from before 2000.
const EARLIEST_DAY: Date = date(2000, 1, 2);

/// Everything that decides which bytes are written: equal plans make equal bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How many records are written, repeated and broken ones included.
    pub events: u64,
    pub seed: u64,
    /// Events happen, and objects arrive, on `days` days from this one on.
    pub first_day: Date,
    pub days: u32,
    /// About how many records an object holds. A source's day is cut into equal objects near this size, and makes at
    /// least one object when it has any event.
    pub events_per_object: u64,
    pub flaws: Flaws,
}

impl Plan {
    /// 15 days from 2025-01-01. 1,000,000 events make about 91 objects of 2.5 MB, with 11,000 records on average: the
    /// smaller sources do not fill theirs.
    pub fn new(events: u64, seed: u64) -> Self {
        Self {
            events,
            seed,
            first_day: date(2025, 1, 1),
            days: 15,
            events_per_object: 13_000,
            flaws: Flaws::default(),
        }
    }

    pub(crate) fn calendar(&self) -> Result<Calendar, PlanError> {
        self.flaws.check()?;
        if self.days == 0 {
            return Err(PlanError::NoDays);
        }
        if self.events_per_object == 0 {
            return Err(PlanError::EmptyObjects);
        }
        if self.first_day < EARLIEST_DAY {
            return Err(PlanError::TooEarly { first_day: self.first_day });
        }
        let midnight = self.midnight().ok_or(PlanError::BeyondCalendar { days: self.days })?;
        Ok(Calendar::new(self.first_day, midnight, self.days))
    }

    /// The start of the first day, when the day after the last one can be told too.
    fn midnight(&self) -> Option<Timestamp> {
        let whole = SignedDuration::from_hours(24 * i64::from(self.days));
        self.first_day.checked_add(whole).ok()?;
        let midnight = self.first_day.to_zoned(TimeZone::UTC).ok()?.timestamp();
        midnight.checked_add(whole).ok()?;
        Some(midnight)
    }
}

/// How often things go wrong, as shares from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Flaws {
    /// Events that are delivered a second time, byte for byte: half of them at once (mostly into the same object), half
    /// of them later (mostly into another one).
    pub repeated: f64,
    /// Events whose object arrives 1 to 20 days later. None can be late on the last day.
    pub late: f64,
    /// Records that must be refused. Much above 0.1, small objects may pass the share at which contracts refuse an
    /// object whole, and then [`crate::Truth`] no longer holds for a lake.
    pub broken: f64,
    /// Phones such as `98xxxxxx12`, of the events that carry one.
    pub masked_phones: f64,
    /// Events with a value in an optional field that cannot be used.
    pub invalid_values: f64,
    /// People who gave a throw-away address.
    pub disposable_addresses: f64,
    /// Events with a field that no contract knows.
    pub extra_fields: f64,
    pub without_event_id: f64,
}

impl Flaws {
    pub const fn none() -> Self {
        Self {
            repeated: 0.0,
            late: 0.0,
            broken: 0.0,
            masked_phones: 0.0,
            invalid_values: 0.0,
            disposable_addresses: 0.0,
            extra_fields: 0.0,
            without_event_id: 0.0,
        }
    }

    fn check(&self) -> Result<(), PlanError> {
        let shares = [
            ("repeated", self.repeated),
            ("late", self.late),
            ("broken", self.broken),
            ("masked_phones", self.masked_phones),
            ("invalid_values", self.invalid_values),
            ("disposable_addresses", self.disposable_addresses),
            ("extra_fields", self.extra_fields),
            ("without_event_id", self.without_event_id),
        ];
        match shares.into_iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            None => Ok(()),
            Some((flaw, share)) => Err(PlanError::NotAShare { flaw, share }),
        }
    }
}

impl Default for Flaws {
    fn default() -> Self {
        Self {
            repeated: 0.02,
            late: 0.03,
            broken: 0.01,
            masked_phones: 0.04,
            invalid_values: 0.02,
            disposable_addresses: 0.03,
            extra_fields: 0.02,
            without_event_id: 0.15,
        }
    }
}

/// Why a plan cannot be carried out.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PlanError {
    #[error("the plan has no days; give it at least one")]
    NoDays,
    #[error("the plan allows no event in an object; allow at least one")]
    EmptyObjects,
    #[error("the share of {flaw} is {share}; give it a number from 0 to 1")]
    NotAShare { flaw: &'static str, share: f64 },
    #[error("the first day {first_day} is too early to be believed; start on {EARLIEST_DAY} or later")]
    TooEarly { first_day: Date },
    #[error("{days} days lead past the end of the calendar; use fewer days or start earlier")]
    BeyondCalendar { days: u32 },
}
