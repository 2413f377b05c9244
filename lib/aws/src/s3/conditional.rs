//! Writes that depend on what is there.
//!
//! When an answer is lost, the write may have been done, and the second try is then refused because of the first. So each write
//! carries a mark of its own, and a refusal after a lost answer is held against the mark of what is there.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use bytes::Bytes;
use leadlake_lake::store::{Trouble, VersionToken};

use super::facts::quoted;
use super::failure::Failure;
use super::patient_with;

const MARK: &str = "leadlake-write";
const MOST_TRIES: u32 = 8;
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What names one write among all.
#[derive(Debug, Clone)]
pub(super) struct Mark(String);

#[derive(Debug)]
pub(super) enum Condition {
    Absent,
    Unchanged(VersionToken),
}

pub(super) struct ConditionalPut {
    client: Client,
    bucket: String,
    path: String,
    bytes: Bytes,
    condition: Condition,
    mark: Mark,
}

impl Mark {
    pub(super) const NAME: &str = MARK;

    pub(super) fn new() -> Result<Self, Failure> {
        let number = getrandom::u64().map_err(|error| {
            Failure::new(Trouble::Refused, format!("the system gives no random numbers: {error}"))
        })?;
        Ok(Self(format!("{number:016x}")))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_on(&self, there: &HeadObjectOutput) -> bool {
        there.metadata().and_then(|metadata| metadata.get(MARK)) == Some(&self.0)
    }
}

impl ConditionalPut {
    pub(super) fn new(
        client: Client,
        bucket: String,
        path: String,
        bytes: &[u8],
        condition: Condition,
    ) -> Result<Self, Failure> {
        let bytes = Bytes::copy_from_slice(bytes);
        Ok(Self { client, bucket, path, bytes, condition, mark: Mark::new()? })
    }

    /// Whether it was written, or the condition was not met.
    pub(super) async fn send(self) -> Result<bool, Failure> {
        let mut lost = None;
        let mut tries = 1;
        loop {
            let Err(failure) = self.try_once().await else {
                return Ok(true);
            };
            if failure.is_unmet() || failure.is_absent() && self.needs_an_object() {
                return match lost {
                    Some(lost) => self.settle(lost).await,
                    None => Ok(false),
                };
            }
            if failure.may_be_done() {
                lost = Some(failure.clone());
            }
            let is_worth_it = failure.is_passing() || failure.is_conflict();
            if !is_worth_it || tries == MOST_TRIES {
                return Err(if lost.is_some() { failure.with_answer_lost() } else { failure });
            }
            tokio::time::sleep(pause_before(tries)).await;
            tries += 1;
        }
    }

    async fn try_once(&self) -> Result<(), Failure> {
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(&self.path)
            .metadata(MARK, self.mark.as_str())
            .body(self.bytes.clone().into());
        let put = match &self.condition {
            Condition::Absent => put.if_none_match("*"),
            Condition::Unchanged(token) => put.if_match(quoted(token.as_str())),
        };
        let once = patient_with(self.bytes.len()).retry_config(RetryConfig::disabled());
        put.customize().config_override(once).send().await.map(drop).map_err(Failure::from)
    }

    fn needs_an_object(&self) -> bool {
        matches!(self.condition, Condition::Unchanged(_))
    }

    /// Whose write is there? Another's does not prove that ours was never there before, where an object may be replaced.
    async fn settle(&self, lost: Failure) -> Result<bool, Failure> {
        let head = self.client.head_object().bucket(&self.bucket).key(&self.path);
        match head.send().await.map_err(Failure::from) {
            Ok(there) if self.mark.is_on(&there) => Ok(true),
            Ok(_) if !self.needs_an_object() => Ok(false),
            _ => Err(lost.with_answer_lost()),
        }
    }
}

/// Anything up to twice as long each time, so that those who met do not meet again.
fn pause_before(tries: u32) -> Duration {
    let longest = Duration::from_millis(50).saturating_mul(2u32.saturating_pow(tries)).min(LONGEST_PAUSE);
    let share = getrandom::u32().unwrap_or(u32::MAX / 2);
    longest.mul_f64(f64::from(share) / f64::from(u32::MAX))
}
