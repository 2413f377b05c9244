//! Tables of other files: each is read from its beginning to its end, into rows.

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::project_schema;
use datafusion::datasource::TableType;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};

use crate::error::QueryError;
use crate::files::{Files, Reach, TableFile, prune, pushdown};

/// Batches read ahead of whoever works on them.
const READ_AHEAD: usize = 2;

/// Takes a file's rows; says whether more are wanted.
pub(crate) type Out<'o> = &'o mut dyn FnMut(RecordBatch) -> ControlFlow<()>;

/// How files become rows.
pub(crate) trait RowReader: Debug + Send + Sync + 'static {
    /// Without the columns that stand in the file's name.
    fn schema(&self) -> SchemaRef;

    fn read(&self, reach: &Reach, file: &TableFile, out: Out<'_>) -> Result<(), QueryError>;
}

#[derive(Debug)]
pub(crate) struct RowTable {
    reach: Arc<Reach>,
    files: Files,
    reader: Arc<dyn RowReader>,
    partition: SchemaRef,
    schema: SchemaRef,
}

impl RowTable {
    pub(crate) fn new(reach: Arc<Reach>, files: Files, reader: impl RowReader) -> Self {
        let partition: Vec<Field> = files.partition_columns();
        let partition = Arc::new(Schema::new(partition));
        let columns: Vec<FieldRef> =
            reader.schema().fields().iter().chain(partition.fields()).cloned().collect();
        Self { reach, files, reader: Arc::new(reader), partition, schema: Arc::new(Schema::new(columns)) }
    }

    fn part(&self, files: &[TableFile]) -> Part {
        Part {
            reach: Arc::clone(&self.reach),
            reader: Arc::clone(&self.reader),
            files: files.to_vec(),
            schema: Arc::clone(&self.schema),
        }
    }
}

/// The files of a table, listed where waiting for the store holds nobody up.
pub(crate) async fn list_in_background(
    reach: &Arc<Reach>,
    files: &Files,
) -> Result<Vec<TableFile>, DataFusionError> {
    let (reach, files) = (Arc::clone(reach), files.clone());
    let listed = tokio::task::spawn_blocking(move || files.list(&reach)).await;
    listed.map_err(|died| DataFusionError::ExecutionJoin(Box::new(died)))?.map_err(DataFusionError::from)
}

#[async_trait]
impl TableProvider for RowTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
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
        let files = list_in_background(&self.reach, &self.files).await?;
        let files = prune(state, files, &self.partition, filters)?;
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(project_schema(&self.schema, projection)?)));
        }
        let each = files.len().div_ceil(state.config_options().execution.target_partitions.max(1));
        let part = |files: &[TableFile]| Arc::new(self.part(files)) as Arc<dyn PartitionStream>;
        let parts = files.chunks(each.max(1)).map(part).collect();
        let scan =
            StreamingTableExec::try_new(Arc::clone(&self.schema), parts, projection, [], false, limit)?;
        Ok(Arc::new(scan))
    }
}

/// The files that are read one after the other.
#[derive(Debug, Clone)]
struct Part {
    reach: Arc<Reach>,
    reader: Arc<dyn RowReader>,
    files: Vec<TableFile>,
    schema: SchemaRef,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStream::builder(Arc::clone(&self.schema), READ_AHEAD);
        let sender = stream.tx();
        let part = self.clone();
        // The receiver goes away as soon as whoever asked has rows enough.
        stream.spawn_blocking(move || {
            part.read_all(&mut |batch| match sender.blocking_send(batch) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            });
            Ok(())
        });
        stream.build()
    }
}

impl Part {
    fn read_all(&self, out: &mut dyn FnMut(Result<RecordBatch, DataFusionError>) -> ControlFlow<()>) {
        for file in &self.files {
            let mut flow = ControlFlow::Continue(());
            let read = self.reader.read(&self.reach, file, &mut |batch| {
                flow = out(self.with_place(file, &batch));
                flow
            });
            if let Err(error) = read {
                flow = out(Err(error.into()));
            }
            if flow.is_break() {
                return;
            }
        }
    }

    fn with_place(&self, file: &TableFile, batch: &RecordBatch) -> Result<RecordBatch, DataFusionError> {
        let rows = batch.num_rows();
        let places = file.partition.iter().map(|value| value.to_array_of_size(rows));
        let columns = batch.columns().iter().cloned().map(Ok).chain(places);
        let columns: Vec<ArrayRef> = columns.collect::<Result<_, DataFusionError>>()?;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}
