//! The engine over one lake.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use leadlake_contract::Contract;
use leadlake_gold::{EngineError, SqlEngine};
use leadlake_lake::Lake;
use leadlake_lake::catalog::{Catalog, LocalCatalog};
use leadlake_lake::tables::{TableName, VersionNumber};
use tokio::runtime::Runtime;

use crate::error::QueryError;
use crate::files::Reach;
use crate::functions;
use crate::result::QueryResult;
use crate::statement::Query;
use crate::store::OnlyTheLake;
use crate::tables::LakeTables;
use crate::unnest::unnest_in_place;

const CATALOG: &str = "lake";
const SCHEMA: &str = "public";

const MEBIBYTE: usize = 1024 * 1024;

/// Whoever asks for all rows at once holds them in memory.
const MOST_ROWS_AT_ONCE: usize = 5_000_000;

/// Named when a query runs out of memory.
const LARGEST_CONSUMERS: NonZero<usize> = NonZero::<usize>::MIN;

/// What a query may use.
#[derive(Clone)]
pub struct Settings {
    /// For the rows that sorting, grouping and joining hold. What does not fit goes to disk where it can.
    pub memory_bytes: usize,
    /// For what does not fit into memory, in the system's folder for temporary files until the query ends.
    pub spill_bytes: u64,
    pub threads: usize,
    /// Tables that shall have columns before they have a version.
    pub known_tables: Vec<KnownTable>,
    /// Tables that are shown as of one version, so that several queries see the same rows whatever is committed meanwhile.
    /// All others are shown as they are when a query begins; of the ledger that is what its entries say.
    pub versions: BTreeMap<TableName, VersionNumber>,
    /// What other engines are shown the lake by, which notices when the log of a table was lost; files in the lake, where it is none.
    pub catalog: Option<Arc<dyn Catalog>>,
}

#[derive(Debug, Clone)]
pub struct KnownTable {
    pub name: TableName,
    pub schema: SchemaRef,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            memory_bytes: 1024 * MEBIBYTE,
            spill_bytes: 10 * 1024 * MEBIBYTE as u64,
            threads: std::thread::available_parallelism().map_or(1, NonZero::get),
            known_tables: Vec::new(),
            versions: BTreeMap::new(),
            catalog: None,
        }
    }
}

/// Answers queries about one lake. It has threads of its own and is to be called from outside of any async runtime.
pub struct QueryEngine {
    runtime: Runtime,
    session: SessionContext,
    tables: Arc<LakeTables>,
    reach: Arc<Reach>,
}

impl QueryEngine {
    /// Reads nothing yet.
    pub fn open(lake: &Lake, contracts: &[Contract], settings: Settings) -> Result<Self, QueryError> {
        let threads = settings.threads.max(1);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("query")
            .build()
            .map_err(QueryError::Start)?;
        let catalog =
            settings.catalog.unwrap_or_else(|| Arc::new(LocalCatalog::new(Arc::clone(&lake.store))));
        let reach = Arc::new(Reach::new(lake.clone(), catalog));
        let tables = LakeTables::new(Arc::clone(&reach), contracts, settings.known_tables, settings.versions);
        let tables = Arc::new(tables);
        let pool = TrackConsumersPool::new(FairSpillPool::new(settings.memory_bytes), LARGEST_CONSUMERS);
        let resources = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_max_temp_directory_size(settings.spill_bytes)
            .with_object_store_registry(Arc::new(OnlyTheLake::new(Arc::clone(&lake.store))))
            .build_arc()
            .map_err(QueryError::planning)?;
        let mut config = SessionConfig::new()
            .with_target_partitions(threads)
            .with_information_schema(true)
            .with_create_default_catalog_and_schema(false)
            .with_default_catalog_and_schema(CATALOG, SCHEMA);
        // What the lake holds are instants, so what `now()` gives must be one.
        config.options_mut().execution.time_zone = Some("UTC".to_owned());
        let state = SessionStateBuilder::new_with_default_features()
            .with_config(config)
            .with_runtime_env(resources)
            .build();
        let session = SessionContext::new_with_state(state);
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema(SCHEMA, Arc::clone(&tables) as _).map_err(QueryError::planning)?;
        session.register_catalog(CATALOG, Arc::new(catalog));
        functions::register(&session);
        Ok(Self { runtime, session, tables, reach })
    }

    /// The tables that are there whatever the lake holds.
    pub fn tables(&self) -> Vec<String> {
        self.tables.names()
    }

    /// Plans the query and begins to run it.
    pub fn run(&self, sql: &str) -> Result<QueryResult<'_>, QueryError> {
        let query = Query::parse(sql)?;
        for table in query.tables(&self.session)? {
            self.check(&table)?;
        }
        let rows = self.runtime.block_on(async {
            let plan = self.plan(query).await.map_err(QueryError::planning)?;
            let frame = self.session.execute_logical_plan(plan).await.map_err(QueryError::planning)?;
            frame.execute_stream().await.map_err(QueryError::planning)
        })?;
        Ok(QueryResult::new(&self.runtime, rows))
    }

    /// What lay in the folders of the tables asked for and is none of their files, since this was last called.
    pub fn take_left_out(&self) -> Vec<String> {
        self.reach.take_left_out()
    }

    /// Says what is wrong with a table's name better than the engine could.
    fn check(&self, table: &TableReference) -> Result<(), QueryError> {
        let is_ours = table.catalog().is_none_or(|catalog| catalog == CATALOG)
            && table.schema().is_none_or(|schema| schema == SCHEMA);
        if is_ours {
            let is_function = self.session.state().table_functions().contains_key(table.table());
            return if is_function { Ok(()) } else { self.tables.find(table.table()).map(drop) };
        }
        if table.schema() == Some("information_schema") {
            return Ok(());
        }
        Err(self.tables.unknown(&table.to_string()))
    }

    async fn plan(&self, query: Query) -> Result<LogicalPlan, DataFusionError> {
        let plan = self.session.state().statement_to_plan(query.into_parsed()).await?;
        let plan = unnest_in_place(plan)?;
        // The statement was looked at before; this looks at what it really came to.
        let asks_only =
            SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        asks_only.verify_plan(&plan)?;
        Ok(plan)
    }
}

impl SqlEngine for QueryEngine {
    fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>, EngineError> {
        let rows = self.run(sql).and_then(|rows| rows.collect_at_most(MOST_ROWS_AT_ONCE));
        rows.map_err(EngineError::new)
    }
}
