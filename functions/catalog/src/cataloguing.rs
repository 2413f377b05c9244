//! One call: what is new becomes visible, and where that is not all that is asked for, gold is added up where scores are new, and monitors are told.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use arrow_array::RecordBatch;
use jiff::Timestamp;
use leadlake_aws::athena::{AthenaUsage, Pin};
use leadlake_aws::cloudwatch::{CloudWatchError, DataPut};
use leadlake_aws::glue::{GlueError, SyncReport};
use leadlake_contract::{Contract, SourceName};
use leadlake_gold::{
    EngineError, GoldError, GoldInputs, GoldReport, GoldRun, KpiSettings, ModelError, Models, SettingsError,
    SqlEngine, newest_kpis,
};
use leadlake_lake::catalog::{PublishError, PublishOutcome, repair};
use leadlake_lake::ledger::{ArrivalsError, newest_arrivals};
use leadlake_lake::tables::{RunId, TableError, TableName, VersionNumber};
use leadlake_lake::{Lake, LakeError, Settings, SettingsFrom, WrittenSettings};
use serde::Serialize;
use thiserror::Error;

use crate::measures::Gauge;
use crate::monitor::data_of;
use crate::services::Services;

/// With less time left no query is begun.
const LEAST_TIME: Duration = Duration::from_secs(2);
/// Lists end after so many: an answer of Lambda has bounds.
const MOST_LISTED: usize = 20;

const SECONDS_AN_HOUR: f64 = 3_600.0;

/// What stays the same from one call to the next.
pub struct Cataloguer {
    pub lake: Lake,
    pub contracts: Vec<Contract>,
    /// A file that goes before the lake's own settings.
    pub kpi_settings: Option<PathBuf>,
    pub services: Box<dyn Services>,
}

/// The clock, randomness, and how long work may go on.
pub trait Surroundings {
    fn now(&self) -> Timestamp;
    fn random(&self) -> Result<u64, CatalogueError>;
    fn left(&self) -> Duration;
}

/// What engines see of the lake now that they did not before.
#[derive(Debug, Serialize)]
pub struct Shown {
    pub synced: SyncReport,
    /// More than the report lists.
    pub passed_over_in_all: u64,
    /// Tables that a run before this one left unpublished.
    pub published: BTreeMap<TableName, VersionNumber>,
}

#[derive(Debug, Serialize)]
pub struct Catalogued {
    #[serde(flatten)]
    pub shown: Shown,
    /// Of each source that ever delivered, as far as the last score run knew.
    pub hours_since_delivery: BTreeMap<SourceName, f64>,
    pub gold: Gold,
    pub kpi_settings: SettingsFrom,
    /// What CloudWatch was told of KPIs.
    pub monitored: DataPut,
    pub athena: AthenaUsage,
    /// By list price.
    pub athena_dollars: f64,
}

#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Gold {
    NothingScored,
    /// It is of the current scores already.
    UpToDate,
    AddedUp {
        /// More than the report lists.
        corrections_in_all: u64,
        #[serde(flatten)]
        run: GoldReport,
    },
}

