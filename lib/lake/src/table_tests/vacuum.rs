//! Vacuum of a whole lake: it stops in time, dies at any step, and deletes nothing while a log is lost.

use std::cell::Cell;
use std::sync::Arc;

use test_case::test_case;

use super::{commit, copy_of, day, log, memory, number, run};
use crate::catalog::{
    Catalog, LakeVacuum, LocalCatalog, Publication, PublishError, RegisteredVersion, Vacuumed, repair,
};
use crate::key::ObjectKey;
use crate::store::{Fault, FaultyStore, MemoryStore, Store};
use crate::tables::{Keep, KeepTooShort, Placement, RunId, TableLog, TableName, TableSchema, VersionNumber};

/// Two tables, each with two versions that are old and one that readers use, published. A version has three files.
const TABLES: [TableName; 2] = [TableName::LEADS, TableName::LEAD_SCORES];
const OLD_FILES: u64 = 12;

fn lake() -> MemoryStore {
    let lake = MemoryStore::new();
    let store: Arc<dyn Store> = Arc::new(lake.clone());
    for table in TABLES {
        let log = TableLog::new(Arc::clone(&store), table);
        for version in 1..=3 {
            commit(&log, &run(version), 2, day(0), Placement::Current);
        }
    }
    repair(&store, &LocalCatalog::new(Arc::clone(&store)), &TABLES).unwrap();
    copy_of(&lake)
}

fn vacuum(
    store: &Arc<dyn Store>,
    run_id: &RunId,
    is_time_left: &dyn Fn() -> bool,
) -> Result<Vacuumed, PublishError> {
    let catalog = LocalCatalog::new(Arc::clone(store));
    LakeVacuum { store, catalog: &catalog, run_id, now: day(40), keep: Keep::default() }.run(is_time_left)
}

/// Of each table the versions that are left, those that engines find, and the files.
fn left(store: &Arc<dyn Store>) -> Vec<(Vec<VersionNumber>, Vec<VersionNumber>, usize)> {
    let catalog = LocalCatalog::new(Arc::clone(store));
    let of_table = |table: TableName| {
        let log = TableLog::new(Arc::clone(store), table.clone());
        let numbers = VersionNumber::FIRST.up_to(number(3));
        let readable = numbers.filter(|number| log.version(*number).is_ok()).collect();
        let found = catalog.versions(&table).unwrap().into_iter().map(|version| version.version).collect();
        let folders = store.list(&table.folder()).unwrap().map(|facts| facts.unwrap().key);
        (readable, found, folders.filter(|key| key.as_str().contains("/snap=")).count())
    };
    TABLES.map(of_table).into()
}

fn assert_vacuumed(store: &Arc<dyn Store>) {
    assert_eq!(left(store), vec![(vec![number(3)], vec![number(3)], 3); 2]);
}

#[test]
fn a_death_at_any_step_is_made_good_by_the_next_vacuum() {
    let lake = lake();
    let counting = Arc::new(FaultyStore::new(copy_of(&lake), Fault::Never));
    let store: Arc<dyn Store> = Arc::<FaultyStore<MemoryStore>>::clone(&counting);
    let vacuumed = vacuum(&store, &run(10), &|| true).unwrap();
    let files: Vec<u64> = vacuumed.done.iter().map(|plan| plan.files).collect();
    assert_eq!((files.iter().sum(), files.len(), vacuumed.not_reached), (OLD_FILES, 2, Vec::new()));
    assert_vacuumed(&store);

    let steps = counting.steps();
    assert!(steps > OLD_FILES + 4, "entries, files and what engines see");
    for fault in
        (1..=steps).flat_map(|step| [Fault::Before(step), Fault::After(step), Fault::AnswerLost(step)])
    {
        let below = copy_of(&lake);
        let dying: Arc<dyn Store> = Arc::new(FaultyStore::new(below.clone(), fault));
        let ended = vacuum(&dying, &run(11), &|| true);
        assert!(ended.is_err() || matches!(fault, Fault::AnswerLost(_)), "{fault:?}");
        let store: Arc<dyn Store> = Arc::new(below);
        vacuum(&store, &run(12), &|| true).unwrap();
        assert_vacuumed(&store);
    }
}

