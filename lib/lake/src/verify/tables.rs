//! Tables with versions: the log is whole and all that the catalog knows of, and readers find what it names and nothing
//! else.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read};
use std::sync::Arc;

use super::{Fault, Verification, checksum, rows_in};
use crate::catalog::{CatalogError, LocalCatalog, Publication, PublishError, head_since};
use crate::key::ObjectKey;
use crate::lake::{Lake, LakeError};
use crate::layout::LayoutError;
use crate::store::StoreError;
use crate::tables::{
    BESIDE, DataFile, LogEntry, TableError, TableLog, TableName, Version, number_of, snapshot_folder_of,
};

/// How a file of a version is not what the log says.
enum Flaw {
    Gone,
    Changed,
    Rows(u64),
}

pub(super) fn verify_tables(lake: &Lake, verification: &mut Verification) -> Result<(), LakeError> {
    TableName::OWN.iter().try_for_each(|table| verify_table(lake, table, verification))
}

/// Whether the object lies in the folder of a table with versions.
pub(super) fn is_in_table(key: &ObjectKey) -> bool {
    TableName::OWN.iter().any(|table| key.starts_with_folder(&table.folder()))
}

fn verify_table(lake: &Lake, table: &TableName, verification: &mut Verification) -> Result<(), LakeError> {
    let log = TableLog::new(Arc::clone(&lake.store), table.clone());
    let shown = shown_to_engines(lake, table, verification)?;
    let (entries, current) = match read(&log, shown.as_ref()) {
        Ok(read) => read,
        Err(PublishError::Table(
            broken @ (TableError::EntryGone { .. }
            | TableError::EntryUnreadable { .. }
            | TableError::EntryContradicts { .. }),
        )) => {
            verification.faults.push(Fault::LogBroken { reason: broken.to_string() });
            return Ok(());
        }
        // What the lost entries named must not be called left over.
        Err(lost @ (PublishError::LogGone { .. } | PublishError::Ahead { .. })) => {
            verification.faults.push(Fault::LogLost { reason: lost.to_string() });
            return Ok(());
        }
        Err(failure) => return Err(failure.into()),
    };
    if let Some(shown) = shown
        && !says(&log, &entries, &shown)?
    {
        verification.faults.push(Fault::CatalogDiffers { table: table.clone(), number: shown.number });
    }
    let committed: BTreeSet<&ObjectKey> =
        entries.iter().filter_map(|entry| entry.content.as_ref()).map(|content| &content.prefix).collect();
    let mut left_over: BTreeSet<ObjectKey> = BTreeSet::new();
    let mut files_beside = Vec::new();
    for facts in lake.store.list(&table.folder())? {
        let key = match facts {
            Ok(facts) => facts.key,
            Err(error @ (StoreError::Foreign { .. } | StoreError::InvalidKey(_))) => {
                verification.faults.push(Fault::Stray { reason: error.to_string() });
                continue;
            }
            Err(failure) => return Err(failure.into()),
        };
        match snapshot_folder_of(&table.folder(), &key) {
            Some(folder) if !committed.contains(&folder) => drop(left_over.insert(folder)),
            Some(_) => {
                verification.files += 1;
                files_beside.push(key);
            }
            None if key.starts_with_folder(&log.folder()) && number_of(&key).is_some() => {}
            None => {
                let reason = LayoutError::Foreign { key }.to_string();
                verification.faults.push(Fault::Stray { reason });
            }
        }
    }
    verification.left_over.extend(left_over);
    if let Some(version) = current {
        verify_version(lake, table, &version, &files_beside, verification)?;
        verification.tables.insert(table.clone(), version.number);
    }
    Ok(())
}

fn shown_to_engines(
    lake: &Lake,
    table: &TableName,
    verification: &mut Verification,
) -> Result<Option<Publication>, LakeError> {
    let catalog = LocalCatalog::new(Arc::clone(&lake.store));
    let mut unreadable = |error| match error {
        CatalogError::Unreadable { .. } => {
            verification.faults.push(Fault::CatalogUnreadable { reason: error.to_string() });
            Ok(())
        }
        failure => Err(PublishError::from(failure)),
    };
    catalog.versions(table).map(drop).or_else(&mut unreadable)?;
    Ok(catalog.publication(table).or_else(|error| unreadable(error).map(|()| None))?)
}

