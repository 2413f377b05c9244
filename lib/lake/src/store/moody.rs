//! A service on a bad day, for tests of what whole runs make of it.
//!
//! Requests fail and may work when they are made again, answers to writes are lost, bodies break off, listings are late, and
//! everything may take a while. What happens at the n-th request follows from the seed; which request that is, of several
//! threads, does not.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{
    DeleteIfMatch, Listing, ObjectFacts, ObjectWriter, Opened, Put, PutIfMatch, Store, StoreError, Trouble,
    VersionToken, Versioned, names_of_folders, prefix_of,
};
use crate::key::ObjectKey;

/// How often each thing happens, of a thousand requests that it can happen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mood {
    pub refused: u64,
    pub answer_lost: u64,
    /// Both of these for writes with a condition, on which everything hangs and of which there are few.
    pub conditional: u64,
    pub body_cut: u64,
    pub late_listing: u64,
    pub slow: u64,
}

/// Of these many changes a late listing may know nothing yet.
const LATE_CHANGES: usize = 48;
const LONGEST_PAUSE_MICROS: u64 = 300;

/// Clones are clients of the same service in the same mood.
#[derive(Clone)]
pub struct MoodyStore<S> {
    below: S,
    dice: Dice,
    changes: Arc<Mutex<VecDeque<Change>>>,
}

/// What stood under a key before it was written or deleted.
struct Change {
    key: ObjectKey,
    before: Option<ObjectFacts>,
}

#[derive(Clone)]
struct Dice {
    mood: Mood,
    seed: u64,
    requests: Arc<AtomicU64>,
    troubles: Arc<AtomicU64>,
}

impl Dice {
    /// SplitMix64 of the request's number.
    fn throw(&self) -> u64 {
        let request = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut bits = self.seed.wrapping_add(request.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn happens(&self, of_a_thousand: u64) -> bool {
        let happens = self.throw() % 1000 < of_a_thousand;
        if happens {
            self.troubles.fetch_add(1, Ordering::Relaxed);
        }
        happens
    }

    fn wait_and_refuse(&self, operation: &'static str, at: &str) -> Result<(), StoreError> {
        self.refuse(self.mood.refused, operation, at)
    }

    fn refuse(&self, of_a_thousand: u64, operation: &'static str, at: &str) -> Result<(), StoreError> {
        if self.throw() % 1000 < self.mood.slow {
            std::thread::sleep(Duration::from_micros(self.throw() % LONGEST_PAUSE_MICROS));
        }
        match self.happens(of_a_thousand) {
            true => Err(failure(operation, at, Trouble::Passing)),
            false => Ok(()),
        }
    }
}

fn failure(operation: &'static str, at: &str, trouble: Trouble) -> StoreError {
    StoreError::Service { operation, at: at.to_owned(), reason: "SlowDown".to_owned(), trouble }
}

impl<S: Store> MoodyStore<S> {
    pub fn new(below: S, mood: Mood, seed: u64) -> Self {
        let dice = Dice { mood, seed, requests: Arc::default(), troubles: Arc::default() };
        Self { below, dice, changes: Arc::default() }
    }

    /// What is there really.
    pub fn below(&self) -> &S {
        &self.below
    }

    /// How often something went wrong, or was late, so far.
    pub fn troubles(&self) -> u64 {
        self.dice.troubles.load(Ordering::Relaxed)
    }

    fn change<T>(
        &self,
        operation: &'static str,
        key: &ObjectKey,
        act: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Mood { refused, answer_lost, .. } = self.dice.mood;
        self.change_at((refused, answer_lost), operation, key, act)
    }

    fn change_if<T>(
        &self,
        operation: &'static str,
        key: &ObjectKey,
        act: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let often = self.dice.mood.conditional;
        self.change_at((often, often), operation, key, act)
    }

    /// Refused, or done and its answer lost, as often as told.
    fn change_at<T>(
        &self,
        (refused, answer_lost): (u64, u64),
        operation: &'static str,
        key: &ObjectKey,
        act: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.dice.refuse(refused, operation, key.as_str())?;
        let before = self.below.head(key)?;
        let answer = act()?;
        remember(&self.changes, key, before);
        match self.dice.happens(answer_lost) {
            true => Err(failure(operation, key.as_str(), Trouble::AnswerLost)),
            false => Ok(answer),
        }
    }

    fn late_listing(&self, folder: &str) -> Result<BTreeMap<ObjectKey, ObjectFacts>, StoreError> {
        let mut listed = BTreeMap::new();
        for facts in self.below.list(folder)? {
            let facts = facts?;
            listed.insert(facts.key.clone(), facts);
        }
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        // The newest first, so that of several changes of one key the oldest unknown one decides.
        let unknown = self.dice.throw() % LATE_CHANGES as u64;
        let unknown = usize::try_from(unknown).unwrap_or(LATE_CHANGES);
        for change in
            changes.iter().rev().take(unknown).filter(|change| change.key.starts_with_folder(folder))
        {
            match &change.before {
                Some(before) => drop(listed.insert(change.key.clone(), before.clone())),
                None => drop(listed.remove(&change.key)),
            }
        }
        Ok(listed)
    }
}

fn remember(changes: &Mutex<VecDeque<Change>>, key: &ObjectKey, before: Option<ObjectFacts>) {
    let mut changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
    if changes.len() == LATE_CHANGES {
        changes.pop_front();
    }
    changes.push_back(Change { key: key.clone(), before });
}

impl<S: Store + Clone + 'static> Store for MoodyStore<S> {
    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        self.dice.wait_and_refuse("open", key.as_str())?;
        let Opened { facts, body } = self.below.open(key)?;
        if !self.dice.happens(self.dice.mood.body_cut) {
            return Ok(Opened { facts, body });
        }
        let left = self.dice.throw() % facts.size.max(1);
        Ok(Opened { body: Box::new(CutBody { body: body.take(left), key: key.to_string() }), facts })
    }

