//! A process that dies at a chosen step, for tests of what it leaves behind.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::{
    DeleteIfMatch, Listing, ObjectFacts, ObjectWriter, Opened, Put, PutIfMatch, Store, StoreError,
    VersionToken, Versioned,
};
use crate::key::ObjectKey;

/// Where the process dies. Steps are the calls that change something: `put`, `put_if_absent`, `put_if_match`,
/// `delete` and a writer's `finish`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Never,
    /// The step is not done.
    Before(u64),
    /// The step is done, and its answer is lost.
    After(u64),
    /// As a connection that breaks: the step is done and its answer is lost, but the process lives on.
    AnswerLost(u64),
}

/// Passes everything on to the store below until the fault; from then on every call fails. Run once with
/// [`Fault::Never`] to learn the number of steps, then once for each step. Bodies and listings that were begun before the
/// fault can be read to their end.
pub struct FaultyStore<S> {
    below: S,
    process: Arc<Process>,
}

struct Process {
    fault: Fault,
    steps: AtomicU64,
    died_at: OnceLock<u64>,
}

impl<S: Store> FaultyStore<S> {
    pub fn new(below: S, fault: Fault) -> Self {
        let process = Process { fault, steps: AtomicU64::new(0), died_at: OnceLock::new() };
        Self { below, process: Arc::new(process) }
    }

    /// How many steps were tried so far.
    pub fn steps(&self) -> u64 {
        self.process.steps.load(Ordering::SeqCst)
    }

    /// What survives the death of the process.
    pub fn below(&self) -> &S {
        &self.below
    }
}

impl Process {
    fn check_alive(&self) -> Result<(), StoreError> {
        match self.died_at.get() {
            Some(&step) => Err(StoreError::Injected { step }),
            None => Ok(()),
        }
    }

    /// The number of the step alone decides, so that threads racing past the fault cannot do a later step.
    fn step<T>(&self, act: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let step = self.steps.fetch_add(1, Ordering::SeqCst) + 1;
        match self.fault {
            Fault::Before(last) if step >= last => Err(self.die(last)),
            Fault::After(last) if step > last => Err(self.die(last)),
            Fault::After(last) if step == last => {
                drop(act());
                Err(self.die(last))
            }
            Fault::AnswerLost(lost) if step == lost => {
                drop(act());
                Err(StoreError::Injected { step })
            }
            _ => act(),
        }
    }

    fn die(&self, step: u64) -> StoreError {
        self.died_at.get_or_init(|| step);
        StoreError::Injected { step }
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        self.process.check_alive()?;
        self.below.open(key)
    }

    fn open_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        self.process.check_alive()?;
        self.below.open_range(key, range)
    }

    fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, StoreError> {
        self.process.check_alive()?;
        self.below.head(key)
    }

    fn put(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError> {
        self.process.step(|| self.below.put(key, bytes))
    }

    fn put_if_absent(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Put, StoreError> {
        self.process.step(|| self.below.put_if_absent(key, bytes))
    }

    fn read_versioned(&self, key: &ObjectKey) -> Result<Option<Versioned>, StoreError> {
        self.process.check_alive()?;
        self.below.read_versioned(key)
    }

    fn put_if_match(
        &self,
        key: &ObjectKey,
        bytes: &[u8],
        expected: &VersionToken,
    ) -> Result<PutIfMatch, StoreError> {
        self.process.step(|| self.below.put_if_match(key, bytes, expected))
    }

    fn writer(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, StoreError> {
        self.process.check_alive()?;
        let below = self.below.writer(key)?;
        Ok(Box::new(FaultyWriter { below, process: Arc::clone(&self.process) }))
    }

    fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        self.process.step(|| self.below.delete(key))
    }

    fn delete_if_match(&self, key: &ObjectKey, expected: &VersionToken) -> Result<DeleteIfMatch, StoreError> {
        self.process.step(|| self.below.delete_if_match(key, expected))
    }

    fn list(&self, folder: &str) -> Result<Listing<'_>, StoreError> {
        self.process.check_alive()?;
        self.below.list(folder)
    }

    fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.process.check_alive()?;
        self.below.folders(folder)
    }
}

struct FaultyWriter {
    below: Box<dyn ObjectWriter>,
    process: Arc<Process>,
}

impl Write for FaultyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.process.check_alive().map_err(io::Error::other)?;
        self.below.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.process.check_alive().map_err(io::Error::other)?;
        self.below.flush()
    }
}

