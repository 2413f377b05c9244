//! The numbers of a table's log entries.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What eight digits can hold: one entry a minute for 190 years.
const HIGHEST: u32 = 99_999_999;

/// The number of a log entry, from 1, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct VersionNumber(u32);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no version; versions are numbered from 1 to {HIGHEST}")]
pub struct VersionNumberError {
    text: String,
}

impl VersionNumber {
    pub const FIRST: Self = Self(1);

    pub fn new(number: u32) -> Result<Self, VersionNumberError> {
        match number {
            1..=HIGHEST => Ok(Self(number)),
            _ => Err(VersionNumberError { text: number.to_string() }),
        }
    }

    pub fn get(self) -> u32 {
        self.0
    }

    pub fn next(self) -> Result<Self, VersionNumberError> {
        Self::new(self.0.saturating_add(1))
    }

    /// As it stands in names, so that they sort like the numbers.
    pub fn padded(self) -> String {
        format!("{:08}", self.0)
    }

    pub(crate) fn from_padded(text: &str) -> Option<Self> {
        let is_padded = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_padded).and_then(|number| Self::new(number).ok())
    }

    /// This number and all up to `last`.
    pub fn up_to(self, last: Self) -> impl DoubleEndedIterator<Item = Self> + Clone {
        (self.0..=last.0).map(Self)
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl FromStr for VersionNumber {
    type Err = VersionNumberError;

    fn from_str(text: &str) -> Result<Self, VersionNumberError> {
        let number = text.parse().map_err(|_| VersionNumberError { text: text.to_owned() })?;
        Self::new(number)
    }
}

impl TryFrom<u32> for VersionNumber {
    type Error = VersionNumberError;

    fn try_from(number: u32) -> Result<Self, VersionNumberError> {
        Self::new(number)
    }
}

impl From<VersionNumber> for u32 {
    fn from(number: VersionNumber) -> Self {
        number.0
    }
}

/// A set of numbers, kept as ranges: of what vacuum has taken nearly all lies in one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(VersionNumber, VersionNumber)>", into = "Vec<(VersionNumber, VersionNumber)>")]
pub struct VersionSet(Vec<RangeInclusive<VersionNumber>>);

impl VersionSet {
    pub fn contains(&self, number: VersionNumber) -> bool {
        self.0.iter().any(|range| range.contains(&number))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = VersionNumber> {
        self.0.iter().flat_map(|range| range.start().up_to(*range.end()))
    }
}

impl FromIterator<VersionNumber> for VersionSet {
    fn from_iter<I: IntoIterator<Item = VersionNumber>>(numbers: I) -> Self {
        let mut numbers: Vec<VersionNumber> = numbers.into_iter().collect();
        numbers.sort_unstable();
        let mut ranges: Vec<RangeInclusive<VersionNumber>> = Vec::new();
        for number in numbers {
            match ranges.last_mut() {
                Some(range) if number.0 <= range.end().0 + 1 => *range = *range.start()..=number,
                _ => ranges.push(number..=number),
            }
        }
        Self(ranges)
    }
}

impl From<Vec<(VersionNumber, VersionNumber)>> for VersionSet {
    fn from(pairs: Vec<(VersionNumber, VersionNumber)>) -> Self {
        pairs.into_iter().flat_map(|(first, last)| first.up_to(last)).collect()
    }
}

impl From<VersionSet> for Vec<(VersionNumber, VersionNumber)> {
    fn from(set: VersionSet) -> Self {
        set.0.iter().map(|range| (*range.start(), *range.end())).collect()
    }
}
