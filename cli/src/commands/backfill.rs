//! `leadlake backfill`: old objects to the queue of the function that refines, instead of ingest on this machine.

use std::io::{self, Write};

use clap::Args;
use jiff::civil::Date;
use leadlake_aws::queue::{Backfilled, QueueUrl, backfill};
use leadlake_contract::SourceName;
use leadlake_lake::ingest::Selection;
use leadlake_lake::instant::day;

use super::Setting;
use super::ingest::checked;
use crate::aws::{self, LakeOnS3};
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};

#[derive(Debug, Args)]
pub struct Ask {
    #[command(flatten)]
    lake: LakeOnS3,
    /// URL of the queue that the source's function works on
    #[arg(long, value_name = "URL", env = "LEADLAKE_QUEUE_URL")]
    queue: QueueUrl,
    /// Only this source, whose queue that is
    #[arg(long)]
    source: SourceName,
    /// Only partitions from this day on
    #[arg(long, value_name = "DATE", value_parser = day)]
    from: Option<Date>,
    /// Only partitions up to this day
    #[arg(long, value_name = "DATE", value_parser = day)]
    to: Option<Date>,
    /// Also objects that are done, with the contracts that the function has
    #[arg(long)]
    force: bool,
}

pub fn run(ask: &Ask, setting: &Setting) -> Result<Ended, CliError> {
    let contracts = setting.contracts()?;
    let selection =
        Selection { source: Some(ask.source.clone()), from: ask.from, to: ask.to, force: ask.force };
    let selection = checked(selection, &contracts)?;
    let lake = ask.lake.open_filled()?;
    let queue = aws::connect()?.queue(ask.queue.clone());
    let backfilled = backfill(&lake, &contracts.all, &selection, None, &queue, &|| true)?;
    print(&backfilled, setting.format)?;
    Ok(Ended::well_if(backfilled.is_complete() && backfilled.strays.is_empty()))
}

impl Report for Backfilled {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{} of {} objects sent to the queue, {} were done before",
            grouped(self.sent),
            grouped(self.found),
            grouped(self.already_done)
        )?;
        for unsent in &self.unsent {
            writeln!(out, "not sent: {unsent}")?;
        }
        let more = (self.found - self.sent.min(self.found)).saturating_sub(self.unsent.len() as u64);
        if more > 0 {
            writeln!(out, "not sent: {} objects more; run again", grouped(more))?;
        }
        for stray in &self.strays {
            writeln!(out, "left alone: {stray}")?;
        }
        Ok(())
    }
}
