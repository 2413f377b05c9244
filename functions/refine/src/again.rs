//! When messages that are not done come again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use leadlake_aws::queue::{Deliveries, Release};

use crate::batch::Message;
use crate::patience::begin;

/// By how often the message was received.
const PAUSES_IN_SECONDS: [u64; 5] = [5, 20, 60, 180, 540];
const LONGEST_PAUSE_IN_SECONDS: u64 = 900;

/// A backlog may be over in seconds, and a message that meets it again uses up a delivery.
pub const PAUSE_BEFORE_BEGINNING: Duration = Duration::from_secs(5);

/// What made a message fail may pass in seconds, and what does not should not use up its deliveries.
pub fn pause_after_failure(receives: u32) -> Duration {
    let before = usize::try_from(receives.saturating_sub(1)).unwrap_or(usize::MAX);
    Duration::from_secs(PAUSES_IN_SECONDS.get(before).copied().unwrap_or(LONGEST_PAUSE_IN_SECONDS))
}

/// Else they come only after the queue's visibility timeout, which is several times as long as a call may take. So nothing is
/// lost where this fails, and the answer does not wait for it.
pub fn give_back(deliveries: &Arc<dyn Deliveries>, messages: &[(&Message, Duration)], answer_by: Instant) {
    let release = |(message, after): &(&Message, Duration)| {
        Some(Release { receipt: message.receipt.clone()?, after: *after })
    };
    let releases: Vec<Release> = messages.iter().filter_map(release).collect();
    if releases.is_empty() {
        return;
    }
    if let Err(reason) = release_within(deliveries, releases, answer_by) {
        tracing::warn!(reason, "messages come again only after the queue's visibility timeout");
    }
}

fn release_within(
    deliveries: &Arc<dyn Deliveries>,
    releases: Vec<Release>,
    answer_by: Instant,
) -> Result<(), String> {
    if Instant::now() >= answer_by {
        return Err(format!("no time was left to give {} back", releases.len()));
    }
    let queue = Arc::clone(deliveries);
    let undone = begin(move || queue.release(&releases)).wait_until(answer_by)?;
    match undone.first() {
        Some(first) => Err(format!("{} could not be given back: {}", undone.len(), first.reason)),
        None => Ok(()),
    }
}