fn read(
    log: &TableLog,
    shown: Option<&Publication>,
) -> Result<(Vec<LogEntry>, Option<Version>), PublishError> {
    let current = match head_since(log, shown.map(|shown| shown.number))? {
        Some(head) => log.current_after(&head)?,
        None => None,
    };
    Ok((log.entries()?, current))
}

/// Whether engines are shown what the entry says that the catalog follows from. It may be an older one than the head.
fn says(log: &TableLog, entries: &[LogEntry], shown: &Publication) -> Result<bool, TableError> {
    let Some(entry) = entries.iter().find(|entry| entry.number == shown.number) else {
        return Ok(false);
    };
    let version = log.current_after(entry)?;
    Ok(version.is_some_and(|version| Publication::of(entry, &version) == *shown))
}

fn verify_version(
    lake: &Lake,
    table: &TableName,
    version: &Version,
    files: &[ObjectKey],
    verification: &mut Verification,
) -> Result<(), LakeError> {
    let number = version.number;
    for file in &version.content.files {
        let (table, key) = (table.clone(), file.key.clone());
        let fault = match flaw_of(lake, file)? {
            None => continue,
            Some(Flaw::Gone) => Fault::VersionFileGone { table, number, file: key },
            Some(Flaw::Changed) => Fault::VersionFileChanged { table, number, file: key },
            Some(Flaw::Rows(file_rows)) => Fault::RowsDiffer { file: key, ledger: file.rows, file_rows },
        };
        verification.faults.push(fault);
    }
    if let Some(file) = &version.content.inputs.watermark {
        let (table, file) = (table.clone(), file.clone());
        verification.faults.extend(match flaw_of_text(lake, &file)? {
            None => None,
            Some(Flaw::Gone) => Some(Fault::VersionFileGone { table, number, file }),
            Some(_) => Some(Fault::VersionFileChanged { table, number, file }),
        });
    }
    let named: BTreeSet<&ObjectKey> = version.content.files.iter().map(|file| &file.key).collect();
    let unnamed = files.iter().filter(|key| {
        let is_read =
            key.starts_with_folder(version.content.prefix.as_str()) && !key.file_name().starts_with(BESIDE);
        is_read && !named.contains(key)
    });
    verification.faults.extend(unnamed.map(|file| Fault::VersionFileUnnamed {
        table: table.clone(),
        number,
        file: file.clone(),
    }));
    Ok(())
}

fn flaw_of(lake: &Lake, file: &DataFile) -> Result<Option<Flaw>, LakeError> {
    let (bytes, blake3) = match checksum(lake, &file.key) {
        Ok(found) => found,
        Err(LakeError::Store(StoreError::NotFound { .. })) => return Ok(Some(Flaw::Gone)),
        Err(failure) => return Err(failure),
    };
    if bytes != file.bytes || blake3 != file.blake3 {
        return Ok(Some(Flaw::Changed));
    }
    Ok(match rows_in(lake, &file.key, file.bytes)? {
        Ok(rows) if rows == file.rows => None,
        Ok(rows) => Some(Flaw::Rows(rows)),
        Err(_) => Some(Flaw::Changed),
    })
}

fn flaw_of_text(lake: &Lake, key: &ObjectKey) -> Result<Option<Flaw>, LakeError> {
    let mut body = match lake.store.open(key) {
        Ok(opened) => opened.body,
        Err(StoreError::NotFound { .. }) => return Ok(Some(Flaw::Gone)),
        Err(failure) => return Err(failure.into()),
    };
    match body.read_to_string(&mut String::new()) {
        Ok(_) => Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => Ok(Some(Flaw::Changed)),
        Err(source) => Err(LakeError::Body { key: key.clone(), source }),
    }
}
