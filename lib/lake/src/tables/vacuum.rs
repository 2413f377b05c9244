//! Deleting the files of versions that nobody needs any more.
//!
//! An entry is committed first that says which versions and which folders of dead runs are given up; files are deleted
//! after it. So a rollback to a version and its vacuum cannot both succeed, a run whose files are deleted cannot commit,
//! and whoever asks for a vacuumed version is told so, also when the vacuum died half-way. The next one goes on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use thiserror::Error;

use super::commit::Appended;
use super::entry::{EntryKind, LogEntry};
use super::error::TableError;
use super::log::TableLog;
use super::name::TableName;
use super::number::{VersionNumber, VersionSet};
use super::run::RunId;
use super::snapshot::snapshot_folder_of;
use crate::key::ObjectKey;
use crate::object::in_micros;
use crate::store::StoreError;

/// Runs and readers that still use a version are done by then.
const SHORTEST_KEEP: SignedDuration = SignedDuration::from_hours(24);
const DEFAULT_KEEP_DAYS: u16 = 30;

/// How long a version is kept after another has taken its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep(SignedDuration);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "versions are kept for one day at least, for runs and readers that still use them; ask for more days"
)]
pub struct KeepTooShort;

impl Keep {
    /// At least a day, whatever is asked for.
    pub fn days(days: u16) -> Self {
        Self(Self::asked(days).max(SHORTEST_KEEP))
    }

    /// Refuses what [`Keep::days`] makes longer than it was asked for.
    pub fn exactly_days(days: u16) -> Result<Self, KeepTooShort> {
        match Self::asked(days) {
            asked if asked < SHORTEST_KEEP => Err(KeepTooShort),
            asked => Ok(Self(asked)),
        }
    }

    fn asked(days: u16) -> SignedDuration {
        SignedDuration::from_hours(i64::from(days) * 24)
    }
}

impl Default for Keep {
    fn default() -> Self {
        Self::days(DEFAULT_KEEP_DAYS)
    }
}

/// What a vacuum did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VacuumPlan {
    pub table: TableName,
    /// Versions to be given up now.
    pub versions: Vec<VersionNumber>,
    /// Folders of runs that died before their commit.
    pub abandoned: Vec<ObjectKey>,
    /// Folders to be deleted: those of the above, and what an earlier vacuum left when it died.
    pub folders: Vec<ObjectKey>,
    pub files: u64,
    pub bytes: u64,
    /// Files of these folders that are still there, since no time was left. The next vacuum deletes them.
    #[serde(skip_serializing_if = "is_zero")]
    pub files_left: u64,
}

#[derive(Debug, Clone)]
struct File {
    key: ObjectKey,
    bytes: u64,
}

/// What lies in one folder of a version.
#[derive(Debug, Default)]
struct Folder {
    files: Vec<File>,
    newest: Option<Timestamp>,
}

