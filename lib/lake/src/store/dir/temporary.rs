//! Unfinished files: how they begin, become visible, and are forgotten.

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use super::{DirStore, Durability, Kind, failed};
use crate::key::{ObjectKey, TEMPORARY_FOLDER};
use crate::store::{ObjectWriter, Put, StoreError};

const WRITE_BUFFER: usize = 256 * 1024;

/// `link` answers this where the file system cannot do it, rather than that it is unsupported.
const OPERATION_NOT_PERMITTED: i32 = 1;

/// Containers that share a folder share process ids too, and ids come back. A name must not: the file of a stalled process
/// may be cleaned, and what it finishes later must not be another's half-written file.
static PROCESS: LazyLock<String> =
    LazyLock::new(|| format!("{}-{:016x}", std::process::id(), RandomState::new().hash_one(())));

static FILES_BEGUN: AtomicU64 = AtomicU64::new(0);

/// A file in `.tmp` that removes itself unless it has become an object.
pub(super) struct Temporary {
    store: DirStore,
    key: ObjectKey,
    path: PathBuf,
    file: File,
    is_moved: bool,
}

impl Temporary {
    pub(super) fn create(store: &DirStore, key: &ObjectKey) -> Result<Self, StoreError> {
        let folder = store.temporary_folder();
        ensure_plain(store, &folder)?;
        let number = FILES_BEGUN.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{}-{number}", *PROCESS));
        let file = store.files.create(&path).map_err(|source| failed("begin to write", key, source))?;
        Ok(Self { store: store.clone(), key: key.clone(), path, file, is_moved: false })
    }

    /// Becomes the object, in place of an older one.
    pub(super) fn replace(mut self) -> Result<(), StoreError> {
        self.sync_content()?;
        self.with_folder(|from, to| self.store.files.rename(from, to))
            .map_err(|source| failed("make visible", &self.key, source))?;
        self.is_moved = true;
        self.store.sync_folders_of(&self.key)
    }

    /// Becomes the object unless there is one. Where another process has won the object is durable too, so that the
    /// caller may build on it.
    pub(super) fn link(self) -> Result<Put, StoreError> {
        self.sync_content()?;
        let put = match self.with_folder(|from, to| self.store.files.link(from, to)) {
            Ok(()) => Put::Written,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.store.find_for_writing(&self.key)?;
                Put::AlreadyThere
            }
            Err(error) => return Err(link_error(self.key.clone(), error)),
        };
        self.store.sync_folders_of(&self.key)?;
        Ok(put)
    }

    fn sync_content(&self) -> Result<(), StoreError> {
        if self.store.durability != Durability::PowerLoss {
            return Ok(());
        }
        self.store.files.sync(&self.file).map_err(|source| failed("force to disk", &self.key, source))
    }

    /// Most objects go into folders that exist, so these are made only where the first try says so.
    fn with_folder(&self, make_visible: impl Fn(&Path, &Path) -> io::Result<()>) -> io::Result<()> {
        let to = self.store.path(&self.key);
        let first = make_visible(&self.path, &to);
        let (Err(error), Some(folder)) = (&first, to.parent()) else {
            return first;
        };
        if error.kind() != ErrorKind::NotFound {
            return first;
        }
        self.store.files.make_folder_with_parents(folder)?;
        make_visible(&self.path, &to)
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.store.files.write(&mut self.file, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_moved {
            // What cannot be removed now is found by a later clean.
            let _ = self.store.files.remove(&self.path);
        }
    }
}

pub(super) struct DirWriter {
    file: BufWriter<Temporary>,
    key: ObjectKey,
    has_failed: bool,
}

impl DirWriter {
    pub(super) fn new(file: Temporary) -> Self {
        let key = file.key.clone();
        Self { file: BufWriter::with_capacity(WRITE_BUFFER, file), key, has_failed: false }
    }

    /// After a failure nobody knows which bytes have arrived: the object may have a hole.
    fn noting_failure<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            self.has_failed |= error.kind() != ErrorKind::Interrupted;
        }
        result
    }
}

