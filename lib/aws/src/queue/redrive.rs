//! Messages that were put aside go back to the queue they came from.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::client::QueueError;
use super::message::{Inbox, Outbox, Outgoing, Received, Release};

/// What SQS itself puts aside says nothing.
const NO_CODE: &str = "unexplained";
const NO_REASON: &str =
    "SQS put it aside: the function ended without a word each time, as when it runs out of memory or time";
/// Reasons that are told apart; keys of objects stand in them, so they may be as many as messages.
const MOST_REASONS: usize = 100;

#[derive(Debug, Clone, Copy, Default)]
pub struct Redrive {
    /// Only looks.
    pub dry_run: bool,
    pub limit: Option<u64>,
}

/// What was moved back, or would be.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Redriven {
    pub dry_run: bool,
    /// Messages by the code of why they had been put aside.
    pub codes: BTreeMap<String, u64>,
    /// Some of the reasons, each with its number of messages.
    pub reasons: BTreeMap<String, u64>,
    /// Left where they are, with SQS's reason.
    pub unsent: Vec<String>,
    /// Sent, and could not be taken away: they will be sent once more, which changes nothing.
    pub undeleted: u64,
    /// Put aside since this began: the same trouble again, so they are left.
    pub came_back: u64,
}

/// Takes messages from `aside` to `queue` until there is none that was put aside before `now`. A message is taken away after
/// it was sent, so that none is lost; one that is sent twice is found done the second time.
pub fn redrive(
    aside: &dyn Inbox,
    queue: &dyn Outbox,
    wanted: Redrive,
    now: Timestamp,
) -> Result<Redriven, QueueError> {
    let mut redriven = Redriven { dry_run: wanted.dry_run, ..Redriven::default() };
    let mut kept = Vec::new();
    let ended = take(aside, queue, wanted, now, &mut redriven, &mut kept);
    // They become visible again by themselves too, only later.
    let at_once = |receipt| Release { receipt, after: Duration::ZERO };
    aside.release(&kept.into_iter().map(at_once).collect::<Vec<_>>());
    ended.map(|()| redriven)
}

fn take(
    aside: &dyn Inbox,
    queue: &dyn Outbox,
    wanted: Redrive,
    now: Timestamp,
    redriven: &mut Redriven,
    kept: &mut Vec<String>,
) -> Result<(), QueueError> {
    let mut seen = HashSet::new();
    let mut left = wanted.limit.unwrap_or(u64::MAX);
    while left > 0 {
        let received = aside.receive()?;
        let mut taken: Vec<Received> = Vec::new();
        let mut is_new = false;
        for message in received {
            is_new |= seen.insert(message.id.clone());
            if message.sent_at.is_some_and(|sent| sent >= now) {
                redriven.came_back += 1;
                kept.push(message.receipt);
            } else if taken.len() as u64 == left {
                kept.push(message.receipt);
            } else {
                taken.push(message);
            }
        }
        // Nothing, or only what was hidden at first: whoever goes round longer goes round for ever.
        if !is_new {
            kept.extend(taken.into_iter().map(|message| message.receipt));
            return Ok(());
        }
        left -= taken.len() as u64;
        if wanted.dry_run {
            taken.iter().for_each(|message| redriven.count(message));
            kept.extend(taken.into_iter().map(|message| message.receipt));
        } else {
            move_back(aside, queue, taken, redriven, kept);
        }
    }
    Ok(())
}

fn move_back(
    aside: &dyn Inbox,
    queue: &dyn Outbox,
    messages: Vec<Received>,
    redriven: &mut Redriven,
    kept: &mut Vec<String>,
) {
    let outgoing: Vec<Outgoing> = messages.iter().map(|message| Outgoing::new(&message.body)).collect();
    let unsent: BTreeMap<usize, String> =
        queue.send(&outgoing).into_iter().map(|undone| (undone.position, undone.reason)).collect();
    let mut sent = Vec::new();
    for (position, message) in messages.into_iter().enumerate() {
        if let Some(reason) = unsent.get(&position) {
            redriven.unsent.push(format!("message {}: {reason}", message.id));
            kept.push(message.receipt);
        } else {
            redriven.count(&message);
            sent.push(message.receipt);
        }
    }
    redriven.undeleted += aside.delete(&sent).len() as u64;
}

impl Redriven {
    pub fn messages(&self) -> u64 {
        self.codes.values().sum()
    }

    fn count(&mut self, message: &Received) {
        *self.codes.entry(message.code().unwrap_or(NO_CODE).to_owned()).or_default() += 1;
        let reason = message.reason().unwrap_or(NO_REASON);
        if let Some(count) = self.reasons.get_mut(reason) {
            *count += 1;
        } else if self.reasons.len() < MOST_REASONS {
            self.reasons.insert(reason.to_owned(), 1);
        }
    }
}
