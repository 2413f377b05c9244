//! `leadlake run`: everything that is due, in order.

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

#[cfg(feature = "query")]
use leadlake_lake::tables::current_versions;

use super::Setting;
#[cfg(feature = "query")]
use super::gold::{AddedUp, HowToAddUp, add_up};
use super::ingest::{Ingested, ingest};
use super::score::{HowToScore, Scored, score};
use crate::args::Threads;
use crate::error::CliError;
use crate::output::{Ended, Report, print};
use crate::place::PublishedLake;
#[cfg(feature = "query")]
use crate::{place::OpenLake, view::View};

#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub lake: PublishedLake,
    #[command(flatten)]
    pub how: HowToScore,
    #[cfg(feature = "query")]
    #[command(flatten)]
    pub gold: HowToAddUp,
    #[command(flatten)]
    pub threads: Threads,
}

#[derive(Debug, Serialize)]
struct Ran {
    ingest: Ingested,
    score: Scored,
    #[cfg(feature = "query")]
    gold: AddedUp,
}

pub fn run(ask: &Run, setting: &Setting) -> Result<Ended, CliError> {
    let open = ask.lake.open_filled()?;
    let ingest = ingest(&open.lake, &Default::default(), &ask.threads, setting)?;
    let score = score(&open, &ask.how, &ask.threads, setting)?;
    let all_is_well = ingest.is_well() && score.is_well();
    let ran = Ran {
        #[cfg(feature = "query")]
        gold: gold(&open, &score, &ask.gold, setting)?,
        ingest,
        score,
    };
    print(&ran, setting.format)?;
    Ok(Ended::well_if(all_is_well))
}

/// Of the versions that the score run wrote, also where they stand beside current ones.
#[cfg(feature = "query")]
fn gold(open: &OpenLake, score: &Scored, how: &HowToAddUp, setting: &Setting) -> Result<AddedUp, CliError> {
    let mut versions = current_versions(&open.lake)?;
    versions.extend(score.run.versions.clone());
    add_up(open, &View::of(open, &setting.contracts()?, versions, how.memory)?, how, setting)
}

impl Report for Ran {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        self.ingest.write_text(out)?;
        writeln!(out)?;
        self.score.write_text(out)?;
        #[cfg(feature = "query")]
        {
            writeln!(out)?;
            self.gold.write_text(out)?;
        }
        Ok(())
    }
}
