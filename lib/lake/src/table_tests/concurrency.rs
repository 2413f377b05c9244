//! Many runs at once, most of which die somewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use test_case::test_case;

use super::{TABLE, assert_published, assert_whole, log, memory, number, run, written};
use crate::catalog::{Catalog, LocalCatalog, publish_head, repair};
use crate::store::{DirStore, Fault, FaultyStore, Store};
use crate::tables::{EntryKind, LogEntry, RunId, TableError, VersionNumber};

const WRITERS: u64 = 8;
const COMMITS: u32 = 100;
const MOST_ATTEMPTS: u32 = 1000;

/// Of a commit with its publish: parts, watermark, entry, versions, table, and the same again for a repair before it.
const STEPS: u64 = 9;

fn fault_of(attempt: u64) -> Fault {
    let step = attempt / 4 % STEPS + 1;
    match attempt % 4 {
        0 => Fault::Before(step),
        1 => Fault::After(step),
        2 => Fault::AnswerLost(step),
        _ => Fault::Never,
    }
}

/// One process: repairs, commits a version with one row more than the last, publishes.
fn live(store: &Arc<dyn Store>, run_id: &RunId) -> Option<LogEntry> {
    let (log, catalog) = (log(store), LocalCatalog::new(Arc::clone(store)));
    let _ = repair(store, &catalog, &[TABLE]).ok()?;
    let build = |base: Option<&LogEntry>| {
        let rows = base.and_then(|base| base.content.as_ref()).map_or(0, |content| content.rows);
        written(&log, base, run_id, rows + 1)
    };
    let entry = log.commit_with_retry(MOST_ATTEMPTS, build).ok()?;
    // Whether it is published does not change that it is committed.
    let _ = publish_head(&log, &catalog);
    Some(entry)
}

/// A reader that begins anew each time, as each Lambda does.
fn read_on(store: &Arc<dyn Store>, is_over: &AtomicBool) {
    let catalog = LocalCatalog::new(Arc::clone(store));
    let (mut seen, mut shown) = (None, None);
    while !is_over.load(Ordering::SeqCst) {
        // What is published was committed before it, so the log is never behind.
        let published = catalog.published(&TABLE).unwrap().map(|published| published.number.unwrap());
        assert!(published >= shown, "the catalog went from {shown:?} back to {published:?}");
        shown = published;
        let Some(version) = log(store).current().unwrap() else { continue };
        assert!(Some(version.number) >= seen.max(shown), "a reader went back");
        assert_eq!(version.content.rows, u64::from(version.number.get()), "a version was lost");
        assert_whole(store, &version);
        seen = Some(version.number);
    }
}

fn race(store: &Arc<dyn Store>) {
    let (is_over, attempts) = (AtomicBool::new(false), AtomicU64::new(0));
    let write_on = || {
        let mut told = Vec::new();
        while log(store).head().unwrap().is_none_or(|head| head.number < number(COMMITS)) {
            let attempt = attempts.fetch_add(1, Ordering::SeqCst);
            let faulty: Arc<dyn Store> = Arc::new(FaultyStore::new(Arc::clone(store), fault_of(attempt)));
            told.extend(live(&faulty, &run(attempt)));
        }
        told
    };
    let told: Vec<LogEntry> = std::thread::scope(|threads| {
        let readers: Vec<_> = (0..2).map(|_| threads.spawn(|| read_on(store, &is_over))).collect();
        let writers: Vec<_> = (0..WRITERS).map(|_| threads.spawn(write_on)).collect();
        let told = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        is_over.store(true, Ordering::SeqCst);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        told
    });

    let entries = log(store).entries().unwrap();
    assert!(entries.len() >= COMMITS as usize);
    for (position, entry) in entries.iter().enumerate() {
        assert_eq!(entry.kind, EntryKind::Write);
        assert_eq!(entry.content.as_ref().unwrap().rows, position as u64 + 1, "built from the one before");
        assert_whole(store, &entry.version().unwrap());
    }
    let mut runs: Vec<&RunId> = entries.iter().map(|entry| &entry.run_id).collect();
    runs.sort_unstable();
    runs.dedup();
    assert_eq!(runs.len(), entries.len(), "a run committed twice");
    for told in &told {
        assert_eq!(entries[told.number.get() as usize - 1], *told, "what a run was told is not so");
    }
    assert!(told.len() < entries.len(), "no run died between its commit and its answer");
    assert_published(store);
}

#[test]
fn nothing_is_lost_in_memory() {
    race(&memory());
}

#[test]
fn nothing_is_lost_in_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(DirStore::open(folder.path()).unwrap());
    race(&store);
}

/// Unlike a process that died, one that lost an answer must find out that it had won.
#[test_case(1 => 0; "a part")]
#[test_case(3 => 0; "the watermark")]
#[test_case(4 => 1; "the entry")]
fn a_lost_answer_is_found_again(step: u64) -> u32 {
    let store: Arc<dyn Store> = Arc::new(FaultyStore::new(memory(), Fault::AnswerLost(step)));
    let log = log(&store);
    let committed = log.commit_with_retry(1, |base| written(&log, base, &run(1), 4));
    assert_eq!(committed.is_ok(), log.head().unwrap().is_some());
    committed.map_or(0, |entry: LogEntry| entry.number.get())
}

/// The whole run is tried again after its answer was lost, while others went on.
#[test]
fn a_run_that_comes_again_finds_its_own_entry() {
    let store = memory();
    let log = log(&store);
    let new = written(&log, None, &run(1), 4).unwrap();
    let first = log.commit(None, &new).unwrap();
    let second = super::commit(&log, &run(2), 5, super::day(1), crate::tables::Placement::Current);
    assert_eq!(log.commit(Some(&second), &new).unwrap(), first);
    assert_eq!(log.commit(None, &new).unwrap(), first);
    assert_eq!(log.head().unwrap().unwrap().number, number(2));
}

#[test]
fn a_clone_of_a_log_never_goes_back_behind_another() {
    let store = memory();
    let one = log(&store);
    let other = one.clone();
    for rows in 1..=3 {
        super::commit(&one, &run(rows), rows, super::day(0), crate::tables::Placement::Current);
    }
    assert_eq!(other.head().unwrap().unwrap().number, number(3));
    let error = one.commit_with_retry(2, |_| Err::<_, TableError>(TableError::NoCurrent { table: TABLE }));
    assert!(
        matches!(error, Err(TableError::NoCurrent { .. })),
        "what the closure fails with is told as it is"
    );
    assert_eq!(one.entries().unwrap().len(), 3);
    assert_eq!(VersionNumber::FIRST, number(1));
}