    fn open_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        self.dice.wait_and_refuse("read", key.as_str())?;
        self.below.open_range(key, range)
    }

    fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, StoreError> {
        self.dice.wait_and_refuse("look at", key.as_str())?;
        self.below.head(key)
    }

    fn put(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError> {
        self.change("write", key, || self.below.put(key, bytes))
    }

    fn put_if_absent(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Put, StoreError> {
        self.change_if("create", key, || self.below.put_if_absent(key, bytes))
    }

    fn read_versioned(&self, key: &ObjectKey) -> Result<Option<Versioned>, StoreError> {
        self.dice.wait_and_refuse("read", key.as_str())?;
        self.below.read_versioned(key)
    }

    fn put_if_match(
        &self,
        key: &ObjectKey,
        bytes: &[u8],
        expected: &VersionToken,
    ) -> Result<PutIfMatch, StoreError> {
        self.change_if("replace", key, || self.below.put_if_match(key, bytes, expected))
    }

    fn writer(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, StoreError> {
        self.dice.wait_and_refuse("begin", key.as_str())?;
        let writer = self.below.writer(key)?;
        Ok(Box::new(MoodyWriter { writer, store: self.clone(), key: key.clone() }))
    }

    fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        self.change("delete", key, || self.below.delete(key))
    }

    fn delete_if_match(&self, key: &ObjectKey, expected: &VersionToken) -> Result<DeleteIfMatch, StoreError> {
        self.change_if("delete", key, || self.below.delete_if_match(key, expected))
    }

    fn list(&self, folder: &str) -> Result<Listing<'_>, StoreError> {
        self.dice.wait_and_refuse("list", folder)?;
        if !self.dice.happens(self.dice.mood.late_listing) {
            return self.below.list(folder);
        }
        Ok(Box::new(self.late_listing(folder)?.into_values().map(Ok)))
    }

    fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.dice.wait_and_refuse("list", folder)?;
        if !self.dice.happens(self.dice.mood.late_listing) {
            return self.below.folders(folder);
        }
        let prefix = prefix_of(folder)?;
        let listed = self.late_listing(folder)?;
        let below = listed.keys().filter_map(|key| key.as_str().strip_prefix(&prefix)?.split_once('/'));
        Ok(names_of_folders(&prefix, below.map(|(name, _)| name.to_owned())))
    }
}

