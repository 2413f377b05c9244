//! What an event or a message asks for, whoever made it.

use std::fmt;

use jiff::civil::Date;
use leadlake_contract::SourceName;
use leadlake_lake::ingest::Selection;
use leadlake_lake::key::{KeyError, LONGEST_KEY, ObjectKey};
use serde_json::{Value, json};
use thiserror::Error;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub objects: Vec<Wanted>,
    pub backfill: Option<BackfillRequest>,
    /// S3 sends one when notifications are set up.
    pub test_events: u64,
    /// Something else happened than that an object was made.
    pub ignored: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub place: Place,
    /// The one that the notification speaks of, where the bucket keeps versions.
    pub version: Option<String>,
    /// Also when it is done already.
    pub force: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Anywhere on S3.
    Bucket { bucket: String, key: String },
    /// In this lake.
    Lake(ObjectKey),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackfillRequest {
    pub source: Option<SourceName>,
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub force: bool,
    /// Keys up to this one, and this one, are left out: an earlier call has sent them.
    pub after: Option<ObjectKey>,
}

impl BackfillRequest {
    pub fn selection(self) -> Selection {
        let Self { source, from, to, force, after: _ } = self;
        Selection { source, from, to, force }
    }

    /// As it is asked for.
    pub fn to_json(&self) -> Value {
        let Self { source, from, to, force, after } = self;
        json!({"source": source, "from": from, "to": to, "force": force, "after": after})
    }
}

/// What is wrong with a key, without the key: whatever is no key of an object may be anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoKey(pub KeyError);

impl fmt::Display for NoKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match &self.0 {
            KeyError::Empty => "it is empty",
            KeyError::TooLong { length, .. } => {
                return write!(formatter, "it is {length} bytes long, and {LONGEST_KEY} are possible");
            }
            KeyError::LeadingSlash { .. } => "it starts with /",
            KeyError::EmptySegment { .. } => "it has an empty part",
            KeyError::DotSegment { .. } => "it has a part . or ..",
            KeyError::ControlCharacter { .. } => "it holds a control character",
            KeyError::Backslash { .. } => "it holds a backslash",
            KeyError::NotUtf8 { .. } => "it is not UTF-8",
            KeyError::Temporary { .. } => "it lies in the folder for unfinished files",
        })
    }
}

/// Why a body is none of what refine understands. Shows no value of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Malformed {
    #[error("the message is no JSON, or too deeply nested, at line {line}, column {column}")]
    NotJson { line: usize, column: usize },
    #[error(
        "the message is no notification of S3, no event of EventBridge about an object, no request of leadlake and no backfill"
    )]
    Unknown,
    #[error("{path} is missing or not {expected}")]
    Field { path: String, expected: &'static str },
    #[error("{path} names no object that can be in a lake: {reason}")]
    Key { path: String, reason: NoKey },
    #[error("the backfill's first day is after its last")]
    DaysReversed,
}
