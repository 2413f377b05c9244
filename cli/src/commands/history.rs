//! `leadlake history`

use std::io::{self, Write};
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use leadlake_lake::tables::{EntryKind, RunId, TableError, TableLog, TableName, VersionNumber};
use serde::Serialize;

use super::Setting;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};
use crate::place::LakePlace;

#[derive(Debug, Args)]
pub struct History {
    /// Such as silver/leads or gold_lead_scores
    pub table: TableName,
    #[command(flatten)]
    pub lake: LakePlace,
}

#[derive(Debug, Serialize)]
struct Told {
    table: TableName,
    current: Option<VersionNumber>,
    entries: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    number: VersionNumber,
    kind: EntryKind,
    /// The version whose files the entry names: its own, or a rollback's target.
    version: Option<VersionNumber>,
    is_current: bool,
    is_vacuumed: bool,
    rows: Option<u64>,
    as_of: Option<Timestamp>,
    committed_at: Timestamp,
    run_id: RunId,
}

pub fn run(ask: &History, setting: &Setting) -> Result<Ended, CliError> {
    let lake = ask.lake.place.open()?;
    let told = told(&TableLog::new(Arc::clone(&lake.store), ask.table.clone()))?;
    print(&told, setting.format)?;
    Ok(Ended::Well)
}

fn told(log: &TableLog) -> Result<Told, TableError> {
    let table = log.table().clone();
    let entries = log.entries()?;
    let Some(head) = entries.last() else {
        return Err(TableError::NoVersions { table });
    };
    let current = head.current;
    let lines = entries.iter().map(|entry| {
        let content = entry.content.as_ref();
        let version = content.map(|content| content.version);
        Line {
            number: entry.number,
            kind: entry.kind,
            version,
            is_current: current == Some(entry.number),
            is_vacuumed: version.is_some_and(|version| head.has_vacuumed(version)),
            rows: content.map(|content| content.rows),
            as_of: content.map(|content| content.as_of),
            committed_at: entry.committed_at,
            run_id: entry.run_id.clone(),
        }
    });
    Ok(Told { table, current, entries: lines.collect() })
}

impl Report for Told {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.current {
            Some(current) => writeln!(out, "{}: readers use version {current}", self.table)?,
            None => writeln!(out, "{}: no version is current", self.table)?,
        }
        writeln!(
            out,
            "  {:>7}  {:<17}{:>15}  {:<20}  {:<20}  run",
            "version", "kind", "rows", "as of", "committed"
        )?;
        for line in self.entries.iter().rev() {
            writeln!(
                out,
                "{} {:>7}  {:<17}{:>15}  {:<20}  {:<20}  {}",
                if line.is_current { '*' } else { ' ' },
                line.number.get(),
                line.kind_told(),
                line.rows_told(),
                line.as_of.map_or_else(String::new, in_seconds),
                in_seconds(line.committed_at),
                line.run_id
            )?;
        }
        Ok(())
    }
}

impl Line {
    fn kind_told(&self) -> String {
        match (self.kind, self.version) {
            (EntryKind::Rollback, Some(version)) => format!("rollback to {version}"),
            (kind, _) => kind.as_str().to_owned(),
        }
    }

    fn rows_told(&self) -> String {
        match self.rows {
            Some(_) if self.is_vacuumed => "vacuumed".to_owned(),
            Some(rows) => grouped(rows),
            None => String::new(),
        }
    }
}

fn in_seconds(instant: Timestamp) -> String {
    format!("{instant:.0}")
}
