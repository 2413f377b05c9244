//! One object from its key to its ledger entry.

use std::collections::HashMap;
use std::sync::Arc;

use leadlake_aws::queue::Poison;
use leadlake_contract::{Contract, SourceName};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::{BronzeObject, LayoutError};
use leadlake_lake::ledger::LedgerEntry;
use leadlake_lake::store::{Store, StoreError};
use leadlake_lake::{Clock, Lake, LakeError, ObjectError, ObjectRefiner, contract_of};

use crate::done::entry_of;
use crate::stoppable::{Stop, StoppableStore};

const MOST_SHOWN_OF_A_VERSION: usize = 20;

/// An object of the lake that is to be refined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub key: ObjectKey,
    pub version: Option<String>,
    pub force: bool,
}

/// What became of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Refined(Box<LedgerEntry>),
    /// By an earlier delivery, whatever its contract says by now.
    AlreadyDone,
    /// It is of the lake and not of bronze, such as what refine itself writes.
    OutsideBronze,
    /// It can never work.
    Poison(Poison, String),
    /// It may work another time.
    Failed(String),
    /// There was no time to begin.
    NotBegun,
    /// It was begun, and told to stop. One whose worker has not come down may still be touched.
    Stopped {
        is_down: bool,
    },
}

/// What all workers share.
pub struct Surroundings {
    pub lake: Lake,
    pub versions: Box<dyn Versions>,
    /// They live as long as the process, so that refiners can be kept from call to call.
    pub contracts: &'static [Contract],
    /// The only source to work for.
    pub only: Option<SourceName>,
    pub clock: fn() -> jiff::Timestamp,
}

/// A store that has old versions of objects.
pub trait Versions: Send + Sync {
    /// The lake's store, in which `key` is read as it was in that version.
    fn at_version(&self, key: &ObjectKey, version: &str) -> Arc<dyn Store>;
}

/// Keeps what refining a source needs, because making it takes longer than refining a small object.
#[derive(Default)]
pub struct Worker {
    refiners: HashMap<SourceName, ObjectRefiner<'static>>,
}

impl Worker {
    pub fn work(&mut self, around: &Surroundings, task: &Task, stop: Stop) -> Ending {
        let below = match &task.version {
            Some(version) => around.versions.at_version(&task.key, version),
            None => Arc::clone(&around.lake.store),
        };
        let store = Arc::new(StoppableStore { below, stop });
        let lake = Lake { store, bucket: around.lake.bucket.clone() };
        match self.refine(around, &lake, task) {
            Ok(ending) => ending,
            Err(_) if stop.is_over() => Ending::Stopped { is_down: true },
            Err(Failure::Object(ObjectError::Store(StoreError::NotFound { key }))) if key == task.key => {
                gone(task)
            }
            Err(failure) => Ending::Failed(failure.to_string()),
        }
    }

    fn refine(&mut self, around: &Surroundings, lake: &Lake, task: &Task) -> Result<Ending, Failure> {
        let Some(facts) = lake.store.head(&task.key).map_err(LakeError::from)? else {
            return Ok(gone(task));
        };
        let mut object = match BronzeObject::of(&lake.bucket, facts) {
            Ok(object) => object,
            Err(error @ LayoutError::NoSource { .. }) => {
                return Ok(Ending::Poison(Poison::Elsewhere, error.to_string()));
            }
            Err(error) => return Err(LakeError::from(error).into()),
        };
        if let Some(only) = around.only.as_ref().filter(|only| **only != object.source) {
            let reason =
                format!("{} is not of {only}, the only source that this function works for", task.key);
            return Ok(Ending::Poison(Poison::Elsewhere, reason));
        }
        let Some(contract) = contract_of(around.contracts, &object.source) else {
            let error = ObjectError::NoContract { source_name: object.source };
            return Ok(Ending::Poison(Poison::NoContract, error.to_string()));
        };
        let done = entry_of(lake, &mut object)?;
        if done.is_some() && !task.force {
            return Ok(Ending::AlreadyDone);
        }
        let clock: Clock<'_> = &around.clock;
        let refiner = self.refiner(contract)?;
        Ok(Ending::Refined(Box::new(refiner.refine(lake, &object, clock)?)))
    }

    fn refiner(&mut self, contract: &'static Contract) -> Result<&mut ObjectRefiner<'static>, Failure> {
        use std::collections::hash_map::Entry;
        match self.refiners.entry(contract.source.clone()) {
            Entry::Occupied(kept) => Ok(kept.into_mut()),
            Entry::Vacant(place) => {
                let refiner =
                    ObjectRefiner::new(contract).map_err(|error| Failure::Contract(error.to_string()))?;
                Ok(place.insert(refiner))
            }
        }
    }
}

fn gone(task: &Task) -> Ending {
    let version = task.version.as_deref().map(|version| format!(" in {}", shown_version(version)));
    let version = version.unwrap_or_default();
    Ending::Poison(Poison::Gone, format!("{} is no longer there{version}", task.key))
}

/// Whoever may write to the queue may write anything there.
fn shown_version(version: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    match version.bytes().all(is_plain) {
        true => format!("version {}", version.chars().take(MOST_SHOWN_OF_A_VERSION).collect::<String>()),
        false => "a version that cannot be shown".to_owned(),
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error("{0}")]
    Contract(String),
}
