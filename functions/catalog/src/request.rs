//! What the function is asked for: by a schedule, after a score run, or as `{"full": true}`.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// Of an event of EventBridge, of what Lambda passes on to a destination, and of the report of a score run. Each has one
/// of them, and no request has.
const MARKS_OF_EVENTS: [&str; 3] = ["detail-type", "responsePayload", "model_version"];

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// Add up gold also where it is of the current scores.
    pub full: bool,
}

/// Nothing of the event is quoted: who knows what was sent here.
#[derive(Debug, Error)]
#[error(
    "the event is neither a schedule's, nor the report of a score run, nor a request such as {{\"full\": true}} or {{}}"
)]
pub struct RequestError;

impl Request {
    pub fn of(event: Value) -> Result<Self, RequestError> {
        if event.is_null() || MARKS_OF_EVENTS.iter().any(|mark| event.get(mark).is_some()) {
            return Ok(Self::default());
        }
        let request = event.is_object().then(|| serde_json::from_value(event));
        request.and_then(Result::ok).ok_or(RequestError)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use test_case::test_case;

    use super::*;

    #[test_case(json!(null) => Some(false))]
    #[test_case(json!({}) => Some(false))]
    #[test_case(json!({"full": true}) => Some(true))]
    #[test_case(json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}) => Some(false); "a schedule")]
    #[test_case(json!({"version": "1.0", "requestPayload": {"full": true}, "responsePayload": {"leads": 7}}) => Some(false); "what a destination is given")]
    #[test_case(json!({"model_version": "rules-1", "leads": 7, "full_because": null}) => Some(false); "the report of a score run")]
    #[test_case(json!({"ful": true}) => None)]
    #[test_case(json!([true]) => None)]
    #[test_case(json!({"Records": []}) => None)]
    fn events_are_told_apart_by_their_shape(event: Value) -> Option<bool> {
        Request::of(event).ok().map(|request| request.full)
    }
}
