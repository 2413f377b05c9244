//! Tables of other files: each is read from its beginning to its end, into rows.

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};

use super::provider::FileReading;
use crate::error::QueryError;
use crate::files::{Reach, TableFile};

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

/// Files that a [`RowReader`] reads.
#[derive(Debug)]
pub(crate) struct RowFiles {
    reach: Arc<Reach>,
    reader: Arc<dyn RowReader>,
    schema: SchemaRef,
}

impl RowFiles {
    pub(crate) fn new(reach: Arc<Reach>, reader: impl RowReader, partition: &SchemaRef) -> Self {
        let columns: Vec<FieldRef> =
            reader.schema().fields().iter().chain(partition.fields()).cloned().collect();
        Self { reach, reader: Arc::new(reader), schema: Arc::new(Schema::new(columns)) }
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

#[async_trait]
impl FileReading for RowFiles {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        files: Vec<TableFile>,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
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
