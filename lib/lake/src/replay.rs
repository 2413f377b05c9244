//! Putting quarantined records through again.
//!
//! A record is never replayed alone: its whole object is refined again from bronze, under the contract of today. So a
//! replay gives what a first delivery under that contract would have given, and doing it twice changes nothing.

use leadlake_contract::{Contract, SourceName};
use leadlake_refine::RefusalCode;

use crate::lake::{Lake, LakeError};
use crate::layout::BronzeObject;
use crate::ledger::LedgerEntry;

/// Which quarantined records to put through again.
#[derive(Debug, Clone, Default)]
pub struct ReplaySelection {
    pub source: Option<SourceName>,
    pub code: Option<RefusalCode>,
}

/// Objects with records to put through again, each with what the ledger says of its last time.
#[derive(Debug, Default)]
pub struct Replayable {
    pub objects: Vec<(BronzeObject, LedgerEntry)>,
    /// Entries whose bronze object is no longer there in the version that was refined.
    pub gone: Vec<LedgerEntry>,
}

pub fn find_replayable(
    lake: &Lake,
    contracts: &[Contract],
    selection: &ReplaySelection,
) -> Result<Replayable, LakeError> {
    let mut replayable = Replayable::default();
    let chosen = |source: &SourceName| selection.source.as_ref().is_none_or(|only| only == source);
    for contract in contracts.iter().filter(|contract| chosen(&contract.source)) {
        for entry in lake.ledger(&contract.source)? {
            let (_, entry) = entry?;
            let concerned = match selection.code {
                Some(code) => entry.counts.refused.contains_key(&code),
                None => entry.counts.refused_total() > 0,
            };
            if !concerned {
                continue;
            }
            let object = match lake.store.head(&entry.object_key)? {
                Some(facts) => Some(BronzeObject::of(&lake.bucket, facts)?),
                None => None,
            };
            match object.filter(|object| object.id == entry.object_id) {
                Some(object) => replayable.objects.push((object, entry)),
                None => replayable.gone.push(entry),
            }
        }
    }
    Ok(replayable)
}
