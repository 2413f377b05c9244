//! One call: an event in, the lake catalogued, a report out.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use leadlake_aws::athena::{AthenaSettings, AthenaUsage, Workgroup};
use leadlake_aws::glue::GlueDatabase;
use leadlake_aws::{Aws, LakeAddress};
use leadlake_contract::{load_folder, shipped};
use leadlake_runtime::{Environment, Function, FunctionError, Host, Invocation, Metrics, Unit};
use serde_json::Value;

use crate::cataloguing::{CatalogueError, Catalogued, Cataloguer, Gold, Surroundings};
use crate::request::Request;
use crate::services::AwsServices;

const USUAL_TIMEOUT_SECONDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(299);

pub struct CatalogFunction {
    cataloguer: Cataloguer,
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
    type Answer = Catalogued;

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
        let contracts = match &settings.contracts {
            Some(folder) => load_folder(folder)?,
            None => shipped()?,
        };
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

    fn handle(&self, event: Value, invocation: &Invocation) -> Result<Catalogued, FunctionError> {
        let request = Request::of(event)?;
        let begun = Instant::now();
        let metrics = &invocation.metrics;
        let spent = |usage| measure_usage(usage, metrics);
        let catalogued = self.cataloguer.catalogue(request, &Call(invocation), &spent)?;
        measure(&catalogued, begun.elapsed(), metrics);
        tracing::info!(
            new_partitions = catalogued.synced.partitions.values().sum::<u64>(),
            published = catalogued.published.len(),
            kpi_values = catalogued.monitored.put,
            "catalogued"
        );
        Ok(catalogued)
    }
}

fn measure_usage(usage: AthenaUsage, metrics: &Metrics) {
    metrics.count("AthenaQueries", usage.queries);
    metrics.record("AthenaScannedBytes", Unit::Bytes, usage.scanned_bytes as f64);
    metrics.record("AthenaDollars", Unit::None, usage.dollars());
}

fn measure(catalogued: &Catalogued, took: Duration, metrics: &Metrics) {
    metrics.count("NewPartitions", catalogued.synced.partitions.values().sum());
    metrics.count("PassedOverFolders", catalogued.passed_over_in_all);
    metrics.count("RepairedPublishes", catalogued.published.len() as u64);
    if let Gold::AddedUp { corrections_in_all, run } = &catalogued.gold {
        metrics.count("KpiRows", run.kpi_rows);
        metrics.count("KpiCorrections", *corrections_in_all);
    }
    metrics.record("Duration", Unit::Milliseconds, took.as_secs_f64() * 1e3);
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
