//! The rows of an answer, as they come.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use tokio::runtime::Runtime;

use crate::error::QueryError;

/// Batches of rows. Dropped, the query ends.
pub struct QueryResult<'e> {
    runtime: &'e Runtime,
    rows: SendableRecordBatchStream,
    schema: SchemaRef,
}

impl<'e> QueryResult<'e> {
    pub(crate) fn new(runtime: &'e Runtime, rows: SendableRecordBatchStream) -> Self {
        let schema = rows.schema();
        Self { runtime, rows, schema }
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// All batches, up to a number of rows; of more than that there is an error.
    pub fn collect_at_most(self, most_rows: usize) -> Result<Vec<RecordBatch>, QueryError> {
        let mut rows = 0;
        let mut batches = Vec::new();
        for batch in self {
            let batch = batch?;
            rows += batch.num_rows();
            if rows > most_rows {
                let reason = format!("the answer has more than {most_rows} rows");
                return Err(QueryError::TooLarge { reason });
            }
            batches.push(batch);
        }
        Ok(batches)
    }
}

impl Iterator for QueryResult<'_> {
    type Item = Result<RecordBatch, QueryError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.runtime.block_on(self.rows.next())?;
        Some(batch.map_err(QueryError::running))
    }
}
