//! Every change that the store makes on the disk, one system call each. Tests let a process die before, in the middle of and
//! after any of them.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

#[cfg(any(test, feature = "testing"))]
use super::death::DirProcess;

#[derive(Debug, Clone, Default)]
pub(super) struct Files {
    #[cfg(any(test, feature = "testing"))]
    pub(super) process: Option<DirProcess>,
}

impl Files {
    pub(super) fn create(&self, path: &Path) -> io::Result<File> {
        self.change(|| File::create_new(path))
    }

    pub(super) fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(any(test, feature = "testing"))]
        if let Some(process) = &self.process {
            return process.write(file, bytes);
        }
        file.write(bytes)
    }

    pub(super) fn sync(&self, file: &File) -> io::Result<()> {
        self.change(|| file.sync_all())
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(|| fs::rename(from, to))
    }

    pub(super) fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(|| fs::hard_link(from, to))
    }

    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        self.change(|| fs::remove_file(path))
    }

    /// Leaves one that is there. Not with its parents: a lake that is gone, say unmounted, must not come into being again
    /// somewhere else.
    pub(super) fn make_folder(&self, folder: &Path) -> io::Result<()> {
        match self.change(|| fs::create_dir(folder)) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    pub(super) fn make_folder_with_parents(&self, folder: &Path) -> io::Result<()> {
        match (self.make_folder(folder), folder.parent()) {
            (Err(error), Some(above)) if error.kind() == ErrorKind::NotFound => {
                self.make_folder_with_parents(above)?;
                self.make_folder(folder)
            }
            (made, _) => made,
        }
    }

    pub(super) fn open_lock(&self, path: &Path) -> io::Result<File> {
        self.change(|| File::options().create(true).truncate(false).write(true).open(path))
    }

    fn change<T>(&self, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        #[cfg(any(test, feature = "testing"))]
        if let Some(process) = &self.process {
            return process.change(act);
        }
        act()
    }
}
