//! `leadlake rollback`

use std::io::{self, Write};
use std::sync::Arc;

use clap::Args;
use leadlake_lake::catalog::{checked_head, publish_head};
use leadlake_lake::tables::{LogEntry, TableLog, TableName, VersionNumber};
use serde::Serialize;

use super::Setting;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};
use crate::place::{OpenLake, PublishedLake};

#[derive(Debug, Args)]
pub struct Rollback {
    /// Such as silver/leads or gold_lead_scores
    pub table: TableName,
    /// The version that readers shall use again
    #[arg(long, value_name = "N")]
    pub to: VersionNumber,
    #[command(flatten)]
    pub lake: PublishedLake,
}

#[derive(Debug, Serialize)]
struct RolledBack {
    table: TableName,
    before: Option<VersionNumber>,
    current: Option<VersionNumber>,
    /// The newest entry of the log.
    entry: VersionNumber,
    rows: Option<u64>,
}

pub fn run(ask: &Rollback, setting: &Setting) -> Result<Ended, CliError> {
    let OpenLake { lake, catalog } = ask.lake.open()?;
    let log = TableLog::new(Arc::clone(&lake.store), ask.table.clone());
    // A log that lost its end would give the number of the rollback a second time.
    let before = checked_head(&log, &*catalog)?.and_then(|head| head.current);
    let entry = log.rollback(ask.to, &setting.new_run_id(), setting.now())?;
    publish_head(&log, &*catalog)?;
    print(
        &RolledBack::of(before, &entry, log.current_after(&entry)?.map(|now| now.content.rows)),
        setting.format,
    )?;
    Ok(Ended::Well)
}

impl RolledBack {
    fn of(before: Option<VersionNumber>, entry: &LogEntry, rows: Option<u64>) -> Self {
        Self { table: entry.table.clone(), before, current: entry.current, entry: entry.number, rows }
    }
}

impl Report for RolledBack {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let told =
            |number: Option<VersionNumber>| number.map_or_else(|| "none".to_owned(), |n| n.to_string());
        let (before, current, rows) =
            (told(self.before), told(self.current), grouped(self.rows.unwrap_or(0)));
        if before == current {
            return writeln!(out, "{}: readers use version {current} already, {rows} rows", self.table);
        }
        writeln!(out, "{}: readers use version {current} instead of {before}, {rows} rows", self.table)
    }
}
