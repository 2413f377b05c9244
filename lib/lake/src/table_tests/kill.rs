//! A process that dies at any step of anything leaves tables that are whole, and the next run finishes.

use std::sync::Arc;

use test_case::test_case;

use super::{TABLE, assert_published, assert_whole, commit, copy_of, day, log, number, run, written};
use crate::catalog::{LocalCatalog, PublishError, publish_head, repair};
use crate::store::{Fault, FaultyStore, MemoryStore, Store};
use crate::tables::{EntryKind, Keep, NewVersion, Placement, RunId, TableError, TableLog};

const OLD: [u64; 3] = [5, 6, 7];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Act {
    Write(Placement),
    Rollback,
    Vacuum,
}

impl Act {
    fn perform(self, store: &Arc<dyn Store>, run_id: &RunId) -> Result<(), PublishError> {
        let (log, catalog) = (log(store), LocalCatalog::new(Arc::clone(store)));
        repair(store, &catalog, &[TABLE])?;
        self.change(&log, run_id)?;
        publish_head(&log, &catalog)?;
        Ok(())
    }

    fn change(self, log: &TableLog, run_id: &RunId) -> Result<(), TableError> {
        match self {
            Self::Write(placement) => {
                let build = |base: Option<&_>| Ok(NewVersion { placement, ..written(log, base, run_id, 9)? });
                log.commit_with_retry::<TableError>(1, build).map(drop)
            }
            Self::Rollback => log.rollback(number(2), run_id, day(40)).map(drop),
            Self::Vacuum => log.vacuum(run_id, day(40), Keep::default()).map(drop),
        }
    }

    /// What the current version may hold when the process died, and what it must hold when another did the same again.
    fn current_rows(self) -> (&'static [u64], u64) {
        match self {
            Self::Write(Placement::Current) => (&[7, 9], 9),
            Self::Rollback => (&[7, 6], 6),
            Self::Write(Placement::Side) | Self::Vacuum => (&[7], 7),
        }
    }
}

/// Three versions, of which the catalog knows two, and the folder of a run that died.
fn lake() -> MemoryStore {
    let memory = MemoryStore::new();
    let store: Arc<dyn Store> = Arc::new(memory.clone());
    let log = log(&store);
    for (position, rows) in OLD.into_iter().enumerate() {
        if position == 2 {
            assert_published(&store);
        }
        commit(&log, &run(rows), rows, day(position as i64), Placement::Current);
    }
    let _never_committed = written(&log, log.head().unwrap().as_ref(), &run(8), 8).unwrap();
    memory
}

#[test_case(Act::Write(Placement::Current) => 8; "write")]
#[test_case(Act::Write(Placement::Side) => 8; "side")]
#[test_case(Act::Rollback => 4; "rollback")]
#[test_case(Act::Vacuum => 14; "vacuum")]
fn is_finished_by_the_next_run(act: Act) -> u64 {
    let lake = lake();
    let counting = Arc::new(FaultyStore::new(copy_of(&lake), Fault::Never));
    let store: Arc<dyn Store> = Arc::<FaultyStore<MemoryStore>>::clone(&counting);
    act.perform(&store, &run(100)).unwrap();
    let steps = counting.steps();

    let faults =
        (1..=steps).flat_map(|step| [Fault::Before(step), Fault::After(step), Fault::AnswerLost(step)]);
    for fault in faults {
        let left = copy_of(&lake);
        let dying: Arc<dyn Store> = Arc::new(FaultyStore::new(left.clone(), fault));
        // Only a lost answer can be made good by the process itself.
        let ended = act.perform(&dying, &run(100));
        assert!(ended.is_err() || matches!(fault, Fault::AnswerLost(_)), "{fault:?}");

        let left: Arc<dyn Store> = Arc::new(left);
        let (possible, certain) = act.current_rows();
        let rows = assert_all_whole(&left);
        assert!(possible.contains(&rows), "{fault:?} left {rows} rows");
        act.perform(&left, &run(101)).unwrap();
        assert_eq!(assert_all_whole(&left), certain, "{fault:?}");
        assert_published(&left);
        if act == Act::Vacuum {
            assert_vacuumed(&left, fault);
        }
    }
    steps
}

/// Every version that is not vacuumed is whole; gives the rows of the current one.
fn assert_all_whole(store: &Arc<dyn Store>) -> u64 {
    let log = log(store);
    for entry in log.entries().unwrap() {
        match log.version(entry.number) {
            Ok(version) => assert_whole(store, &version),
            Err(TableError::Vacuumed { .. } | TableError::HoldsNothing { .. }) => {}
            Err(failure) => panic!("{failure}"),
        }
    }
    log.current().unwrap().unwrap().content.rows
}

fn assert_vacuumed(store: &Arc<dyn Store>, fault: Fault) {
    let log = log(store);
    let current = log.current().unwrap().unwrap().content.prefix;
    let files = store.list("silver/leads").unwrap().map(|facts| facts.unwrap().key);
    let elsewhere: Vec<_> = files
        .filter(|key| {
            !key.starts_with_folder("silver/leads/_log") && !key.starts_with_folder(current.as_str())
        })
        .collect();
    assert!(elsewhere.is_empty(), "{fault:?} left {elsewhere:?} for ever");
    for old in [1, 2] {
        assert!(matches!(log.version(number(old)), Err(TableError::Vacuumed { .. })));
        assert_eq!(log.entry(number(old)).unwrap().kind, EntryKind::Write, "entries stay");
    }
    let before = log.head().unwrap();
    let plan = log.vacuum(&run(102), day(40), Keep::default()).unwrap();
    assert_eq!((plan.files, log.head().unwrap()), (0, before), "a vacuum with nothing to do changes nothing");
}
