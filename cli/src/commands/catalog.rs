//! `leadlake catalog`: what engines on AWS see of the lake.

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::{Args, Subcommand};
use leadlake_aws::glue::SyncReport;
use leadlake_lake::catalog::{PublishOutcome, repair};
use leadlake_lake::tables::{TableName, VersionNumber};
use serde::Serialize;

use super::Setting;
use crate::aws::{self, GlueDatabase, LakeOnS3};
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};

#[derive(Debug, Args)]
pub struct Ask {
    #[command(subcommand)]
    command: CatalogCommand,
}

#[derive(Debug, Subcommand)]
enum CatalogCommand {
    /// Bring Glue up to the lake: tables of the contracts, partitions of new days, newest versions
    Sync(Sync),
}

#[derive(Debug, Args)]
struct Sync {
    #[command(flatten)]
    lake: LakeOnS3,
    /// Glue database whose tables show engines the lake; it is made where there is none
    #[arg(long, value_name = "NAME", env = "LEADLAKE_GLUE_DATABASE")]
    database: GlueDatabase,
}

#[derive(Debug, Serialize)]
struct Synced {
    database: String,
    #[serde(flatten)]
    tables: SyncReport,
    /// The log entries that engines did not see before.
    published: BTreeMap<TableName, VersionNumber>,
}

pub fn run(Ask { command: CatalogCommand::Sync(ask) }: &Ask, setting: &Setting) -> Result<Ended, CliError> {
    let contracts = setting.contracts()?;
    let lake = ask.lake.open_filled()?;
    let catalog = aws::connect()?.glue(ask.database.clone(), ask.lake.address.clone());
    let tables = catalog.sync(&lake, &contracts.all)?;
    let repaired = repair(&lake.store, &catalog, &TableName::OWN)?;
    let published = repaired.into_iter().filter_map(|(table, outcome)| match outcome {
        PublishOutcome::Published(number) => Some((table, number)),
        PublishOutcome::AlreadyPublished(_) | PublishOutcome::NothingCurrent => None,
    });
    let synced = Synced { database: ask.database.to_string(), tables, published: published.collect() };
    print(&synced, setting.format)?;
    Ok(Ended::Well)
}

impl Report for Synced {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let SyncReport { created, updated, partitions, passed_over } = &self.tables;
        let tables = created.len() + updated.len() + self.published.len();
        let days: u64 = partitions.values().sum();
        match (tables, days) {
            (0, 0) => writeln!(out, "{} shows all that is in the lake already", self.database)?,
            _ => writeln!(out, "{} shows all that is in the lake now", self.database)?,
        }
        for (what, names) in [("created", created), ("updated", updated)] {
            for name in names {
                writeln!(out, "  {name:<28} {what}")?;
            }
        }
        for (name, days) in partitions {
            writeln!(out, "  {name:<28} {} new partitions", grouped(*days))?;
        }
        for (table, number) in &self.published {
            writeln!(out, "  {:<28} entry {number} of its log", table.sql_name())?;
        }
        for folder in passed_over {
            writeln!(out, "left alone: {folder} is the folder of no day, and engines do not see it")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_tells_what_is_new() {
        let told = |synced: &Synced| {
            let mut text = Vec::new();
            synced.write_text(&mut text).unwrap();
            String::from_utf8(text).unwrap()
        };
        let nothing =
            Synced { database: "acme".to_owned(), tables: SyncReport::default(), published: BTreeMap::new() };
        assert_eq!(told(&nothing), "acme shows all that is in the lake already\n");
        let some = Synced {
            tables: SyncReport {
                created: vec!["silver_crm".to_owned()],
                updated: Vec::new(),
                partitions: [("silver_crm".to_owned(), 1_200)].into(),
                passed_over: vec!["bronze/crm/old".to_owned()],
            },
            published: [(TableName::LEADS, VersionNumber::FIRST)].into(),
            ..nothing
        };
        let lines = [
            "acme shows all that is in the lake now",
            "  silver_crm                   created",
            "  silver_crm                   1,200 new partitions",
            "  silver_leads                 entry 1 of its log",
            "left alone: bronze/crm/old is the folder of no day, and engines do not see it",
        ];
        assert_eq!(told(&some).lines().collect::<Vec<_>>(), lines);
    }
}
