//! Why a query has no answer.

use std::error::Error;

use datafusion::arrow::error::ArrowError;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;
use leadlake_lake::LakeError;
use leadlake_lake::store::StoreError;
use leadlake_lake::tables::TableError;
use thiserror::Error;

use crate::closest::closest;

/// The engine has no kind of error of its own for this.
const SPILL_LIMIT: &str = "used disk space during the spilling process";

/// Messages name tables, columns and keys. What a cell holds is left out of them.
#[derive(Debug, Error)]
pub enum QueryError {
    #[error("this is no SQL: {reason}")]
    Syntax { reason: String },
    #[error("give one query at a time; these are {count}")]
    NotOne { count: usize },
    #[error(
        "{statement} is no query; only SELECT, SHOW, DESCRIBE and EXPLAIN are answered, and nothing is ever changed by them"
    )]
    NotAQuery { statement: String },
    #[error("there is no table {table}{}; there are {known}", meant(.closest.as_deref()))]
    UnknownTable { table: String, closest: Option<String>, known: String },
    #[error("there is no column {column}{}; there are {known}", meant(.closest.as_deref()))]
    UnknownColumn { column: String, closest: Option<String>, known: String },
    #[error("{table} has no version yet; leadlake run --lake ... makes the first one")]
    NoVersionYet { table: String },
    #[error("the query means nothing: {0}")]
    Meaning(String),
    #[error(
        "the query needs more than the memory or disk it may use ({reason}); ask for fewer rows or columns, or allow more"
    )]
    TooLarge { reason: String },
    #[error("the query failed: {0}")]
    Failed(String),
    #[error(
        "the query failed: {0}; run leadlake verify, which names every damaged file and what to do about it"
    )]
    File(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("the engine could not be started: {0}; free memory or threads and try again")]
    Start(#[source] std::io::Error),
}

fn meant(closest: Option<&str>) -> String {
    closest.map(|name| format!(", did you mean {name}?")).unwrap_or_default()
}

/// How far a query got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No row was read: messages can only show what the query itself says.
    Planning,
    Running,
}

impl QueryError {
    pub(crate) fn planning(error: DataFusionError) -> Self {
        Self::of(error, Phase::Planning)
    }

    pub(crate) fn running(error: DataFusionError) -> Self {
        Self::of(error, Phase::Running)
    }

    fn of(error: DataFusionError, phase: Phase) -> Self {
        let error = match own_error(error) {
            Ok(own) => return own,
            Err(error) => error,
        };
        if let Some(store) = store_error_in(&error) {
            return Self::Failed(store.to_string());
        }
        match error.find_root() {
            DataFusionError::SQL(reason, _) => Self::Syntax { reason: reason_of(reason) },
            DataFusionError::SchemaError(schema, _) => of_schema(schema),
            DataFusionError::ResourcesExhausted(reason) => Self::TooLarge { reason: first_line(reason) },
            root if root.to_string().contains(SPILL_LIMIT) => {
                Self::TooLarge { reason: "there is too much to set aside on disk".to_owned() }
            }
            DataFusionError::Plan(reason) | DataFusionError::NotImplemented(reason)
                if phase == Phase::Planning =>
            {
                Self::Meaning(in_short(reason))
            }
            root if phase == Phase::Planning => Self::Meaning(in_short(&root.strip_backtrace())),
            DataFusionError::ParquetError(error) => Self::File(without_values(&error.to_string())),
            DataFusionError::ArrowError(error, _) if matches!(**error, ArrowError::ParquetError(_)) => {
                Self::File(without_values(&error.to_string()))
            }
            root => Self::Failed(without_values(&root.strip_backtrace())),
        }
    }
}

/// An error of this crate comes back out of the engine as it went in.
fn own_error(error: DataFusionError) -> Result<QueryError, DataFusionError> {
    match error {
        DataFusionError::External(external) => match external.downcast::<QueryError>() {
            Ok(own) => Ok(*own),
            Err(foreign) => Err(DataFusionError::External(foreign)),
        },
        DataFusionError::Context(context, inner) => {
            own_error(*inner).map_err(|inner| DataFusionError::Context(context, Box::new(inner)))
        }
        other => Err(other),
    }
}

impl From<QueryError> for DataFusionError {
    fn from(error: QueryError) -> Self {
        Self::External(Box::new(error))
    }
}

fn store_error_in(error: &DataFusionError) -> Option<&StoreError> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(store) = error.downcast_ref::<StoreError>() {
            return Some(store);
        }
        next = error.source();
    }
    None
}

/// The place stands in the parser's own words.
fn reason_of(error: &ParserError) -> String {
    match error {
        ParserError::TokenizerError(reason) | ParserError::ParserError(reason) => reason.clone(),
        ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
    }
}

fn of_schema(error: &SchemaError) -> QueryError {
    let SchemaError::FieldNotFound { field, valid_fields } = error else {
        return QueryError::Meaning(error.to_string());
    };
    let mut names: Vec<&str> = Vec::new();
    for field in valid_fields {
        // Tables that are joined often share names.
        if !names.contains(&field.name.as_str()) {
            names.push(&field.name);
        }
    }
    QueryError::UnknownColumn {
        column: field.name.clone(),
        closest: closest(&field.name, names.iter().copied()).map(str::to_owned),
        known: if names.is_empty() { "none here".to_owned() } else { names.join(", ") },
    }
}

