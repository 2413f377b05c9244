//! `leadlake replay`

use std::io::{self, Write};

use leadlake_lake::key::ObjectKey;
use leadlake_lake::replay::{ReplaySelection, find_replayable};
use leadlake_refine::Counts;
use serde::Serialize;

use super::refinement::{Refinement, refine};
use super::{Setting, thread_count};
use crate::args::Replay;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};

#[derive(Debug, Serialize)]
struct Replayed {
    refused_before: u64,
    refused_after: u64,
    accepted_more: i64,
    #[serde(flatten)]
    refinement: Refinement,
    /// Bronze objects that are no longer there, so that their records stay in quarantine.
    gone: Vec<ObjectKey>,
    /// Ledger entries that cannot be read.
    unreadable: Vec<String>,
    /// Bronze objects that only ingest takes in: new ones, and those whose replay was cut short.
    not_ingested: u64,
}

pub fn run(ask: &Replay, setting: &Setting) -> Result<Ended, CliError> {
    let contracts = setting.contracts()?;
    if let Some(source) = &ask.source {
        contracts.get(source)?;
    }
    let lake = ask.lake.place.open()?;
    let selection = ReplaySelection { source: ask.source.clone(), code: ask.code };
    let replayable = find_replayable(&lake, &contracts.all, &selection)?;
    let mut before = Counts::default();
    let mut objects = Vec::with_capacity(replayable.objects.len());
    for (object, entry) in replayable.objects {
        before.add(&entry.counts);
        objects.push(object);
    }
    let refinement = refine(&lake, &contracts, &objects, thread_count(&ask.threads), setting)?;
    let replayed = Replayed {
        refused_before: before.refused_total(),
        refused_after: refinement.total.refused_total(),
        accepted_more: refinement.total.accepted.cast_signed() - before.accepted.cast_signed(),
        refinement,
        gone: replayable.gone.into_iter().map(|entry| entry.object_key).collect(),
        unreadable: replayable.unreadable.iter().map(ToString::to_string).collect(),
        not_ingested: replayable.not_ingested,
    };
    print(&replayed, setting.format)?;
    Ok(Ended::well_if(replayed.is_well()))
}

impl Replayed {
    fn is_well(&self) -> bool {
        self.refinement.failed.is_empty() && self.gone.is_empty() && self.unreadable.is_empty()
    }
}

impl Report for Replayed {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{} objects refined again: {} records were refused before, {} are now",
            grouped(self.refinement.objects),
            grouped(self.refused_before),
            grouped(self.refused_after)
        )?;
        self.refinement.write_text(out)?;
        for object in &self.gone {
            writeln!(out, "cannot be replayed, it is gone from bronze: {object}")?;
        }
        for reason in &self.unreadable {
            writeln!(out, "left alone: {reason}")?;
        }
        if self.not_ingested > 0 {
            writeln!(
                out,
                "{} objects have no ledger entry, and are not replayed but ingested: leadlake ingest",
                grouped(self.not_ingested)
            )?;
        }
        Ok(())
    }
}
