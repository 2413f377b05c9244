//! Why a record was refused.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The stable name of a reason. Dashboards, alarms and `replay --code` rely on these: they never change meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RefusalCode(&'static str);

macro_rules! codes {
    ($($name:ident = $code:literal, $meaning:literal;)*) => {
        impl RefusalCode {
            $(#[doc = $meaning] pub const $name: Self = Self($code);)*

            /// Every code with its meaning, for `--help`, docs and checks.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $meaning),)*];
        }
    };
}

codes! {
    NOT_JSON = "not_json", "the record is not well-formed JSON";
    TRUNCATED = "truncated", "the object ends in the middle of the record";
    UNTERMINATED_ARRAY = "unterminated_array", "the object is an array whose end is missing, so records may be too";
    DAMAGED_OBJECT = "damaged_object", "the compressed bytes are damaged from here on";
    EXPANDS_TOO_FAR = "expands_too_far", "the object grows out of all proportion when decompressed";
    COMPRESSED_TWICE = "compressed_twice", "what the object unpacks to is compressed again, and it is unpacked once only";
    UNSUPPORTED_ENCODING = "unsupported_encoding", "the object is UTF-16 or UTF-32; JSON lines must be UTF-8";
    INVALID_UTF8 = "invalid_utf8", "the record is not valid UTF-8";
    NOT_AN_OBJECT = "not_an_object", "the record is JSON but no object";
    TOO_LARGE = "too_large", "the record is larger than the contract allows";
    TOO_DEEP = "too_deep", "the record nests deeper than 64 levels";
    TOO_MANY_FIELDS = "too_many_fields", "the record has more than 1,000 fields";
    DUPLICATE_KEY = "duplicate_key", "a field is given twice, so its value is anybody's guess";
    MISSING = "missing", "a required field is missing or empty";
    WRONG_TYPE = "wrong_type", "the value has a JSON type that cannot be meant";
    NOT_AN_INTEGER = "not_an_integer", "the value is no whole number";
    NOT_A_NUMBER = "not_a_number", "the value is no number";
    TOO_PRECISE = "too_precise", "the number has more decimals than the column keeps";
    OUT_OF_RANGE = "out_of_range", "the value lies outside the contract's range or the column's";
    NOT_A_BOOLEAN = "not_a_boolean", "the value is neither true nor false";
    NOT_A_TIMESTAMP = "not_a_timestamp", "the value is no point in time";
    TIMESTAMP_WITHOUT_OFFSET = "timestamp_without_offset", "the time has no offset, so it may mean any of 38 instants";
    NOT_A_DATE = "not_a_date", "the value is no calendar date";
    NOT_AN_EMAIL = "not_an_email", "the value is no email address";
    NOT_A_PHONE = "not_a_phone", "the value is no phone number that can exist";
    PHONE_WITHOUT_COUNTRY = "phone_without_country", "the phone has no country code and the contract names no region to read it in";
    NOT_A_RANGE = "not_a_range", "the value is no range of amounts";
    RANGE_REVERSED = "range_reversed", "the range's lower end lies above its upper one";
    NOT_A_SPAN = "not_a_span", "the value is no span of days";
    CONTROL_CHARACTER = "control_character", "the text holds control characters";
    INVALID_UNICODE = "invalid_unicode", "the text holds half of a surrogate pair";
    TOO_SHORT = "too_short", "the text is shorter than the contract allows";
    TOO_LONG = "too_long", "the text is longer than the contract allows";
    NOT_ALLOWED = "not_allowed", "the value is not one of the contract's";
    AHEAD_OF_ARRIVAL = "ahead_of_arrival", "the event lies further after its arrival than clocks can differ";
    NO_IDENTITY = "no_identity", "none of the fields that tell whose event it is holds a valid value";
    EVENT_ID_REUSED = "event_id_reused", "another event of the object has the same id but different content";
    OBJECT_REFUSED = "object_refused", "the record is fine, but too many others of its object are not";
}

impl RefusalCode {
    pub fn as_str(self) -> &'static str {
        self.0
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().map(|(code, _)| *code).find(|code| code.0 == text)
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl<'de> Deserialize<'de> for RefusalCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format_args!("{text:?} is not a code of this version")))
    }
}

/// A reason with its place. The values in `path` and `actual` come from the record, so they are as personal as it is:
/// they belong into quarantine and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub code: RefusalCode,
    /// As JSON path, `$` for the record itself.
    pub path: String,
    pub expected: String,
    pub actual: String,
}

impl Refusal {
    /// Boxed, because refusals are rare and the results that may carry one are passed on for every record.
    pub(crate) fn of_record(
        code: RefusalCode,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Box<Self> {
        Box::new(Self { code, path: "$".to_owned(), expected: expected.into(), actual: actual.into() })
    }

    pub(crate) fn of_field(
        code: RefusalCode,
        key: &str,
        expected: impl Into<String>,
        actual: &str,
    ) -> Box<Self> {
        Box::new(Self { code, path: json_path(key), expected: expected.into(), actual: excerpt(actual) })
    }
}

fn json_path(key: &str) -> String {
    let is_plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { format!("$.{key}") } else { format!("$[{key:?}]") }
}

/// The original is kept beside it, so the reason only needs enough to be recognised.
const LONGEST_EXCERPT: usize = 120;

pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(LONGEST_EXCERPT) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_found_by_name() {
        let names: BTreeSet<&str> = RefusalCode::ALL.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(names.len(), RefusalCode::ALL.len());
        for (code, _) in RefusalCode::ALL {
            assert_eq!(RefusalCode::parse(code.as_str()), Some(*code));
        }
        assert_eq!(RefusalCode::parse("no_such_code"), None);
    }

    #[test]
    fn paths_quote_what_is_not_plain() {
        assert_eq!(json_path("email"), "$.email");
        assert_eq!(json_path("e mail\""), "$[\"e mail\\\"\"]");
    }
}
