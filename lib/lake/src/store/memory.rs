//! A lake in memory, for tests.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Write};
use std::ops::{Bound, Range};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::{
    DeleteIfMatch, Listing, ObjectFacts, ObjectWriter, Opened, Put, PutIfMatch, Store, StoreError,
    VersionToken, Versioned, clipped, etag_of_size, names_of_folders, prefix_of,
};
use crate::key::ObjectKey;

/// Clones share their objects. Like S3, and unlike a directory, it may hold both an object `a` and an object `a/b`.
#[derive(Clone, Default)]
pub struct MemoryStore {
    objects: Arc<Mutex<Objects>>,
}

type Objects = BTreeMap<ObjectKey, Stored>;

struct Stored {
    bytes: Arc<[u8]>,
    modified: Timestamp,
}

impl MemoryStore {
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Store::put`], with the modified time of the caller's choice.
    pub fn put_at(&self, key: &ObjectKey, bytes: &[u8], modified: Timestamp) {
        self.objects().insert(key.clone(), Stored { bytes: bytes.into(), modified });
    }

    /// A thread that died with the lock left the map whole: each change is one insert or one removal.
    fn objects(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, key: &ObjectKey) -> Result<(ObjectFacts, Arc<[u8]>), StoreError> {
        let objects = self.objects();
        let Some(stored) = objects.get(key) else {
            return Err(StoreError::NotFound { key: key.clone() });
        };
        Ok((stored.facts(key), Arc::clone(&stored.bytes)))
    }
}

impl Stored {
    fn facts(&self, key: &ObjectKey) -> ObjectFacts {
        let size = self.bytes.len() as u64;
        ObjectFacts { key: key.clone(), size, modified: self.modified, etag: etag_of_size(size) }
    }
}

impl Store for MemoryStore {
    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        let (facts, bytes) = self.read(key)?;
        Ok(Opened { facts, body: Box::new(Cursor::new(bytes)) })
    }

    fn open_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        let (facts, bytes) = self.read(key)?;
        let Range { start, end } = clipped(range, facts.size);
        let covered = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        Ok(covered.and_then(|(start, end)| bytes.get(start..end)).unwrap_or_default().to_vec())
    }

    fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, StoreError> {
        Ok(self.objects().get(key).map(|stored| stored.facts(key)))
    }

    fn put(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError> {
        self.put_at(key, bytes, Timestamp::now());
        Ok(())
    }

    fn put_if_absent(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Put, StoreError> {
        let mut objects = self.objects();
        if objects.contains_key(key) {
            return Ok(Put::AlreadyThere);
        }
        objects.insert(key.clone(), Stored { bytes: bytes.into(), modified: Timestamp::now() });
        Ok(Put::Written)
    }

    fn read_versioned(&self, key: &ObjectKey) -> Result<Option<Versioned>, StoreError> {
        let bytes = self.objects().get(key).map(|stored| Arc::clone(&stored.bytes));
        Ok(bytes.map(|bytes| Versioned::of_content(bytes.to_vec())))
    }

    fn put_if_match(
        &self,
        key: &ObjectKey,
        bytes: &[u8],
        expected: &VersionToken,
    ) -> Result<PutIfMatch, StoreError> {
        let mut objects = self.objects();
        match objects.get(key) {
            Some(stored) if VersionToken::of_content(&stored.bytes) == *expected => {}
            _ => return Ok(PutIfMatch::Changed),
        }
        objects.insert(key.clone(), Stored { bytes: bytes.into(), modified: Timestamp::now() });
        Ok(PutIfMatch::Written)
    }

    fn writer(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, StoreError> {
        Ok(Box::new(MemoryWriter { store: self.clone(), key: key.clone(), bytes: Vec::new() }))
    }

    fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        self.objects().remove(key);
        Ok(())
    }

    fn delete_if_match(&self, key: &ObjectKey, expected: &VersionToken) -> Result<DeleteIfMatch, StoreError> {
        let mut objects = self.objects();
        match objects.get(key) {
            Some(stored) if VersionToken::of_content(&stored.bytes) == *expected => {}
            _ => return Ok(DeleteIfMatch::Changed),
        }
        objects.remove(key);
        Ok(DeleteIfMatch::Deleted)
    }

    fn list(&self, folder: &str) -> Result<Listing<'_>, StoreError> {
        let prefix = prefix_of(folder)?;
        let mut last: Option<ObjectKey> = None;
        Ok(Box::new(std::iter::from_fn(move || {
            let objects = self.objects();
            let after = match &last {
                Some(key) => Bound::Excluded(key.as_str()),
                None => Bound::Included(prefix.as_str()),
            };
            let (key, stored) = objects.range::<str, _>((after, Bound::Unbounded)).next()?;
            if !key.as_str().starts_with(&prefix) {
                return None;
            }
            last = Some(key.clone());
            Some(Ok(stored.facts(key)))
        })))
    }

    fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let prefix = prefix_of(folder)?;
        let objects = self.objects();
        let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
        let below = objects.range::<str, _>(from).map_while(|(key, _)| key.as_str().strip_prefix(&prefix));
        let names = below.filter_map(|below| Some(below.split_once('/')?.0.to_owned()));
        Ok(names_of_folders(&prefix, names))
    }
}

struct MemoryWriter {
    store: MemoryStore,
    key: ObjectKey,
    bytes: Vec<u8>,
}

impl Write for MemoryWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ObjectWriter for MemoryWriter {
    fn finish(self: Box<Self>) -> Result<(), StoreError> {
        self.store.put(&self.key, &self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_etag_is_the_size_and_a_test_chooses_when_an_object_was_modified() {
        let store = MemoryStore::new();
        let key = ObjectKey::new("bronze/crm/2025/01/06/a.json").unwrap();
        let modified: Timestamp = "2025-01-06T09:00:00Z".parse().unwrap();
        store.put_at(&key, b"{}", modified);
        let facts = store.open(&key).unwrap().facts;
        assert_eq!((facts.modified, facts.etag.as_str()), (modified, "2"));
        assert_eq!(store.list("bronze").unwrap().next().unwrap().unwrap().modified, modified);
    }
}