impl VacuumPlan {
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.folders.is_empty()
    }

    fn of(table: &TableName, versions: BTreeSet<VersionNumber>) -> Self {
        Self {
            table: table.clone(),
            versions: versions.into_iter().collect(),
            abandoned: Vec::new(),
            folders: Vec::new(),
            files: 0,
            bytes: 0,
            files_left: 0,
        }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Folder {
    /// By the store's clock, too, nothing goes that is younger than a day: a run may claim to be at another instant.
    fn is_young(&self, now: Timestamp) -> bool {
        self.newest.is_some_and(|newest| is_younger(newest, now, SHORTEST_KEEP))
    }
}

struct Planned {
    plan: VacuumPlan,
    files: Vec<File>,
}

impl TableLog {
    /// What [`TableLog::vacuum`] would do now.
    pub fn plan_vacuum(&self, now: Timestamp, keep: Keep) -> Result<VacuumPlan, TableError> {
        let entries = self.entries()?;
        Ok(self.planned(&entries, now, keep)?.plan)
    }

    /// Gives up what is neither current nor was so within the time to keep, then deletes its files.
    pub fn vacuum(&self, run_id: &RunId, now: Timestamp, keep: Keep) -> Result<VacuumPlan, TableError> {
        self.vacuum_while(&|| true, run_id, now, keep)
    }

    /// The same, and leaves to the next vacuum what there is no time to delete.
    pub fn vacuum_while(
        &self,
        is_time_left: &dyn Fn() -> bool,
        run_id: &RunId,
        now: Timestamp,
        keep: Keep,
    ) -> Result<VacuumPlan, TableError> {
        let mut entries = self.entries()?;
        let Planned { mut plan, files } = loop {
            let planned = self.planned(&entries, now, keep)?;
            let plan = &planned.plan;
            if plan.versions.is_empty() && plan.abandoned.is_empty() {
                break planned;
            }
            match self.append(self.vacuum_entry(entries.last(), plan, run_id, now)?)? {
                Appended::Done(_) => break planned,
                Appended::Taken { winner } => entries.push(winner),
            }
        };
        for file in &files {
            if is_time_left() {
                self.store.delete(&file.key)?;
            } else {
                plan.files -= 1;
                plan.bytes -= file.bytes;
                plan.files_left += 1;
            }
        }
        Ok(plan)
    }

    fn planned(&self, entries: &[LogEntry], now: Timestamp, keep: Keep) -> Result<Planned, TableError> {
        let before = entries.last().map(|head| head.vacuumed.clone()).unwrap_or_default();
        let kept = kept_versions(entries, now, keep);
        let folders = self.snapshot_folders()?;
        let is_young = |prefix| folders.get(prefix).is_some_and(|folder: &Folder| folder.is_young(now));
        let mut committed: BTreeSet<&ObjectKey> = BTreeSet::new();
        let mut needed: BTreeSet<&ObjectKey> = BTreeSet::new();
        let mut versions = BTreeSet::new();
        for content in entries.iter().filter_map(|entry| entry.content.as_ref()) {
            committed.insert(&content.prefix);
            if before.contains(content.version) {
                continue;
            }
            if kept.contains(&content.version) || is_young(&content.prefix) {
                needed.insert(&content.prefix);
            } else {
                versions.insert(content.version);
            }
        }
        let unneeded = folders.iter().filter(|(prefix, folder)| {
            !needed.contains(prefix) && (committed.contains(prefix) || !folder.is_young(now))
        });
        let mut plan = VacuumPlan::of(self.table(), versions);
        let mut files = Vec::new();
        for (prefix, folder) in unneeded {
            if !committed.contains(prefix) {
                plan.abandoned.push(prefix.clone());
            }
            plan.folders.push(prefix.clone());
            plan.files += folder.files.len() as u64;
            plan.bytes += folder.files.iter().map(|file| file.bytes).sum::<u64>();
            files.extend(folder.files.iter().cloned());
        }
        Ok(Planned { plan, files })
    }

    fn vacuum_entry(
        &self,
        head: Option<&LogEntry>,
        plan: &VacuumPlan,
        run_id: &RunId,
        now: Timestamp,
    ) -> Result<LogEntry, TableError> {
        let before = head.map(|head| head.vacuumed.clone()).unwrap_or_default();
        Ok(LogEntry {
            table: self.table().clone(),
            number: self.number_following(head)?,
            run_id: run_id.clone(),
            kind: EntryKind::Vacuum,
            current: head.and_then(|head| head.current),
            watermark: head.and_then(|head| head.watermark.clone()),
            vacuumed: before.iter().chain(plan.versions.iter().copied()).collect::<VersionSet>(),
            abandoned: plan.abandoned.clone(),
            committed_at: in_micros(now),
            content: None,
        })
    }

    fn snapshot_folders(&self) -> Result<BTreeMap<ObjectKey, Folder>, TableError> {
        let mut folders: BTreeMap<ObjectKey, Folder> = BTreeMap::new();
        let table_folder = self.table().folder();
        for facts in self.store.list(&table_folder)? {
            let facts = match facts {
                Ok(facts) => facts,
                // What is no file of ours is told by `verify`, and is not ours to delete.
                Err(StoreError::Foreign { .. } | StoreError::InvalidKey(_)) => continue,
                Err(failure) => return Err(failure.into()),
            };
            let Some(prefix) = snapshot_folder_of(&table_folder, &facts.key) else {
                continue;
            };
            let folder = folders.entry(prefix).or_default();
            folder.newest = folder.newest.max(Some(facts.modified));
            folder.files.push(File { key: facts.key, bytes: facts.size });
        }
        Ok(folders)
    }
}

/// The versions that are current, that were so within the time to keep, or that were committed within it. A version is
/// in use until the entry that takes its place, so it is the age of that one that counts.
fn kept_versions(entries: &[LogEntry], now: Timestamp, keep: Keep) -> BTreeSet<VersionNumber> {
    let mut kept: BTreeSet<VersionNumber> =
        entries.last().and_then(|head| head.current).into_iter().collect();
    let mut current_before = None;
    for entry in entries {
        if is_younger(entry.committed_at, now, keep.0) {
            kept.extend(current_before);
            kept.extend(entry.current);
            kept.extend(entry.content.as_ref().map(|content| content.version));
        }
        current_before = entry.current;
    }
    let gone = entries.last().map(|head| head.vacuumed.clone()).unwrap_or_default();
    kept.retain(|number| !gone.contains(*number));
    kept
}

fn is_younger(instant: Timestamp, now: Timestamp, age: SignedDuration) -> bool {
    now.duration_since(instant) < age
}
