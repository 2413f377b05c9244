//! What the function is asked for: a schedule's event, or `{"as_of", "full"}`.

use jiff::Timestamp;
use leadlake_lake::instant::{InstantError, as_of};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// Every event of EventBridge has it, and no request.
const MARK_OF_EVENTS: &str = "detail-type";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Request {
    /// None stands for now.
    pub as_of: Option<Timestamp>,
    /// Read all of silver again.
    pub full: bool,
}

/// Nothing of the event is quoted: who knows what was sent here.
#[derive(Debug, Error)]
pub enum RequestError {
    #[error(
        "the event is neither a schedule's nor a request such as {{\"as_of\": \"2025-01-31\", \"full\": true}}, of which each member may be left out"
    )]
    Shape,
    #[error("as_of cannot be used: {0}")]
    Instant(#[from] InstantError),
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    as_of: Option<String>,
    full: bool,
}

impl Request {
    pub fn of(event: Value) -> Result<Self, RequestError> {
        if event.is_null() || event.get(MARK_OF_EVENTS).is_some() {
            return Ok(Self::default());
        }
        let written = event.is_object().then(|| serde_json::from_value(event));
        let Some(Ok(Written { as_of: written, full })) = written else { return Err(RequestError::Shape) };
        Ok(Self { as_of: written.as_deref().map(as_of).transpose()?, full })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schedule_asks_for_now() {
        let scheduled = json!({
            "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
            "source": "aws.events", "account": "123456789012", "time": "2025-03-09T04:00:00Z",
            "region": "ap-south-1", "resources": [], "detail": {}
        });
        for event in [scheduled, json!({}), json!(null)] {
            assert_eq!(Request::of(event).unwrap(), Request::default());
        }
    }

    #[test]
    fn a_request_is_read_to_the_letter() {
        let asked = Request::of(json!({"as_of": "2025-01-31", "full": true})).unwrap();
        let end: Timestamp = "2025-01-31T23:59:59.999999Z".parse().unwrap();
        assert_eq!(asked, Request { as_of: Some(end), full: true });
        let refusal = |event| Request::of(event).unwrap_err().to_string();
        insta::assert_snapshot!(refusal(json!({"as_of": "yesterday"})), @"as_of cannot be used: write a time such as 2025-01-31T18:00:00Z, or a day such as 2025-01-31");
        for event in
            [json!({"ful": true}), json!([]), json!({"full": "asha@example.com"}), json!({"Records": []})]
        {
            insta::allow_duplicates! {
                insta::assert_snapshot!(refusal(event), @r#"the event is neither a schedule's nor a request such as {"as_of": "2025-01-31", "full": true}, of which each member may be left out"#);
            }
        }
    }
}
