//! Old objects to the queue, so that as many functions as there may be work on them at once.

use std::collections::BTreeMap;

use leadlake_contract::{Contract, SourceName};
use leadlake_lake::ingest::{Selection, find_pending};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::{Lake, LakeError};
use serde::{Deserialize, Serialize};

use super::message::{Outbox, Outgoing};

/// Between looks at the clock.
const MESSAGES_AT_ONCE: usize = 200;
const MOST_SHOWN: usize = 20;

/// The message that asks refine for one object of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefineRequest {
    leadlake: Asked,
    pub key: ObjectKey,
    /// Also when it is done already.
    #[serde(default)]
    pub force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Asked {
    Refine,
}

/// What a backfill did. Done twice, the second one finds less to do.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Backfilled {
    pub found: u64,
    pub sent: u64,
    pub already_done: u64,
    /// Found and not sent, because there was no time left; go on with `after`.
    pub not_reached: u64,
    /// Where something is left: all up to this key was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<ObjectKey>,
    /// Some of the objects that could not be sent, and why.
    pub unsent: Vec<String>,
    pub without_contract: BTreeMap<SourceName, u64>,
    /// Some of what lies in bronze and is no object of it.
    pub strays: Vec<String>,
}

impl RefineRequest {
    pub fn new(key: ObjectKey, force: bool) -> Self {
        Self { leadlake: Asked::Refine, key, force }
    }

    pub fn to_message(&self) -> Outgoing {
        let Self { key, force, .. } = self;
        Outgoing::new(serde_json::json!({"leadlake": "refine", "key": key, "force": force}).to_string())
    }
}

/// Sends a message for each object that `selection` finds behind `after`, in the order of their keys, as long as `may_go_on`.
pub fn backfill(
    lake: &Lake,
    contracts: &[Contract],
    selection: &Selection,
    after: Option<&ObjectKey>,
    queue: &dyn Outbox,
    may_go_on: &dyn Fn() -> bool,
) -> Result<Backfilled, LakeError> {
    let mut pending = find_pending(lake, contracts, selection)?;
    pending.objects.retain(|object| after.is_none_or(|after| object.facts.key > *after));
    let mut backfilled = Backfilled {
        found: pending.objects.len() as u64,
        already_done: pending.already_done,
        without_contract: pending.without_contract,
        strays: pending.strays.iter().take(MOST_SHOWN).map(ToString::to_string).collect(),
        ..Backfilled::default()
    };
    let mut sent_up_to = after;
    let mut is_whole = true;
    let mut tried = 0;
    for objects in pending.objects.chunks(MESSAGES_AT_ONCE) {
        if !may_go_on() {
            backfilled.not_reached = backfilled.found - tried;
            break;
        }
        let requests = objects
            .iter()
            .map(|object| RefineRequest::new(object.facts.key.clone(), selection.force).to_message());
        let unsent = queue.send(&requests.collect::<Vec<_>>());
        tried += objects.len() as u64;
        if is_whole {
            let first_unsent = unsent.iter().map(|undone| undone.position).min();
            let whole = objects.get(..first_unsent.unwrap_or(objects.len())).unwrap_or_default();
            sent_up_to = whole.last().map(|object| &object.facts.key).or(sent_up_to);
            is_whole = first_unsent.is_none();
        }
        backfilled.sent += (objects.len() - unsent.len().min(objects.len())) as u64;
        let room = MOST_SHOWN.saturating_sub(backfilled.unsent.len());
        backfilled.unsent.extend(unsent.iter().take(room).filter_map(|undone| {
            let object = objects.get(undone.position)?;
            Some(format!("{}: {}", object.facts.key, undone.reason))
        }));
    }
    if !backfilled.is_complete() {
        backfilled.after = sent_up_to.cloned();
    }
    Ok(backfilled)
}

impl Backfilled {
    pub fn is_complete(&self) -> bool {
        self.sent == self.found
    }
}
