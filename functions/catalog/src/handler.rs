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

use crate::cataloguing::{CatalogueError, Catalogued, Cataloguer, Shown, Surroundings};
use crate::measures;
use crate::request::Request;
use crate::services::AwsServices;
use crate::vacuuming::{Deleted, Vacuumed};

const USUAL_TIMEOUT_SECONDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(299);

pub struct CatalogFunction {
    cataloguer: Cataloguer,
    only_tables: bool,
}

/// What one call did.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Catalogued(Box<Catalogued>),
    Shown(Shown),
    Vacuumed(Vacuumed),
}

pub struct Settings {
    lake: LakeAddress,
    contracts: Option<PathBuf>,
    athena: AthenaSettings,
    kpi: Option<PathBuf>,
    /// No gold, KPIs or vacuum, whoever asks: what a deployment calls may fail for the sake of tables alone.
    only_tables: bool,
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
        let only_tables = "true: each call only brings Glue's tables up to the lake; false, or unset: all";
        let only_tables = environment.or("LEADLAKE_ONLY_TABLES", only_tables, false);
        let timeout = Duration::from_secs(u64::from(timeout.get()));
        let athena = AthenaSettings { workgroup, output, timeout, ..AthenaSettings::new(database?) };
        Some(Settings { lake: lake?, contracts, athena, kpi, only_tables })
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
        Ok(Self { cataloguer, only_tables: settings.only_tables })
    }

    fn handle(&self, event: Value, invocation: &Invocation) -> Result<Answer, FunctionError> {
        let request = Request::of(event)?;
        match if self.only_tables { request.of_tables()? } else { request } {
            Request::Catalogue { full } => Ok(Answer::Catalogued(self.catalogue(full, invocation)?.into())),
            Request::Tables => Ok(Answer::Shown(self.show_tables(invocation)?)),
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
            new_partitions = catalogued.shown.synced.partitions.values().sum::<u64>(),
            published = catalogued.shown.published.len(),
            kpi_values = catalogued.monitored.put,
            "catalogued"
        );
        Ok(catalogued)
    }

    fn show_tables(&self, invocation: &Invocation) -> Result<Shown, CatalogueError> {
        let begun = Instant::now();
        let shown = self.cataloguer.show_tables()?;
        measures::shown(&shown, begun.elapsed(), &invocation.metrics);
        let (created, updated) = (shown.synced.created.len(), shown.synced.updated.len());
        tracing::info!(created, updated, published = shown.published.len(), "tables shown");
        Ok(shown)
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

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::*;

    const NEEDED: [(&str, &str); 2] = [
        ("LEADLAKE_LAKE", "s3://leadlake-dev-{layer}-111122223333-here"),
        ("LEADLAKE_GLUE_DATABASE", "leadlake_dev"),
    ];

    fn told_only_tables(value: Option<&'static str>) -> Result<bool, String> {
        let own = value.map(|value| ("LEADLAKE_ONLY_TABLES", value));
        let mut environment = Environment::new(move |name| {
            let found = NEEDED.into_iter().chain(own).find(|(named, _)| *named == name);
            found.map(|(_, value)| value.to_owned())
        });
        let settings = CatalogFunction::settings(&mut environment);
        environment.checked().map_err(|error| error.to_string())?;
        Ok(settings.unwrap().only_tables)
    }

    #[test_case(None => Ok(false); "unset")]
    #[test_case(Some("false") => Ok(false))]
    #[test_case(Some("true") => Ok(true))]
    fn a_function_does_all_unless_it_is_told_not_to(value: Option<&'static str>) -> Result<bool, String> {
        told_only_tables(value)
    }

    #[test_case("TRUE")]
    #[test_case("1")]
    #[test_case("yes")]
    fn what_is_neither_true_nor_false_is_refused_with_what_to_write(value: &'static str) {
        let refused = told_only_tables(Some(value)).unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused, @"the function cannot start: LEADLAKE_ONLY_TABLES is wrong: provided string was not `true` or `false` (true: each call only brings Glue's tables up to the lake; false, or unset: all); set the variables in its configuration");
        }
    }
}