#[derive(Debug, Error)]
pub enum CatalogueError {
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Arrivals(#[from] ArrivalsError),
    #[error(transparent)]
    Sync(#[from] GlueError),
    #[error(transparent)]
    Gold(#[from] GoldError),
    #[error(transparent)]
    Monitor(#[from] CloudWatchError),
    #[error("the system gives no randomness: {reason}")]
    Randomness { reason: String },
}

#[derive(Debug, Error)]
#[error(
    "no time is left before the deadline; what was committed stays, the next call does the rest, and more time for the function prevents this"
)]
struct NoTimeLeft;

impl Cataloguer {
    /// `full`: gold is added up also where it is of the current scores.
    pub fn catalogue(
        &self,
        full: bool,
        around: &dyn Surroundings,
        gauge: &dyn Gauge,
    ) -> Result<Catalogued, CatalogueError> {
        let (settings, kpi_settings) = self.load_settings()?;
        let models = Models::shipped()?;
        // Chosen before publishing, which registers every version up to the newest: of one that is not registered Athena
        // sees no rows.
        let inputs = GoldInputs::current(&self.lake)?;
        let shown = self.show_tables()?;
        let hours_since_delivery = self.hours_since_delivery(around.now())?;
        for (source, hours) in &hours_since_delivery {
            gauge.silent(source, *hours);
        }
        let mut usage = AthenaUsage::default();
        let gold = match inputs {
            Some(inputs) => {
                let engine = Pinned {
                    services: self.services.as_ref(),
                    pins: Pin::all_of(&self.lake, &inputs.versions)?,
                    around,
                    usage: RefCell::default(),
                };
                let added_up = self.add_up(full, inputs, &engine, &models, &settings);
                usage = engine.usage.into_inner();
                gauge.spent(usage);
                added_up?
            }
            None => Gold::NothingScored,
        };
        let now = around.now();
        let monitored = match newest_kpis(&self.lake, &models, &settings)? {
            Some(newest) => self.services.put(now, &data_of(&newest, now))?,
            None => DataPut::default(),
        };
        Ok(Catalogued {
            shown,
            hours_since_delivery,
            gold,
            kpi_settings,
            monitored,
            athena: usage,
            athena_dollars: usage.dollars(),
        })
    }

    /// Glue's tables come up to contracts and lake. Athena is not asked, and monitors are told nothing.
    pub fn show_tables(&self) -> Result<Shown, CatalogueError> {
        let mut synced = self.services.sync(&self.lake, &self.contracts)?;
        let passed_over_in_all = synced.passed_over.len() as u64;
        synced.passed_over.truncate(MOST_LISTED);
        Ok(Shown { synced, passed_over_in_all, published: self.publish()? })
    }

    fn hours_since_delivery(&self, now: Timestamp) -> Result<BTreeMap<SourceName, f64>, ArrivalsError> {
        let hours = |arrival: Timestamp| now.duration_since(arrival).as_secs_f64().max(0.0) / SECONDS_AN_HOUR;
        let newest = newest_arrivals(&self.lake)?;
        Ok(newest.into_iter().map(|(source, arrival)| (source, hours(arrival))).collect())
    }

    fn publish(&self) -> Result<BTreeMap<TableName, VersionNumber>, PublishError> {
        let outcomes = repair(&self.lake.store, self.services.catalog(), &TableName::OWN)?;
        let published = |(table, outcome)| match outcome {
            PublishOutcome::Published(number) => Some((table, number)),
            PublishOutcome::AlreadyPublished(_) | PublishOutcome::NothingCurrent => None,
        };
        Ok(outcomes.into_iter().filter_map(published).collect())
    }

    fn add_up(
        &self,
        full: bool,
        inputs: GoldInputs,
        engine: &Pinned<'_>,
        models: &Models,
        settings: &KpiSettings,
    ) -> Result<Gold, CatalogueError> {
        let around = engine.around;
        let run = GoldRun {
            lake: &self.lake,
            engine,
            models,
            settings,
            as_of: inputs.as_of,
            seen_at: inputs.seen_at,
            inputs: inputs.versions,
            model_version: inputs.model_version,
            catalog: self.services.catalog(),
            run_id: RunId::new(around.now(), around.random()?),
            clock: &|| around.now(),
        };
        if !full && run.is_made()? {
            return Ok(Gold::UpToDate);
        }
        let mut run = run.run()?;
        let corrections_in_all = run.corrections.len() as u64;
        run.corrections.truncate(MOST_LISTED);
        Ok(Gold::AddedUp { corrections_in_all, run })
    }

    fn load_settings(&self) -> Result<(KpiSettings, SettingsFrom), CatalogueError> {
        let written = self.lake.written_settings(self.kpi_settings.as_deref(), Settings::Kpi)?;
        let Some(WrittenSettings { text, from }) = written else {
            return Ok((KpiSettings::shipped()?, SettingsFrom::BuiltIn));
        };
        Ok((KpiSettings::parse(&from.to_string(), &text)?, from))
    }
}

/// Asks about chosen versions, as long as time is left.
struct Pinned<'c> {
    services: &'c dyn Services,
    pins: Vec<Pin>,
    around: &'c dyn Surroundings,
    usage: RefCell<AthenaUsage>,
}

impl SqlEngine for Pinned<'_> {
    fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>, EngineError> {
        let left = self.around.left();
        if left < LEAST_TIME {
            return Err(EngineError::new(NoTimeLeft));
        }
        let engine = self.services.engine(self.pins.clone(), left);
        let rows = engine.rows(sql);
        let (used, mut usage) = (engine.usage(), self.usage.borrow_mut());
        usage.queries += used.queries;
        usage.scanned_bytes += used.scanned_bytes;
        usage.charged_megabytes += used.charged_megabytes;
        usage.execution_millis += used.execution_millis;
        rows
    }
}
