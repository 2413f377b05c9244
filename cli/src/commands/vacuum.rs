//! `leadlake vacuum`

use std::io::{self, Write};
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use leadlake_lake::catalog::{checked_head, publish_head};
use leadlake_lake::tables::{Keep, RunId, TableLog, TableName, VacuumPlan};
use serde::Serialize;

use super::Setting;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};
use crate::place::{OpenLake, PublishedLake};

#[derive(Debug, Args)]
pub struct Vacuum {
    #[command(flatten)]
    pub lake: PublishedLake,
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
    let open = ask.lake.open()?;
    let (keep, now, run_id) = (Keep::days(ask.keep_days), setting.now(), setting.new_run_id());
    let tables = vacuum(&open, ask.dry_run, &run_id, now, keep)?;
    print(&Vacuumed { dry_run: ask.dry_run, tables }, setting.format)?;
    Ok(Ended::Well)
}

fn vacuum(
    OpenLake { lake, catalog }: &OpenLake,
    dry_run: bool,
    run_id: &RunId,
    now: Timestamp,
    keep: Keep,
) -> Result<Vec<VacuumPlan>, CliError> {
    let logs = TableName::OWN.map(|table| TableLog::new(Arc::clone(&lake.store), table));
    // The versions of a log that is lost would be deleted as folders of dead runs.
    for log in &logs {
        checked_head(log, &**catalog)?;
    }
    let mut plans = Vec::new();
    for log in &logs {
        let plan = if dry_run {
            log.plan_vacuum(now, keep)?
        } else {
            let plan = log.vacuum(run_id, now, keep)?;
            publish_head(log, &**catalog)?;
            plan
        };
        if !plan.is_empty() {
            plans.push(plan);
        }
    }
    Ok(plans)
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

#[cfg(test)]
mod tests {
    use super::*;
    use leadlake_lake::Lake;
    use leadlake_lake::catalog::{Catalog, LocalCatalog, Publication, PublishError, RegisteredVersion};
    use leadlake_lake::key::ObjectKey;
    use leadlake_lake::store::{MemoryStore, Store};
    use leadlake_lake::tables::{TableSchema, VersionNumber};

    #[test]
    fn nothing_is_deleted_while_a_log_is_lost() {
        let now: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let folder = |table: &TableName| {
            let run = RunId::new(now, 1);
            ObjectKey::new(format!("{}/snap=00000001-{run}", table.folder())).unwrap()
        };
        // That of the first table is a dead run's, that of the last one a version whose log is lost.
        let (dead, lost) = (TableName::LEAD_EVENTS, TableName::LEAD_SCORES);
        let files = [&dead, &lost].map(|table| folder(table).join("part-00000.parquet").unwrap());
        for file in &files {
            store.put(file, b"rows").unwrap();
        }
        let number = VersionNumber::FIRST;
        let publication = Publication {
            table: lost.clone(),
            number,
            committed_at: now,
            version: RegisteredVersion { version: number, prefix: folder(&lost), rows: 1, as_of: now },
            schema: TableSchema { fingerprint: String::new(), columns: Vec::new() },
        };
        let _ = LocalCatalog::new(Arc::clone(&store)).publish(&lost, &publication, None).unwrap();

        let open = OpenLake::local(Lake::local(Arc::clone(&store)));
        let vacuum = |dry_run| vacuum(&open, dry_run, &RunId::new(now, 2), now, Keep::default());
        for dry_run in [true, false] {
            let refused = vacuum(dry_run).unwrap_err();
            assert!(matches!(refused, CliError::Publish(PublishError::LogGone { .. })), "{refused}");
        }
        assert!(files.iter().all(|file| store.head(file).unwrap().is_some()));

        store.delete(&ObjectKey::new("catalog/gold_lead_scores.json").unwrap()).unwrap();
        assert_eq!(vacuum(false).unwrap().len(), 2);
        assert!(files.iter().all(|file| store.head(file).unwrap().is_none()));
    }
}
