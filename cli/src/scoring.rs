//! Which scoring settings and identity rules a command works with.

use std::path::{Path, PathBuf};

use leadlake_lead::identity::IdentityRules;
use leadlake_score::Scoring;
use serde::Serialize;

use crate::error::CliError;

const USUAL_SCORING: &str = "scoring.yaml";
const USUAL_RULES: &str = "identity.yaml";

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

/// Those of the file named, of `./identity.yaml`, or none.
pub fn load_rules(named: Option<&Path>) -> Result<IdentityRules, CliError> {
    let Some(file) = named_or_usual(named, USUAL_RULES) else { return Ok(IdentityRules::default()) };
    let text = read(&file)?;
    if text.trim().is_empty() {
        return Ok(IdentityRules::default());
    }
    serde_saphyr::from_str(&text).map_err(|error| CliError::Rules { file, reason: error.to_string() })
}

fn named_or_usual(named: Option<&Path>, usual: &str) -> Option<PathBuf> {
    let usual = Path::new(usual);
    named.or_else(|| usual.is_file().then_some(usual)).map(Path::to_owned)
}

fn read(file: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(file).map_err(|source| CliError::File { file: file.to_owned(), source })
}

impl std::fmt::Display for SettingsFrom {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file) => write!(formatter, "{}", file.display()),
            Self::BuiltIn => formatter.write_str("built in"),
        }
    }
}
