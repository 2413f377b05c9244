//! A process that dies between two system calls, or in the middle of one: what a `kill -9` leaves on a disk.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::DirStore;
use super::files::Files;

/// Where the process dies. Steps are the system calls that change something on the disk, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirDeath {
    Never,
    /// The call is not made.
    Before(u64),
    /// Of what was to be written half is. Every other call happens whole or not at all, and so not at all.
    Midway(u64),
    /// The call is made, and nothing after it.
    After(u64),
}

/// What works on a directory store until it dies. From then on every change fails, so that not even a file that was being
/// written is removed. It may still read, which nobody notices.
#[derive(Debug, Clone)]
pub struct DirProcess(Arc<Life>);

#[derive(Debug)]
struct Life {
    death: DirDeath,
    steps: AtomicU64,
    writes: Mutex<Vec<u64>>,
}

/// How far a step gets.
enum Reach {
    Whole,
    Half,
    WholeThenDeath,
    Nothing(io::Error),
}

impl DirProcess {
    pub fn new(death: DirDeath) -> Self {
        let (steps, writes) = (AtomicU64::new(0), Mutex::default());
        Self(Arc::new(Life { death, steps, writes }))
    }

    /// How many steps were tried so far.
    pub fn steps(&self) -> u64 {
        self.0.steps.load(Ordering::SeqCst)
    }

    /// Those of them that wrote bytes, and so can be half done.
    pub fn writes(&self) -> Vec<u64> {
        self.0.writes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn change<T>(&self, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let step = self.next_step();
        match self.reach(step) {
            Reach::Whole => act(),
            Reach::WholeThenDeath => {
                drop(act());
                Err(died_at(step))
            }
            Reach::Half => Err(died_at(step)),
            Reach::Nothing(error) => Err(error),
        }
    }

    pub(super) fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        let step = self.next_step();
        self.0.writes.lock().unwrap_or_else(PoisonError::into_inner).push(step);
        let written = match self.reach(step) {
            Reach::Whole => return file.write(bytes),
            Reach::WholeThenDeath => bytes,
            Reach::Half => bytes.get(..bytes.len() / 2).unwrap_or_default(),
            Reach::Nothing(error) => return Err(error),
        };
        file.write_all(written)?;
        Err(died_at(step))
    }

