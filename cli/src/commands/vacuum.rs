//! `leadlake vacuum`

use std::io::{self, Write};

use clap::Args;
use leadlake_lake::catalog::LakeVacuum;
use leadlake_lake::tables::{Keep, VacuumPlan};
use serde::Serialize;

use super::Setting;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};
use crate::place::PublishedLake;

#[derive(Debug, Args)]
pub struct Vacuum {
    #[command(flatten)]
    pub lake: PublishedLake,
    /// How long a version stays after another took its place; at least one day
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
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
    let open = ask.lake.open()?;
    let vacuum = LakeVacuum {
        store: &open.lake.store,
        catalog: &*open.catalog,
        run_id: &setting.new_run_id(),
        now: setting.now(),
        keep: Keep::days(ask.keep_days),
    };
    let tables = if ask.dry_run { vacuum.plan()? } else { vacuum.run(&|| true)?.done };
    print(&Vacuumed { dry_run: ask.dry_run, tables }, setting.format)?;
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
