//! What an event or a message asks for, whoever made it.

use jiff::civil::Date;
use leadlake_contract::SourceName;
use leadlake_lake::ingest::Selection;
use leadlake_lake::key::ObjectKey;
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
}

impl BackfillRequest {
    pub fn selection(self) -> Selection {
        let Self { source, from, to, force } = self;
        Selection { source, from, to, force }
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
    Key { path: String, reason: String },
    #[error("the backfill's first day is after its last")]
    DaysReversed,
}
