//! All objects below a folder in the order of S3, with the names of one folder per level in memory.

use std::fs::{self, ReadDir};
use std::io;

use super::{DirStore, Kind, facts, failed, is_absent};
use crate::key::{KeyError, ObjectKey, TEMPORARY_FOLDER, shown_bytes};
use crate::store::{ObjectFacts, StoreError, names_of_folders};

pub(super) struct DirListing<'store> {
    store: &'store DirStore,
    /// From the listed folder down to the one being read.
    folders: Vec<Folder>,
    problems: Vec<StoreError>,
}

/// A folder's names are sorted with the `/` that follows them in keys: `a-b/x` comes before `a/x`, because `-` comes
/// before `/`, although `a` comes before `a-b`. The next one is at the end.
struct Folder {
    prefix: String,
    names: Vec<String>,
}

impl<'store> DirListing<'store> {
    /// `prefix` is empty or ends with `/`.
    pub(super) fn of(store: &'store DirStore, prefix: String) -> Self {
        let mut listing = Self { store, folders: Vec::new(), problems: Vec::new() };
        listing.enter(prefix);
        listing
    }

    fn enter(&mut self, prefix: String) {
        match read_folder(self.store, &prefix) {
            Ok(entries) => self.take_names(prefix, entries),
            Err(error) if is_absent(&error) => {}
            Err(source) => self.problems.push(failed("list", &prefix, source)),
        }
    }

    fn take_names(&mut self, prefix: String, entries: ReadDir) {
        let mut names = Vec::new();
        for entry in entries {
            match entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?.is_dir()))) {
                Ok((name, is_folder)) => match name.into_string() {
                    Ok(name) if prefix.is_empty() && name == TEMPORARY_FOLDER => {}
                    Ok(name) if is_folder => names.push(name + "/"),
                    Ok(name) => names.push(name),
                    Err(name) => {
                        let key = [prefix.as_bytes(), name.as_encoded_bytes()].concat();
                        let error = KeyError::NotUtf8 { key: shown_bytes(&key) };
                        self.problems.push(error.into());
                    }
                },
                Err(error) if is_absent(&error) => {}
                Err(source) => self.problems.push(failed("list", &prefix, source)),
            }
        }
        names.sort_unstable_by(|one, other| other.cmp(one));
        self.folders.push(Folder { prefix, names });
    }

    /// The next object, or nothing where the name has led elsewhere.
    fn visit(&mut self, key: String) -> Option<Result<ObjectFacts, StoreError>> {
        if let Some(folder) = key.strip_suffix('/') {
            if let Err(error) = ObjectKey::new(folder) {
                return Some(Err(error.into()));
            }
            self.enter(key);
            return None;
        }
        let key = match ObjectKey::new(key) {
            Ok(key) => key,
            Err(error) => return Some(Err(error.into())),
        };
        let metadata = match fs::symlink_metadata(self.store.path(&key)) {
            Ok(metadata) => metadata,
            Err(error) if is_absent(&error) => return None,
            Err(source) => return Some(Err(failed("look at", &key, source))),
        };
        match Kind::of(metadata.file_type()) {
            Kind::File => Some(facts(key, &metadata)),
            Kind::Folder => None,
            Kind::Foreign(found) => Some(Err(StoreError::Foreign { at: key.into(), found })),
        }
    }
}

/// The folder was no link when somebody looked, but that may be a while ago.
fn read_folder(store: &DirStore, prefix: &str) -> io::Result<ReadDir> {
    let path = store.root.join(prefix.trim_end_matches('/'));
    if !fs::symlink_metadata(&path)?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    fs::read_dir(path)
}

/// The names of the folders directly below `prefix`, which is empty or ends with `/`.
pub(super) fn folders(store: &DirStore, prefix: &str) -> io::Result<Vec<String>> {
    let entries = match read_folder(store, prefix) {
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let named = entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?.is_dir())));
        match named {
            Ok((name, true)) => names.extend(name.into_string()),
            Ok((_, false)) => {}
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(names_of_folders(prefix, names))
}

impl Iterator for DirListing<'_> {
    type Item = Result<ObjectFacts, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(problem) = self.problems.pop() {
                return Some(Err(problem));
            }
            let folder = self.folders.last_mut()?;
            let Some(name) = folder.names.pop() else {
                self.folders.pop();
                continue;
            };
            let key = format!("{}{name}", folder.prefix);
            if let Some(item) = self.visit(key) {
                return Some(item);
            }
        }
    }
}
