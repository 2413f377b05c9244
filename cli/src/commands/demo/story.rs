//! What the demo's lake has lived through. Two months can be told: the first at once, the rest a day with each run.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use leadlake_generate::{Plan, Sink, generate};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{DirStore, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::commands::generate::Bronze;
use crate::error::CliError;

const FILE: &str = "demo.json";
const SEED: u64 = 1;
pub const FIRST_MONTH: u32 = 31;
pub const ALL_DAYS: u32 = 61;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Of both months.
    events: u64,
    seed: u64,
    first_day: Date,
    /// Lived through in one go.
    first_days: u32,
    days_done: u32,
}

/// Days to be lived through, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Days {
    pub first: Date,
    pub last: Date,
}

impl Story {
    /// That of the folder, or a new one with about so many events in its first month.
    pub fn open(
        folder: &Path,
        events_of_first_month: u64,
        first_days: u32,
    ) -> Result<(Self, DirStore), CliError> {
        if !folder.join(FILE).is_file() && has_anything(folder) {
            return Err(CliError::NoDemo { folder: folder.to_owned() });
        }
        let store = DirStore::create(folder)?;
        let story = match std::fs::read(folder.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|source| CliError::DemoStory { file: folder.join(FILE), source })?,
            Err(_) => Self::begin(events_of_first_month, first_days)?,
        };
        // Before anything else, so that a demo that dies at once can be gone on with.
        story.write(&store)?;
        Ok((story, store))
    }

    fn begin(events_of_first_month: u64, first_days: u32) -> Result<Self, CliError> {
        let first_day = Plan::new(0, SEED).first_day;
        let events = events_of_first_month.saturating_mul(2);
        let guess = Self { events, seed: SEED, first_day, first_days, days_done: 0 };
        let until = guess.day(FIRST_MONTH)?;
        let mut counted = Counted { until, lines: 0 };
        generate(&guess.plan(), &mut counted)?;
        let share = guess.events as f64 / counted.lines.max(1) as f64;
        Ok(Self { events: (events_of_first_month as f64 * share).round() as u64, ..guess })
    }

    /// What this run is about: what is left of the first days, or one day more.
    pub fn next_days(&self) -> Result<Days, CliError> {
        if self.days_done >= ALL_DAYS {
            return Err(CliError::DemoIsOver { days: ALL_DAYS });
        }
        let last = self.first_days.max(self.days_done + 1);
        Ok(Days { first: self.day(self.days_done + 1)?, last: self.day(last)? })
    }

    /// Puts the raw objects of these days into the lake, each with the time of its arrival.
    pub fn deliver(&self, days: Days, store: &DirStore) -> Result<(), CliError> {
        generate(
            &self.plan(),
            &mut Delivered { days, bronze: Bronze { store, folder: Some(store.root()) } },
        )?;
        Ok(())
    }

    pub fn day_is_done(&mut self, store: &DirStore) -> Result<(), CliError> {
        self.days_done += 1;
        self.write(store)
    }

    fn write(&self, store: &DirStore) -> Result<(), CliError> {
        let key = ObjectKey::new(FILE).map_err(StoreError::from)?;
        Ok(store.put(&key, &serde_json::to_vec_pretty(self)?)?)
    }

    fn plan(&self) -> Plan {
        let mut plan = Plan::new(self.events, self.seed);
        plan.first_day = self.first_day;
        plan.days = ALL_DAYS;
        plan
    }

    /// The first is number one.
    fn day(&self, number: u32) -> Result<Date, CliError> {
        let days_later = jiff::Span::new().days(i64::from(number) - 1);
        self.first_day.checked_add(days_later).map_err(|_| CliError::DemoIsOver { days: ALL_DAYS })
    }
}

fn has_anything(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

fn day_of(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

/// How many lines arrive until a day.
struct Counted {
    until: Date,
    lines: u64,
}

impl Sink for Counted {
    type Error = StoreError;

    fn object(&mut self, _: &str, arrived: Timestamp, bytes: &[u8]) -> Result<(), StoreError> {
        if day_of(arrived) <= self.until {
            self.lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        Ok(())
    }
}

struct Delivered<'s> {
    days: Days,
    bronze: Bronze<'s>,
}

impl Sink for Delivered<'_> {
    type Error = StoreError;

    fn object(&mut self, key: &str, arrived: Timestamp, bytes: &[u8]) -> Result<(), StoreError> {
        let day = day_of(arrived);
        if day < self.days.first || day > self.days.last {
            return Ok(());
        }
        self.bronze.object(key, arrived, bytes)
    }
}
