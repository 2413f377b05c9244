//! A queue on SQS.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
    MessageAttributeValue, MessageSystemAttributeName, SendMessageBatchRequestEntry,
};
use aws_smithy_types::error::operation::BuildError;
use jiff::Timestamp;
use thiserror::Error;
use tokio::task::JoinSet;

use super::message::{Deliveries, Inbox, Outbox, Outgoing, Received, Release, Undone};
use super::url::QueueUrl;
use crate::connect::Aws;
use crate::refusal::Refusal;

const MOST_IN_A_BATCH: usize = 10;
/// Of all messages of a batch. Queues may be set to less than the 1 MiB that SQS allows by now.
const LARGEST_BATCH: usize = 256 << 10;
const BATCHES_AT_ONCE: usize = 8;
/// For single entries that SQS could not take. Whole calls are tried again by the SDK.
const MOST_ROUNDS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A poll that waits asks all of SQS's servers, so an empty answer means an empty queue.
const POLL_SECONDS: i32 = 2;
/// Long enough to go through a large queue and give back what stays.
const HIDDEN_SECONDS: i32 = 600;
const NO_ANSWER: &str = "SQS gave no answer";

#[derive(Clone)]
pub struct Queue {
    client: Client,
    /// Keeps the runtime alive that answers come on.
    aws: Aws,
    url: QueueUrl,
}

#[derive(Debug, Error)]
#[error(
    "cannot {operation} {url}: {reason}; see that the queue exists and that the role or keys in use may do this"
)]
pub struct QueueError {
    pub(super) operation: &'static str,
    pub(super) url: QueueUrl,
    pub(super) reason: Refusal,
}

impl Aws {
    pub fn queue(&self, url: QueueUrl) -> Queue {
        Queue { client: Client::new(self.config()), aws: self.clone(), url }
    }
}

impl Queue {
    pub fn url(&self) -> &QueueUrl {
        &self.url
    }

    /// In batches, some at once, and what a batch could not take once more.
    fn in_batches<E: Entry>(&self, entries: impl Iterator<Item = Result<E, BuildError>>) -> Vec<Undone> {
        let mut undone = BTreeMap::new();
        let mut built = Vec::new();
        for (position, entry) in entries.enumerate() {
            match entry {
                Ok(entry) => {
                    undone.insert(position, NO_ANSWER.to_owned());
                    built.push(entry);
                }
                Err(error) => drop(undone.insert(position, error.to_string())),
            }
        }
        let waited = self.aws.bridge().wait(all(self.client.clone(), self.url.to_string(), built));
        let answers = match waited {
            Ok(answers) => answers,
            Err(stopped) => undone.keys().map(|position| (*position, Some(stopped.to_string()))).collect(),
        };
        for (position, reason) in answers {
            match reason {
                Some(reason) => undone.insert(position, reason),
                None => undone.remove(&position),
            };
        }
        undone.into_iter().map(|(position, reason)| Undone { position, reason }).collect()
    }

    fn failed(&self, operation: &'static str) -> impl FnOnce(Refusal) -> QueueError {
        let url = self.url.clone();
        move |reason| QueueError { operation, url, reason }
    }
}

impl Outbox for Queue {
    fn send(&self, messages: &[Outgoing]) -> Vec<Undone> {
        self.in_batches(messages.iter().enumerate().map(|(position, message)| {
            let mut entry =
                SendMessageBatchRequestEntry::builder().id(position.to_string()).message_body(&message.body);
            for (name, value) in message.attributes() {
                let value = MessageAttributeValue::builder().data_type("String").string_value(value);
                entry = entry.message_attributes(name, value.build()?);
            }
            Ok(Sent { entry: entry.build()?, size: message.size() })
        }))
    }
}

impl Inbox for Queue {
    fn receive(&self) -> Result<Vec<Received>, QueueError> {
        let request = self.client.receive_message().queue_url(self.url.as_str());
        let request = request
            .max_number_of_messages(MOST_IN_A_BATCH as i32)
            .wait_time_seconds(POLL_SECONDS)
            .visibility_timeout(HIDDEN_SECONDS)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let answered = self.aws.bridge().wait(async move { request.send().await });
        let answer = match answered {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(self.failed("receive messages of")(Refusal::of(&error))),
            Err(stopped) => return Err(self.failed("receive messages of")(stopped.into())),
        };
        Ok(answer.messages.unwrap_or_default().into_iter().map(received).collect())
    }

    fn delete(&self, receipts: &[String]) -> Vec<Undone> {
        self.in_batches(receipts.iter().enumerate().map(|(position, receipt)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(position.to_string());
            entry.receipt_handle(receipt).build()
        }))
    }
}

impl Deliveries for Queue {
    fn release(&self, releases: &[Release]) -> Vec<Undone> {
        self.in_batches(releases.iter().enumerate().map(|(position, release)| {
            let seconds = i32::try_from(release.after.as_secs()).unwrap_or(i32::MAX);
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(position.to_string());
            entry.receipt_handle(&release.receipt).visibility_timeout(seconds).build()
        }))
    }
}

