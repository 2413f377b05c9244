//! What a service says when it does not do what it was asked.

use std::error::Error;
use std::iter;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error;

use crate::bridge::Stopped;

/// What the client gives in place of an answer.
pub(crate) type CallError<E> = SdkError<E, HttpResponse>;

/// Why a call came to nothing, in the service's own words. They name tables, keys and rights, and hold no row.
#[derive(Debug, Error)]
pub enum Refusal {
    #[error("{0}")]
    Said(String),
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl Refusal {
    pub(crate) fn of<E>(error: &CallError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let words = match error {
            SdkError::ServiceError(answer) => {
                let said = answer.err();
                [said.code(), said.message()].into_iter().flatten().collect::<Vec<_>>().join(", ")
            }
            _ => String::new(),
        };
        Self::Said(if words.is_empty() { with_sources(error) } else { words })
    }
}

/// The SDK's own messages name the kind of failure only; what happened stands in the errors below. Where they go on for lines, they
/// say what else was looked at.
pub(crate) fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut reason = String::new();
    for error in chain(error) {
        let said = error.to_string();
        let said = said.lines().next().unwrap_or_default().trim_end_matches(" Attempted:");
        if reason.is_empty() {
            reason = said.to_owned();
        } else if !reason.ends_with(said) {
            reason = format!("{reason}: {said}");
        }
    }
    reason
}

pub(crate) fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    iter::successors(Some(error), |&error| error.source())
}
