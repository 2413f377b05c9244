//! What the lake asks of the place it lies in: whole objects under keys, nothing half-written ever visible.
//!
//! The trait is synchronous and object-safe. A directory and memory implement it here; S3 does so at the edge,
//! where a runtime handle bridges to the asynchronous client.

mod dir;
mod error;
mod memory;

#[cfg(any(test, feature = "testing"))]
pub mod conformance;
#[cfg(any(test, feature = "testing"))]
mod faulty;
#[cfg(any(test, feature = "testing"))]
mod moody;
#[cfg(any(test, feature = "testing"))]
mod pass_on;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::ops::{Deref, Range};

use jiff::Timestamp;

use crate::key::{KeyError, ObjectKey, without_last_slash};

#[cfg(any(test, feature = "testing"))]
pub use dir::{DirDeath, DirProcess};
pub use dir::{DirStore, Durability};
pub use error::{Foreign, StoreError, TakenBy, Trouble};
#[cfg(any(test, feature = "testing"))]
pub use faulty::{Fault, FaultyStore};
pub use memory::MemoryStore;
#[cfg(any(test, feature = "testing"))]
pub use moody::{Mood, MoodyStore};

/// What a store knows of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFacts {
    pub key: ObjectKey,
    pub size: u64,
    pub modified: Timestamp,
    /// Equal as long as the object is the same. How much of an edit it notices depends on the store.
    pub etag: String,
}

/// An object being read. The facts and the body belong to the same version, whatever is put meanwhile.
pub struct Opened {
    pub facts: ObjectFacts,
    pub body: Box<dyn Read + Send>,
}

/// What became of a [`Store::put_if_absent`].
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    Written,
    AlreadyThere,
}

/// What became of a [`Store::put_if_match`].
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutIfMatch {
    Written,
    /// The object is another one by now, or gone. Nothing was written.
    Changed,
}

/// What became of a [`Store::delete_if_match`].
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteIfMatch {
    Deleted,
    /// The object is another one by now, or gone. Nothing was deleted.
    Changed,
}

/// Names what an object holds: on S3 its ETag. Unlike [`ObjectFacts::etag`] it notices every edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionToken(String);

impl VersionToken {
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_content(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).to_hex().to_string())
    }
}

/// An object that was read whole, and what to name it by when it is to be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    pub bytes: Vec<u8>,
    pub token: VersionToken,
}

impl Versioned {
    fn of_content(bytes: Vec<u8>) -> Self {
        Self { token: VersionToken::of_content(&bytes), bytes }
    }
}

pub type Listing<'a> = Box<dyn Iterator<Item = Result<ObjectFacts, StoreError>> + Send + 'a>;

pub trait Store: Send + Sync {
    /// Begins to read an object. Its body streams: an object may be larger than memory.
    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError>;

    /// The bytes of `range` that exist: cut off at the object's end, and none where the range lies behind it.
    fn open_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Vec<u8>, StoreError>;

    fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, StoreError>;

