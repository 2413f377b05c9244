//! A lake in a directory.
//!
//! Every object is first written whole to `.tmp`, on the same file system, and becomes visible by one `rename` or one
//! `link`. So a process killed at any instruction leaves old objects, new objects and forgotten files in `.tmp`, never a
//! torn object. Against a loss of power see [`Durability`].
//!
//! Symbolic links below the root are refused, never followed: no key leads out of the lake. Whoever can write in the
//! lake's folder while a call runs can still exchange a folder for a link between the check and the use; such a person
//! can change the objects anyway.
//!
//! Unlike S3, a directory cannot hold an object `a` and an object `a/b`, and a part of a key is at most 255 bytes on
//! common file systems. Where the file system does not tell capitals from small letters, neither do keys.

#[cfg(any(test, feature = "testing"))]
mod death;
mod exclusion;
mod files;
mod listing;
mod temporary;

#[cfg(test)]
mod tests;

use std::fs::{self, File, FileType, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use self::exclusion::Exclusion;
use self::files::Files;
use self::listing::DirListing;
use self::temporary::{DirWriter, Temporary};
use super::{
    DeleteIfMatch, Foreign, Listing, ObjectFacts, ObjectWriter, Opened, Put, PutIfMatch, Store, StoreError,
    TakenBy, VersionToken, Versioned, clipped, etag_of_size, prefix_of,
};
use crate::key::{ObjectKey, TEMPORARY_FOLDER, shown};

#[cfg(any(test, feature = "testing"))]
pub use self::death::{DirDeath, DirProcess};

/// What a written object survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The death of the process at any point, `kill -9` included. After a loss of power, or a crash of the kernel, the
    /// last seconds may be missing, and an object written in them may be empty or torn: `verify` finds it by its checksum.
    #[default]
    ProcessCrash,
    /// Those too: the object and its folders, up to the lake's own, are forced to the disk before a call returns.
    /// Measured with ext4 on a busy virtual disk, a new object of 1 to 64 kB took 2 to 5 ms instead of 0.2 to 0.3 ms,
    /// about twenty times as long. That is too slow to be the default where everything can be refined again from bronze.
    PowerLoss,
}

#[derive(Debug, Clone)]
pub struct DirStore {
    root: PathBuf,
    durability: Durability,
    files: Files,
}

/// What lies where a key points.
enum Place<'key> {
    Nothing,
    Object(Metadata),
    Folder,
    /// A shorter key, this one, is an object: nothing can lie below it.
    BelowObject(&'key str),
}

enum Kind {
    File,
    Folder,
    Foreign(Foreign),
}

