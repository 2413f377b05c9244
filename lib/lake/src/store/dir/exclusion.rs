//! One process at a time may compare an object and replace it.

use std::fs::{self, File};
use std::io::ErrorKind;

use super::temporary::ensure_plain;
use super::{DirStore, Kind, failed};
use crate::key::{ObjectKey, TEMPORARY_FOLDER};
use crate::store::StoreError;

/// In a folder, because cleaning removes old files of `.tmp`: whoever holds the lock of a removed file holds nothing.
const LOCKS: &str = "locks";
const LOCK: &str = "put_if_match";

/// Held while it lives. The system ends it with the process, however that dies, so nothing is ever left locked.
pub(super) struct Exclusion {
    _locked: File,
}

impl Exclusion {
    /// One lock for all keys: what is replaced in this way is small and rare.
    pub(super) fn begin(store: &DirStore, key: &ObjectKey) -> Result<Self, StoreError> {
        let folder = store.temporary_folder();
        ensure_plain(store, &folder)?;
        let locks = folder.join(LOCKS);
        ensure_plain(store, &locks)?;
        let path = locks.join(LOCK);
        let failed = |source| failed("lock for replacing", key, source);
        match fs::symlink_metadata(&path) {
            Ok(metadata) => {
                if let Kind::Foreign(found) = Kind::of(metadata.file_type()) {
                    return Err(StoreError::Foreign {
                        at: format!("{TEMPORARY_FOLDER}/{LOCKS}/{LOCK}"),
                        found,
                    });
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(failed(source)),
        }
        let file = store.files.open_lock(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Self { _locked: file })
    }
}
