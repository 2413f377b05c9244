//! `leadlake ingest`

use std::collections::BTreeMap;
use std::io::{self, Write};

use leadlake_contract::SourceName;
use leadlake_lake::Lake;
use leadlake_lake::ingest::{Selection, find_pending};
use serde::Serialize;

use super::refinement::{Refinement, refine};
use super::{Setting, thread_count};
use crate::args::{Ingest, Threads};
use crate::contracts::Contracts;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};

#[derive(Debug, Serialize)]
pub struct Ingested {
    contracts: String,
    already_done: u64,
    #[serde(flatten)]
    refinement: Refinement,
    without_contract: BTreeMap<SourceName, u64>,
    strays: Vec<String>,
}

pub fn run(ask: &Ingest, setting: &Setting) -> Result<Ended, CliError> {
    let selection = Selection { source: ask.source.clone(), from: ask.from, to: ask.to, force: ask.force };
    let selection = checked(selection, &setting.contracts()?)?;
    let lake = ask.lake.place.open()?;
    let ingested = ingest(&lake, &selection, &ask.threads, setting)?;
    print(&ingested, setting.format)?;
    Ok(Ended::well_if(ingested.is_well()))
}

pub fn checked(selection: Selection, contracts: &Contracts) -> Result<Selection, CliError> {
    if let Some(source) = &selection.source {
        contracts.get(source)?;
    }
    if let (Some(from), Some(to)) = (selection.from, selection.to)
        && from > to
    {
        return Err(CliError::DaysReversed { from, to });
    }
    Ok(selection)
}

pub fn ingest(
    lake: &Lake,
    selection: &Selection,
    threads: &Threads,
    setting: &Setting,
) -> Result<Ingested, CliError> {
    let contracts = setting.contracts()?;
    let pending = find_pending(lake, &contracts.all, selection)?;
    let refinement = refine(lake, &contracts, &pending.objects, thread_count(threads), setting)?;
    Ok(Ingested {
        contracts: contracts.from.to_string(),
        already_done: pending.already_done,
        refinement,
        without_contract: pending.without_contract,
        strays: pending.strays.iter().map(ToString::to_string).collect(),
    })
}

impl Ingested {
    pub fn is_well(&self) -> bool {
        self.refinement.failed.is_empty() && self.without_contract.is_empty() && self.strays.is_empty()
    }
}

impl Report for Ingested {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{} objects refined, {} were done before (contracts: {})",
            grouped(self.refinement.objects),
            grouped(self.already_done),
            self.contracts
        )?;
        self.refinement.write_text(out)?;
        for (source, objects) in &self.without_contract {
            writeln!(
                out,
                "left alone: {} objects of {source}, which has no contract; add {source}.odcs.yaml",
                grouped(*objects)
            )?;
        }
        for stray in &self.strays {
            writeln!(out, "left alone: {stray}")?;
        }
        Ok(())
    }
}
