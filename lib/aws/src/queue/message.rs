//! Messages, and what is asked of a queue.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::client::QueueError;

/// Attributes of a message that was put aside.
const CODE: &str = "code";
const REASON: &str = "reason";
/// Attributes count towards a message's size.
const LONGEST_REASON: usize = 1_000;
const SHORT_REASON: usize = 100;
/// The code of a batch, and the words for one message of it, whose code is that of any wrong parameter.
const REFUSALS_FOR_SIZE: [&str; 2] = ["BatchRequestTooLong", "must be shorter than"];

/// Why a message was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Poison {
    /// No notification, request or test event is made like this.
    Malformed,
    /// Its object is not of this lake, or not of the source that the function works for.
    Elsewhere,
    NoContract,
    /// Its object is no longer there.
    Gone,
    /// It failed as often as it may.
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub body: String,
    attributes: Vec<(&'static str, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub id: String,
    /// Names this delivery: what deletes the message or gives it back.
    pub receipt: String,
    pub body: String,
    pub attributes: BTreeMap<String, String>,
    pub sent_at: Option<Timestamp>,
}

/// One message or receipt of those given, by its position, for which nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    pub position: usize,
    pub reason: String,
}

/// A delivery that is given back, and how long the message then stays hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub receipt: String,
    pub after: Duration,
}

pub trait Outbox: Send + Sync {
    /// Sends all, and tells which could not be sent. After an error of the network a message may have been sent all the same.
    fn send(&self, messages: &[Outgoing]) -> Vec<Undone>;
}

pub trait Deliveries: Send + Sync {
    /// Lets the messages be received again, each after its time.
    fn release(&self, releases: &[Release]) -> Vec<Undone>;
}

pub trait Inbox: Deliveries {
    /// A few messages, which nobody else is given for a while. None only when the queue seems empty.
    fn receive(&self) -> Result<Vec<Received>, QueueError>;

    fn delete(&self, receipts: &[String]) -> Vec<Undone>;
}

impl Undone {
    /// The message is larger than the queue takes.
    pub fn is_too_large(&self) -> bool {
        REFUSALS_FOR_SIZE.iter().any(|words| self.reason.contains(words))
    }
}

impl Poison {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Elsewhere => "elsewhere",
            Self::NoContract => "no_contract",
            Self::Gone => "gone",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Poison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Outgoing {
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), attributes: Vec::new() }
    }

    /// The message as it was received, for the queue of what is put aside.
    pub fn put_aside(body: impl Into<String>, code: Poison, reason: &str) -> Self {
        let attributes = vec![(CODE, code.as_str().to_owned()), (REASON, sendable(reason))];
        Self { body: body.into(), attributes }
    }

    /// The same with fewer words, for a body that nearly fills what a queue takes.
    #[must_use]
    pub fn with_short_reason(&self) -> Self {
        let shortened = |(name, value): &(&'static str, String)| match *name {
            REASON => (REASON, value.chars().take(SHORT_REASON).collect()),
            name => (name, value.clone()),
        };
        Self { body: self.body.clone(), attributes: self.attributes.iter().map(shortened).collect() }
    }

    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.attributes.iter().map(|(name, value)| (*name, value.as_str()))
    }

    pub(super) fn size(&self) -> usize {
        let attributes =
            self.attributes.iter().map(|(name, value)| name.len() + value.len() + "String".len());
        self.body.len() + attributes.sum::<usize>()
    }
}

impl Received {
    /// None where SQS itself put the message aside.
    pub fn code(&self) -> Option<&str> {
        self.attributes.get(CODE).map(String::as_str)
    }

    pub fn reason(&self) -> Option<&str> {
        self.attributes.get(REASON).map(String::as_str)
    }
}

/// SQS takes no empty texts, and only characters that XML has.
fn sendable(text: &str) -> String {
    let is_sent = |character: &char| !character.is_control() && !matches!(character, '\u{fffe}' | '\u{ffff}');
    let text: String = text.chars().filter(is_sent).take(LONGEST_REASON).collect();
    if text.is_empty() { "unknown".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_can_be_sent_whatever_is_in_it() {
        let aside = |reason: &str| {
            let message = Outgoing::put_aside("{}", Poison::Gone, reason);
            message.attributes().map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(aside("bron\u{1b}ze\u{ffff} is gone"), ["gone", "bronze is gone"]);
        assert_eq!(aside("\n"), ["gone", "unknown"]);
        assert_eq!(aside(&"é".repeat(5_000))[1].chars().count(), LONGEST_REASON);
    }

    #[test]
    fn a_short_reason_is_the_beginning_of_the_long_one() {
        let message = Outgoing::put_aside("{}", Poison::Gone, &"é".repeat(500));
        let short = Outgoing::put_aside("{}", Poison::Gone, &"é".repeat(100));
        assert_eq!(message.with_short_reason(), short);
    }
}