/// Time is looked at before each table and before each file: here it ends before the first table, or after so many files.
#[test_case(None => (0, 0, 13); "for nothing")]
#[test_case(Some(0) => (0, 6, 10); "for no file")]
#[test_case(Some(2) => (2, 4, 10); "for some files of a table")]
#[test_case(Some(1000) => (OLD_FILES, 0, 0); "for everything")]
fn what_there_is_no_time_for_is_left_to_the_next(files: Option<usize>) -> (u64, u64, usize) {
    let store: Arc<dyn Store> = Arc::new(lake());
    let tables = TableName::OWN.iter().take_while(|table| **table != TABLES[0]).count() + 1;
    let looks_left = Cell::new(files.map_or(0, |files| tables + files));
    let is_time_left = || looks_left.replace(looks_left.get().saturating_sub(1)) > 0;
    let Vacuumed { done, not_reached } = vacuum(&store, &run(10), &is_time_left).unwrap();
    // What is given up no reader finds, whether or not its files are there.
    for plan in &done {
        let catalog = LocalCatalog::new(Arc::clone(&store));
        assert_eq!(catalog.versions(&plan.table).unwrap().len(), 1);
    }
    let bytes = done.iter().map(|plan| plan.bytes).sum::<u64>();
    let files = done.iter().map(|plan| plan.files).sum::<u64>();
    assert_eq!(bytes == 0, files == 0);
    vacuum(&store, &run(11), &|| true).unwrap();
    assert_vacuumed(&store);
    (files, done.iter().map(|plan| plan.files_left).sum(), not_reached.len())
}

#[test]
fn nothing_is_deleted_while_a_log_is_lost() {
    let store = memory();
    let folder =
        |table: &TableName| ObjectKey::new(format!("{}/snap=00000001-{}", table.folder(), run(1))).unwrap();
    // That of the first table is a dead run's, that of the last one a version whose log is lost.
    let (dead, lost) = (TableName::LEAD_EVENTS, TableName::LEAD_SCORES);
    let files = [&dead, &lost].map(|table| folder(table).join("part-00000.parquet").unwrap());
    for file in &files {
        store.put(file, b"rows").unwrap();
    }
    let version = VersionNumber::FIRST;
    let publication = Publication {
        table: lost.clone(),
        number: version,
        committed_at: day(0),
        version: RegisteredVersion { version, prefix: folder(&lost), rows: 1, as_of: day(0) },
        schema: TableSchema { fingerprint: String::new(), columns: Vec::new() },
    };
    let catalog = LocalCatalog::new(Arc::clone(&store));
    let _ = catalog.publish(&lost, &publication, None).unwrap();

    let refused = vacuum(&store, &run(2), &|| true).unwrap_err();
    assert!(matches!(refused, PublishError::LogGone { .. }), "{refused}");
    let dry =
        LakeVacuum { store: &store, catalog: &catalog, run_id: &run(2), now: day(40), keep: Keep::default() };
    assert!(matches!(dry.plan(), Err(PublishError::LogGone { .. })));
    assert!(files.iter().all(|file| store.head(file).unwrap().is_some()));

    store.delete(&ObjectKey::new("catalog/gold_lead_scores.json").unwrap()).unwrap();
    let planned = dry.plan().unwrap();
    assert_eq!(vacuum(&store, &run(2), &|| true).unwrap().done, planned);
    assert_eq!(planned.len(), 2);
    assert!(files.iter().all(|file| store.head(file).unwrap().is_none()));
}

#[test]
fn no_version_is_kept_for_less_than_a_day() {
    assert_eq!(Keep::exactly_days(0), Err(KeepTooShort));
    assert_eq!((Keep::exactly_days(1), Keep::days(0)), (Ok(Keep::days(1)), Keep::days(1)));
    let store = memory();
    commit(&log(&store), &run(1), 2, day(0), Placement::Current);
    assert!(vacuum(&store, &run(2), &|| true).unwrap().done.is_empty(), "readers use it");
}
