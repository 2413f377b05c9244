//! Names to tables. A table is looked up when a query names it, so opening a lake costs nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use leadlake_contract::{Contract, Limits, SourceName};
use leadlake_lake::catalog::checked_head;
use leadlake_lake::layout::{BRONZE, Layer};
use leadlake_lake::tables::{LogEntry, TableLog, TableName, VersionNumber};
use leadlake_lake::{LakeError, contract_of};
use leadlake_refine::{quarantine_schema, silver_schema};

use super::bronze::BronzeReader;
use super::ledger::LedgerReader;
use super::parquet::ParquetFiles;
use super::provider::FileTable;
use super::rows::RowFiles;
use super::versions::schema_of;
use crate::closest::closest;
use crate::engine::KnownTable;
use crate::error::QueryError;
use crate::files::{Files, Reach, retained_snapshots};

const QUARANTINE: &str = "quarantine_records";
const SILVER_PREFIX: &str = "silver_";
const BRONZE_PREFIX: &str = "bronze_";
const ALL_VERSIONS: &str = "_versions";

/// Every table of a lake, under the name that it has in SQL.
#[derive(Debug, Clone)]
pub(crate) struct LakeTables {
    reach: Arc<Reach>,
    contracts: Vec<Contract>,
    known: Vec<KnownTable>,
    pinned: BTreeMap<TableName, VersionNumber>,
}

impl LakeTables {
    pub(crate) fn new(
        reach: Arc<Reach>,
        contracts: &[Contract],
        known: Vec<KnownTable>,
        pinned: BTreeMap<TableName, VersionNumber>,
    ) -> Self {
        Self { reach, contracts: contracts.to_vec(), known, pinned }
    }

    /// Those that are there whatever the lake holds.
    pub(crate) fn names(&self) -> Vec<String> {
        let sources = || self.contracts.iter().map(|contract| &contract.source);
        let silver = sources().map(|source| format!("{SILVER_PREFIX}{source}"));
        let bronze = sources().map(|source| format!("{BRONZE_PREFIX}{source}"));
        let versioned = || TableName::OWN.into_iter().map(|table| table.sql_name());
        let all_versions = versioned().map(|name| format!("{name}{ALL_VERSIONS}"));
        let fixed = [QUARANTINE.to_owned()];
        bronze.chain(silver).chain(fixed).chain(versioned()).chain(all_versions).collect()
    }

    /// Waits for the store.
    pub(crate) fn find(&self, name: &str) -> Result<Arc<dyn TableProvider>, QueryError> {
        if name == QUARANTINE {
            return Ok(self.parquet(Files::OfAllSources(Layer::Quarantine), &quarantine_schema()));
        }
        match versioned(name) {
            Some(table) if table == TableName::LEDGER && !self.pinned.contains_key(&table) => {
                return Ok(self.rows(Files::OfAllSources(Layer::Ledger), LedgerReader::new()));
            }
            Some(table) => return self.one_version(&table),
            None => {}
        }
        if let Some(table) = name.strip_suffix(ALL_VERSIONS).and_then(versioned) {
            return self.all_versions(&table);
        }
        let contract_for = |prefix: &str| {
            let source = SourceName::new(name.strip_prefix(prefix)?).ok()?;
            contract_of(&self.contracts, &source)
        };
        if let Some(contract) = contract_for(SILVER_PREFIX) {
            let files = Files::OfSource(Layer::Silver, contract.source.clone());
            return Ok(self.parquet(files, &silver_schema(contract)));
        }
        if let Some(contract) = contract_for(BRONZE_PREFIX) {
            return Ok(self.bronze(contract.source.clone(), contract.limits));
        }
        match self.source_without_contract(name)? {
            Some(source) => Ok(self.bronze(source, Limits::default())),
            None => Err(self.unknown(name)),
        }
    }

    pub(crate) fn unknown(&self, name: &str) -> QueryError {
        let names = self.names();
        QueryError::UnknownTable {
            table: name.to_owned(),
            closest: closest(name, names.iter().map(String::as_str)).map(str::to_owned),
            known: names.join(", "),
        }
    }

