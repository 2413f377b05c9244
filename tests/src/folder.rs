//! Lakes in folders.

use std::fs::{self, File};
use std::path::Path;

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
