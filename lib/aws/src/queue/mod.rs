//! Queues on SQS: what refine works on, what it cannot work on, and ways to fill and to empty them.

mod backfill;
mod client;
mod message;
mod redrive;
#[cfg(test)]
mod tests;
mod url;

pub use backfill::{Backfilled, RefineRequest, backfill};
pub use client::{Queue, QueueError};
pub use message::{Deliveries, Inbox, Outbox, Outgoing, Poison, Received, Release, Undone};
pub use redrive::{Redrive, Redriven, redrive};
pub use url::{QueueUrl, QueueUrlError};
