//! One version of each table, to be read together.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::entry::{EntryKind, LogEntry, Version};
use super::error::TableError;
use super::log::TableLog;
use super::name::TableName;
use super::number::VersionNumber;
use super::run::RunId;
use crate::lake::Lake;

/// The version of each of the lake's own tables that readers use now, but for what a score run wrote: of that, all tables
/// are of the run that wrote the scores, whose rows name those of the others. Tables without any are left out.
pub fn current_versions(lake: &Lake) -> Result<BTreeMap<TableName, VersionNumber>, TableError> {
    let scores = log_of(lake, TableName::LEAD_SCORES).current()?;
    pin(lake, scores.as_ref(), TableLog::current)
}

/// The version of each of the lake's own tables that shows most of what was known at an instant, and nothing later.
/// Versions beside the current one count, and what a score run wrote is of one run. Left out are tables whose versions all
/// hold something later.
///
/// Events carry their own times, so where a run left their table alone it is as it is now, and with it the ledger of what is
/// in it.
pub fn versions_as_of(
    lake: &Lake,
    instant: Timestamp,
) -> Result<BTreeMap<TableName, VersionNumber>, TableError> {
    let newest = |log: &TableLog| {
        let offered = offered(log)?.into_iter().filter(|version| version.content.as_of <= instant);
        Ok(offered.max_by_key(|version| (version.content.as_of, version.number)))
    };
    let scores = newest(&log_of(lake, TableName::LEAD_SCORES))?;
    pin(lake, scores.as_ref(), |log| {
        let has_own_times = [TableName::LEDGER, TableName::LEAD_EVENTS].contains(log.table());
        if has_own_times { log.current() } else { newest(log) }
    })
}

/// Of each table the version that the run of these scores wrote, else the one chosen.
fn pin(
    lake: &Lake,
    scores: Option<&Version>,
    choose: impl Fn(&TableLog) -> Result<Option<Version>, TableError>,
) -> Result<BTreeMap<TableName, VersionNumber>, TableError> {
    let run = match scores {
        Some(scores) => Some(log_of(lake, TableName::LEAD_SCORES).entry(scores.number)?.run_id),
        None => None,
    };
    let mut pinned = BTreeMap::new();
    for table in TableName::OWN {
        let log = log_of(lake, table.clone());
        let of_the_run = match &run {
            Some(run) if TableName::OF_A_SCORE_RUN.contains(&table) => written_by(&log, run)?,
            _ => None,
        };
        let version = match of_the_run {
            Some(version) => Some(version),
            None => choose(&log)?,
        };
        if let Some(version) = version {
            pinned.insert(table, version.number);
        }
    }
    Ok(pinned)
}

fn log_of(lake: &Lake, table: TableName) -> TableLog {
    TableLog::new(Arc::clone(&lake.store), table)
}

/// What the run wrote, if that is still there. Mostly it is the current version, for which one entry is read.
fn written_by(log: &TableLog, run: &RunId) -> Result<Option<Version>, TableError> {
    let Some(current) = log.current()? else { return Ok(None) };
    if log.entry(current.number)?.run_id == *run {
        return Ok(Some(current));
    }
    let entries = log.entries()?;
    let Some(newest) = entries.last() else { return Ok(None) };
    let is_left = |version: &Version| !newest.has_vacuumed(version.number);
    let of_the_run = entries.iter().find(|entry| entry.run_id == *run && entry.kind != EntryKind::Rollback);
    Ok(of_the_run.and_then(LogEntry::version).filter(is_left))
}

/// The versions whose files are there, but for those that a rollback gave up.
fn offered(log: &TableLog) -> Result<Vec<Version>, TableError> {
    let entries = log.entries()?;
    let mut offered: Vec<(EntryKind, Version)> = Vec::new();
    for entry in &entries {
        let Some(version) = entry.version() else {
            continue;
        };
        if entry.kind == EntryKind::Rollback {
            offered.retain(|(kind, other)| *kind == EntryKind::Side || other.number < version.number);
        }
        offered.push((entry.kind, version));
    }
    let is_left =
        |version: &Version| entries.last().is_some_and(|newest| !newest.has_vacuumed(version.number));
    Ok(offered.into_iter().map(|(_, version)| version).filter(is_left).collect())
}
