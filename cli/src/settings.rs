//! Which scoring settings, identity rules and thresholds a command works with.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

#[cfg(feature = "query")]
use leadlake_gold::KpiSettings;
use leadlake_lead::identity::{IdentityRules, WrittenPhoneError};
use leadlake_lead::lead_id::LeadIdError;
use leadlake_score::Scoring;
use serde::Serialize;
use serde_saphyr::Error;

use crate::error::CliError;

const USUAL_SCORING: &str = "scoring.yaml";
const USUAL_RULES: &str = "identity.yaml";
#[cfg(feature = "query")]
const USUAL_KPIS: &str = "kpi.yaml";

#[derive(Debug)]
pub struct LoadedScoring {
    pub scoring: Scoring,
    pub from: SettingsFrom,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingsFrom {
    File(PathBuf),
    BuiltIn,
}

impl LoadedScoring {
    /// Those of the file named, of `./scoring.yaml`, or the built-in ones.
    pub fn load(named: Option<&Path>) -> Result<Self, CliError> {
        let Some(file) = named_or_usual(named, USUAL_SCORING) else {
            return Ok(Self { scoring: Scoring::shipped()?, from: SettingsFrom::BuiltIn });
        };
        let scoring = Scoring::parse(&file.display().to_string(), &read(&file)?)?;
        Ok(Self { scoring, from: SettingsFrom::File(file) })
    }
}

#[cfg(feature = "query")]
#[derive(Debug)]
pub struct LoadedKpis {
    pub kpis: KpiSettings,
    pub from: SettingsFrom,
}

#[cfg(feature = "query")]
impl LoadedKpis {
    /// Those of the file named, of `./kpi.yaml`, or the built-in ones.
    pub fn load(named: Option<&Path>) -> Result<Self, CliError> {
        let Some(file) = named_or_usual(named, USUAL_KPIS) else {
            return Ok(Self { kpis: KpiSettings::shipped()?, from: SettingsFrom::BuiltIn });
        };
        let kpis = KpiSettings::parse(&file.display().to_string(), &read(&file)?)?;
        Ok(Self { kpis, from: SettingsFrom::File(file) })
    }
}

/// Those of the file named, of `./identity.yaml`, or none.
pub fn load_rules(named: Option<&Path>) -> Result<IdentityRules, CliError> {
    let Some(file) = named_or_usual(named, USUAL_RULES) else { return Ok(IdentityRules::default()) };
    parse_rules(&read(&file)?).map_err(|fault| CliError::Rules { file, fault })
}

/// What is wrong with rules, and where. The file is of people's addresses, so nothing of it is quoted.
#[derive(Debug, PartialEq, Eq)]
pub struct RulesFault {
    line_and_column: Option<(u64, u64)>,
    reason: String,
}

fn parse_rules(text: &str) -> Result<IdentityRules, RulesFault> {
    if text.trim().is_empty() {
        return Ok(IdentityRules::default());
    }
    let options = serde_saphyr::options! { emit_comments: false, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| RulesFault {
        line_and_column: error.location().map(|place| (place.line(), place.column())),
        reason: reason_of(&error),
    })
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

fn named_or_usual(named: Option<&Path>, usual: &str) -> Option<PathBuf> {
    let usual = Path::new(usual);
    named.or_else(|| usual.is_file().then_some(usual)).map(Path::to_owned)
}

fn read(file: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(file).map_err(|source| CliError::File { file: file.to_owned(), source })
}

impl Display for RulesFault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.line_and_column {
            write!(formatter, "line {line}, column {column}: ")?;
        }
        formatter.write_str(&self.reason)
    }
}

impl Display for SettingsFrom {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(formatter, "{}", file.display()),
            Self::BuiltIn => formatter.write_str("built in"),
        }
    }
}

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
        let told = cases.map(|(text, _)| parse_rules(text).unwrap_err().to_string());
        assert_eq!(told, cases.map(|(_, told)| told));
        assert_eq!(parse_rules(" \n"), Ok(IdentityRules::default()));
    }
}
