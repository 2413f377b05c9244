//! Death at any step, stores that fail, and time that runs out.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use leadlake_lake::pass_on;
use leadlake_lake::store::{Fault, FaultyStore, Opened, StoreError, Trouble};
use test_case::test_case;

use super::*;

const OBJECTS: usize = 3;

fn bodies() -> Vec<String> {
    let mut bodies: Vec<String> =
        (0..OBJECTS).map(|number| notification(&[&place(number)]).to_string()).collect();
    bodies.push("poison".to_owned());
    bodies
}

/// The outputs as they are when nothing goes wrong.
fn undisturbed() -> BTreeMap<String, Vec<u8>> {
    let store = lake_of(OBJECTS);
    assert_eq!(bench(store.clone()).failed(batch(&bodies(), 1)), Vec::<String>::new());
    let outputs = outputs(&store);
    assert_eq!(outputs.len(), 3 * OBJECTS);
    outputs
}

#[test]
fn killed_at_any_step_the_next_delivery_ends_the_same() {
    let expected = undisturbed();
    let counting = Arc::new(FaultyStore::new(lake_of(OBJECTS), Fault::Never));
    bench(Arc::clone(&counting)).failed(batch(&bodies(), 1));
    assert!(counting.steps() >= 9, "{}", counting.steps());
    for step in 1..=counting.steps() {
        for fault in [Fault::Before(step), Fault::After(step), Fault::AnswerLost(step)] {
            let below = lake_of(OBJECTS);
            let dying = bench(FaultyStore::new(below.clone(), fault));
            let failed: HashSet<String> = dying.failed(batch(&bodies(), 1)).into_iter().collect();
            assert!(!failed.is_empty() && !failed.contains("m-3"), "{fault:?}: {failed:?}");
            // What was said to be done is done: only the rest is delivered again.
            let again: Vec<String> = bodies()
                .into_iter()
                .enumerate()
                .filter(|(number, _)| failed.contains(&format!("m-{number}")))
                .map(|(_, body)| body)
                .collect();
            let living = bench(below.clone());
            assert_eq!(living.failed(batch(&again, 2)), Vec::<String>::new(), "{fault:?}");
            assert!(outputs(&below) == expected, "{fault:?}");
        }
    }
}

#[test]
fn what_fails_too_often_is_put_aside_with_its_last_reason() {
    let dead = || FaultyStore::new(lake_of(OBJECTS), Fault::Before(1));
    let bench_at = |receives| {
        let bench = bench(dead());
        (bench.failed(batch(&bodies(), receives)), bench.aside.reasons())
    };
    let (failed, reasons) = bench_at(4);
    assert_eq!((failed.len(), reasons.len()), (OBJECTS, 1));
    let (failed, reasons) = bench_at(5);
    assert_eq!((failed.len(), reasons.len()), (0, OBJECTS + 1));
    let of_failures = reasons.iter().filter(|(code, _)| code == "failed");
    assert!(
        of_failures.clone().all(|(_, reason)| reason.contains("step 1")) && of_failures.count() == OBJECTS
    );
    let direct = bench(dead()).call(notification(&[&place(0)])).unwrap_err();
    assert_eq!(direct.kind(), "NotRefined");
}

/// Hangs where it is asked to, or fails as S3 does when it is busy.
pub(super) struct SlowStore {
    below: MemoryStore,
    pause: Duration,
    only_for: String,
    pub(super) touched: Arc<AtomicBool>,
    then: Then,
}

/// What comes after the pause.
#[derive(Clone, Copy)]
pub(super) enum Then {
    Opens,
    IsBusy,
    /// Only with keys that hold this.
    IsBusyWith(&'static str),
    Panics,
}

impl SlowStore {
    fn wait(&self, key: &ObjectKey) -> Result<(), StoreError> {
        if !key.as_str().contains(&self.only_for) {
            return Ok(());
        }
        self.touched.store(true, Ordering::SeqCst);
        std::thread::sleep(self.pause);
        match self.then {
            Then::Opens => Ok(()),
            Then::IsBusyWith(part) if !key.as_str().contains(part) => Ok(()),
            Then::IsBusy | Then::IsBusyWith(_) => Err(StoreError::Service {
                operation: "open",
                at: key.to_string(),
                reason: "SlowDown".to_owned(),
                trouble: Trouble::Passing,
            }),
            Then::Panics => panic!("a defect"),
        }
    }
}

impl Store for SlowStore {
    pass_on!(below: open_range head put put_if_absent read_versioned put_if_match writer delete delete_if_match list folders);

    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        self.wait(key)?;
        self.below.open(key)
    }
}

pub(super) fn slow(below: &MemoryStore, pause: Duration, only_for: &str, then: Then) -> SlowStore {
    let touched = Arc::default();
    SlowStore { below: below.clone(), pause, only_for: only_for.to_owned(), touched, then }
}

#[test]
fn a_busy_store_is_no_poison() {
    let below = lake_of(2);
    let bench = bench(slow(&below, Duration::ZERO, "part 001", Then::IsBusy));
    let body = notification(&[&place(0), &place(1)]).to_string();
    assert_eq!(bench.failed(batch(&[body], 1)), ["m-0"]);
    assert_eq!((ledger_entries(&below), bench.aside.bodies().len()), (1, 0));
}

#[test_case(128; "that is the only one")]
#[test_case(MIB_OF_FIVE_WORKERS; "beside others")]
fn a_thread_that_dies_takes_only_its_object_with_it(memory_mib: u64) {
    let below = lake_of(8);
    let store = Arc::new(slow(&below, Duration::ZERO, "part 003", Then::Panics));
    let bench = bench_within(memory_mib, store, FakeQueue::default());
    let bodies: Vec<String> = (0..8).map(|number| notification(&[&place(number)]).to_string()).collect();
    assert_eq!(bench.failed(batch(&bodies, 4)), ["m-3"]);
    assert_eq!(bench.failed(batch(&bodies, 5)), Vec::<String>::new());
    let [(code, reason)] = bench.aside.reasons().try_into().unwrap();
    assert!(code == "failed" && reason.contains("defect"), "{reason}");
    assert_eq!(ledger_entries(&below), 7);
}