impl ObjectWriter for FaultyWriter {
    fn finish(self: Box<Self>) -> Result<(), StoreError> {
        let Self { below, process } = *self;
        process.step(|| below.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use test_case::test_case;

    fn key(name: &str) -> ObjectKey {
        ObjectKey::new(name).unwrap()
    }

    fn work(store: &dyn Store) -> Result<(), StoreError> {
        store.put(&key("a"), b"1")?;
        let mut writer = store.writer(&key("b"))?;
        writer.write_all(b"22").map_err(|source| StoreError::Io {
            operation: "write",
            at: "b".into(),
            source,
        })?;
        writer.finish()?;
        store.head(&key("b"))?;
        let _ = store.put_if_absent(&key("c"), b"333")?;
        let Some(there) = store.read_versioned(&key("c"))? else { return Ok(()) };
        let _ = store.put_if_match(&key("c"), b"4444", &there.token)?;
        store.delete(&key("a"))
    }

    const AFTER_EACH_STEP: [&[(&str, u64)]; 6] = [
        &[],
        &[("a", 1)],
        &[("a", 1), ("b", 2)],
        &[("a", 1), ("b", 2), ("c", 3)],
        &[("a", 1), ("b", 2), ("c", 4)],
        &[("b", 2), ("c", 4)],
    ];

    fn objects(store: &MemoryStore) -> Vec<(String, u64)> {
        let objects = store.list("").unwrap().map(Result::unwrap);
        objects.map(|facts| (facts.key.into(), facts.size)).collect()
    }

    fn expected(step: usize) -> Vec<(String, u64)> {
        AFTER_EACH_STEP[step].iter().map(|(name, size)| ((*name).to_owned(), *size)).collect()
    }

    #[test]
    fn every_step_can_be_the_last() {
        let counting = FaultyStore::new(MemoryStore::new(), Fault::Never);
        work(&counting).unwrap();
        assert_eq!(counting.steps(), 5);
        assert_eq!(objects(counting.below()), expected(5));

        for step in 1..=counting.steps() {
            let done = usize::try_from(step).unwrap();
            for (fault, left) in [(Fault::Before(step), done - 1), (Fault::After(step), done)] {
                let store = FaultyStore::new(MemoryStore::new(), fault);
                let error = work(&store).unwrap_err();
                assert!(matches!(error, StoreError::Injected { step: at } if at == step), "{error}");
                assert_eq!(objects(store.below()), expected(left), "{fault:?}");
            }
        }
    }

    #[test_case(Fault::Before(1))]
    #[test_case(Fault::After(1))]
    fn a_dead_process_does_nothing_more(fault: Fault) {
        let below = MemoryStore::new();
        let store = FaultyStore::new(&below, fault);
        let mut begun = store.writer(&key("begun")).unwrap();
        store.put(&key("a"), b"1").unwrap_err();
        below.put(&key("there"), b"1").unwrap();
        let there = below.read_versioned(&key("there")).unwrap().unwrap().token;
        let left = objects(&below);

        let answers = [
            store.put(&key("b"), b"2"),
            store.put_if_absent(&key("b"), b"2").map(drop),
            store.put_if_match(&key("there"), b"2", &there).map(drop),
            store.read_versioned(&key("there")).map(drop),
            store.delete(&key("there")),
            store.head(&key("there")).map(drop),
            store.open(&key("there")).map(drop),
            store.open_range(&key("there"), 0..1).map(drop),
            store.list("").map(drop),
            store.folders("").map(drop),
            store.writer(&key("b")).map(drop),
            begun.write_all(b"2").map_err(|error| error.downcast::<StoreError>().unwrap()),
            begun.finish(),
        ];
        for (position, answer) in answers.into_iter().enumerate() {
            assert!(matches!(answer, Err(StoreError::Injected { step: 1 })), "answer {position}");
        }
        assert_eq!(objects(&below), left);
    }

    #[test]
    fn an_answer_is_lost_once() {
        let store = FaultyStore::new(MemoryStore::new(), Fault::AnswerLost(2));
        store.put(&key("a"), b"1").unwrap();
        assert!(matches!(store.put(&key("b"), b"22"), Err(StoreError::Injected { step: 2 })));
        store.put(&key("c"), b"333").unwrap();
        assert_eq!(objects(store.below()), expected(3));
    }

    /// The objects are large, so that many threads arrive while the last step is being done.
    #[test]
    fn threads_racing_to_the_fault_do_exactly_the_steps_before_it() {
        let below = MemoryStore::new();
        let store = FaultyStore::new(&below, Fault::After(10));
        let bytes = vec![b'x'; 4 << 20];
        std::thread::scope(|threads| {
            for thread in 0..8 {
                let (store, bytes) = (&store, &bytes);
                threads.spawn(move || {
                    for n in 0..10 {
                        let _ = store.put(&key(&format!("{thread}/{n}")), bytes);
                    }
                });
            }
        });
        assert_eq!(objects(&below).len(), 10);
    }
}
