//! Bringing a catalog up to the head of a log.

use std::sync::Arc;

use thiserror::Error;

use super::{CATALOG_FOLDER, Catalog, CatalogError, Publication, Publish, Registration};
use crate::store::Store;
use crate::tables::{LOG_FOLDER, LogEntry, TableError, TableLog, TableName, VersionNumber};

/// Each failed attempt is another's success, so that more of them mean something else changes the catalog all the time.
const MOST_ATTEMPTS: u32 = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishOutcome {
    /// Engines see the head now.
    Published(VersionNumber),
    AlreadyPublished(VersionNumber),
    /// There is no version that readers use by default, so there is nothing to show.
    NothingCurrent,
}

#[derive(Debug, Error)]
pub enum PublishError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(
        "the catalog shows entry {published} of {table}, but its log ends with {newest}: the newest entries are lost, or this is another lake's catalog; {}", remedy(.table)
    )]
    Ahead { table: TableName, published: VersionNumber, newest: VersionNumber },
    #[error(
        "the catalog shows entry {published} of {table}, which has no log: it is lost, or this is another lake's catalog; {}", remedy(.table)
    )]
    LogGone { table: TableName, published: VersionNumber },
    #[error(
        "{table} was changed in the catalog {attempts} times while this run tried to publish it; stop what changes it and run again"
    )]
    Contended { table: TableName, attempts: u32 },
}

fn remedy(table: &TableName) -> String {
    let name = table.sql_name();
    format!(
        "restore {table}/{LOG_FOLDER} from a copy, or, to begin anew, delete {name} and {name}_versions from Glue, or {CATALOG_FOLDER}/{name}.json and {CATALOG_FOLDER}/{name}_versions.json from the lake"
    )
}

/// The newest entry of a log that holds all that the catalog knows of. Of a log that lost entries, what they named would
/// look like what dead runs left behind.
pub fn checked_head(log: &TableLog, catalog: &dyn Catalog) -> Result<Option<LogEntry>, PublishError> {
    let published = catalog.published(log.table())?;
    head_since(log, published.and_then(|published| published.number))
}

/// `published` must have been read before: a head that is read after it is at least as new.
pub(crate) fn head_since(
    log: &TableLog,
    published: Option<VersionNumber>,
) -> Result<Option<LogEntry>, PublishError> {
    let head = log.head()?;
    let Some(published) = published else {
        return Ok(head);
    };
    let table = log.table().clone();
    match head {
        None => Err(PublishError::LogGone { table, published }),
        Some(head) if head.number < published => {
            Err(PublishError::Ahead { table, published, newest: head.number })
        }
        Some(head) => Ok(Some(head)),
    }
}

/// Publishes the head unless that, or a later one, is published. Safe at any time, by anyone, any number of times.
pub fn publish_head(log: &TableLog, catalog: &dyn Catalog) -> Result<PublishOutcome, PublishError> {
    let table = log.table();
    let mut registered_up_to = None;
    for attempt in 0..MOST_ATTEMPTS {
        let published = catalog.published(table)?;
        let number = published.as_ref().and_then(|published| published.number);
        let Some(head) = head_since(log, number)? else {
            return Ok(PublishOutcome::NothingCurrent);
        };
        // Another publisher may have taken away what was registered here meanwhile: begin where this one began.
        if attempt == 0 {
            registered_up_to = number;
        }
        if registered_up_to < Some(head.number) {
            register(log, catalog, registered_up_to, &head)?;
        }
        if number == Some(head.number) {
            return Ok(PublishOutcome::AlreadyPublished(head.number));
        }
        let Some(version) = log.current_after(&head)? else {
            return Ok(PublishOutcome::NothingCurrent);
        };
        let token = published.as_ref().map(|published| &published.token);
        match catalog.publish(table, &Publication::of(&head, &version), token)? {
            Publish::Done => return Ok(PublishOutcome::Published(head.number)),
            Publish::Changed => {}
        }
    }
    Err(PublishError::Contended { table: table.clone(), attempts: MOST_ATTEMPTS })
}

/// Finishes what runs before this one left unpublished. To be done at the start of each run.
pub fn repair(
    store: &Arc<dyn Store>,
    catalog: &dyn Catalog,
    tables: &[TableName],
) -> Result<Vec<(TableName, PublishOutcome)>, PublishError> {
    let publish = |table: &TableName| {
        let log = TableLog::new(Arc::clone(store), table.clone());
        Ok((table.clone(), publish_head(&log, catalog)?))
    };
    tables.iter().map(publish).collect()
}

/// Registers every version that is left, for a catalog that has lost them.
pub fn register_again(log: &TableLog, catalog: &dyn Catalog) -> Result<(), PublishError> {
    match log.head()? {
        Some(head) => register(log, catalog, None, &head),
        None => Ok(()),
    }
}

/// Adds the versions that came after `since`, and takes those away that were vacuumed after it.
fn register(
    log: &TableLog,
    catalog: &dyn Catalog,
    since: Option<VersionNumber>,
    head: &LogEntry,
) -> Result<(), PublishError> {
    let (vacuumed_before, first) = match since {
        Some(since) => (log.entry(since)?.vacuumed, since.next().unwrap_or(since)),
        None => (Default::default(), VersionNumber::FIRST),
    };
    let mut versions = Vec::new();
    for number in first.up_to(head.number) {
        let entry = log.entry(number)?;
        let wrote = entry.content.filter(|content| content.version == number);
        versions.extend(wrote.filter(|_| !head.vacuumed.contains(number)).map(|c| Registration::of(&c)));
    }
    if !versions.is_empty() {
        catalog.register_versions(log.table(), &versions)?;
    }
    let vacuumed: Vec<VersionNumber> =
        head.vacuumed.iter().filter(|number| !vacuumed_before.contains(*number)).collect();
    if !vacuumed.is_empty() {
        catalog.unregister_versions(log.table(), &vacuumed)?;
    }
    Ok(())
}