impl Write for DirWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes);
        self.noting_failure(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.file.flush();
        self.noting_failure(flushed)
    }
}

impl ObjectWriter for DirWriter {
    fn finish(self: Box<Self>) -> Result<(), StoreError> {
        let Self { file, key, has_failed } = *self;
        if has_failed {
            return Err(failed("finish", &key, io::Error::other("an earlier write to it has failed")));
        }
        let temporary = file.into_inner().map_err(|error| failed("write", &key, error.into_error()))?;
        temporary.replace()
    }
}

pub(super) fn clean(store: &DirStore, older_than: Timestamp) -> Result<usize, StoreError> {
    let failed = |source| failed("clean", TEMPORARY_FOLDER, source);
    let files = match fs::read_dir(store.temporary_folder()) {
        Ok(files) => files,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(failed(error)),
    };
    let mut removed = 0;
    for file in files {
        let path = file.map_err(failed)?.path();
        if is_forgotten(&path, older_than).map_err(failed)? {
            removed += usize::from(remove(store, &path).map_err(failed)?);
        }
    }
    Ok(removed)
}

fn is_forgotten(path: &Path, older_than: Timestamp) -> io::Result<bool> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        metadata => metadata?,
    };
    let modified = Timestamp::try_from(metadata.modified()?).map_err(io::Error::other)?;
    Ok(metadata.is_file() && modified < older_than)
}

fn remove(store: &DirStore, path: &Path) -> io::Result<bool> {
    match store.files.remove(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

pub(super) fn ensure_plain(store: &DirStore, folder: &Path) -> Result<(), StoreError> {
    let failed = |source| failed("use", TEMPORARY_FOLDER, source);
    let metadata = match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            store.files.make_folder(folder).map_err(failed)?;
            fs::symlink_metadata(folder).map_err(failed)?
        }
        metadata => metadata.map_err(failed)?,
    };
    match Kind::of(metadata.file_type()) {
        Kind::Folder => Ok(()),
        Kind::File => Err(failed(io::Error::from(ErrorKind::NotADirectory))),
        Kind::Foreign(found) => Err(StoreError::Foreign { at: TEMPORARY_FOLDER.to_owned(), found }),
    }
}

fn link_error(key: ObjectKey, source: io::Error) -> StoreError {
    let has_no_links =
        source.kind() == ErrorKind::Unsupported || source.raw_os_error() == Some(OPERATION_NOT_PERMITTED);
    if has_no_links {
        return StoreError::NoHardLinks { key, source };
    }
    failed("make visible", &key, source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn an_object_with_a_failed_write_in_it_is_never_finished() {
        let root = tempfile::tempdir().unwrap();
        let store = DirStore::open(root.path()).unwrap();
        let key = ObjectKey::new("silver/crm/a.parquet").unwrap();
        let mut temporary = Temporary::create(&store, &key).unwrap();
        let writable = std::mem::replace(&mut temporary.file, File::open(root.path()).unwrap());
        let mut writer = Box::new(DirWriter::new(temporary));
        assert!(writer.write_all(&vec![b'x'; WRITE_BUFFER]).is_err());

        writer.file.get_mut().file = writable;
        writer.write_all(b"the rest").unwrap();
        assert!(matches!(writer.finish(), Err(StoreError::Io { operation: "finish", .. })));
        assert_eq!(store.head(&key).unwrap(), None);
    }

    #[test]
    fn a_file_system_without_links_is_named_as_the_cause() {
        let key = ObjectKey::new("leads/_log/1.json").unwrap();
        let not_permitted = link_error(key.clone(), io::Error::from_raw_os_error(OPERATION_NOT_PERMITTED));
        assert!(matches!(not_permitted, StoreError::NoHardLinks { .. }));
        let unsupported = link_error(key.clone(), io::Error::from(ErrorKind::Unsupported));
        assert!(matches!(unsupported, StoreError::NoHardLinks { .. }));
        let full = link_error(key, io::Error::from(ErrorKind::StorageFull));
        assert!(matches!(full, StoreError::Io { .. }));
    }
}