/// Of what the engine writes about a call that fits no function, the sentence that says so; of anything else all but the
/// request to report it to the engine's makers.
fn in_short(reason: &str) -> String {
    const NO_FIT: &str = "No function matches";
    if let Some((_, call)) = reason.split_once(NO_FIT) {
        return format!("{NO_FIT}{}", first_line(call));
    }
    let (essence, _) = reason.split_once("\nThis issue was likely caused").unwrap_or((reason, ""));
    essence.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_end_matches([':', '.']).to_owned()
}

/// The engine's words about rows that it failed at, without what is in them. Values stand in quotes, which a value may hold
/// too, behind a colon or on lines of their own; or they are numbers.
pub(crate) fn without_values(message: &str) -> String {
    let said = without_kinds(message);
    let Some((stop, end)) = first_stop(said) else { return without_numbers(said) };
    let before = without_numbers(said.get(..end).unwrap_or_default());
    if before.starts_with(UNREADABLE_END) {
        // Names, counts and places of the format: no cell has been read.
        let reason = said.get(end + 1..).unwrap_or_default();
        return format!("{before}: {}", without_values(reason.trim_start()));
    }
    if matches!(stop, ':' | '\n') {
        return format!("{before}: …");
    }
    let last = said.rfind(QUOTES).unwrap_or(end);
    let behind = said.get(last + 1..).unwrap_or_default();
    // Which type it should have been.
    let target = if behind.starts_with(" to ") && first_stop(behind).is_none() { behind } else { "" };
    format!("{before}{stop}…{stop}{}", without_numbers(target))
}

const UNREADABLE_END: &str = "Failed to fetch metadata for file ";
const QUOTES: [char; 3] = ['\'', '"', '`'];
/// Fewer digits are no phone.
const LONGEST_NUMBER: usize = 5;

/// `Arrow error: Cast error: ` says nothing to who asked.
fn without_kinds(message: &str) -> &str {
    const LIKEWISE: [&str; 2] = ["Error during planning", "This feature is not implemented"];
    match message.split_once(": ") {
        Some((kind, rest)) if kind.ends_with("error") || LIKEWISE.contains(&kind) => without_kinds(rest),
        _ => message,
    }
}

/// An apostrophe within a word opens nothing.
fn first_stop(text: &str) -> Option<(char, usize)> {
    let mut before = ' ';
    text.char_indices().find_map(|(place, letter)| {
        let opens = QUOTES.contains(&letter) && !before.is_alphanumeric();
        before = letter;
        (opens || matches!(letter, ':' | '\n')).then_some((letter, place))
    })
}

/// Names of files stay, which have numbers of their own.
fn without_numbers(text: &str) -> String {
    text.split_inclusive(' ')
        .map(|word| if word.contains('/') { word.to_owned() } else { hidden(word) })
        .collect()
}

fn hidden(word: &str) -> String {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let mut shown = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(start) = rest.find(is_digit) {
        let (before, from) = rest.split_at(start);
        let (number, behind) = from.split_at(from.find(|letter| !is_digit(letter)).unwrap_or(from.len()));
        shown.push_str(before);
        shown.push_str(if number.len() > LONGEST_NUMBER { "…" } else { number });
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("Arrow error: Cast error: Cannot cast string 'amit@gmail.com' to value of Int64 type" => "Cannot cast string '…' to value of Int64 type")]
    #[test_case("Cannot cast string 'Tim O'Hara \"T\" Rao' to value of Int64 type" => "Cannot cast string '…' to value of Int64 type")]
    #[test_case("Cannot cast string 'O' to 'Hara: Rao' to value of Int64 type" => "Cannot cast string '…' to value of Int64 type")]
    #[test_case("can't read \"a\" and 'b" => "can't read \"…\"")]
    #[test_case("Error parsing timestamp from 'Amit' using format '%Y': premature end" => "Error parsing timestamp from '…'")]
    #[test_case("Can't cast value 919876543210.0 to type Int16" => "Can't cast value ….0 to type Int16")]
    #[test_case("919876543210 is too large to store in a Decimal128 of precision 5" => "… is too large to store in a Decimal128 of precision 5")]
    #[test_case("External error: regex parse error:\n    Amit (\n         ^" => "regex parse error: …")]
    #[test_case("Compute error: Regular expression did not compile: Amit (" => "Regular expression did not compile: …")]
    #[test_case("Execution error: duplicate key found: Amit" => "duplicate key found: …")]
    #[test_case("Parquet error: Failed to fetch metadata for file gold/kpi/snap=00000005-a/part-00000.parquet: Parquet error: Invalid Parquet file. Corrupt footer" => "Failed to fetch metadata for file gold/kpi/snap=00000005-a/part-00000.parquet: Invalid Parquet file. Corrupt footer")]
    #[test_case("Failed to fetch metadata for file a/b.parquet: Parquet error: column 'Amit': Amit" => "Failed to fetch metadata for file a/b.parquet: column '…'")]
    #[test_case("Divide by zero" => "Divide by zero")]
    fn values_are_left_out(message: &str) -> String {
        without_values(message)
    }
}
