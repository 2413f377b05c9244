//! Where and how Athena is asked.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use crate::glue::GlueDatabase;

const DEFAULT_WORKGROUP: &str = "primary";
/// Of Athena.
const LONGEST_WORKGROUP: usize = 128;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AthenaSettings {
    pub database: GlueDatabase,
    /// Its limits and its place for results hold, whatever is said here.
    pub workgroup: Workgroup,
    /// Where results are written, unless the workgroup says so.
    pub output: Option<OutputLocation>,
    /// How long one query may take, waiting for its turn and asking again included.
    pub timeout: Duration,
}

impl AthenaSettings {
    pub fn new(database: GlueDatabase) -> Self {
        Self { database, workgroup: Workgroup::default(), output: None, timeout: DEFAULT_TIMEOUT }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workgroup(String);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{text:?} cannot be a workgroup; its name has up to {LONGEST_WORKGROUP} letters, digits, dots, hyphens and underscores"
)]
pub struct WorkgroupError {
    text: String,
}

impl Default for Workgroup {
    fn default() -> Self {
        Self(DEFAULT_WORKGROUP.to_owned())
    }
}

impl FromStr for Workgroup {
    type Err = WorkgroupError;

    fn from_str(text: &str) -> Result<Self, WorkgroupError> {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
        if !(1..=LONGEST_WORKGROUP).contains(&text.len()) || !text.chars().all(is_letter) {
            return Err(WorkgroupError { text: text.to_owned() });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Workgroup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A folder on S3 for what Athena answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLocation(String);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no place for Athena's results; write s3://bucket/folder/")]
pub struct OutputLocationError {
    text: String,
}

impl FromStr for OutputLocation {
    type Err = OutputLocationError;

    fn from_str(text: &str) -> Result<Self, OutputLocationError> {
        let bucket = text.strip_prefix("s3://").and_then(|rest| rest.split('/').next());
        match bucket {
            Some(bucket) if bucket.len() >= 3 => Ok(Self(format!("{}/", text.trim_end_matches('/')))),
            _ => Err(OutputLocationError { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for OutputLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
