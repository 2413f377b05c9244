//! One score run, begun anew whenever another one was faster and time is left.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use leadlake_contract::Contract;
use leadlake_lake::catalog::Catalog;
use leadlake_lake::tables::RunId;
use leadlake_lake::{Lake, LakeError, Settings, SettingsFrom, WrittenSettings};
use leadlake_lead::identity::{IdentityRules, IdentitySettings, RulesFault};
use leadlake_pipeline::{Memory, PipelineError, Salt, ScoreReport, ScoreRun};
use leadlake_score::{Scoring, SettingsError};
use serde::Serialize;
use thiserror::Error;

use crate::request::Request;

/// Lists of what was left alone, and of rules without effect, end after so many: an answer of Lambda has bounds.
const MOST_LISTED: usize = 20;

/// What stays the same from one call to the next.
pub struct Scorer {
    pub lake: Lake,
    pub contracts: Vec<Contract>,
    /// Files that go before the lake's own settings.
    pub scoring: Option<PathBuf>,
    pub identity: Option<PathBuf>,
    pub catalog: Box<dyn Catalog>,
    pub threads: usize,
    pub scratch: PathBuf,
}

/// The clock, randomness, and how long work may go on.
pub trait Surroundings: Sync {
    fn now(&self) -> Timestamp;
    fn random(&self) -> Result<[u8; 32], ScoreError>;
    fn left(&self) -> Duration;
}

#[derive(Debug, Serialize)]
pub struct Scored {
    pub scoring: SettingsFrom,
    pub model_version: String,
    /// How often a run was begun; each but the last found that another one was faster.
    pub attempts: u32,
    /// More than the report lists.
    pub left_alone_in_all: u64,
    #[serde(flatten)]
    pub run: ScoreReport,
}

#[derive(Debug, Error)]
pub enum ScoreError {
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("{from} holds no rules of identity: {fault}; docs/IDENTITY.md shows how they are written")]
    Rules { from: SettingsFrom, fault: RulesFault },
    #[error(transparent)]
    Run(#[from] PipelineError),
    #[error(
        "another run was faster {attempts} times, and no time is left to begin again: {last}; the next call takes in what is new, and more time for the function prevents this"
    )]
    NoTimeLeft { attempts: u32, last: PipelineError },
    #[error("the system gives no randomness: {reason}")]
    Randomness { reason: String },
}

impl Scorer {
    pub fn score(&self, request: Request, around: &dyn Surroundings) -> Result<Scored, ScoreError> {
        let (scoring, from) = self.load_scoring()?;
        let rules = self.load_rules()?;
        let salt = Salt::of_lake(&self.lake, &*self.catalog, around.random()?)?;
        let mut attempts = 0;
        let mut run = loop {
            attempts += 1;
            let begun = Instant::now();
            let overtaken = match self.attempt(request, &scoring, &rules, salt, around) {
                Ok(run) => break run,
                Err(ScoreError::Run(error)) if error.is_overtaken() => error,
                Err(error) => return Err(error),
            };
            // The next attempt takes about as long as this one.
            if around.left() <= begun.elapsed() {
                return Err(ScoreError::NoTimeLeft { attempts, last: overtaken });
            }
            tracing::warn!(attempts, "{overtaken}");
        };
        let left_alone_in_all = run.left_alone.len() as u64;
        run.left_alone.truncate(MOST_LISTED);
        run.identity.without_effect.truncate(MOST_LISTED);
        Ok(Scored { scoring: from, model_version: scoring.version, attempts, left_alone_in_all, run })
    }

    fn attempt(
        &self,
        request: Request,
        scoring: &Scoring,
        rules: &IdentityRules,
        salt: Salt,
        around: &dyn Surroundings,
    ) -> Result<ScoreReport, ScoreError> {
        let now = around.now();
        let run = ScoreRun {
            lake: &self.lake,
            contracts: &self.contracts,
            scoring,
            identity: &IdentitySettings::default(),
            rules,
            salt,
            as_of: request.as_of.unwrap_or(now),
            everything: request.full,
            threads: self.threads,
            scratch: &self.scratch,
            memory: Memory::default(),
            catalog: self.catalog.as_ref(),
            // Each attempt is a run of its own: one that took another's files for its own would lose work.
            run_id: RunId::new(now, number_of(around.random()?)),
            clock: &|| around.now(),
        };
        Ok(run.run()?)
    }

    fn load_scoring(&self) -> Result<(Scoring, SettingsFrom), ScoreError> {
        let written = self.lake.written_settings(self.scoring.as_deref(), Settings::Scoring)?;
        let Some(WrittenSettings { text, from }) = written else {
            return Ok((Scoring::shipped()?, SettingsFrom::BuiltIn));
        };
        Ok((Scoring::parse(&from.to_string(), &text)?, from))
    }

    fn load_rules(&self) -> Result<IdentityRules, ScoreError> {
        let written = self.lake.written_settings(self.identity.as_deref(), Settings::Identity)?;
        let Some(WrittenSettings { text, from }) = written else { return Ok(IdentityRules::default()) };
        IdentityRules::parse(&text).map_err(|fault| ScoreError::Rules { from, fault })
    }
}

fn number_of(random: [u8; 32]) -> u64 {
    random.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