/// Fails where the connection broke.
struct CutBody {
    body: io::Take<Box<dyn Read + Send>>,
    key: String,
}

impl Read for CutBody {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.body.read(into)? {
            0 if !into.is_empty() => Err(io::Error::other(failure("read", &self.key, Trouble::Passing))),
            read => Ok(read),
        }
    }
}

struct MoodyWriter<S> {
    writer: Box<dyn ObjectWriter>,
    store: MoodyStore<S>,
    key: ObjectKey,
}

impl<S: Store> Write for MoodyWriter<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.store.dice.wait_and_refuse("write", self.key.as_str()).map_err(io::Error::other)?;
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl<S: Store> ObjectWriter for MoodyWriter<S> {
    fn finish(self: Box<Self>) -> Result<(), StoreError> {
        let Self { writer, store, key } = *self;
        store.change("finish", &key, || writer.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use crate::store::conformance::{CHECKS, Subject};

    const CALM: Mood =
        Mood { refused: 0, answer_lost: 0, conditional: 0, body_cut: 0, late_listing: 0, slow: 0 };

    fn key(name: &str) -> ObjectKey {
        ObjectKey::new(name).unwrap()
    }

    fn listed(store: &dyn Store) -> Vec<String> {
        store.list("a").unwrap().map(|facts| facts.unwrap().key.to_string()).collect()
    }

    #[test]
    fn in_no_mood_it_is_the_store_below() {
        for (_name, check) in CHECKS {
            check(&|| Subject::new(MoodyStore::new(MemoryStore::new(), CALM, 7), ()));
        }
    }

    #[test]
    fn each_trouble_is_what_it_says() {
        let below = MemoryStore::new();
        let moody = |mood| MoodyStore::new(below.clone(), mood, 7);
        let refusing = moody(Mood { refused: 1000, ..CALM });
        assert!(refusing.put(&key("a/1"), b"one").unwrap_err().is_transient() && listed(&below).is_empty());
        let losing = moody(Mood { answer_lost: 1000, ..CALM });
        assert!(losing.put(&key("a/1"), b"one").is_err() && listed(&below) == ["a/1"]);
        let cutting = moody(Mood { body_cut: 1000, ..CALM });
        let mut had = Vec::new();
        let error = cutting.open(&key("a/1")).unwrap().body.read_to_end(&mut had).unwrap_err();
        assert!(had.len() < 3 && StoreError::within(&error).unwrap().is_transient());
        assert_eq!((refusing.troubles(), losing.troubles(), cutting.troubles()), (1, 1, 1));
    }

    #[test]
    fn a_late_listing_shows_some_instant_of_the_past() {
        let late = MoodyStore::new(MemoryStore::new(), Mood { late_listing: 1000, ..CALM }, 7);
        late.put(&key("a/1"), b"one").unwrap();
        late.put(&key("a/2"), b"two").unwrap();
        late.delete(&key("a/1")).unwrap();
        let past: [&[&str]; 4] = [&[], &["a/1"], &["a/1", "a/2"], &["a/2"]];
        let seen: Vec<Vec<String>> = (0..1_000).map(|_| listed(&late)).collect();
        assert!(seen.iter().all(|seen| past.iter().any(|past| past == seen)), "{seen:?}");
        assert!(past.iter().all(|past| seen.iter().any(|seen| past == seen)));
    }
}
