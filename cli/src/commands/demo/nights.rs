//! The demo's days. Each object is refined when it arrives, as a Lambda would, and each night people are scored and KPIs
//! are added up. The calendar is that of the story; how long the work takes is measured.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use leadlake_lake::Lake;
use leadlake_lake::ingest::{Selection, find_pending, refine_all};
use leadlake_lake::layout::BronzeObject;
use leadlake_lake::store::DirStore;

use super::story::{Days, Story};
use crate::args::Threads;
use crate::commands::Setting;
use crate::commands::gold::{HowToAddUp, add_up};
use crate::commands::score::{HowToScore, score};
use crate::contracts::Contracts;
use crate::error::CliError;
use crate::place::OpenLake;
use crate::progress::Progress;
use crate::view::View;

/// How long after midnight the night's run begins.
const AFTER_MIDNIGHT: SignedDuration = SignedDuration::from_mins(5);

pub struct Nights<'s> {
    store: &'s DirStore,
    open: OpenLake,
    contracts: Contracts,
    threads: usize,
    setting: &'s Setting,
}

impl<'s> Nights<'s> {
    pub fn new(store: &'s DirStore, threads: usize, setting: &'s Setting) -> Result<Self, CliError> {
        let open = OpenLake::local(Lake::local(Arc::new(store.clone())));
        Ok(Self { store, open, contracts: setting.contracts()?, threads, setting })
    }

    pub fn open(&self) -> &OpenLake {
        &self.open
    }

    pub fn lake(&self) -> &Lake {
        &self.open.lake
    }

    /// Goes on where the story stands, also after a run that was broken off.
    pub fn live_through(&self, story: &mut Story) -> Result<Days, CliError> {
        let days = story.next_days()?;
        story.deliver(days, self.store)?;
        let all: Vec<Date> =
            days.first.series(jiff::Span::new().days(1)).take_while(|day| *day <= days.last).collect();
        let progress = Progress::new("days", all.len() as u64);
        for day in all {
            self.day(day)?;
            self.night(day)?;
            story.day_is_done(self.store)?;
            progress.step();
        }
        progress.finish();
        Ok(days)
    }

    fn day(&self, day: Date) -> Result<(), CliError> {
        let selection = Selection { from: Some(day), to: Some(day), ..Selection::default() };
        let mut pending = find_pending(self.lake(), &self.contracts.all, &selection)?.objects;
        pending.sort_by_key(|object| object.facts.modified);
        pending.iter().try_for_each(|object| self.arrive(object))
    }

    fn arrive(&self, object: &BronzeObject) -> Result<(), CliError> {
        let (arrived, begun) = (object.facts.modified, Instant::now());
        let clock = || arrived + begun.elapsed();
        let failure = Mutex::new(None);
        let one = std::slice::from_ref(object);
        refine_all(self.lake(), &self.contracts.all, one, 1, &clock, &|outcome| {
            *failure.lock().unwrap_or_else(PoisonError::into_inner) = outcome.result.err();
        })?;
        match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(failure) => Err(CliError::Object { key: object.facts.key.clone(), failure }),
            None => Ok(()),
        }
    }

    fn night(&self, day: Date) -> Result<(), CliError> {
        let midnight = midnight_after(day)?;
        let setting = Setting {
            contracts: self.setting.contracts.clone(),
            format: self.setting.format,
            now: Some(midnight + AFTER_MIDNIGHT),
        };
        let how =
            HowToScore { as_of: Some(midnight - SignedDuration::from_micros(1)), ..HowToScore::default() };
        score(&self.open, &how, &Threads { threads: Some(self.threads) }, &setting)?;
        let how = HowToAddUp::default();
        let view = View::current(&self.open, &self.contracts, how.memory)?;
        add_up(&self.open, &view, &how, &setting)?;
        Ok(())
    }
}

fn midnight_after(day: Date) -> Result<Timestamp, CliError> {
    let midnight = day.tomorrow().and_then(|next| next.to_zoned(TimeZone::UTC));
    Ok(midnight.map_err(|_| CliError::NoSuchDay { after: day })?.timestamp())
}
