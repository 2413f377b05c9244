//! A table of files, whatever lies in them: they are listed when a query names it, and what a filter rules out stays unread.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::project_schema;
use datafusion::datasource::TableType;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use crate::files::{Files, Reach, TableFile, prune, pushdown};

/// How files of one kind are read.
#[async_trait]
pub(crate) trait FileReading: Debug + Send + Sync + 'static {
    /// The columns of the files, and those that stand in their names.
    fn schema(&self) -> SchemaRef;

    /// Of one file at least.
    async fn scan(
        &self,
        state: &dyn Session,
        files: Vec<TableFile>,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError>;
}

#[derive(Debug)]
pub(crate) struct FileTable<R> {
    reach: Arc<Reach>,
    files: Files,
    partition: SchemaRef,
    reading: R,
}

impl<R: FileReading> FileTable<R> {
    /// `reading` is told the columns that stand in the files' names.
    pub(crate) fn new(reach: Arc<Reach>, files: Files, reading: impl FnOnce(&SchemaRef) -> R) -> Self {
        let partition = Arc::new(Schema::new(files.partition_columns()));
        let reading = reading(&partition);
        Self { reach, files, partition, reading }
    }

    /// Waiting for the store holds nobody up.
    async fn list(&self) -> Result<Vec<TableFile>, DataFusionError> {
        let (reach, files) = (Arc::clone(&self.reach), self.files.clone());
        let listed = tokio::task::spawn_blocking(move || files.list(&reach)).await;
        listed.map_err(|died| DataFusionError::ExecutionJoin(Box::new(died)))?.map_err(DataFusionError::from)
    }
}

#[async_trait]
impl<R: FileReading> TableProvider for FileTable<R> {
    fn schema(&self) -> SchemaRef {
        self.reading.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(pushdown(&self.partition, filters))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let files = prune(state, self.list().await?, &self.partition, filters)?;
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(project_schema(&self.schema(), projection)?)));
        }
        self.reading.scan(state, files, projection, limit).await
    }
}
