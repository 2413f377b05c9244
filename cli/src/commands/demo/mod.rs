//! `leadlake demo`: a lake of invented leads, run night by night as a real one would be, and what comes of it.

mod nights;
mod outcome;
mod story;
mod text;

use std::path::PathBuf;

use clap::Args;
use leadlake_report::Reveal;

use super::kpi::{WhatToAsk, answer};
use super::report::{Page, write_page};
use super::{Setting, thread_count};
use crate::args::Threads;
use crate::error::CliError;
use crate::output::{Ended, print};
use crate::place::Place;
use crate::settings::LoadedScoring;

use nights::Nights;
use outcome::Outcome;
use story::{ALL_DAYS, FIRST_MONTH, Story};

#[derive(Debug, Args)]
pub struct Demo {
    /// About how many events the first month has; a lake that is there keeps what it was begun with
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(100..))]
    pub events: u64,
    /// The lake's folder; a lake that an earlier demo made goes on with a further day
    #[arg(long, value_name = "DIR", default_value = "demo-lake")]
    pub dir: PathBuf,
    /// How many days a new lake lives through at first; fewer are a quicker look. A lake that is there keeps what it was begun with
    #[arg(long, value_name = "N", default_value_t = FIRST_MONTH, value_parser = clap::value_parser!(u32).range(1..=i64::from(ALL_DAYS)))]
    pub days: u32,
    #[command(flatten)]
    pub threads: Threads,
}

const REPORT: &str = "report.html";

pub fn run(ask: &Demo, setting: &Setting) -> Result<Ended, CliError> {
    let (mut story, store) = Story::open(&ask.dir, ask.events, ask.days)?;
    let nights = Nights::new(&store, thread_count(&ask.threads), setting)?;
    let days = nights.live_through(&mut story)?;

    let answered = answer(nights.open(), &WhatToAsk::default(), &Default::default(), setting)?;
    let page = Page {
        name: Place::Folder(ask.dir.clone()).name(),
        currency: LoadedScoring::load(None, nights.lake())?.scoring.main_currency.to_string(),
        file: &ask.dir.join(REPORT),
        reveal: Reveal::Nothing,
    };
    let outcome = Outcome::gather(&answered, &ask.dir, days, page.file)?;
    write_page(nights.lake(), answered, &page, setting)?;
    print(&outcome, setting.format)?;
    Ok(Ended::Well)
}