    fn next_step(&self) -> u64 {
        self.0.steps.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The number of the step alone decides, so that threads racing past the death cannot do a later step.
    fn reach(&self, step: u64) -> Reach {
        match self.0.death {
            DirDeath::Before(last) if step >= last => Reach::Nothing(died_at(last)),
            DirDeath::Midway(last) | DirDeath::After(last) if step > last => Reach::Nothing(died_at(last)),
            DirDeath::Midway(last) if step == last => Reach::Half,
            DirDeath::After(last) if step == last => Reach::WholeThenDeath,
            _ => Reach::Whole,
        }
    }
}

fn died_at(step: u64) -> io::Error {
    io::Error::other(format!("the process was made to die at step {step}"))
}

impl DirStore {
    /// The same lake, changed by a process that may die.
    pub fn worked_on_by(self, process: &DirProcess) -> Self {
        Self { files: Files { process: Some(process.clone()) }, ..self }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tempfile::TempDir;
    use test_case::test_case;

    use super::*;
    use crate::key::ObjectKey;
    use crate::store::{Durability, Store, StoreError};

    fn key(name: &str) -> ObjectKey {
        ObjectKey::new(name).unwrap()
    }

    const OLD: &[u8] = b"what was there";
    const NEW: &[u8] = b"what comes in its place";

    /// Each way in which a store changes something, on an object of its own.
    fn work(store: &DirStore) -> Result<(), StoreError> {
        store.put(&key("put/deep/new"), NEW)?;
        store.put(&key("replaced"), NEW)?;
        let mut writer = store.writer(&key("streamed/a"))?;
        writer.write_all(NEW).map_err(|source| super::super::failed("write", "streamed/a", source))?;
        writer.finish()?;
        let _ = store.put_if_absent(&key("created/a"), NEW)?;
        let Some(there) = store.read_versioned(&key("matched"))? else { return Ok(()) };
        let _ = store.put_if_match(&key("matched"), NEW, &there.token)?;
        store.delete(&key("deleted"))?;
        let Some(there) = store.read_versioned(&key("deleted-if"))? else { return Ok(()) };
        store.delete_if_match(&key("deleted-if"), &there.token).map(drop)
    }

    fn lake() -> (TempDir, DirStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = DirStore::open(folder.path()).unwrap();
        for name in ["replaced", "matched", "deleted", "deleted-if"] {
            std::fs::write(folder.path().join(name), OLD).unwrap();
        }
        (folder, store)
    }

    /// By key, whole or the test fails; one that is not there is left out.
    fn objects(store: &DirStore) -> Vec<(String, bool)> {
        let keys = store.list("").unwrap().map(|facts| facts.unwrap().key);
        let is_new = |key: &ObjectKey| {
            let bytes = store.read_versioned(key).unwrap().unwrap().bytes;
            assert!(bytes == OLD || bytes == NEW, "{key} is torn");
            bytes == NEW
        };
        keys.map(|key| (key.to_string(), is_new(&key))).collect()
    }

    fn litter(folder: &TempDir) -> usize {
        let files = std::fs::read_dir(folder.path().join(".tmp")).into_iter().flatten();
        files.filter(|file| file.as_ref().unwrap().file_type().unwrap().is_file()).count()
    }

    #[test_case(Durability::ProcessCrash => (30, 5); "as usual")]
    #[test_case(Durability::PowerLoss => (46, 5); "forced to the disk")]
    fn at_every_step_objects_are_old_or_new_and_the_rest_is_litter(durability: Durability) -> (u64, usize) {
        let (_folder, store) = lake();
        let undisturbed = DirProcess::new(DirDeath::Never);
        work(&store.clone().with_durability(durability).worked_on_by(&undisturbed)).unwrap();
        let finished = objects(&store);
        let every: [fn(u64) -> DirDeath; 3] = [DirDeath::Before, DirDeath::Midway, DirDeath::After];

        let (mut littered, mut before) = (0, Vec::new());
        for death in (1..=undisturbed.steps()).flat_map(|step| every.map(|death| death(step))) {
            let (folder, store) = lake();
            let process = DirProcess::new(death);
            let ended = work(&store.clone().with_durability(durability).worked_on_by(&process));
            let left = objects(&store);
            assert!(ended.is_err() || left == finished, "{death:?} was told as success");
            if let DirDeath::Before(step) | DirDeath::Midway(step) = death {
                assert!(step == 1 || left == before, "{death:?} leaves what the step before left");
            }
            before = left;
            littered += litter(&folder);
            store.clean_temporary(Timestamp::MAX).unwrap();
            assert_eq!(litter(&folder), 0);
            work(&store).unwrap();
            assert_eq!(objects(&store), finished, "{death:?}");
        }
        assert!(littered > 20, "{littered} unfinished files");
        (undisturbed.steps(), undisturbed.writes().len())
    }

    #[test]
    fn half_of_a_write_stays_and_nobody_sees_it() {
        let (folder, store) = lake();
        let process = DirProcess::new(DirDeath::Midway(3));
        assert!(store.clone().worked_on_by(&process).put(&key("replaced"), NEW).is_err());
        assert_eq!(process.writes(), [3], "after the folder and the file");
        let left = std::fs::read_dir(folder.path().join(".tmp")).unwrap().next().unwrap().unwrap();
        assert_eq!(std::fs::read(left.path()).unwrap(), NEW[..NEW.len() / 2]);
        assert!(objects(&store).contains(&("replaced".to_owned(), false)));
    }

    #[test_case(DirDeath::Before(1))]
    #[test_case(DirDeath::After(1))]
    fn a_dead_process_changes_nothing_more(death: DirDeath) {
        let (_folder, store) = lake();
        let dead = store.clone().worked_on_by(&DirProcess::new(death));
        dead.put(&key("a"), NEW).unwrap_err();
        let left = objects(&store);
        let token = store.read_versioned(&key("matched")).unwrap().unwrap().token;
        let answers = [
            dead.put(&key("a"), NEW),
            dead.put_if_absent(&key("a"), NEW).map(drop),
            dead.put_if_match(&key("matched"), NEW, &token).map(drop),
            dead.writer(&key("a")).map(drop),
            dead.delete(&key("deleted")),
            dead.delete_if_match(&key("matched"), &token).map(drop),
        ];
        for (position, answer) in answers.into_iter().enumerate() {
            assert!(answer.is_err(), "answer {position}");
        }
        assert_eq!(objects(&store), left);
    }
}
