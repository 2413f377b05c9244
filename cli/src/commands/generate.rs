//! `leadlake generate`

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use leadlake_generate::{Plan, Sink, Truth, generate};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::BRONZE;
use leadlake_lake::store::{Store, StoreError};
use serde::Serialize;

use super::Setting;
use crate::args::Generate;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};
use crate::place::Place;

/// Beside the lake's layers: what is true of the events, for tests to compare a lake with.
const TRUTH: &str = "generated.json";

pub fn run(ask: &Generate, setting: &Setting) -> Result<Ended, CliError> {
    let mut plan = Plan::new(ask.events, ask.seed);
    plan.first_day = ask.first_day.unwrap_or(plan.first_day);
    plan.days = ask.days.unwrap_or(plan.days);
    let store = ask.place.create()?;
    let folder = match &ask.place {
        Place::Folder(folder) => Some(folder.as_path()),
        Place::S3(_) => None,
    };
    let truth = generate(&plan, &mut Bronze { store: &*store, folder })?;
    let key = ObjectKey::new(TRUTH).map_err(StoreError::from)?;
    store.put(&key, &serde_json::to_vec_pretty(&truth)?)?;
    let last_day = plan.first_day.saturating_add(Span::new().days(i64::from(plan.days) - 1));
    print(&Generated { folder: ask.place.clone(), truth, last_day }, setting.format)?;
    Ok(Ended::Well)
}

/// Puts raw objects into a lake.
pub struct Bronze<'s> {
    pub store: &'s dyn Store,
    /// Of a lake whose objects can be given the time of their arrival; elsewhere they arrive when they are put.
    pub folder: Option<&'s Path>,
}

impl Sink for Bronze<'_> {
    type Error = StoreError;

    fn object(&mut self, key: &str, arrived: Timestamp, bytes: &[u8]) -> Result<(), StoreError> {
        let key = ObjectKey::new(key)?;
        self.store.put(&key, bytes)?;
        let Some(folder) = self.folder else { return Ok(()) };
        set_arrival(&folder.join(key.as_str()), arrived).map_err(|source| StoreError::Io {
            operation: "set the time of",
            at: key.to_string(),
            source,
        })
    }
}

/// An object's arrival is its time of modification.
fn set_arrival(object: &Path, arrived: Timestamp) -> io::Result<()> {
    let file = File::options().write(true).open(object)?;
    file.set_modified(arrived.into())
}

#[derive(Serialize)]
struct Generated {
    folder: Place,
    last_day: Date,
    #[serde(flatten)]
    truth: Truth,
}

impl Report for Generated {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let Truth { events, objects, bytes, people, people_converted, .. } = &self.truth;
        writeln!(
            out,
            "{} events of {} people, {} of whom bought, in {} objects of {} bytes below {}",
            grouped(*events),
            grouped(*people),
            grouped(*people_converted),
            grouped(*objects),
            grouped(*bytes),
            self.folder.path(BRONZE)
        )?;
        writeln!(out, "what is true of them stands in {}", self.folder.path(TRUTH))?;
        writeln!(out, "next: leadlake run --lake {} --as-of {}", self.folder, self.last_day)
    }
}
