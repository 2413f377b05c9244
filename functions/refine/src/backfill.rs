//! A backfill: a message for each old object, and one more to go on with where they are too many for one call.

use std::sync::Arc;
use std::time::Instant;

use leadlake_aws::queue::{Backfilled, Outbox, Outgoing, Poison, backfill};
use leadlake_contract::SourceName;
use leadlake_lake::{Lake, LakeError, contract_of};
use leadlake_runtime::FunctionError;
use thiserror::Error;

use crate::asked::BackfillRequest;
use crate::patience::begin;
use crate::refinery::Limits;
use crate::stoppable::{Stop, StoppableStore};
use crate::worker::{Ending, Surroundings};

#[derive(Debug, Error)]
pub enum BackfillError {
    #[error("a backfill needs LEADLAKE_QUEUE_URL, the queue that this function is fed by")]
    NoQueue,
    #[error("this function works for {only} only, and not for {wanted}")]
    Elsewhere { only: SourceName, wanted: SourceName },
    #[error(
        "the backfill's source is {wanted}, which has no contract; add {wanted}.odcs.yaml, or correct it"
    )]
    NoContract { wanted: SourceName },
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error("the lake or the queue kept the backfill waiting: {0}")]
    Silent(String),
    #[error("no time was left to begin the backfill")]
    NotBegun,
    #[error(
        "one call's time was too short to send anything; ask for fewer days, or give the function more time"
    )]
    NoProgress,
    #[error("{missing} objects of the backfill could not be asked for; the first: {first}")]
    Unsent { missing: u64, first: String },
    #[error("the rest of the backfill could not be asked for: {0}")]
    NotContinued(String),
}

/// What a backfill needs, apart from the request.
pub struct Backfiller<'f> {
    pub around: &'f Surroundings,
    /// The queue that feeds the function.
    pub queue: Option<&'f Arc<dyn Outbox>>,
}

/// For whoever waits for the answer, and goes on himself; or for a message, in whose place another one goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onwards {
    ByAnswer,
    ByMessage,
}

impl Backfiller<'_> {
    pub fn run(
        &self,
        mut request: BackfillRequest,
        limits: Limits,
        onwards: Onwards,
    ) -> Result<Backfilled, BackfillError> {
        let queue = Arc::clone(self.queue.ok_or(BackfillError::NoQueue)?);
        request.source = self.source_of(request.source)?;
        if Instant::now() >= limits.stop_at {
            return Err(BackfillError::NotBegun);
        }
        let stop = Stop { at: limits.stop_at };
        let store = StoppableStore { below: Arc::clone(&self.around.lake.store), stop };
        let lake = Lake { store: Arc::new(store), bucket: self.around.lake.bucket.clone() };
        let contracts = self.around.contracts;
        let work = move || {
            let may_go_on = || !stop.is_over();
            let selection = request.clone().selection();
            let after = request.after.as_ref();
            let backfilled = backfill(&lake, contracts, &selection, after, queue.as_ref(), &may_go_on);
            let backfilled = match backfilled {
                Err(_) if stop.is_over() => return Err(BackfillError::NoProgress),
                backfilled => backfilled?,
            };
            match onwards {
                Onwards::ByAnswer => {}
                Onwards::ByMessage => send_rest(&backfilled, request, queue.as_ref())?,
            }
            Ok(backfilled)
        };
        begin(work).wait_until(limits.answer_by).map_err(BackfillError::Silent)?
    }

    fn source_of(&self, wanted: Option<SourceName>) -> Result<Option<SourceName>, BackfillError> {
        let only = self.around.only.as_ref();
        let Some(wanted) = wanted else { return Ok(only.cloned()) };
        if let Some(only) = only.filter(|only| **only != wanted) {
            return Err(BackfillError::Elsewhere { only: only.clone(), wanted });
        }
        match contract_of(self.around.contracts, &wanted) {
            Some(_) => Ok(Some(wanted)),
            None => Err(BackfillError::NoContract { wanted }),
        }
    }
}

/// Each such message begins behind the one before, so there is a last one.
fn send_rest(
    backfilled: &Backfilled,
    request: BackfillRequest,
    queue: &dyn Outbox,
) -> Result<(), BackfillError> {
    if backfilled.is_complete() {
        return Ok(());
    }
    let missing = backfilled.found - backfilled.sent;
    if let Some(first) = backfilled.unsent.first().filter(|_| backfilled.not_reached == 0) {
        return Err(BackfillError::Unsent { missing, first: first.clone() });
    }
    if backfilled.after == request.after {
        return Err(match backfilled.unsent.first() {
            Some(first) => BackfillError::Unsent { missing, first: first.clone() },
            None => BackfillError::NoProgress,
        });
    }
    let rest = BackfillRequest { after: backfilled.after.clone(), ..request };
    match queue.send(&[Outgoing::new(rest.to_json().to_string())]).first() {
        Some(undone) => Err(BackfillError::NotContinued(undone.reason.clone())),
        None => Ok(()),
    }
}

impl BackfillError {
    /// What becomes of the message that asked for it.
    pub fn ending(&self) -> Ending {
        let reason = self.to_string();
        match self {
            Self::Elsewhere { .. } => Ending::Poison(Poison::Elsewhere, reason),
            Self::NoContract { .. } => Ending::Poison(Poison::NoContract, reason),
            Self::NotBegun => Ending::NotBegun,
            _ => Ending::Failed(reason),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::NoQueue => "NoQueue",
            Self::Elsewhere { .. } => "Elsewhere",
            Self::NoContract { .. } => "NoContract",
            Self::Lake(_) => "Lake",
            Self::Silent(_) | Self::NotBegun | Self::NoProgress => "NoTime",
            Self::Unsent { .. } | Self::NotContinued(_) => "NotSent",
        }
    }

    pub fn to_function_error(&self) -> FunctionError {
        FunctionError::new(self.kind(), self.to_string())
    }
}
