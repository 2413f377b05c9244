//! Lakes in folders.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use leadlake_lake::store::DirStore;

use crate::lakes::{Made, RawObject, made};

/// Writes raw objects, with their arrival as time of modification.
pub fn write_bronze(lake: &Path, objects: &[RawObject]) {
    for object in objects {
        write_raw(lake, object.key.as_str(), &object.bytes, object.arrived);
    }
}

pub fn write_raw(lake: &Path, key: &str, bytes: &[u8], arrived: Timestamp) {
    let path = lake.join(key);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    set_arrival(&path, arrived);
}

/// An object's arrival is its time of modification.
pub fn set_arrival(path: &Path, arrived: Timestamp) {
    File::options().write(true).open(path).unwrap().set_modified(arrived.into()).unwrap();
}

pub fn made_in(lake: &Path) -> Made {
    made(&DirStore::open(lake).unwrap())
}

/// Files only, in no certain order.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// With the times of modification, as a backup would.
pub fn copy_lake(from: &Path, to: &Path) {
    for file in files_below(from) {
        let copy = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&file, &copy).unwrap();
        let modified = fs::metadata(&file).unwrap().modified().unwrap();
        File::options().write(true).open(&copy).unwrap().set_modified(modified).unwrap();
    }
}
