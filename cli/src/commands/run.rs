//! `leadlake run`: everything that is due, in order.

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::ingest::{Ingested, ingest};
use super::score::{HowToScore, Scored, score};
use super::{Setting, open_filled_lake};
use crate::args::{LakeFolder, Threads};
use crate::error::CliError;
use crate::output::{Ended, Report, print};

#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub lake: LakeFolder,
    #[command(flatten)]
    pub how: HowToScore,
    #[command(flatten)]
    pub threads: Threads,
}

#[derive(Debug, Serialize)]
struct Ran {
    ingest: Ingested,
    score: Scored,
}

pub fn run(ask: &Run, setting: &Setting) -> Result<Ended, CliError> {
    let lake = open_filled_lake(&ask.lake)?;
    let ingest = ingest(&lake, &Default::default(), &ask.threads, setting)?;
    let score = score(&lake, &ask.how, &ask.threads, setting)?;
    let all_is_well = ingest.is_well() && score.is_well();
    print(&Ran { ingest, score }, setting.format)?;
    Ok(Ended::well_if(all_is_well))
}

impl Report for Ran {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        self.ingest.write_text(out)?;
        writeln!(out)?;
        self.score.write_text(out)
    }
}
