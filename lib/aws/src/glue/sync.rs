//! Bringing Glue up to what lies in the lake: tables of the contracts, and a partition for each new day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_glue::types::{StorageDescriptor, Table};
use jiff::civil::Date;
use leadlake_contract::{Contract, SourceName};
use leadlake_lake::Lake;
use leadlake_lake::catalog::register_again;
use leadlake_lake::layout::{BRONZE, Layer};
use leadlake_lake::tables::{TableLog, TableName};
use serde::Serialize;

use super::GlueCatalog;
use super::catalog::{Ensured, number_in};
use super::client::PartitionValues;
use super::error::GlueError;
use super::shown;
use super::table::{TableShown, partition};

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    pub created: Vec<String>,
    pub updated: Vec<String>,
    /// How many partitions are new in which table.
    pub partitions: BTreeMap<String, u64>,
    /// Folders that are those of no day, so that no engine sees what is in them.
    pub passed_over: Vec<String>,
}

/// A day of a table, and the folder of its files.
struct Day {
    values: PartitionValues,
    folder: String,
}

impl GlueCatalog {
    /// Creates what is missing, updates what has become another, adds days that are new, and takes nothing away. Safe at any
    /// time, by anyone, any number of times.
    pub fn sync(&self, lake: &Lake, contracts: &[Contract]) -> Result<SyncReport, GlueError> {
        let mut report = SyncReport::default();
        self.client.make_database()?;
        let there = self.client.tables()?;
        for contract in contracts {
            let source = &contract.source;
            let silver = shown::silver(&self.address, contract)?;
            let days = silver_days(lake, source, &mut report)?;
            self.sync_table(&silver, &there, days, &mut report)?;
            let days = bronze_days(lake, source, &mut report)?;
            self.sync_table(&shown::bronze(&self.address, contract), &there, days, &mut report)?;
        }
        let days = days_of_sources(lake, Layer::Quarantine, &mut report)?;
        self.sync_table(&shown::quarantine(&self.address)?, &there, days, &mut report)?;
        let days = days_of_sources(lake, Layer::Ledger, &mut report)?;
        self.sync_table(&shown::ledger_entries(&self.address), &there, days, &mut report)?;
        self.restore_versions(lake, &there, &mut report)?;
        Ok(report)
    }

    fn sync_table(
        &self,
        wanted: &TableShown,
        there: &BTreeMap<String, Table>,
        days: Vec<Day>,
        report: &mut SyncReport,
    ) -> Result<(), GlueError> {
        let at_once = self.ensure_over(wanted, there.get(&wanted.name), |_| false)?;
        let (ensured, table) = match at_once {
            Some(ensured) => ensured,
            None => self.ensure(wanted, |_| false)?,
        };
        let known = match ensured {
            Ensured::Created => BTreeSet::new(),
            Ensured::Updated | Ensured::WasThere => self.client.partitions(&wanted.name)?,
        };
        match ensured {
            Ensured::Created => report.created.push(wanted.name.clone()),
            Ensured::Updated => report.updated.push(wanted.name.clone()),
            Ensured::WasThere => {}
        }
        let new: Vec<Day> = days.into_iter().filter(|day| !known.contains(&day.values)).collect();
        if new.is_empty() {
            return Ok(());
        }
        report.partitions.insert(wanted.name.clone(), new.len() as u64);
        let storage = table.storage_descriptor.unwrap_or_else(|| StorageDescriptor::builder().build());
        let partitions =
            new.into_iter().map(|day| partition(&storage, day.values, &self.address.location(&day.folder)));
        self.client.add_partitions(&wanted.name, &partitions.collect::<Vec<_>>())
    }

    /// Versions are registered before a table is published, so they are missing only where somebody deleted them. A query
    /// about one that is missing would find no rows and tell nobody.
    fn restore_versions(
        &self,
        lake: &Lake,
        there: &BTreeMap<String, Table>,
        report: &mut SyncReport,
    ) -> Result<(), GlueError> {
        for table in TableName::OWN {
            let shown = there.get(&table.sql_name());
            let Some(current) = shown.and_then(|shown| number_in(shown, shown::VERSION)) else {
                continue;
            };
            let versions = shown::versions_name(&table);
            if self.client.has_partition(&versions, vec![current.to_string()])? {
                continue;
            }
            register_again(&TableLog::new(Arc::clone(&lake.store), table), self)?;
            let told = if there.contains_key(&versions) { &mut report.updated } else { &mut report.created };
            told.push(versions);
        }
        Ok(())
    }
}

/// `silver/<source>/dt=D`
fn silver_days(lake: &Lake, source: &SourceName, report: &mut SyncReport) -> Result<Vec<Day>, GlueError> {
    let folder = format!("{}/{source}", Layer::Silver.folder());
    days_below(lake, &folder, |day| vec![day.to_string()], report)
}

/// `quarantine/<source>/dt=D` and `ledger/<source>/dt=D`, also of sources that have no contract any more.
fn days_of_sources(lake: &Lake, layer: Layer, report: &mut SyncReport) -> Result<Vec<Day>, GlueError> {
    let mut days = Vec::new();
    for source in lake.store.folders(layer.folder())? {
        let folder = format!("{}/{source}", layer.folder());
        days.extend(days_below(lake, &folder, |day| vec![source.clone(), day.to_string()], report)?);
    }
    Ok(days)
}

fn days_below(
    lake: &Lake,
    folder: &str,
    values: impl Fn(Date) -> PartitionValues,
    report: &mut SyncReport,
) -> Result<Vec<Day>, GlueError> {
    let mut days = Vec::new();
    for name in lake.store.folders(folder)? {
        let folder = format!("{folder}/{name}");
        match name.strip_prefix("dt=").and_then(day_in) {
            Some(day) => days.push(Day { values: values(day), folder }),
            None => report.passed_over.push(folder),
        }
    }
    Ok(days)
}

/// `bronze/<source>/YYYY/MM/DD`
fn bronze_days(lake: &Lake, source: &SourceName, report: &mut SyncReport) -> Result<Vec<Day>, GlueError> {
    let root = format!("{BRONZE}/{source}");
    let mut folders = vec![root.clone()];
    for digits in [4, 2, 2] {
        let mut deeper = Vec::new();
        for folder in folders {
            for name in lake.store.folders(&folder)? {
                let is_number = name.len() == digits && name.bytes().all(|byte| byte.is_ascii_digit());
                let kept = if is_number { &mut deeper } else { &mut report.passed_over };
                kept.push(format!("{folder}/{name}"));
            }
        }
        folders = deeper;
    }
    let mut days = Vec::new();
    for folder in folders {
        let below = folder.strip_prefix(&root).unwrap_or_default();
        match day_in(&below.trim_start_matches('/').replace('/', "-")) {
            Some(day) => days.push(Day { values: vec![day.to_string()], folder }),
            None => report.passed_over.push(folder),
        }
    }
    Ok(days)
}

/// A day as this lake writes it, and not in one of the other ways that can be read.
fn day_in(text: &str) -> Option<Date> {
    text.parse().ok().filter(|day: &Date| day.to_string() == text)
}
