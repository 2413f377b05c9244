//! Whole runs over an empty lake, with a catalog that is a service which fails.

use std::sync::Arc;

use jiff::Timestamp;
use leadlake_lake::Lake;
use leadlake_lake::catalog::{
    Catalog, CatalogError, LocalCatalog, Publication, Publish, PublishError, PublishToken, Published,
    Registration,
};
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_lake::tables::{RunId, TableLog, TableName, VersionNumber};
use leadlake_lead::identity::{IdentityRules, IdentitySettings};
use leadlake_score::Scoring;

use crate::{Memory, PipelineError, Salt, ScoreReport, ScoreRun};

enum Failing {
    Never,
    Always,
    UntilScored,
    OnceScored,
    /// Looked up it is, and nothing is changed.
    ChangesOf(TableName),
}

struct Service {
    store: Arc<dyn Store>,
    catalog: LocalCatalog,
    failing: Failing,
}

impl Service {
    fn of(store: &Arc<dyn Store>, failing: Failing) -> Self {
        Self { store: Arc::clone(store), catalog: LocalCatalog::new(Arc::clone(store)), failing }
    }

    fn ask(&self, table: &TableName, is_change: bool) -> Result<&LocalCatalog, CatalogError> {
        let is_scored = || head(&self.store, TableName::LEAD_SCORES).is_some();
        let fails = match &self.failing {
            Failing::Never => false,
            Failing::Always => true,
            Failing::UntilScored => !is_scored(),
            Failing::OnceScored => is_scored(),
            Failing::ChangesOf(other) => is_change && table == other,
        };
        let operation = if is_change { "change" } else { "look up" };
        let failure =
            || CatalogError::Service { operation, table: table.clone(), source: "no answer".into() };
        if fails { Err(failure()) } else { Ok(&self.catalog) }
    }
}

impl Catalog for Service {
    fn published(&self, table: &TableName) -> Result<Option<Published>, CatalogError> {
        self.ask(table, false)?.published(table)
    }

    fn publish(
        &self,
        table: &TableName,
        publication: &Publication,
        expected: Option<&PublishToken>,
    ) -> Result<Publish, CatalogError> {
        self.ask(table, true)?.publish(table, publication, expected)
    }

    fn register_versions(&self, table: &TableName, versions: &[Registration]) -> Result<(), CatalogError> {
        self.ask(table, true)?.register_versions(table, versions)
    }

    fn unregister_versions(&self, table: &TableName, numbers: &[VersionNumber]) -> Result<(), CatalogError> {
        self.ask(table, true)?.unregister_versions(table, numbers)
    }
}

fn head(store: &Arc<dyn Store>, table: TableName) -> Option<VersionNumber> {
    TableLog::new(Arc::clone(store), table).head().unwrap().map(|head| head.number)
}

/// The tables of a score run whose newest version engines do not see.
fn behind(store: &Arc<dyn Store>) -> Vec<TableName> {
    let catalog = LocalCatalog::new(Arc::clone(store));
    let is_behind = |table: &TableName| {
        let shown = catalog.publication(table).unwrap().map(|shown| shown.number);
        shown != Some(head(store, table.clone()).unwrap())
    };
    TableName::OF_A_SCORE_RUN.into_iter().filter(is_behind).collect()
}

fn run(store: &Arc<dyn Store>, number: u64, failing: Failing) -> Result<ScoreReport, PipelineError> {
    let now: Timestamp = "2025-02-01T00:00:00Z".parse().unwrap();
    ScoreRun {
        lake: &Lake::local(Arc::clone(store)),
        contracts: &[],
        scoring: &Scoring::shipped().unwrap(),
        identity: &IdentitySettings::default(),
        rules: &IdentityRules::default(),
        salt: Salt([7; 32]),
        as_of: now,
        everything: false,
        threads: 1,
        scratch: &std::env::temp_dir(),
        memory: Memory::default(),
        catalog: &Service::of(store, failing),
        run_id: RunId::new(now, number),
        clock: &|| now,
    }
    .run()
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

#[test]
fn people_are_scored_while_the_catalog_does_not_answer() {
    let store = memory();
    for (number, failing) in [(1, Failing::Always), (2, Failing::OnceScored)] {
        let report = run(&store, number, failing).unwrap();
        assert_eq!(report.versions.len(), TableName::OF_A_SCORE_RUN.len());
        let names = TableName::OWN.map(|table| table.sql_name()).join(", ");
        let why = "the catalog could not look up ops/ledger: no answer; the log is whole, the next run publishes it";
        assert_eq!(report.unpublished.unwrap(), format!("engines may see older versions of {names}: {why}"));
        assert_eq!(behind(&store), TableName::OF_A_SCORE_RUN);
    }
    assert_eq!(run(&store, 3, Failing::Never).unwrap().unpublished, None);
    assert_eq!((behind(&store), head(&store, TableName::LEAD_SCORES).map(u32::from)), (vec![], Some(3)));
}

#[test]
fn a_catalog_that_answers_again_at_the_end_lacks_nothing() {
    let store = memory();
    assert_eq!(run(&store, 1, Failing::UntilScored).unwrap().unpublished, None);
    assert_eq!(behind(&store), []);
}

#[test]
fn one_table_that_is_not_taken_keeps_back_no_other() {
    let store = memory();
    let report = run(&store, 1, Failing::ChangesOf(TableName::LEADS)).unwrap();
    let told = report.unpublished.unwrap();
    assert!(told.starts_with("engines may see older versions of silver_leads: "), "{told}");
    assert_eq!(behind(&store), [TableName::LEADS]);
}

/// Also where the catalog fails for a table before it.
#[test]
fn a_lost_log_stops_the_run() {
    let store = memory();
    run(&store, 1, Failing::ChangesOf(TableName::LEADS)).unwrap();
    let logs: Vec<_> = store.list("gold/lead_scores/_log").unwrap().map(|facts| facts.unwrap().key).collect();
    assert!(!logs.is_empty());
    logs.iter().for_each(|key| store.delete(key).unwrap());
    let error = run(&store, 2, Failing::ChangesOf(TableName::LEADS)).unwrap_err();
    assert!(matches!(error, PipelineError::Publish(PublishError::LogGone { .. })), "{error}");
    assert_eq!(head(&store, TableName::LEADS).map(u32::from), Some(1), "nothing was committed");
}
