//! The rule file. It is of people's identifiers, so nothing that it says is ever quoted.

use std::fmt;

use serde_saphyr::Error;

use super::rules::{IdentityRules, WrittenPhoneError};
use crate::lead_id::LeadIdError;

/// What is wrong with rules, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesFault {
    line_and_column: Option<(u64, u64)>,
    reason: String,
}

impl IdentityRules {
    /// Of YAML. A file without any rules says nothing.
    pub fn parse(text: &str) -> Result<Self, RulesFault> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let options = serde_saphyr::options! { emit_comments: false, with_snippet: false };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| RulesFault {
            line_and_column: error.location().map(|place| (place.line(), place.column())),
            reason: reason_of(&error),
        })
    }
}

/// In words of the program's own: what the parser says may hold what it found.
fn reason_of(error: &Error) -> String {
    let own_words = [LeadIdError.to_string(), WrittenPhoneError.to_string()];
    match error {
        Error::AliasError { error, .. } => reason_of(error),
        Error::SerdeUnknownField { expected, .. } | Error::SerdeUnknownVariant { expected, .. } => {
            format!("an unknown word, where only {} may stand", expected.join(", "))
        }
        Error::SerdeMissingField { field, .. } => format!("{field} is missing"),
        Error::DuplicateMappingKey { .. } => "a word stands twice in one entry".to_owned(),
        Error::Eof { .. } => "it ends too early".to_owned(),
        Error::MultipleDocuments { .. } => "it holds several documents".to_owned(),
        Error::Message { msg, .. } if own_words.contains(msg) => msg.clone(),
        Error::ExternalMessage { .. } => "this is not YAML".to_owned(),
        _ => "something else is expected here".to_owned(),
    }
}

impl fmt::Display for RulesFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.line_and_column {
            write!(formatter, "line {line}, column {column}: ")?;
        }
        formatter.write_str(&self.reason)
    }
}

impl std::error::Error for RulesFault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_rules_say_where_and_why_and_quote_nothing() {
        let cases = [
            (
                "join:\n  - one: {email: asha@b.in}\n    other: {e_mail: asha@b.in}\n    reason: asha\n",
                "line 3, column 13: an unknown word, where only email, phone, crm_id, lead may stand",
            ),
            (
                "asha@b.in: []\n",
                "line 1, column 1: an unknown word, where only separate, join, ignore may stand",
            ),
            ("ignore:\n  - identifier: {email: asha@b.in}\n", "line 2, column 5: reason is missing"),
            ("join:\n  - asha@b.in\n", "line 2, column 5: something else is expected here"),
            (
                "ignore:\n  - identifier: {lead: asha@b.in}\n    reason: r\n",
                "line 2, column 24: a lead id is `lead-` and 24 lower-case hex digits",
            ),
            (
                "ignore:\n  - identifier: {phone: 98227 37812}\n    reason: r\n",
                "line 2, column 25: a phone in a rule begins with `+` and its country code and has 8 to 15 digits; \
                 spaces, dashes and brackets may stand between",
            ),
            ("ignore: [asha@b.in", "line 1, column 9: this is not YAML"),
            ("ignore: *asha", "line 1, column 9: something else is expected here"),
            ("asha@b.in", "line 1, column 1: something else is expected here"),
        ];
        let told = cases.map(|(text, _)| IdentityRules::parse(text).unwrap_err().to_string());
        assert_eq!(told, cases.map(|(_, told)| told));
        assert_eq!(IdentityRules::parse(" \n"), Ok(IdentityRules::default()));
    }
}
