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
    /// Entries that cannot be read, and what lies among them and is none.
    pub unreadable: Vec<LakeError>,
    /// Bronze objects without an entry, as new ones have none and those whose replay was cut short.
    pub not_ingested: u64,
}

pub fn find_replayable(
    lake: &Lake,
    contracts: &[Contract],
    selection: &ReplaySelection,
) -> Result<Replayable, LakeError> {
    let mut replayable = Replayable::default();
    let chosen = |source: &SourceName| selection.source.as_ref().is_none_or(|only| only == source);
    for contract in contracts.iter().filter(|contract| chosen(&contract.source)) {
        let done = lake.done(&contract.source)?;
        replayable.unreadable.extend(done.strays);
        for object in lake.bronze(Some(&contract.source))? {
            match object {
                Ok(object) if done.days.contains_key(&object.id) => {}
                Ok(_) => replayable.not_ingested += 1,
                // No object of the lake, so nothing to replay; ingest and verify tell of it.
                Err(stray) if stray.is_stray() => {}
                Err(failure) => return Err(failure),
            }
        }
        for (id, day) in done.days {
            let entry = match lake.entry_of(&contract.source, day, id) {
                Ok(entry) => entry,
                Err(error @ LakeError::Ledger(_)) => {
                    replayable.unreadable.push(error);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let concerned = match selection.code {
                Some(code) => entry.counts.refused.contains_key(&code),
                None => entry.counts.refused_total() > 0,
            };
            if !concerned {
                continue;
            }
            let object = match lake.store.head(&entry.object_key)? {
                Some(facts) => {
                    let object = BronzeObject::of(&lake.bucket, facts)?;
                    Some(BronzeObject { day, ..object })
                }
                None => None,
            };
            match object.filter(|object| object.id == entry.object_id) {
                Some(object) => replayable.objects.push((object, entry)),
                None => replayable.gone.push(entry),
            }
        }
    }
    replayable.objects.sort_by(|(left, _), (right, _)| left.facts.key.cmp(&right.facts.key));
    replayable.gone.sort_by(|left, right| left.object_key.cmp(&right.object_key));
    replayable.unreadable.sort_by_key(ToString::to_string);
    Ok(replayable)
}
