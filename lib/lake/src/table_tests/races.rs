//! Two that want the same number: who yields, and what the other finds.

use std::sync::{Arc, Mutex};

use test_case::test_case;

use super::{TABLE, commit, day, log, memory, number, run, written};
use crate::key::ObjectKey;
use crate::pass_on;
use crate::store::{MemoryStore, Put, Store, StoreError};
use crate::tables::{
    Commit, EntryKind, Keep, NewVersion, Placement, TableError, TableLog, TableName, VersionNumber,
};

type Interruption = Box<dyn FnOnce() + Send>;

/// Lets something else happen right before the next entry is written.
struct Interrupted {
    below: Arc<dyn Store>,
    by: Mutex<Option<Interruption>>,
}

impl Store for Interrupted {
    pass_on!(below: open open_range head put read_versioned put_if_match writer delete delete_if_match list folders);

    fn put_if_absent(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Put, StoreError> {
        let interruption = self.by.lock().unwrap().take();
        interruption.into_iter().for_each(|interrupt| interrupt());
        self.below.put_if_absent(key, bytes)
    }
}

/// A log whose next commit comes second to what `by` does.
fn interrupted(store: &Arc<dyn Store>, by: impl FnOnce(&TableLog) + Send + 'static) -> TableLog {
    let other = log(store);
    let by: Interruption = Box::new(move || by(&other));
    let store = Interrupted { below: Arc::clone(store), by: Mutex::new(Some(by)) };
    TableLog::new(Arc::new(store), TABLE)
}

fn two_versions() -> Arc<dyn Store> {
    let store = memory();
    let log = log(&store);
    commit(&log, &run(1), 5, day(0), Placement::Current);
    commit(&log, &run(2), 6, day(1), Placement::Current);
    store
}

fn roll_back(log: &TableLog) {
    log.rollback(number(1), &run(90), day(40)).unwrap();
}

fn vacuum(log: &TableLog) {
    log.vacuum(&run(91), day(40), Keep::default()).unwrap();
}

#[test]
fn a_rollback_that_comes_second_to_a_vacuum_is_refused() {
    let store = two_versions();
    let answer = interrupted(&store, vacuum).rollback(number(1), &run(3), day(40));
    assert!(matches!(answer, Err(TableError::Vacuumed { .. })), "{answer:?}");
    assert_eq!(log(&store).current().unwrap().unwrap().number, number(2));
}

#[test]
fn a_vacuum_that_comes_second_to_a_rollback_leaves_its_files() {
    let store = two_versions();
    let plan = interrupted(&store, roll_back).vacuum(&run(3), day(40), Keep::default()).unwrap();
    assert_eq!((plan.versions, plan.files), (vec![], 0), "version 2 was in use until now");
    let current = log(&store).current().unwrap().unwrap();
    assert_eq!(current.number, number(1));
    super::assert_whole(&store, &current);
}

#[test_case(Placement::Current, |log| drop(commit(log, &run(9), 9, day(2), Placement::Side)) => EntryKind::Write; "a side version keeps nobody from writing")]
#[test_case(Placement::Side, |log| drop(commit(log, &run(9), 9, day(2), Placement::Current)) => EntryKind::Side; "nothing keeps a side version")]
#[test_case(Placement::Side, roll_back => EntryKind::Side; "not even a rollback")]
fn is_stepped_over(placement: Placement, by: fn(&TableLog)) -> EntryKind {
    let store = two_versions();
    let log = interrupted(&store, by);
    let base = log.head().unwrap();
    let new = NewVersion { placement, ..written(&log, base.as_ref(), &run(3), 7).unwrap() };
    let Commit::Done(entry) = log.commit(base.as_ref(), &new).unwrap() else { panic!("conflict") };
    let winner = log.entry(number(3)).unwrap();
    assert_eq!((entry.number, &entry.vacuumed), (number(4), &winner.vacuumed));
    let expected = if placement == Placement::Current { Some(entry.number) } else { winner.current };
    assert_eq!(entry.current, expected);
    assert!(entry.content.unwrap().prefix.as_str().contains("snap=00000003-"));
    entry.kind
}

#[test_case(|log| drop(commit(log, &run(9), 9, day(2), Placement::Current)); "another write")]
#[test_case(roll_back; "a rollback")]
fn is_a_conflict_and_tried_again(by: fn(&TableLog)) {
    let store = two_versions();
    let log_once = interrupted(&store, by);
    let base = log_once.head().unwrap();
    let new = written(&log_once, base.as_ref(), &run(3), 7).unwrap();
    let Commit::Conflict { winner } = log_once.commit(base.as_ref(), &new).unwrap() else {
        panic!("committed")
    };
    assert_eq!((winner.number, log(&store).head().unwrap().unwrap()), (number(3), winner.clone()));

    let log = interrupted(&store, |log| drop(commit(log, &run(10), 9, day(2), Placement::Current)));
    let mut bases: Vec<VersionNumber> = Vec::new();
    let build = |base: Option<&_>| {
        bases.extend(base.map(|base: &crate::tables::LogEntry| base.number));
        written(&log, base, &run(4), 7)
    };
    let entry = log.commit_with_retry::<TableError>(2, build).unwrap();
    assert_eq!((entry.number, bases), (number(5), vec![number(3), number(4)]));
}

/// Version 1 is old, the files of the run are not.
#[test]
fn a_vacuum_keeps_no_living_run_from_writing() {
    let memory = MemoryStore::new();
    let store: Arc<dyn Store> = Arc::new(memory.clone());
    for n in [1, 2] {
        commit(&log(&store), &run(n), n, day(0), Placement::Current);
    }
    let log = interrupted(&store, vacuum);
    let base = log.head().unwrap();
    let new = written(&log, base.as_ref(), &run(3), 7).unwrap();
    for facts in memory.list(new.snapshot.prefix().as_str()).unwrap() {
        let key = facts.unwrap().key;
        memory.put_at(&key, &super::bytes_of(&memory, &key), day(40));
    }
    let Commit::Done(entry) = log.commit(base.as_ref(), &new).unwrap() else { panic!("conflict") };
    assert_eq!(log.entry(number(3)).unwrap().kind, EntryKind::Vacuum);
    assert_eq!(entry.vacuumed.iter().collect::<Vec<_>>(), [number(1)], "what is vacuumed stays so");
    super::assert_whole(&store, &log.current().unwrap().unwrap());
}

/// Its files are a day old and nobody knows it: they are given up, and it must not commit without them.
#[test]
fn a_run_that_was_taken_for_dead_cannot_commit() {
    let store = two_versions();
    let log = log(&store);
    let base = log.head().unwrap();
    let new = written(&log, base.as_ref(), &run(3), 7).unwrap();
    let unfinished = MemoryStore::new();
    for facts in store.list("").unwrap() {
        let key = facts.unwrap().key;
        unfinished.put_at(&key, &super::bytes_of(&store, &key), day(40));
    }
    let young = TableLog::new(Arc::new(unfinished), TABLE).plan_vacuum(day(40), Keep::days(0)).unwrap();
    assert_eq!(young.files, 0, "nothing goes that is younger than a day, whatever its entry says: {young:?}");

    let with_vacuum_between = interrupted(&store, vacuum);
    let answer = with_vacuum_between.commit(base.as_ref(), &new);
    assert!(matches!(answer, Err(TableError::RunVacuumed { .. })), "{answer:?}");
    let later = log.head().unwrap();
    let files_again = written(&log, base.as_ref(), &run(3), 7).unwrap();
    let answer = log.commit(later.as_ref(), &files_again);
    assert!(matches!(answer, Err(TableError::RunVacuumed { .. })), "{answer:?}");
    assert_eq!(log.current().unwrap().unwrap().number, number(2));
}

#[test]
fn tables_do_not_see_each_other() {
    let store = two_versions();
    let other = TableLog::new(Arc::clone(&store), TableName::LEAD_EVENTS);
    assert_eq!(other.head().unwrap(), None);
    assert_eq!(other.plan_vacuum(day(40), Keep::default()).unwrap().files, 0);
}
