//! One call: an event in, a score run, its report out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use leadlake_aws::glue::GlueDatabase;
use leadlake_aws::{Aws, LakeAddress};
use leadlake_contract::shipped_unless;
use leadlake_lake::catalog::{Catalog, LocalCatalog};
use leadlake_runtime::{Environment, Function, FunctionError, Host, Invocation, Metrics, Unit};
use serde_json::Value;

use crate::request::Request;
use crate::scoring::{ScoreError, Scored, Scorer, Surroundings};

/// Lambda gives one processor for so much memory, and six at most.
const MIB_OF_A_PROCESSOR: u64 = 1769;
const MOST_PROCESSORS: u64 = 6;
/// The only place that a Lambda may write to.
const USUAL_SCRATCH: &str = "/tmp";

pub struct Score {
    scorer: Scorer,
}

pub struct Settings {
    lake: LakeAddress,
    contracts: Option<PathBuf>,
    database: Option<GlueDatabase>,
    scoring: Option<PathBuf>,
    identity: Option<PathBuf>,
    scratch: PathBuf,
}

impl Function for Score {
    const NAME: &'static str = "score";
    type Settings = Settings;
    type Answer = Scored;

    fn settings(environment: &mut Environment) -> Option<Settings> {
        let lake = environment.required("LEADLAKE_LAKE", "the lake, as s3://bucket");
        let contracts = environment.optional("LEADLAKE_CONTRACTS", "a folder of contracts");
        let database = environment.optional("LEADLAKE_GLUE_DATABASE", "where Glue has the lake's tables");
        let scoring = environment.optional("LEADLAKE_SCORING", "a file that says how leads are scored");
        let identity =
            environment.optional("LEADLAKE_IDENTITY", "a file of who is to be joined or kept apart");
        let scratch =
            environment.or("LEADLAKE_SCRATCH", "a folder to put events aside in", USUAL_SCRATCH.into());
        Some(Settings { lake: lake?, contracts, database, scoring, identity, scratch })
    }

    async fn start(settings: Settings, host: &Host) -> Result<Self, FunctionError> {
        let contracts = shipped_unless(settings.contracts.as_deref())?;
        let aws = Aws::connect().await?;
        let lake = aws.lake(&settings.lake);
        let catalog: Box<dyn Catalog> = match settings.database {
            Some(database) => Box::new(aws.glue(database, settings.lake)),
            None => Box::new(LocalCatalog::new(Arc::clone(&lake.store))),
        };
        let scorer = Scorer {
            lake,
            contracts,
            scoring: settings.scoring,
            identity: settings.identity,
            catalog,
            threads: threads(host.memory_mib),
            scratch: settings.scratch,
        };
        Ok(Self { scorer })
    }

    fn handle(&self, event: Value, invocation: &Invocation) -> Result<Scored, FunctionError> {
        let request = Request::of(event)?;
        let begun = Instant::now();
        let scored = self.scorer.score(request, &Call(invocation))?;
        measure(&scored, begun.elapsed(), &invocation.metrics);
        let run = &scored.run;
        if let Some(unpublished) = &run.unpublished {
            tracing::warn!("{unpublished}");
        }
        tracing::info!(leads = run.leads, events = run.events, new_objects = run.new_objects, "scored");
        Ok(scored)
    }
}

pub fn measure(scored: &Scored, took: Duration, metrics: &Metrics) {
    let run = &scored.run;
    for (name, count) in [
        ("Leads", run.leads),
        ("Events", run.events),
        ("HotLeads", run.hot),
        ("ConvertedLeads", run.converted),
        ("NewObjects", run.new_objects),
        ("LeftAlone", scored.left_alone_in_all),
        ("Overtaken", u64::from(scored.attempts.saturating_sub(1))),
        ("UnpublishedRuns", u64::from(run.unpublished.is_some())),
    ] {
        metrics.count(name, count);
    }
    metrics.record("Duration", Unit::Milliseconds, took.as_secs_f64() * 1e3);
}

fn threads(memory_mib: u64) -> usize {
    let processors = memory_mib.div_ceil(MIB_OF_A_PROCESSOR).clamp(1, MOST_PROCESSORS);
    usize::try_from(processors).unwrap_or(1)
}

struct Call<'i>(&'i Invocation);

impl Surroundings for Call<'_> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn random(&self) -> Result<[u8; 32], ScoreError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| ScoreError::Randomness { reason: error.to_string() })?;
        Ok(bytes)
    }

    fn left(&self) -> Duration {
        self.0.left()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_as_many_as_processors() {
        assert_eq!([128, 1769, 1770, 3008, 10_240].map(threads), [1, 1, 2, 2, 6]);
    }
}
