//! The name of a queue.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// As SQS gives it: `https://sqs.eu-central-1.amazonaws.com/123456789012/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueUrl(String);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{text:?} is no URL of a queue; `aws sqs get-queue-url` shows it, as https://sqs.<region>.amazonaws.com/<account>/<name>"
)]
pub struct QueueUrlError {
    text: String,
}

impl QueueUrl {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One queue is reached by several hosts. So two of equal account and name in two regions count as one too.
    pub fn is_same_queue(&self, other: &Self) -> bool {
        self.path() == other.path()
    }

    fn path(&self) -> &str {
        let below = self.0.split_once("://").map_or(self.as_str(), |(_, below)| below);
        below.split_once('/').map_or(below, |(_, path)| path)
    }
}

impl FromStr for QueueUrl {
    type Err = QueueUrlError;

    fn from_str(text: &str) -> Result<Self, QueueUrlError> {
        let below = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let mut parts = below.unwrap_or_default().split('/');
        let is_queue = parts.next().is_some_and(|host| !host.is_empty())
            && parts.next().is_some_and(|account| !account.is_empty())
            && parts.next_back().is_some_and(|name| !name.is_empty());
        match is_queue && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            true => Ok(Self(text.to_owned())),
            false => Err(QueueUrlError { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for QueueUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("https://sqs.eu-central-1.amazonaws.com/123456789012/refine-dlq" => true)]
    #[test_case("http://127.0.0.1:4566/000000000000/refine" => true)]
    #[test_case("http://127.0.0.1:4566/queue/eu-central-1/000000000000/refine" => true)]
    #[test_case("arn:aws:sqs:eu-central-1:123456789012:refine" => false)]
    #[test_case("refine" => false)]
    #[test_case("https://sqs.eu-central-1.amazonaws.com/" => false)]
    fn is_a_queue(text: &str) -> bool {
        text.parse::<QueueUrl>().is_ok()
    }

    #[test_case("https://eu-central-1.queue.amazonaws.com/123456789012/refine" => true; "its older host")]
    #[test_case("http://127.0.0.1:4566/123456789012/refine" => true; "through another endpoint")]
    #[test_case("https://sqs.eu-central-1.amazonaws.com/123456789012/refine-dlq" => false; "another name")]
    #[test_case("https://sqs.eu-central-1.amazonaws.com/210987654321/refine" => false; "another account")]
    fn is_the_queue_of(text: &str) -> bool {
        let queue: QueueUrl = "https://sqs.eu-central-1.amazonaws.com/123456789012/refine".parse().unwrap();
        queue.is_same_queue(&text.parse().unwrap())
    }
}
