//! What can be wrong with the settings, where it is, and what to do about it.

use std::fmt;

use thiserror::Error;

use crate::document::is_word;

/// Why the settings cannot be used: everything that is wrong, one line each.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", lines(.file, .problems))]
pub struct SettingsError {
    pub file: String,
    pub problems: Vec<Problem>,
}

fn lines(file: &str, problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{file}{problem}")).collect::<Vec<_>>().join("\n")
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Nothing for a problem of the file as a whole.
    pub place: Option<Place>,
    pub reason: Reason,
}

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Nothing for a key of the document itself that is not there.
    pub line: Option<u64>,
    /// Such as `kpis.lead_volume.headline`; empty for the document itself.
    pub path: String,
}

impl Place {
    /// Of a value below this one.
    pub fn key(&self, key: &str, line: u64) -> Self {
        let key = if is_word(key) { key } else { "(other)" };
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { line: Some(line), path }
    }

    /// Of a key that is missing, which is looked for where its mapping begins.
    pub fn missing(&self, key: &str) -> Self {
        if self.path.is_empty() {
            return Self { line: None, path: key.to_owned() };
        }
        Self { line: self.line, path: format!("{}.{key}", self.path) }
    }

    pub fn item(&self, index: usize, line: u64) -> Self {
        Self { line: Some(line), path: format!("{}[{index}]", self.path) }
    }
}

/// What follows the name of the file.
impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Place { line, path }) = &self.place else {
            return write!(formatter, ": {}", self.reason);
        };
        if let Some(line) = line {
            write!(formatter, ":{line}")?;
        }
        if !path.is_empty() {
            write!(formatter, ": {path}")?;
        }
        write!(formatter, ": {}", self.reason)
    }
}

/// What is wrong, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    #[error("is {bytes} bytes long, settings have at most {most}; is this another file?")]
    TooLarge { bytes: usize, most: usize },
    #[error("is not usable YAML: {fault}")]
    NotYaml { fault: String },
    #[error("uses YAML anchors, aliases or merge keys; write the values out at each place")]
    YamlAlias,
    #[error("is {found}; give {expected}")]
    Value { found: String, expected: String },
    #[error("is missing; give {expected}")]
    Missing { expected: String },
    #[error("is not known here{}; possible: {}", meant(*.closest), .possible.join(", "))]
    UnknownKey { closest: Option<&'static str>, possible: &'static [&'static str] },
    /// A rule that only these settings have.
    #[error("{0}")]
    Rule(String),
}

/// Below this likeness a suggestion misleads more than it helps.
const LEAST_LIKENESS: f64 = 0.5;

fn meant(closest: Option<&str>) -> String {
    closest.map(|key| format!(", did you mean {key}?")).unwrap_or_default()
}

impl Reason {
    pub(crate) fn unknown_key(written: &str, possible: &'static [&'static str]) -> Self {
        let written = written.to_lowercase();
        let closest = possible
            .iter()
            .map(|key| (strsim::normalized_damerau_levenshtein(&written, key), *key))
            .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
            .max_by(|(left, _), (right, _)| left.total_cmp(right))
            .map(|(_, key)| key);
        Self::UnknownKey { closest, possible }
    }

    pub fn rule(broken: impl fmt::Display) -> Self {
        Self::Rule(broken.to_string())
    }
}
