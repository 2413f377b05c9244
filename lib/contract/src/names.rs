//! Names that end up in paths, tables and columns, checked once.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest name that Glue, Athena and Redshift all accept with a layer prefix before it.
const LONGEST_NAME: usize = 100;

/// Why a name cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    #[error("a name is empty; give it lower-case letters, digits and underscores, starting with a letter")]
    Empty,
    #[error("name is {length} characters long, at most {LONGEST_NAME} are possible")]
    TooLong { length: usize },
    #[error(
        "name {name:?} is not usable as a folder, table or column; use lower-case letters, digits and underscores, starting with a letter"
    )]
    Characters { name: String },
    #[error("version {text:?} is not MAJOR.MINOR.PATCH, such as 1.0.0")]
    Version { text: String },
}

pub(crate) fn check_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > LONGEST_NAME {
        return Err(NameError::TooLong { length: name.len() });
    }
    let starts_with_letter = name.starts_with(|first: char| first.is_ascii_lowercase());
    let rest_is_plain =
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !(starts_with_letter && rest_is_plain) {
        return Err(NameError::Characters { name: name.to_owned() });
    }
    Ok(())
}

/// The name of a source: the folder below `bronze/` and the stem of its tables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceName(String);

impl SourceName {
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        check_name(&name)?;
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SourceName {
    type Error = NameError;

    fn try_from(name: String) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl std::str::FromStr for SourceName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl From<SourceName> for String {
    fn from(name: SourceName) -> Self {
        name.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A contract's own version, MAJOR.MINOR.PATCH.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContractVersion {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

impl std::str::FromStr for ContractVersion {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let refused = || NameError::Version { text: text.to_owned() };
        let mut parts = text.split('.').map(|part| part.parse::<u32>().map_err(|_| refused()));
        let mut next = || parts.next().ok_or_else(refused)?;
        let version = Self { major: next()?, minor: next()?, patch: next()? };
        match parts.next() {
            None => Ok(version),
            Some(_) => Err(refused()),
        }
    }
}

impl TryFrom<String> for ContractVersion {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<ContractVersion> for String {
    fn from(version: ContractVersion) -> Self {
        version.to_string()
    }
}

impl fmt::Display for ContractVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("roadshow" => true)]
    #[test_case("web_2" => true)]
    #[test_case("" => false; "empty")]
    #[test_case("2web" => false)]
    #[test_case("../up" => false)]
    #[test_case("Web" => false)]
    #[test_case("web site" => false)]
    fn a_source_name_is_safe_in_paths_and_tables(name: &str) -> bool {
        SourceName::new(name).is_ok()
    }

    #[test_case("1.0.0" => true)]
    #[test_case("1.0" => false)]
    #[test_case("1.0.0.0" => false)]
    #[test_case("1.0.x" => false)]
    fn a_version_has_three_numbers(text: &str) -> bool {
        text.parse::<ContractVersion>().is_ok()
    }

    #[test]
    fn versions_order_by_number_not_by_text() {
        let older: ContractVersion = "1.9.0".parse().unwrap();
        let newer: ContractVersion = "1.10.0".parse().unwrap();
        assert!(older < newer);
    }
}
