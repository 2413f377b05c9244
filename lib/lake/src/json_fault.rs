//! What is wrong with a file of JSON, and where, without what stands in it.

use serde_json::error::Category;
use thiserror::Error;

/// Ledger, logs and catalog hold nothing of records, but a damaged file of theirs may hold anything.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct JsonFault(String);

impl From<serde_json::Error> for JsonFault {
    fn from(error: serde_json::Error) -> Self {
        const NAMES_OUR_FIELD: &str = "missing field ";
        const QUOTE_FIRST: [&str; 2] = ["invalid type: ", "invalid value: "];
        let said = error.to_string();
        // What is no JSON is told in the parser's words alone; what is JSON of another kind is quoted.
        if error.classify() != Category::Data || said.starts_with(NAMES_OUR_FIELD) {
            return Self(said);
        }
        // What was found comes first, and what is expected is ours.
        if let Some((found, expected)) = said.rsplit_once(", expected ")
            && QUOTE_FIRST.iter().any(|words| found.starts_with(words))
        {
            return Self(format!("expected {expected}"));
        }
        let (line, column) = (error.line(), error.column());
        Self(format!("something else is expected at line {line} column {column}"))
    }
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::*;
    use crate::ledger::LedgerEntry;

    #[test_case("\"asha@b.in\"" => "expected struct LedgerEntry at line 1 column 11")]
    #[test_case("\"a, expected asha@b.in\"" => "expected struct LedgerEntry at line 1 column 23")]
    #[test_case("[\"asha@b.in\"]" => "something else is expected at line 1 column 13")]
    #[test_case("{\"object_id\":\"asha@b.in\"}" => "something else is expected at line 1 column 25")]
    #[test_case("{\"email\":\"asha@b.in\"}" => "missing field `object_id` at line 1 column 21")]
    #[test_case("asha@b.in" => "expected value at line 1 column 1")]
    #[test_case("{\"asha@b.in" => "EOF while parsing a string at line 1 column 11")]
    fn is_told_without_what_was_there(json: &str) -> String {
        JsonFault::from(serde_json::from_str::<LedgerEntry>(json).unwrap_err()).to_string()
    }
}
