//! One version of each table, to be read together.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::entry::{EntryKind, Version};
use super::error::TableError;
use super::log::TableLog;
use super::name::TableName;
use super::number::VersionNumber;
use crate::lake::Lake;

/// The version of each of the lake's own tables that readers use now. Tables without any are left out.
pub fn current_versions(lake: &Lake) -> Result<BTreeMap<TableName, VersionNumber>, TableError> {
    pin(lake, TableLog::current)
}

/// The version of each of the lake's own tables that shows most of what was known at an instant, and nothing later.
/// Versions beside the current one count. Left out are tables whose versions all hold something later.
///
/// Events carry their own times, so their table is as it is now.
pub fn versions_as_of(
    lake: &Lake,
    instant: Timestamp,
) -> Result<BTreeMap<TableName, VersionNumber>, TableError> {
    pin(lake, |log| {
        if *log.table() == TableName::LEAD_EVENTS {
            return log.current();
        }
        let offered = offered(log)?.into_iter().filter(|version| version.content.as_of <= instant);
        Ok(offered.max_by_key(|version| (version.content.as_of, version.number)))
    })
}

fn pin(
    lake: &Lake,
    choose: impl Fn(&TableLog) -> Result<Option<Version>, TableError>,
) -> Result<BTreeMap<TableName, VersionNumber>, TableError> {
    let mut pinned = BTreeMap::new();
    for table in TableName::OWN {
        if let Some(version) = choose(&TableLog::new(Arc::clone(&lake.store), table.clone()))? {
            pinned.insert(table, version.number);
        }
    }
    Ok(pinned)
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