impl DirStore {
    /// The lake in a folder that exists.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, StoreError> {
        let root = root.as_ref();
        let real = fs::canonicalize(root).and_then(|real| {
            fs::read_dir(&real)?;
            Ok(real)
        });
        match real {
            Ok(root) => Ok(Self { root, durability: Durability::default(), files: Files::default() }),
            Err(source) => Err(StoreError::Root { root: root.display().to_string(), source }),
        }
    }

    /// As [`DirStore::open`], and makes the folder where there is none.
    pub fn create(root: impl AsRef<Path>) -> Result<Self, StoreError> {
        let root = root.as_ref();
        fs::create_dir_all(root)
            .map_err(|source| StoreError::Root { root: root.display().to_string(), source })?;
        Self::open(root)
    }

    pub fn with_durability(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Removes what dead processes left unfinished before `older_than`, and says how many files that were. A living
    /// process that has not touched its file since then fails when it finishes, so leave it more than the longest run.
    pub fn clean_temporary(&self, older_than: Timestamp) -> Result<usize, StoreError> {
        temporary::clean(self, older_than)
    }

    fn temporary_folder(&self) -> PathBuf {
        self.root.join(TEMPORARY_FOLDER)
    }

    fn path(&self, key: &ObjectKey) -> PathBuf {
        self.root.join(key.as_str())
    }

    /// Goes down to `key` part by part, because the system would follow a link in any of them.
    fn look<'key>(&self, key: &'key ObjectKey) -> Result<Place<'key>, StoreError> {
        let whole = key.as_str();
        let ends = whole.match_indices('/').map(|(end, _)| end).chain([whole.len()]);
        let mut found = Place::Nothing;
        for part in ends.filter_map(|end| whole.get(..end)) {
            let metadata = match fs::symlink_metadata(self.root.join(part)) {
                Ok(metadata) => metadata,
                Err(error) if is_absent(&error) => return Ok(Place::Nothing),
                Err(source) => return Err(failed("look at", part, source)),
            };
            found = match Kind::of(metadata.file_type()) {
                Kind::Folder => Place::Folder,
                Kind::File if part == whole => Place::Object(metadata),
                Kind::File => return Ok(Place::BelowObject(part)),
                Kind::Foreign(found) => {
                    return Err(StoreError::Foreign { at: part.to_owned(), found });
                }
            };
        }
        Ok(found)
    }

    fn open_file(&self, key: &ObjectKey) -> Result<(File, ObjectFacts), StoreError> {
        let not_found = || StoreError::NotFound { key: key.clone() };
        let Place::Object(_) = self.look(key)? else {
            return Err(not_found());
        };
        let file = File::open(self.path(key)).map_err(|error| match is_absent(&error) {
            true => not_found(),
            false => failed("open", key, error),
        })?;
        let metadata = file.metadata().map_err(|source| failed("look at", key, source))?;
        let facts = facts(key.clone(), &metadata)?;
        Ok((file, facts))
    }

    /// The object that a write would replace, or an error where the key's name is in other use.
    fn find_for_writing(&self, key: &ObjectKey) -> Result<Option<Metadata>, StoreError> {
        let (taken, by) = match self.look(key)? {
            Place::Nothing => return Ok(None),
            Place::Object(metadata) => return Ok(Some(metadata)),
            Place::Folder => (key.as_str(), TakenBy::Folder),
            Place::BelowObject(object) => (object, TakenBy::Object),
        };
        Err(StoreError::NameTaken { key: key.clone(), taken: taken.to_owned(), by })
    }

    /// From the object's folder up to the root, because a folder above may be new as well.
    fn sync_folders_of(&self, key: &ObjectKey) -> Result<(), StoreError> {
        if self.durability != Durability::PowerLoss {
            return Ok(());
        }
        let path = self.path(key);
        let above = path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.root));
        for folder in above {
            match File::open(folder).and_then(|folder| self.files.sync(&folder)) {
                Err(error) if !is_absent(&error) => {
                    return Err(failed("force to disk the folder of", key, error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Store for DirStore {
    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        let (file, facts) = self.open_file(key)?;
        Ok(Opened { facts, body: Box::new(file) })
    }

    fn open_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        let (mut file, facts) = self.open_file(key)?;
        let Range { start, end } = clipped(range, facts.size);
        let length = end - start;
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        file.seek(SeekFrom::Start(start))
            .and_then(|_| file.take(length).read_to_end(&mut bytes))
            .map_err(|source| failed("read", key, source))?;
        Ok(bytes)
    }

    fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, StoreError> {
        match self.look(key)? {
            Place::Object(metadata) => facts(key.clone(), &metadata).map(Some),
            Place::Nothing | Place::Folder | Place::BelowObject(_) => Ok(None),
        }
    }

    fn put(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError> {
        self.find_for_writing(key)?;
        let mut temporary = Temporary::create(self, key)?;
        temporary.write_all(bytes).map_err(|source| failed("write", key, source))?;
        temporary.replace()
    }

    fn put_if_absent(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Put, StoreError> {
        if self.find_for_writing(key)?.is_some() {
            self.sync_folders_of(key)?;
            return Ok(Put::AlreadyThere);
        }
        let mut temporary = Temporary::create(self, key)?;
        temporary.write_all(bytes).map_err(|source| failed("write", key, source))?;
        temporary.link()
    }

    fn read_versioned(&self, key: &ObjectKey) -> Result<Option<Versioned>, StoreError> {
        let (mut file, facts) = match self.open_file(key) {
            Err(StoreError::NotFound { .. }) => return Ok(None),
            opened => opened?,
        };
        let mut bytes = Vec::with_capacity(usize::try_from(facts.size).unwrap_or(0));
        file.read_to_end(&mut bytes).map_err(|source| failed("read", key, source))?;
        Ok(Some(Versioned::of_content(bytes)))
    }

    fn put_if_match(
        &self,
        key: &ObjectKey,
        bytes: &[u8],
        expected: &VersionToken,
    ) -> Result<PutIfMatch, StoreError> {
        let mut temporary = Temporary::create(self, key)?;
        temporary.write_all(bytes).map_err(|source| failed("write", key, source))?;
        let _exclusion = Exclusion::begin(self, key)?;
        match self.read_versioned(key)? {
            Some(there) if there.token == *expected => {}
            _ => return Ok(PutIfMatch::Changed),
        }
        temporary.replace()?;
        Ok(PutIfMatch::Written)
    }

    fn writer(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, StoreError> {
        self.find_for_writing(key)?;
        Ok(Box::new(DirWriter::new(Temporary::create(self, key)?)))
    }

    /// Leaves the folder, though it may be empty now: a put in another process may be about to use it.
    fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        if let Place::Object(_) = self.look(key)? {
            match self.files.remove(&self.path(key)) {
                Err(error) if !is_absent(&error) => return Err(failed("delete", key, error)),
                _ => {}
            }
        }
        self.sync_folders_of(key)
    }

    fn delete_if_match(&self, key: &ObjectKey, expected: &VersionToken) -> Result<DeleteIfMatch, StoreError> {
        let _exclusion = Exclusion::begin(self, key)?;
        match self.read_versioned(key)? {
            Some(there) if there.token == *expected => {}
            _ => return Ok(DeleteIfMatch::Changed),
        }
        self.delete(key)?;
        Ok(DeleteIfMatch::Deleted)
    }

    fn list(&self, folder: &str) -> Result<Listing<'_>, StoreError> {
        let prefix = prefix_of(folder)?;
        let Some(folder) = prefix.strip_suffix('/') else {
            return Ok(Box::new(DirListing::of(self, prefix)));
        };
        match self.look(&ObjectKey::new(folder)?)? {
            Place::Folder => Ok(Box::new(DirListing::of(self, prefix))),
            Place::Nothing | Place::Object(_) | Place::BelowObject(_) => Ok(Box::new(std::iter::empty())),
        }
    }

    fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let prefix = prefix_of(folder)?;
        if let Some(folder) = prefix.strip_suffix('/') {
            let Place::Folder = self.look(&ObjectKey::new(folder)?)? else {
                return Ok(Vec::new());
            };
        }
        listing::folders(self, &prefix).map_err(|source| failed("list", &prefix, source))
    }
}

impl Kind {
    fn of(file_type: FileType) -> Self {
        if file_type.is_file() {
            return Self::File;
        }
        if file_type.is_dir() {
            return Self::Folder;
        }
        Self::Foreign(if file_type.is_symlink() { Foreign::SymbolicLink } else { Foreign::Special })
    }
}

fn facts(key: ObjectKey, metadata: &Metadata) -> Result<ObjectFacts, StoreError> {
    let modified = metadata.modified().and_then(|time| Timestamp::try_from(time).map_err(io::Error::other));
    let modified = modified.map_err(|source| failed("read the modified time of", &key, source))?;
    let size = metadata.len();
    Ok(ObjectFacts { key, size, modified, etag: etag_of_size(size) })
}

/// A name too long for the file system is as absent as any other that is not there.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename)
}

fn failed(operation: &'static str, at: impl AsRef<str>, source: io::Error) -> StoreError {
    let at = match at.as_ref() {
        "" => "the lake's root".to_owned(),
        at => shown(at),
    };
    StoreError::Io { operation, at, source }
}
