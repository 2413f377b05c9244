//! What one run is called.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Tells one run from every other: `20250106T090000Z-` and 16 hexadecimal digits. A run commits a table once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no run id, such as 20250106T090000Z-00c0ffee00c0ffee")]
pub struct RunIdError {
    text: String,
}

impl RunId {
    /// `randomness` must differ between runs that begin in the same second.
    pub fn new(begun: Timestamp, randomness: u64) -> Self {
        let begun = begun.to_zoned(TimeZone::UTC);
        Self(format!("{}-{randomness:016x}", begun.strftime("%Y%m%dT%H%M%SZ")))
    }

    /// When the run began, to the second.
    pub fn begun(&self) -> Option<Timestamp> {
        let (begun, _) = self.0.split_once('-')?;
        DateTime::strptime("%Y%m%dT%H%M%SZ", begun)
            .ok()?
            .to_zoned(TimeZone::UTC)
            .ok()
            .map(|at| at.timestamp())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is_well_formed(text: &str) -> bool {
        let Some((begun, random)) = text.split_once('-') else {
            return false;
        };
        let (day, time) = begun.split_once('T').unwrap_or_default();
        let is_number = |text: &str, digits| text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        let is_hex = random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_time = time.strip_suffix('Z').is_some_and(|time| is_number(time, 6));
        is_number(day, 8) && is_time && random.len() == 16 && is_hex
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for RunId {
    type Error = RunIdError;

    fn try_from(text: String) -> Result<Self, RunIdError> {
        if Self::is_well_formed(&text) { Ok(Self(text)) } else { Err(RunIdError { text }) }
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}
