//! The name of a database in Glue.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What Glue takes; Athena takes no other letters either.
const LONGEST: usize = 255;

/// Where a lake's tables stand in Glue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlueDatabase(String);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{text:?} cannot be the name of a database; use up to {LONGEST} lower-case letters, digits and underscores"
)]
pub struct GlueDatabaseError {
    text: String,
}

impl GlueDatabase {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for GlueDatabase {
    type Err = GlueDatabaseError;

    fn from_str(text: &str) -> Result<Self, GlueDatabaseError> {
        let is_letter = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if !(1..=LONGEST).contains(&text.len()) || !text.bytes().all(is_letter) {
            return Err(GlueDatabaseError { text: text.to_owned() });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for GlueDatabase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
