//! Death at any step, stores that fail, and time that runs out.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use leadlake_lake::store::{
    DeleteIfMatch, Fault, FaultyStore, Listing, ObjectFacts, ObjectWriter, Opened, Put, PutIfMatch,
    StoreError, Trouble, VersionToken, Versioned,
};

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
struct SlowStore {
    below: MemoryStore,
    pause: Duration,
    only_for: String,
    touched: Arc<AtomicBool>,
    then: Then,
}

/// What comes after the pause.
#[derive(Clone, Copy)]
enum Then {
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
    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        self.wait(key)?;
        self.below.open(key)
    }

    fn open_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        self.below.open_range(key, range)
    }

    fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, StoreError> {
        self.below.head(key)
    }

    fn put(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError> {
        self.below.put(key, bytes)
    }

    fn put_if_absent(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Put, StoreError> {
        self.below.put_if_absent(key, bytes)
    }

    fn read_versioned(&self, key: &ObjectKey) -> Result<Option<Versioned>, StoreError> {
        self.below.read_versioned(key)
    }

    fn put_if_match(
        &self,
        key: &ObjectKey,
        bytes: &[u8],
        token: &VersionToken,
    ) -> Result<PutIfMatch, StoreError> {
        self.below.put_if_match(key, bytes, token)
    }

    fn writer(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, StoreError> {
        self.below.writer(key)
    }

    fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        self.below.delete(key)
    }

    fn delete_if_match(&self, key: &ObjectKey, expected: &VersionToken) -> Result<DeleteIfMatch, StoreError> {
        self.below.delete_if_match(key, expected)
    }

    fn list(&self, folder: &str) -> Result<Listing<'_>, StoreError> {
        self.below.list(folder)
    }

    fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.below.folders(folder)
    }
}

fn slow(below: &MemoryStore, pause: Duration, only_for: &str, then: Then) -> SlowStore {
    let touched = Arc::default();
    SlowStore { below: below.clone(), pause, only_for: only_for.to_owned(), touched, then }
}

fn failed_of(answer: Answer) -> Vec<String> {
    let Answer::Batch(response) = answer else { panic!("{answer:?}") };
    response.failed().map(str::to_owned).collect()
}

#[test]
fn before_the_deadline_what_runs_stops_and_the_rest_goes_back() {
    let below = lake_of(40);
    let bodies: Vec<String> = (0..40).map(|number| notification(&[&place(number)]).to_string()).collect();
    // Five at once, each 100 ms: of 1 s, three quarters are for work.
    let bench = bench(slow(&below, Duration::from_millis(100), "bronze/", Then::Opens));
    let begun = Instant::now();
    let call = invocation(Duration::from_secs(1));
    let failed = failed_of(bench.refine.handle(batch(&bodies, 1), &call).unwrap());
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!((1..40).contains(&failed.len()), "{}", failed.len());
    assert_eq!(ledger_entries(&below), 40 - failed.len(), "what is not named is done, and nothing else");
    let metrics = call.metrics.lines("Leadlake", "refine", "r-1", clock()).join("\n");
    assert!(metrics.contains("\"Unfinished\""), "{metrics}");
    let at_once: Vec<_> = failed.iter().map(|id| (id.replace("m-", "r-"), 0)).collect();
    assert_eq!(bench.queue.released(), at_once);
}

#[test]
fn a_backlog_puts_nothing_aside_however_often_a_message_meets_it() {
    let below = lake_of(40);
    below.put(&key("bronze/webinar/2025/01/10/wrong.json"), b"{}").unwrap();
    let mut bodies: Vec<String> = (0..40).map(|number| notification(&[&place(number)]).to_string()).collect();
    // Of these one object fails at once, and the others are not reached.
    let places: Vec<String> = (0..40).map(place).collect();
    let mut mixed: Vec<&str> = places.iter().map(String::as_str).collect();
    mixed.insert(0, "bronze/webinar/2025/01/10/wrong.json");
    bodies.insert(0, notification(&mixed).to_string());
    let store = slow(&below, Duration::from_millis(100), "bronze/", Then::IsBusyWith("wrong"));
    let bench = bench(store);
    let call = invocation(Duration::from_secs(1));
    let failed = failed_of(bench.refine.handle(batch(&bodies, 9), &call).unwrap());
    assert!(failed.len() > 1 && failed[0] == "m-0", "{failed:?}");
    assert_eq!(bench.aside.reasons(), []);
    let metrics = call.metrics.lines("Leadlake", "refine", "r-1", clock()).join("\n");
    assert!(metrics.contains("\"Failed\":1"), "{metrics}");
}

#[test]
fn a_backfill_that_runs_out_of_time_is_no_poison() {
    let request = json!({"source": "webinar"}).to_string();
    let failed_with = |left| {
        let bench = bench(lake_of(1));
        let answer = bench.refine.handle(batch(std::slice::from_ref(&request), 9), &invocation(left));
        (failed_of(answer.unwrap()), bench.aside.reasons().len())
    };
    assert_eq!(failed_with(Duration::ZERO), (vec!["m-0".to_owned()], 0));
    assert_eq!(failed_with(Duration::from_secs(60)), (Vec::new(), 0));
    let mut bench = bench(lake_of(1));
    bench.refine.queue = None;
    assert_eq!(bench.failed(batch(&[request], 9)), Vec::<String>::new());
    assert_eq!(bench.aside.reasons()[0].0, "failed");
}

#[test]
fn what_hangs_is_not_waited_for_and_does_nothing_later() {
    let below = lake_of(2);
    let store = slow(&below, Duration::from_millis(1500), "part 000", Then::Opens);
    let touched = Arc::clone(&store.touched);
    let bench = bench(store);
    let bodies: Vec<String> = (0..2).map(|number| notification(&[&place(number)]).to_string()).collect();
    let begun = Instant::now();
    let answer = bench.refine.handle(batch(&bodies, 1), &invocation(Duration::from_secs(1))).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!((failed_of(answer), touched.load(Ordering::SeqCst)), (vec!["m-0".to_owned()], true));
    let left = outputs(&below);
    std::thread::sleep(Duration::from_millis(1000));
    assert!(outputs(&below) == left, "the hanging thread has come back and found its time over");
    assert_eq!(bench.failed(batch(&bodies, 2)), Vec::<String>::new());
}

#[test]
fn a_busy_store_is_no_poison() {
    let below = lake_of(2);
    let bench = bench(slow(&below, Duration::ZERO, "part 001", Then::IsBusy));
    let body = notification(&[&place(0), &place(1)]).to_string();
    assert_eq!(bench.failed(batch(&[body], 1)), ["m-0"]);
    assert_eq!((ledger_entries(&below), bench.aside.bodies().len()), (1, 0));
}

#[test]
fn a_thread_that_dies_takes_only_its_object_with_it() {
    let below = lake_of(8);
    let bench = bench(slow(&below, Duration::ZERO, "part 003", Then::Panics));
    let bodies: Vec<String> = (0..8).map(|number| notification(&[&place(number)]).to_string()).collect();
    assert_eq!(bench.failed(batch(&bodies, 4)), ["m-3"]);
    assert_eq!(bench.failed(batch(&bodies, 5)), Vec::<String>::new());
    let [(code, reason)] = bench.aside.reasons().try_into().unwrap();
    assert!(code == "failed" && reason.contains("defect"), "{reason}");
    assert_eq!(ledger_entries(&below), 7);
}
