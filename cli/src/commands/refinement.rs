//! What ingest and replay have in common: objects refined, and what became of them.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use leadlake_contract::SourceName;
use leadlake_lake::Lake;
use leadlake_lake::ingest::{Outcome, refine_all};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::BronzeObject;
use leadlake_refine::Counts;
use serde::Serialize;

use super::Setting;
use crate::contracts::Contracts;
use crate::error::CliError;
use crate::output::grouped;
use crate::progress::Progress;

/// Counts by source, and the objects that failed.
#[derive(Debug, Default, Serialize)]
pub struct Refinement {
    pub objects: u64,
    pub bytes: u64,
    pub total: Counts,
    pub sources: BTreeMap<SourceName, Counts>,
    /// Objects refused whole, because more than their contract's share of records was wrong.
    pub refused_whole: Vec<ObjectKey>,
    pub failed: Vec<Failure>,
}

#[derive(Debug, Serialize)]
pub struct Failure {
    pub object: ObjectKey,
    pub reason: String,
}

pub fn refine(
    lake: &Lake,
    contracts: &Contracts,
    objects: &[BronzeObject],
    threads: usize,
    setting: &Setting,
) -> Result<Refinement, CliError> {
    let progress = Progress::new("objects", objects.len() as u64);
    let clock = || setting.now();
    let refinement = Mutex::new(Refinement::default());
    refine_all(lake, &contracts.all, objects, threads, &clock, &|outcome| {
        refinement.lock().unwrap_or_else(PoisonError::into_inner).add(outcome);
        progress.step();
    })?;
    progress.finish();
    let mut refinement = refinement.into_inner().unwrap_or_else(PoisonError::into_inner);
    refinement.refused_whole.sort();
    refinement.failed.sort_by(|left, right| left.object.cmp(&right.object));
    Ok(refinement)
}

impl Refinement {
    fn add(&mut self, Outcome { object, result }: Outcome) {
        self.objects += 1;
        match result {
            Ok(entry) => {
                self.bytes += entry.bytes;
                self.total.add(&entry.counts);
                self.sources.entry(entry.source).or_default().add(&entry.counts);
                if entry.refused_whole {
                    self.refused_whole.push(entry.object_key);
                }
            }
            Err(error) => {
                self.failed.push(Failure { object: object.facts.key, reason: error.to_string() });
            }
        }
    }

    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.objects > 0 {
            self.write_counts(out)?;
        }
        for object in &self.refused_whole {
            writeln!(out, "refused whole, too much of it is wrong: {object}")?;
        }
        for failure in &self.failed {
            writeln!(out, "failed: {}: {}", failure.object, failure.reason)?;
        }
        Ok(())
    }

    fn write_counts(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{:<16} {:>12} {:>12} {:>10} {:>11} {:>10} {:>10}",
            "source", "records", "accepted", "refused", "duplicate", "invalid", "drifted"
        )?;
        for (source, counts) in &self.sources {
            write_row(out, source.as_str(), counts)?;
        }
        if self.sources.len() > 1 {
            write_row(out, "all", &self.total)?;
        }
        if !self.total.refused.is_empty() {
            writeln!(out, "refused because")?;
        }
        for (code, count) in &self.total.refused {
            writeln!(out, "  {:<26} {:>12}", code.as_str(), grouped(*count))?;
        }
        if !self.total.drifted.is_empty() {
            let names: Vec<&str> = self.total.drifted.keys().map(String::as_str).collect();
            writeln!(out, "fields that no contract knows, kept in extra: {}", names.join(", "))?;
        }
        Ok(())
    }
}

fn write_row(out: &mut dyn Write, name: &str, counts: &Counts) -> io::Result<()> {
    writeln!(
        out,
        "{name:<16} {:>12} {:>12} {:>10} {:>11} {:>10} {:>10}",
        grouped(counts.input),
        grouped(counts.accepted),
        grouped(counts.refused_total()),
        grouped(counts.duplicate),
        grouped(counts.invalid.values().sum()),
        grouped(counts.drifted.values().sum()),
    )
}