    fn parquet(&self, files: Files, schema: &Schema) -> Arc<dyn TableProvider> {
        Arc::new(FileTable::new(Arc::clone(&self.reach), files, |partition| {
            ParquetFiles::new(schema, partition)
        }))
    }

    fn rows(&self, files: Files, reader: impl super::rows::RowReader) -> Arc<dyn TableProvider> {
        Arc::new(FileTable::new(Arc::clone(&self.reach), files, |partition| {
            RowFiles::new(Arc::clone(&self.reach), reader, partition)
        }))
    }

    fn bronze(&self, source: SourceName, limits: Limits) -> Arc<dyn TableProvider> {
        let reader = BronzeReader::new(source.clone(), limits);
        self.rows(Files::Bronze(source), reader)
    }

    /// Whoever writes a contract wants to look at what arrives first.
    fn source_without_contract(&self, name: &str) -> Result<Option<SourceName>, QueryError> {
        let Some(Ok(source)) = name.strip_prefix(BRONZE_PREFIX).map(SourceName::new) else {
            return Ok(None);
        };
        let has_objects = self.reach.lake.store.list(&format!("{BRONZE}/{source}"))?.next().is_some();
        Ok(has_objects.then_some(source))
    }

    /// A log that lost entries would show no rows, or old ones, as if all were well.
    fn checked_head(&self, log: &TableLog) -> Result<Option<LogEntry>, QueryError> {
        Ok(checked_head(log, &*self.reach.catalog).map_err(LakeError::from)?)
    }

    fn one_version(&self, table: &TableName) -> Result<Arc<dyn TableProvider>, QueryError> {
        let log = TableLog::new(Arc::clone(&self.reach.lake.store), table.clone());
        let head = self.checked_head(&log)?;
        let version = match (self.pinned.get(table), head) {
            (Some(pinned), _) => Some(log.version(*pinned)?),
            (None, Some(head)) => log.current_after(&head)?,
            (None, None) => None,
        };
        match version {
            Some(version) => {
                let schema = schema_of(&table.sql_name(), &version.content.schema)?;
                Ok(self.parquet(Files::OfVersion(Arc::new(version)), &schema))
            }
            None => self.without_versions(table, Files::NoneYet),
        }
    }

    fn all_versions(&self, table: &TableName) -> Result<Arc<dyn TableProvider>, QueryError> {
        self.checked_head(&TableLog::new(Arc::clone(&self.reach.lake.store), table.clone()))?;
        let snapshots = retained_snapshots(&self.reach.lake, table)?;
        // Numbers of versions grow, while a rollback that comes last shows an old one.
        let newest = snapshots.iter().map(|(_, version)| version).max_by_key(|version| version.number);
        match newest {
            Some(newest) => {
                let schema = schema_of(&table.sql_name(), &newest.content.schema)?;
                Ok(self.parquet(Files::OfVersions(table.clone()), &schema))
            }
            None => self.without_versions(table, Files::OfVersions(table.clone())),
        }
    }

    fn without_versions(
        &self,
        table: &TableName,
        files: Files,
    ) -> Result<Arc<dyn TableProvider>, QueryError> {
        let known = self.known.iter().find(|known| known.name == *table);
        let known = known.ok_or_else(|| QueryError::NoVersionYet { table: table.sql_name() })?;
        Ok(self.parquet(files, &known.schema))
    }
}

fn versioned(name: &str) -> Option<TableName> {
    TableName::OWN.into_iter().find(|table| table.sql_name() == name)
}

#[async_trait]
impl SchemaProvider for LakeTables {
    fn table_names(&self) -> Vec<String> {
        self.names()
    }

    /// A table that is not there yet is left out of what `SHOW COLUMNS` lists. Queries that name it are told why before
    /// they come here.
    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let tables = self.clone();
        let name = name.to_owned();
        let found = tokio::task::spawn_blocking(move || tables.find(&name)).await;
        match found.map_err(|died| DataFusionError::ExecutionJoin(Box::new(died)))? {
            Ok(table) => Ok(Some(table)),
            Err(QueryError::UnknownTable { .. } | QueryError::NoVersionYet { .. }) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.names().iter().any(|known| known == name)
    }
}
