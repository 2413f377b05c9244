//! What every store must do. Stores elsewhere run the same checks through the feature `testing`.

// These are tests, though they are compiled as a part of the library.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::any::Any;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::sync::{Arc, Barrier};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{DeleteIfMatch, Opened, Put, PutIfMatch, Store, StoreError, VersionToken};
use crate::key::ObjectKey;

/// An empty store, and what must live as long as it.
pub struct Subject {
    store: Arc<dyn Store>,
    _kept: Box<dyn Any>,
}

impl Subject {
    pub fn new(store: impl Store + 'static, kept: impl Any) -> Self {
        Self { store: Arc::new(store), _kept: Box::new(kept) }
    }
}

pub type NewStore<'a> = &'a dyn Fn() -> Subject;

macro_rules! checks {
    ($($check:ident)*) => {
        /// By name. Each panics where a store does something else.
        pub const CHECKS: &[(&str, fn(NewStore))] = &[$((stringify!($check), $check)),*];

        #[cfg(test)]
        mod directory {
            $(#[test] fn $check() { super::$check(&super::tests::directory); })*
        }
        #[cfg(test)]
        mod directory_that_survives_power_loss {
            $(#[test] fn $check() { super::$check(&super::tests::careful_directory); })*
        }
        #[cfg(test)]
        mod memory {
            $(#[test] fn $check() { super::$check(&super::tests::memory); })*
        }
        #[cfg(test)]
        mod faultless {
            $(#[test] fn $check() { super::$check(&super::tests::faultless); })*
        }
    };
}

checks! {
    an_object_is_there_from_put_to_delete
    ranges_are_cut_off_at_the_end
    what_is_there_is_not_written_again
    of_eight_threads_one_writes
    only_what_was_read_is_deleted
    only_what_was_read_is_replaced
    counting_in_eight_threads_loses_nothing
    a_writer_shows_all_or_nothing
    a_large_object_is_read_as_it_was_written
    readers_see_one_version_whole
    a_folder_is_more_than_a_prefix
    folders_are_named_once_and_in_order
    listing_is_in_the_order_of_keys
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(name).unwrap()
}

fn whole(opened: Opened) -> Vec<u8> {
    let Opened { facts, mut body } = opened;
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, facts.size);
    bytes
}

fn names(store: &dyn Store, folder: &str) -> Vec<String> {
    store.list(folder).unwrap().map(|facts| facts.unwrap().key.into()).collect()
}

fn an_object_is_there_from_put_to_delete(new: NewStore) {
    let Subject { store, _kept } = new();
    let key = key("bronze/webinar/2025/01/01/वेबिनार one.json");
    let is_missing = || {
        assert_eq!(store.head(&key).unwrap(), None);
        assert!(matches!(store.open(&key), Err(StoreError::NotFound { key: named }) if named == key));
        assert!(matches!(store.open_range(&key, 0..0), Err(StoreError::NotFound { .. })));
        assert_eq!(names(&store, ""), [""; 0]);
        store.delete(&key).unwrap();
    };

    is_missing();
    let mut etags = BTreeSet::new();
    for bytes in [vec![b'x'; 0x2a], Vec::new(), b"shorter".to_vec()] {
        store.put(&key, &bytes).unwrap();
        let facts = store.head(&key).unwrap().unwrap();
        assert_eq!((&facts.key, facts.size), (&key, bytes.len() as u64));
        assert!(!facts.etag.contains('"') && etags.insert(facts.etag.clone()), "{}", facts.etag);
        let age = jiff::Timestamp::now().duration_since(facts.modified);
        assert!(age.abs().as_secs() < 60, "{age}");
        assert_eq!(store.open(&key).unwrap().facts, facts);
        assert_eq!(store.list("bronze/webinar").unwrap().next().unwrap().unwrap(), facts);
        assert_eq!(whole(store.open(&key).unwrap()), bytes);
        store.put(&key, &bytes).unwrap();
        assert_eq!(store.head(&key).unwrap().unwrap().etag, facts.etag);
    }
    store.delete(&key).unwrap();
    is_missing();
}

fn ranges_are_cut_off_at_the_end(new: NewStore) {
    let Subject { store, _kept } = new();
    let key = key("a");
    store.put(&key, b"0123456789").unwrap();
    let read = |start, end| String::from_utf8(store.open_range(&key, start..end).unwrap()).unwrap();
    assert_eq!(read(0, 10), "0123456789");
    assert_eq!(read(3, 5), "34");
    assert_eq!(read(8, u64::MAX), "89");
    assert_eq!(read(4, 4), "");
    assert_eq!(read(5, 3), "");
    assert_eq!(read(10, 12), "");
    assert_eq!(read(u64::MAX - 1, u64::MAX), "");
}

fn what_is_there_is_not_written_again(new: NewStore) {
    let Subject { store, _kept } = new();
    let key = key("leads/_log/1.json");
    assert_eq!(store.put_if_absent(&key, b"first").unwrap(), Put::Written);
    assert_eq!(store.put_if_absent(&key, b"second").unwrap(), Put::AlreadyThere);
    assert_eq!(whole(store.open(&key).unwrap()), b"first");
    store.delete(&key).unwrap();
    assert_eq!(store.put_if_absent(&key, b"third").unwrap(), Put::Written);
    assert_eq!(whole(store.open(&key).unwrap()), b"third");
}

fn of_eight_threads_one_writes(new: NewStore) {
    let Subject { store, _kept } = new();
    let ready = Barrier::new(8);
    for round in 0..20 {
        let key = key(&format!("leads/_log/{round}.json"));
        let race = |thread: usize| {
            ready.wait();
            let put = store.put_if_absent(&key, thread.to_string().repeat(10_000).as_bytes()).unwrap();
            (put == Put::Written).then_some(thread)
        };
        let winners: Vec<usize> = std::thread::scope(|threads| {
            let race = &race;
            let racing: Vec<_> = (0..8).map(|thread| threads.spawn(move || race(thread))).collect();
            racing.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        let [winner] = winners[..] else { panic!("written by {winners:?}") };
        assert_eq!(whole(store.open(&key).unwrap()), winner.to_string().repeat(10_000).into_bytes());
    }
}

fn only_what_was_read_is_replaced(new: NewStore) {
    let Subject { store, _kept } = new();
    let key = key("catalog/silver_leads.json");
    assert_eq!(store.read_versioned(&key).unwrap(), None);
    assert_eq!(store.put_if_match(&key, b"x", &VersionToken::new("")).unwrap(), PutIfMatch::Changed);
    assert_eq!(store.head(&key).unwrap(), None);

    store.put(&key, b"first").unwrap();
    let first = store.read_versioned(&key).unwrap().unwrap();
    assert_eq!(first.bytes, b"first");
    assert_eq!(store.put_if_match(&key, b"2nd__", &first.token).unwrap(), PutIfMatch::Written);
    assert_eq!(store.put_if_match(&key, b"third", &first.token).unwrap(), PutIfMatch::Changed);
    let second = store.read_versioned(&key).unwrap().unwrap();
    assert_eq!(second.bytes, b"2nd__");

    store.delete(&key).unwrap();
    assert_eq!(store.put_if_match(&key, b"third", &second.token).unwrap(), PutIfMatch::Changed);
    assert_eq!(store.read_versioned(&key).unwrap(), None);
    assert_eq!(names(&store, ""), [""; 0]);
}

/// A removal that arrives late must not take away what came after the request.
fn only_what_was_read_is_deleted(new: NewStore) {
    let Subject { store, _kept } = new();
    let key = key("ledger/webinar/dt=2025-01-01/a.json");
    assert_eq!(store.delete_if_match(&key, &VersionToken::new("0")).unwrap(), DeleteIfMatch::Changed);
    store.put(&key, b"first").unwrap();
    let first = store.read_versioned(&key).unwrap().unwrap();
    store.put(&key, b"other").unwrap();
    assert_eq!(store.delete_if_match(&key, &first.token).unwrap(), DeleteIfMatch::Changed);
    let second = store.read_versioned(&key).unwrap().unwrap();
    assert_eq!(second.bytes, b"other");
    assert_eq!(store.delete_if_match(&key, &second.token).unwrap(), DeleteIfMatch::Deleted);
    assert_eq!(store.read_versioned(&key).unwrap(), None);
    assert_eq!(store.delete_if_match(&key, &second.token).unwrap(), DeleteIfMatch::Changed);
}

/// Counts with numbers of one size, which a store that compares sizes would lose.
fn counting_in_eight_threads_loses_nothing(new: NewStore) {
    let Subject { store, _kept } = new();
    let key = key("catalog/count.json");
    store.put(&key, b"0000").unwrap();
    let count_on = || {
        loop {
            let there = store.read_versioned(&key).unwrap().unwrap();
            let count: u32 = std::str::from_utf8(&there.bytes).unwrap().parse().unwrap();
            let next = format!("{:04}", count + 1);
            if store.put_if_match(&key, next.as_bytes(), &there.token).unwrap() == PutIfMatch::Written {
                return;
            }
        }
    };
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| (0..20).for_each(|_| count_on()));
        }
    });
    assert_eq!(whole(store.open(&key).unwrap()), b"0160");
}

fn a_writer_shows_all_or_nothing(new: NewStore) {
    let Subject { store, _kept } = new();
    let key = key("silver/crm/dt=2025-01-06/5f.parquet");
    let part: Vec<u8> = (0..=255).cycle().take(300_001).collect();

    let mut dropped = store.writer(&key).unwrap();
    dropped.write_all(&part).unwrap();
    drop(dropped);
    assert_eq!(names(&store, ""), [""; 0]);

    let mut writer = store.writer(&key).unwrap();
    for _ in 0..5 {
        writer.write_all(&part).unwrap();
        writer.flush().unwrap();
        assert_eq!(names(&store, ""), [""; 0]);
    }
    writer.write_all(b"end").unwrap();
    writer.finish().unwrap();
    let expected = [part.repeat(5), b"end".to_vec()].concat();
    assert!(whole(store.open(&key).unwrap()) == expected);

    let mut replacing = store.writer(&key).unwrap();
    replacing.write_all(b"new").unwrap();
    assert_eq!(store.head(&key).unwrap().unwrap().size, expected.len() as u64);
    replacing.finish().unwrap();
    assert_eq!(whole(store.open(&key).unwrap()), b"new");
}

/// Larger than what stores keep in memory, and written in steps that fit no part of theirs.
fn a_large_object_is_read_as_it_was_written(new: NewStore) {
    let Subject { store, _kept } = new();
    let key = key("silver/leads/snap=1-a/leads.parquet");
    let bytes: Vec<u8> = (0..20_000_003_u64).map(|at| ((at * at) >> 7).to_le_bytes()[0]).collect();
    let write = |bytes: &[u8]| {
        let mut writer = store.writer(&key).unwrap();
        bytes.chunks(999_983).for_each(|step| writer.write_all(step).unwrap());
        writer
    };
    drop(write(&bytes));
    assert_eq!(names(&store, ""), [""; 0]);
    write(&bytes).finish().unwrap();
    assert!(whole(store.open(&key).unwrap()) == bytes);
    assert!(store.open_range(&key, 9_000_000..19_000_000).unwrap() == bytes[9_000_000..19_000_000]);
    let mut begun = store.open(&key).unwrap().body;
    let mut first = [0; 100];
    begun.read_exact(&mut first).unwrap();
    assert_eq!(first, bytes[..100]);
}

fn readers_see_one_version_whole(new: NewStore) {
    let Subject { store, _kept } = new();
    let key = key("ledger/crm/a.json");
    let version = |number: u8| vec![number; 100_000 + usize::from(number) * 1000];
    store.put(&key, &version(0)).unwrap();

    let before = store.open(&key).unwrap();
    std::thread::scope(|threads| {
        let reader = threads.spawn(|| {
            let mut seen = BTreeSet::new();
            while seen.len() < 10 {
                let bytes = whole(store.open(&key).unwrap());
                assert!(bytes == version(bytes[0]), "torn");
                seen.insert(bytes[0]);
            }
        });
        for number in (1..=100).cycle().take_while(|_| !reader.is_finished()) {
            store.put(&key, &version(number)).unwrap();
        }
    });
    store.delete(&key).unwrap();
    assert!(whole(before) == version(0));
}

fn a_folder_is_more_than_a_prefix(new: NewStore) {
    let Subject { store, _kept } = new();
    for name in ["a-b/1", "a/1", "a/b/2", "a0/1", "b"] {
        store.put(&key(name), b"").unwrap();
    }
    assert_eq!(names(&store, ""), ["a-b/1", "a/1", "a/b/2", "a0/1", "b"]);
    assert_eq!(names(&store, "a"), ["a/1", "a/b/2"]);
    assert_eq!(names(&store, "a/"), ["a/1", "a/b/2"]);
    for nothing in ["b", "c", "a/1/x", "A"] {
        assert_eq!(names(&store, nothing), [""; 0]);
    }
    let refused = |folder| matches!(store.list(folder), Err(StoreError::InvalidKey(_)));
    for outside in ["..", "../a", "/", "/a", "a//", "a/../..", ".tmp"] {
        assert!(refused(outside), "{outside}");
    }
}

fn folders_are_named_once_and_in_order(new: NewStore) {
    let Subject { store, _kept } = new();
    for name in ["a-b/1", "a/1", "a/c/2", "a/b/2", "a/b/c/3", "a/b/c/4", "a0/1", "b", "é d+%/1"] {
        store.put(&key(name), b"").unwrap();
    }
    let folders = |folder| store.folders(folder).unwrap();
    assert_eq!(folders(""), ["a", "a-b", "a0", "é d+%"]);
    assert_eq!(folders("a"), ["b", "c"]);
    assert_eq!(folders("a/"), ["b", "c"]);
    assert_eq!(folders("a/b"), ["c"]);
    for nothing in ["a/b/c", "b", "c", "a/1/x", "A"] {
        assert_eq!(folders(nothing), [""; 0]);
    }
    for outside in ["..", "/", "a//", "a/../..", ".tmp"] {
        assert!(matches!(store.folders(outside), Err(StoreError::InvalidKey(_))), "{outside}");
    }
}

fn listing_is_in_the_order_of_keys(new: NewStore) {
    let keys = proptest::collection::vec(proptest::collection::vec("[!\\-.0aé~]{1,2}", 1..4), 0..24);
    TestRunner::new(Config { cases: 32, failure_persistence: None, ..Config::default() })
        .run(&keys, |keys| {
            let Subject { store, _kept } = new();
            let mut expected = BTreeSet::new();
            for key in keys.into_iter().filter_map(|parts| ObjectKey::new(parts.join("/")).ok()) {
                let is_folder_or_in_object = |other: &ObjectKey| {
                    other.starts_with_folder(key.as_str()) || key.starts_with_folder(other.as_str())
                };
                if !expected.iter().any(is_folder_or_in_object) {
                    store.put(&key, b"").unwrap();
                    expected.insert(key);
                }
            }
            let folders: BTreeSet<&str> = expected
                .iter()
                .filter_map(|key| Some(key.as_str().rsplit_once('/')?.0))
                .chain([""])
                .collect();
            for folder in folders {
                let below = expected.iter().filter(|key| key.starts_with_folder(folder));
                prop_assert_eq!(names(&store, folder), below.map(|key| key.to_string()).collect::<Vec<_>>());
            }
            Ok(())
        })
        .unwrap();
}

#[cfg(test)]
mod tests {
    use super::Subject;
    use crate::store::{DirStore, Durability, Fault, FaultyStore, MemoryStore};

    pub(super) fn directory() -> Subject {
        directory_with(Durability::ProcessCrash)
    }

    pub(super) fn careful_directory() -> Subject {
        directory_with(Durability::PowerLoss)
    }

    fn directory_with(durability: Durability) -> Subject {
        let folder = tempfile::tempdir().unwrap();
        let store = DirStore::open(folder.path()).unwrap().with_durability(durability);
        Subject::new(store, folder)
    }

    pub(super) fn memory() -> Subject {
        Subject::new(MemoryStore::new(), ())
    }

    /// Also covers that shared and boxed stores pass everything on.
    pub(super) fn faultless() -> Subject {
        let Subject { store, _kept } = memory();
        Subject::new(FaultyStore::new(store, Fault::Never), ())
    }
}
