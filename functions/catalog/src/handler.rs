//! One call: an event in, the lake catalogued or vacuumed, a report out.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use leadlake_aws::athena::{AthenaSettings, Workgroup};
use leadlake_aws::glue::GlueDatabase;
use leadlake_aws::{Aws, LakeAddress};
use leadlake_contract::shipped_unless;
use leadlake_lake::tables::Keep;
use leadlake_runtime::{Environment, Function, FunctionError, Host, Invocation};
use serde::Serialize;
use serde_json::Value;

use crate::cataloguing::{CatalogueError, Catalogued, Cataloguer, Surroundings};
use crate::measures;
use crate::request::Request;
use crate::services::AwsServices;
use crate::vacuuming::{Deleted, Vacuumed};

const USUAL_TIMEOUT_SECONDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(299);

pub struct CatalogFunction {
    cataloguer: Cataloguer,
}

/// What one call did.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Catalogued(Box<Catalogued>),
    Vacuumed(Vacuumed),
}

pub struct Settings {
    lake: LakeAddress,
    contracts: Option<PathBuf>,
    athena: AthenaSettings,
    kpi: Option<PathBuf>,
}

impl Function for CatalogFunction {
    const NAME: &'static str = "catalog";
    type Settings = Settings;
    type Answer = Answer;

    fn settings(environment: &mut Environment) -> Option<Settings> {
        let lake = environment.required("LEADLAKE_LAKE", "the lake, as s3://bucket");
        let contracts = environment.optional("LEADLAKE_CONTRACTS", "a folder of contracts");
        let database = environment
            .required::<GlueDatabase>("LEADLAKE_GLUE_DATABASE", "where Glue has the lake's tables");
        let workgroup = environment.or("LEADLAKE_ATHENA_WORKGROUP", "who asks Athena", Workgroup::default());
        let output = environment
            .optional("LEADLAKE_ATHENA_OUTPUT", "where Athena puts results, as s3://bucket/folder/");
        let seconds = "how many seconds a query may take";
        let timeout = environment.or("LEADLAKE_ATHENA_TIMEOUT_SECONDS", seconds, USUAL_TIMEOUT_SECONDS);
        let kpi = environment.optional("LEADLAKE_KPI", "a file of the KPIs' thresholds");
        let timeout = Duration::from_secs(u64::from(timeout.get()));
        let athena = AthenaSettings { workgroup, output, timeout, ..AthenaSettings::new(database?) };
        Some(Settings { lake: lake?, contracts, athena, kpi })
    }

    async fn start(settings: Settings, host: &Host) -> Result<Self, FunctionError> {
        let contracts = shipped_unless(settings.contracts.as_deref())?;
        let aws = Aws::connect().await?;
        let lake = aws.lake(&settings.lake);
        let services = AwsServices {
            glue: aws.glue(settings.athena.database.clone(), settings.lake),
            cloudwatch: aws.cloudwatch(&host.metrics_namespace),
            athena: settings.athena,
            aws,
        };
        let cataloguer =
            Cataloguer { lake, contracts, kpi_settings: settings.kpi, services: Box::new(services) };
        Ok(Self { cataloguer })
    }

    fn handle(&self, event: Value, invocation: &Invocation) -> Result<Answer, FunctionError> {
        match Request::of(event)? {
            Request::Catalogue { full } => Ok(Answer::Catalogued(self.catalogue(full, invocation)?.into())),
            Request::Vacuum { keep } => Ok(Answer::Vacuumed(self.vacuum(keep, invocation)?)),
        }
    }
}

impl CatalogFunction {
    fn catalogue(&self, full: bool, invocation: &Invocation) -> Result<Catalogued, CatalogueError> {
        let begun = Instant::now();
        let metrics = &invocation.metrics;
        let catalogued = self.cataloguer.catalogue(full, &Call(invocation), metrics)?;
        measures::catalogued(&catalogued, begun.elapsed(), metrics);
        tracing::info!(
            new_partitions = catalogued.synced.partitions.values().sum::<u64>(),
            published = catalogued.published.len(),
            kpi_values = catalogued.monitored.put,
            "catalogued"
        );
        Ok(catalogued)
    }

    fn vacuum(&self, keep: Keep, invocation: &Invocation) -> Result<Vacuumed, CatalogueError> {
        let begun = Instant::now();
        let vacuumed = self.cataloguer.vacuum(keep, &Call(invocation))?;
        measures::vacuumed(&vacuumed, begun.elapsed(), &invocation.metrics);
        let Deleted { versions, files, bytes, .. } = vacuumed.in_all;
        tracing::info!(versions, files, bytes, unfinished = vacuumed.unfinished.len(), "vacuumed");
        Ok(vacuumed)
    }
}

struct Call<'i>(&'i Invocation);

impl Surroundings for Call<'_> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn random(&self) -> Result<u64, CatalogueError> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)
            .map_err(|error| CatalogueError::Randomness { reason: error.to_string() })?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn left(&self) -> Duration {
        self.0.left()
    }
}
