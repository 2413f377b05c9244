//! Whether an object was done before, and in which partition.

use leadlake_lake::layout::{BronzeObject, Layer, LayoutError, key_of};
use leadlake_lake::ledger::LedgerEntry;
use leadlake_lake::{Lake, LakeError};

/// The entry of the object, which then stays in the partition of that entry.
pub fn entry_of(lake: &Lake, object: &mut BronzeObject) -> Result<Option<LedgerEntry>, LakeError> {
    if let Some(entry) = entry_in_partition(lake, object)? {
        return Ok(Some(entry));
    }
    if object.day_is_in_key() {
        return Ok(None);
    }
    // The day is that of its arrival, and the same bytes may have arrived before.
    let folder = format!("{}/{}", Layer::Ledger.folder(), object.source);
    let days = lake.store.folders(&folder)?;
    for day in days.iter().rev().filter_map(|name| name.strip_prefix("dt=")?.parse().ok()) {
        let key = key_of(Layer::Ledger, &object.source, day, object.id).map_err(LayoutError::from)?;
        if lake.store.head(&key)?.is_some() {
            object.day = day;
            return entry_in_partition(lake, object);
        }
    }
    Ok(None)
}

/// One that cannot be read, or is of another object, counts as none: the object is done again, which writes it anew.
fn entry_in_partition(lake: &Lake, object: &BronzeObject) -> Result<Option<LedgerEntry>, LakeError> {
    match lake.entry_of(&object.source, object.day, object.id) {
        Ok(entry) => Ok(Some(entry).filter(|entry| entry.is_of(&object.source, object.day, object.id))),
        Err(LakeError::Ledger(_)) => Ok(None),
        Err(LakeError::Store(error)) if error.is_not_found() => Ok(None),
        Err(failure) => Err(failure),
    }
}
