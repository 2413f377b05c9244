//! `leadlake vacuum`

use std::io::{self, Write};
use std::sync::Arc;

use clap::Args;
use leadlake_lake::catalog::{LocalCatalog, publish_head};
use leadlake_lake::tables::{Keep, TableLog, TableName, VacuumPlan};
use serde::Serialize;

use super::{Setting, open_lake};
use crate::args::LakeFolder;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};

#[derive(Debug, Args)]
pub struct Vacuum {
    #[command(flatten)]
    pub lake: LakeFolder,
    /// How long a version stays after another took its place; at least one day
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub keep_days: u16,
    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Serialize)]
struct Vacuumed {
    dry_run: bool,
    /// Those with something to delete.
    tables: Vec<VacuumPlan>,
}

pub fn run(ask: &Vacuum, setting: &Setting) -> Result<Ended, CliError> {
    let lake = open_lake(&ask.lake)?;
    let catalog = LocalCatalog::new(Arc::clone(&lake.store));
    let (keep, now, run_id) = (Keep::days(ask.keep_days), setting.now(), setting.new_run_id());
    let mut vacuumed = Vacuumed { dry_run: ask.dry_run, tables: Vec::new() };
    for table in TableName::OWN {
        let log = TableLog::new(Arc::clone(&lake.store), table);
        let plan = if ask.dry_run {
            log.plan_vacuum(now, keep)?
        } else {
            let plan = log.vacuum(&run_id, now, keep)?;
            publish_head(&log, &catalog)?;
            plan
        };
        if !plan.is_empty() {
            vacuumed.tables.push(plan);
        }
    }
    print(&vacuumed, setting.format)?;
    Ok(Ended::Well)
}

impl Report for Vacuumed {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let would = if self.dry_run { "would be deleted" } else { "deleted" };
        if self.tables.is_empty() {
            return writeln!(out, "nothing is old enough to be deleted");
        }
        for plan in &self.tables {
            writeln!(
                out,
                "{}: {} versions and {} folders of dead runs {would}: {} files, {} bytes",
                plan.table,
                grouped(plan.versions.len() as u64),
                grouped(plan.abandoned.len() as u64),
                grouped(plan.files),
                grouped(plan.bytes)
            )?;
        }
        Ok(())
    }
}