    /// Writes or replaces an object. Readers see the old one or the new one, always whole.
    fn put(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError>;

    /// Writes an object only where there is none. Of any number of callers in any number of processes one gets
    /// [`Put::Written`]. After an error the object may be there: the answer alone may have been lost.
    fn put_if_absent(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Put, StoreError>;

    /// Reads a small object whole, with its token; none where there is none.
    fn read_versioned(&self, key: &ObjectKey) -> Result<Option<Versioned>, StoreError>;

    /// Replaces an object only while it is the one that `expected` names. Of any number of callers in any number of
    /// processes that expect the same, one gets [`PutIfMatch::Written`]. After an error the object may be replaced: the answer
    /// alone may have been lost. Objects that are replaced in this way are not to be written by [`Store::put`], which asks nobody.
    fn put_if_match(
        &self,
        key: &ObjectKey,
        bytes: &[u8],
        expected: &VersionToken,
    ) -> Result<PutIfMatch, StoreError>;

    /// Begins an object that may be too large for memory. Nothing of it is visible before [`ObjectWriter::finish`].
    fn writer(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, StoreError>;

    /// Removes an object. One that is not there counts as removed.
    fn delete(&self, key: &ObjectKey) -> Result<(), StoreError>;

    /// Removes an object only while it is the one that `expected` names, however late the request arrives: what somebody else
    /// has put meanwhile stays. On a disk a [`Store::put`] at the same moment may be missed, because it asks nobody.
    fn delete_if_match(&self, key: &ObjectKey, expected: &VersionToken) -> Result<DeleteIfMatch, StoreError>;

    /// All objects in `folder` and deeper, ascending by the bytes of their keys. The empty folder is the whole lake;
    /// a folder that does not exist is empty. What cannot be an object is an error among the items, and the listing goes on
    /// after it. Objects written or deleted meanwhile may be in it or not.
    fn list(&self, folder: &str) -> Result<Listing<'_>, StoreError>;

    /// The names of the folders directly in `folder`, ascending. What is named otherwise than a part of a key can be is left
    /// out: [`Store::list`] tells of it. A folder whose objects are all deleted may still be named.
    fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError>;
}

/// An object being written. Dropped without [`ObjectWriter::finish`] it leaves nothing visible.
pub trait ObjectWriter: Write + Send {
    /// Makes the whole object visible at once, in place of an older one. Fails if any write before it has failed.
    fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// Lets `&S`, `Box<dyn Store>` and `Arc<dyn Store>` stand where a store is asked for.
impl<P> Store for P
where
    P: Deref<Target: Store> + Send + Sync,
{
    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        self.deref().open(key)
    }

    fn open_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        self.deref().open_range(key, range)
    }

    fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, StoreError> {
        self.deref().head(key)
    }

    fn put(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError> {
        self.deref().put(key, bytes)
    }

    fn put_if_absent(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Put, StoreError> {
        self.deref().put_if_absent(key, bytes)
    }

    fn read_versioned(&self, key: &ObjectKey) -> Result<Option<Versioned>, StoreError> {
        self.deref().read_versioned(key)
    }

    fn put_if_match(
        &self,
        key: &ObjectKey,
        bytes: &[u8],
        expected: &VersionToken,
    ) -> Result<PutIfMatch, StoreError> {
        self.deref().put_if_match(key, bytes, expected)
    }

    fn writer(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, StoreError> {
        self.deref().writer(key)
    }

    fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        self.deref().delete(key)
    }

    fn delete_if_match(&self, key: &ObjectKey, expected: &VersionToken) -> Result<DeleteIfMatch, StoreError> {
        self.deref().delete_if_match(key, expected)
    }

    fn list(&self, folder: &str) -> Result<Listing<'_>, StoreError> {
        self.deref().list(folder)
    }

    fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.deref().folders(folder)
    }
}

/// The etag of stores that have none of their own. It is the size and nothing else, because the identity of an object is
/// made of key and etag and must survive a copy of the lake's folder: a time or an inode number would not, and a hash of
/// the content would cost a full read of every object in a listing. So it does not notice an edit of equal length. It need
/// not: bronze promises never to be edited, and `verify` compares checksums of content for the rest.
fn etag_of_size(size: u64) -> String {
    format!("{size:x}")
}

/// `folder` as every key in it begins: empty for the whole lake, else with one `/` at the end. For those who implement [`Store`].
pub fn prefix_of(folder: &str) -> Result<String, KeyError> {
    if folder.is_empty() {
        return Ok(String::new());
    }
    let folder = ObjectKey::new(without_last_slash(folder))?;
    Ok(format!("{folder}/"))
}

/// The names that can be a folder's in a key below `prefix`, ascending and each once. For those who implement [`Store`].
pub fn names_of_folders(prefix: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    let possible = names.into_iter().filter(|name| ObjectKey::new(format!("{prefix}{name}/0")).is_ok());
    possible.collect::<BTreeSet<String>>().into_iter().collect()
}

/// The part of an object of `size` bytes that `range` covers.
fn clipped(range: Range<u64>, size: u64) -> Range<u64> {
    let end = range.end.min(size);
    range.start.min(end)..end
}