/// What SQS leaves out is empty here: it always gives all three.
fn received(message: Message) -> Received {
    let attributes = message.message_attributes.unwrap_or_default();
    let sent_at = message.attributes.unwrap_or_default().remove(&MessageSystemAttributeName::SentTimestamp);
    Received {
        id: message.message_id.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        attributes: attributes
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.string_value?)))
            .collect(),
        sent_at: sent_at
            .and_then(|millis| millis.parse().ok())
            .and_then(|millis| Timestamp::from_millisecond(millis).ok()),
    }
}

/// Positions, and why nothing was done there.
type Answers = Vec<(usize, Option<String>)>;

trait Entry: Clone + Send + 'static {
    /// Its position, as text.
    fn id(&self) -> &str;

    fn size(&self) -> usize {
        0
    }

    /// The entries that SQS did not take.
    fn call(
        client: &Client,
        queue: &str,
        batch: Vec<Self>,
    ) -> impl Future<Output = Result<Vec<BatchResultErrorEntry>, Refusal>> + Send;
}

#[derive(Clone)]
struct Sent {
    entry: SendMessageBatchRequestEntry,
    size: usize,
}

impl Entry for Sent {
    fn id(&self) -> &str {
        self.entry.id()
    }

    fn size(&self) -> usize {
        self.size
    }

    async fn call(
        client: &Client,
        queue: &str,
        batch: Vec<Self>,
    ) -> Result<Vec<BatchResultErrorEntry>, Refusal> {
        let entries = batch.into_iter().map(|sent| sent.entry).collect();
        let request = client.send_message_batch().queue_url(queue).set_entries(Some(entries));
        request.send().await.map(|answer| answer.failed).map_err(|error| Refusal::of(&error))
    }
}

impl Entry for DeleteMessageBatchRequestEntry {
    fn id(&self) -> &str {
        &self.id
    }

    async fn call(
        client: &Client,
        queue: &str,
        batch: Vec<Self>,
    ) -> Result<Vec<BatchResultErrorEntry>, Refusal> {
        let request = client.delete_message_batch().queue_url(queue).set_entries(Some(batch));
        request.send().await.map(|answer| answer.failed).map_err(|error| Refusal::of(&error))
    }
}

impl Entry for ChangeMessageVisibilityBatchRequestEntry {
    fn id(&self) -> &str {
        &self.id
    }

    async fn call(
        client: &Client,
        queue: &str,
        batch: Vec<Self>,
    ) -> Result<Vec<BatchResultErrorEntry>, Refusal> {
        let request = client.change_message_visibility_batch().queue_url(queue).set_entries(Some(batch));
        request.send().await.map(|answer| answer.failed).map_err(|error| Refusal::of(&error))
    }
}

async fn all<E: Entry>(client: Client, queue: String, entries: Vec<E>) -> Answers {
    let mut waiting = batches(entries).into_iter();
    let mut running = JoinSet::new();
    let mut answers = Answers::new();
    loop {
        let free = BATCHES_AT_ONCE.saturating_sub(running.len());
        for batch in waiting.by_ref().take(free) {
            running.spawn(patiently(client.clone(), queue.clone(), batch));
        }
        match running.join_next().await {
            Some(Ok(some)) => answers.extend(some),
            // A defect: whoever waits for these positions is told that there was no answer.
            Some(Err(_)) => {}
            None => return answers,
        }
    }
}

fn batches<E: Entry>(entries: Vec<E>) -> Vec<Vec<E>> {
    let mut batches: Vec<Vec<E>> = Vec::new();
    let mut size = 0;
    for entry in entries {
        let grown = size + entry.size();
        match batches.last_mut() {
            Some(batch) if batch.len() < MOST_IN_A_BATCH && grown <= LARGEST_BATCH => {
                size = grown;
                batch.push(entry);
            }
            _ => {
                size = entry.size();
                batches.push(vec![entry]);
            }
        }
    }
    batches
}

async fn patiently<E: Entry>(client: Client, queue: String, mut batch: Vec<E>) -> Answers {
    let mut answers = Answers::new();
    for round in 0..MOST_ROUNDS {
        let position_of = |id: &str| id.parse().ok();
        let failed = match E::call(&client, &queue, batch.clone()).await {
            Ok(failed) => failed,
            Err(refusal) => {
                let reason = refusal.to_string();
                let left =
                    batch.iter().filter_map(|entry| Some((position_of(entry.id())?, Some(reason.clone()))));
                answers.extend(left);
                return answers;
            }
        };
        let is_last = round + 1 == MOST_ROUNDS;
        let mut again = Vec::new();
        for entry in batch {
            let failure = failed.iter().find(|failure| failure.id == entry.id());
            match failure {
                Some(failure) if !failure.sender_fault && !is_last => again.push(entry),
                failure => answers.extend(position_of(entry.id()).map(|at| (at, failure.map(words_of)))),
            }
        }
        if again.is_empty() {
            break;
        }
        batch = again;
        tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(round)).await;
    }
    answers
}

fn words_of(failure: &BatchResultErrorEntry) -> String {
    match &failure.message {
        Some(message) => format!("{}, {message}", failure.code),
        None => failure.code.clone(),
    }
}
