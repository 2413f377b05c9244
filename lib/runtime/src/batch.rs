//! The answer to a batch of messages: which of them are to come again.

use serde::Serialize;

/// What SQS reads: messages that are not named are done and are deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl BatchResponse {
    /// `message_ids` come again.
    pub fn of_failures(message_ids: impl IntoIterator<Item = String>) -> Self {
        let failures = message_ids.into_iter().map(|item_identifier| Failure { item_identifier });
        Self { batch_item_failures: failures.collect() }
    }

    pub fn failed(&self) -> impl Iterator<Item = &str> {
        self.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_as_sqs_wants_it() {
        let json = |response| serde_json::to_string(&response).unwrap();
        assert_eq!(json(BatchResponse::default()), r#"{"batchItemFailures":[]}"#);
        let failed = BatchResponse::of_failures(["m-1".to_owned()]);
        assert_eq!(json(failed), r#"{"batchItemFailures":[{"itemIdentifier":"m-1"}]}"#);
    }
}
