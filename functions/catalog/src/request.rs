//! What the function is asked for: by a schedule, after a score run, or as `{"full": true}` or `{"vacuum": true}`.

use leadlake_lake::tables::{Keep, KeepTooShort};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// Of an event of EventBridge, of what Lambda passes on to a destination, and of the report of a score run. Each has one
/// of them, and no request has.
const MARKS_OF_EVENTS: [&str; 3] = ["detail-type", "responsePayload", "model_version"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Catalogue {
        /// Add up gold also where it is of the current scores.
        full: bool,
    },
    /// Glue's tables come up to contracts and lake, and nothing else is done.
    Tables,
    /// Nothing but this: it deletes, so that it is asked for by its name.
    Vacuum { keep: Keep },
}

/// Nothing of the event is quoted: who knows what was sent here.
#[derive(Debug, Error)]
pub enum RequestError {
    #[error(
        "the event is neither a schedule's, nor the report of a score run, nor a request such as {{\"full\": true}}, {{\"vacuum\": true, \"keep_days\": 30}} or {{}}"
    )]
    Shape,
    #[error(
        "this function only brings Glue's tables up to the lake (LEADLAKE_ONLY_TABLES is true); send {{}}, or ask the catalog function to add up gold or to vacuum"
    )]
    OnlyTables,
    #[error("keep_days cannot be used: {0}")]
    Keep(#[from] KeepTooShort),
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    full: bool,
    vacuum: bool,
    keep_days: Option<u16>,
}

impl Request {
    pub fn of(event: Value) -> Result<Self, RequestError> {
        if event.is_null() || MARKS_OF_EVENTS.iter().any(|mark| event.get(mark).is_some()) {
            return Ok(Self::Catalogue { full: false });
        }
        let written = event.is_object().then(|| serde_json::from_value(event));
        match written {
            Some(Ok(Written { full, vacuum: false, keep_days: None })) => Ok(Self::Catalogue { full }),
            Some(Ok(Written { full: false, vacuum: true, keep_days })) => {
                let keep = keep_days.map_or(Ok(Keep::default()), Keep::exactly_days)?;
                Ok(Self::Vacuum { keep })
            }
            _ => Err(RequestError::Shape),
        }
    }

    /// For a function that may only show tables: what asks for no more than usual means these. What asks for something
    /// else is refused, or its caller would take it for done.
    pub fn of_tables(self) -> Result<Self, RequestError> {
        match self {
            Self::Tables | Self::Catalogue { full: false } => Ok(Self::Tables),
            Self::Catalogue { full: true } | Self::Vacuum { .. } => Err(RequestError::OnlyTables),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use test_case::test_case;

    use super::*;

    const CATALOGUE: Option<Request> = Some(Request::Catalogue { full: false });

    #[test_case(json!(null) => CATALOGUE)]
    #[test_case(json!({}) => CATALOGUE)]
    #[test_case(json!({"vacuum": false}) => CATALOGUE)]
    #[test_case(json!({"full": true}) => Some(Request::Catalogue { full: true }))]
    #[test_case(json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}) => CATALOGUE; "a schedule")]
    #[test_case(json!({"version": "1.0", "requestPayload": {"vacuum": true}, "responsePayload": {"leads": 7}}) => CATALOGUE; "what a destination is given")]
    #[test_case(json!({"model_version": "rules-1", "leads": 7, "full_because": null}) => CATALOGUE; "the report of a score run")]
    #[test_case(json!({"vacuum": true}) => Some(Request::Vacuum { keep: Keep::days(30) }))]
    #[test_case(json!({"vacuum": true, "keep_days": 7}) => Some(Request::Vacuum { keep: Keep::days(7) }))]
    #[test_case(json!({"vacuum": true, "keep_days": 0}) => None; "less than a day")]
    #[test_case(json!({"vacuum": true, "keep_days": -1}) => None; "less than nothing")]
    #[test_case(json!({"vacuum": true, "keep_days": 0.5}) => None; "half a day")]
    #[test_case(json!({"vacuum": true, "keep_days": 70_000}) => None; "more days than there can be")]
    #[test_case(json!({"vacuum": true, "full": true}) => None; "both at once")]
    #[test_case(json!({"keep_days": 7}) => None; "for what?")]
    #[test_case(json!({"vacum": true}) => None)]
    #[test_case(json!({"ful": true}) => None)]
    #[test_case(json!([true]) => None)]
    #[test_case(json!({"Records": []}) => None)]
    fn events_are_told_apart_by_their_shape(event: Value) -> Option<Request> {
        Request::of(event).ok()
    }

    #[test_case(json!(null) => true)]
    #[test_case(json!({}) => true)]
    #[test_case(json!({"full": false}) => true)]
    #[test_case(json!({"model_version": "rules-1", "leads": 7}) => true; "the report of a score run")]
    #[test_case(json!({"full": true}) => false)]
    #[test_case(json!({"vacuum": true}) => false)]
    #[test_case(json!({"vacuum": true, "keep_days": 7}) => false)]
    fn who_only_shows_tables_refuses_what_asks_for_more(event: Value) -> bool {
        match Request::of(event).unwrap().of_tables() {
            Ok(request) => request == Request::Tables,
            Err(refused) => {
                insta::allow_duplicates! {
                    insta::assert_snapshot!(refused.to_string(), @"this function only brings Glue's tables up to the lake (LEADLAKE_ONLY_TABLES is true); send {}, or ask the catalog function to add up gold or to vacuum");
                }
                false
            }
        }
    }

    #[test]
    fn a_refusal_quotes_nothing() {
        let told = |event| Request::of(event).unwrap_err().to_string();
        for event in
            [json!({"vacuum": "asha@example.com"}), json!({"vacuum": true, "keep_days": "asha@example.com"})]
        {
            insta::allow_duplicates! {
                insta::assert_snapshot!(told(event), @r#"the event is neither a schedule's, nor the report of a score run, nor a request such as {"full": true}, {"vacuum": true, "keep_days": 30} or {}"#);
            }
        }
        insta::assert_snapshot!(told(json!({"vacuum": true, "keep_days": 0})), @"keep_days cannot be used: versions are kept for one day at least, for runs and readers that still use them; ask for more days");
    }
}
