//! The lake's secret: lead ids are hashes keyed with it, so that nobody can find out from an id whose address it hides.

use std::io::Read;

use leadlake_lake::Lake;
use leadlake_lake::catalog::{Catalog, PublishError, checked_head};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{Put, StoreError};
use leadlake_lake::tables::{TableError, TableLog, TableName};
use thiserror::Error;

use crate::error::PipelineError;

/// As 64 hexadecimal digits. It is made once: with another one, every lead would get another id.
const KEY: &str = "ops/salt";

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

/// Another salt would give every lead another id.
#[derive(Debug, Error)]
pub enum SaltError {
    #[error(
        "{KEY} does not hold 64 hexadecimal digits; restore it from a copy: another one gives every lead another id"
    )]
    Damaged,
    #[error("{KEY} is gone, and the ids of all leads were made with it; restore it from a copy")]
    Gone,
}

impl Salt {
    /// The lake's, which is made of `fresh` where it has none yet and there is nobody whose id was made with another. The
    /// catalog remembers leads whose log was lost as well.
    pub fn of_lake(lake: &Lake, catalog: &dyn Catalog, fresh: [u8; 32]) -> Result<Self, PipelineError> {
        let key = ObjectKey::new(KEY)?;
        if let Some(salt) = read(lake, &key)? {
            return Ok(salt);
        }
        if checked_head(&log_of_leads(lake), catalog)?.is_some() {
            return Err(SaltError::Gone.into());
        }
        match lake.store.put_if_absent(&key, Self(fresh).to_hex().as_bytes())? {
            Put::Written => Ok(Self(fresh)),
            Put::AlreadyThere => Ok(read(lake, &key)?.ok_or(SaltError::Gone)?),
        }
    }

    /// The lake's, where a run has made one.
    pub fn existing(lake: &Lake) -> Result<Option<Self>, PipelineError> {
        read(lake, &ObjectKey::new(KEY)?)
    }

    /// What keeps the next run from giving leads the ids that they have.
    pub fn trouble(lake: &Lake, catalog: &dyn Catalog) -> Result<Option<SaltError>, PipelineError> {
        match Self::existing(lake) {
            Ok(Some(_)) => return Ok(None),
            Ok(None) => {}
            Err(PipelineError::Salt(damaged)) => return Ok(Some(damaged)),
            Err(failure) => return Err(failure),
        }
        match checked_head(&log_of_leads(lake), catalog) {
            Ok(None) => Ok(None),
            Err(PublishError::Table(TableError::Store(failure))) => Err(failure.into()),
            Err(PublishError::Catalog(failure)) => Err(PublishError::from(failure).into()),
            // A log that was lost or cannot be read tells of leads, too.
            Ok(Some(_)) | Err(_) => Ok(Some(SaltError::Gone)),
        }
    }

    fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn from_hex(text: &str) -> Result<Self, SaltError> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(SaltError::Damaged);
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| SaltError::Damaged)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| SaltError::Damaged)?;
        }
        Ok(Self(bytes))
    }
}

fn log_of_leads(lake: &Lake) -> TableLog {
    TableLog::new(lake.store.clone(), TableName::LEADS)
}

fn read(lake: &Lake, key: &ObjectKey) -> Result<Option<Salt>, PipelineError> {
    let opened = match lake.store.open(key) {
        Ok(opened) => opened,
        Err(StoreError::NotFound { .. }) => return Ok(None),
        Err(failure) => return Err(failure.into()),
    };
    let mut text = String::new();
    opened.body.take(1024).read_to_string(&mut text).map_err(|_| SaltError::Damaged)?;
    Ok(Some(Salt::from_hex(text.trim_end())?))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use leadlake_lake::catalog::LocalCatalog;
    use leadlake_lake::store::{MemoryStore, Store};

    use super::*;

    #[test]
    fn is_made_once_and_kept() {
        let store = Arc::new(MemoryStore::new());
        let lake = Lake::local(store.clone());
        let catalog = LocalCatalog::new(store.clone());
        assert!(Salt::existing(&lake).unwrap().is_none());
        let first = Salt::of_lake(&lake, &catalog, [7; 32]).unwrap();
        assert!(Salt::existing(&lake).unwrap() == Some(first));
        assert!(Salt::of_lake(&lake, &catalog, [9; 32]).unwrap() == first);
        assert_eq!(first.0, [7; 32]);

        for damaged in ["", "07", &"zz".repeat(32), &"é".repeat(32)] {
            store.put(&ObjectKey::new(KEY).unwrap(), damaged.as_bytes()).unwrap();
            assert!(
                Salt::of_lake(&lake, &catalog, [9; 32]).is_err(),
                "{damaged:?} is not replaced by another salt"
            );
        }
    }
}
