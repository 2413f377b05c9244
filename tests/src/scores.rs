//! Score runs, and objects that make people of a lake.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use leadlake_contract::Contract;
use leadlake_lake::Lake;
use leadlake_lake::catalog::LocalCatalog;
use leadlake_lake::tables::RunId;
use leadlake_lead::identity::{IdentityRules, IdentitySettings};
use leadlake_pipeline::{Memory, PipelineError, Salt, ScoreReport, ScoreRun};
use leadlake_score::Scoring;

use crate::lakes::{contracts, ingest_well, now};

/// So little that a lake of a few events is cut into many shards and everything goes through files.
pub const TINY: Memory = Memory { gathered: 0, shard: 20_000, dealt: 0, scored: 0 };

/// The secret of every lake, so that lakes have the same leads.
pub const SALT: Salt = Salt([7; 32]);

/// What a test asks of a run; the rest is always the same.
#[derive(Clone)]
pub struct Asked<'a> {
    pub contracts: &'a [Contract],
    pub rules: IdentityRules,
    pub as_of: Timestamp,
    pub everything: bool,
    pub threads: usize,
    pub memory: Memory,
}

impl Default for Asked<'_> {
    fn default() -> Self {
        Self {
            contracts: contracts(),
            rules: IdentityRules::default(),
            as_of: now(),
            everything: false,
            threads: 2,
            memory: Memory::default(),
        }
    }
}

impl Asked<'_> {
    pub fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }
}

pub fn scoring() -> &'static Scoring {
    static SCORING: OnceLock<Scoring> = OnceLock::new();
    SCORING.get_or_init(|| Scoring::shipped().unwrap())
}

pub fn score(lake: &Lake, asked: &Asked<'_>) -> Result<ScoreReport, PipelineError> {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    score_as(lake, asked, RunId::new(now(), RUNS.fetch_add(1, Ordering::Relaxed)))
}

/// Runs of one name that find the same write the same bytes.
pub fn score_as(lake: &Lake, asked: &Asked<'_>, run_id: RunId) -> Result<ScoreReport, PipelineError> {
    let run = ScoreRun {
        lake,
        contracts: asked.contracts,
        scoring: scoring(),
        identity: &IdentitySettings::default(),
        rules: &asked.rules,
        salt: SALT,
        as_of: asked.as_of,
        everything: asked.everything,
        threads: asked.threads,
        scratch: &std::env::temp_dir(),
        memory: asked.memory,
        run_id,
        clock: &now,
        catalog: &LocalCatalog::new(std::sync::Arc::clone(&lake.store)),
    };
    run.run()
}

/// As [`score`], where nothing may fail or be left alone.
pub fn score_well(lake: &Lake, asked: &Asked<'_>) -> ScoreReport {
    let report = score(lake, asked).unwrap();
    assert!(report.left_alone.is_empty(), "{:?}", report.left_alone);
    report
}

/// One run of ingest and one of score, as `leadlake run` does them.
pub fn ingest_and_score(lake: &Lake, asked: &Asked<'_>) -> ScoreReport {
    ingest_well(lake, asked.contracts, asked.threads);
    score_well(lake, asked)
}
