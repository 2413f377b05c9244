//! Events as the run before has kept them: already in the shared words, one row for each distinct event.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use leadlake_lake::{Lake, ParquetFile};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::PipelineError;
use crate::inputs::SilverFile;
use crate::vocabulary::event_schema;

const BATCH_ROWS: usize = 16_384;

pub struct PreviousEvents {
    schema: SchemaRef,
}

impl PreviousEvents {
    pub fn new() -> Self {
        Self { schema: event_schema() }
    }

    /// Gives each batch of the file to `take`, without the leads that the events had then.
    pub fn read(
        &self,
        lake: &Lake,
        file: &SilverFile,
        take: &mut dyn FnMut(RecordBatch) -> Result<(), PipelineError>,
    ) -> Result<(), PipelineError> {
        let unreadable = |source| PipelineError::Unreadable { key: file.key.clone(), source };
        let columns = |source| PipelineError::Columns { key: file.key.clone(), source };
        let parquet = ParquetFile::open(&lake.store, &file.key, file.size)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(parquet).map_err(unreadable)?;
        let wanted = self.schema.fields().iter().map(|field| field.name().as_str());
        let mask = parquet::arrow::ProjectionMask::columns(builder.parquet_schema(), wanted);
        let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(unreadable)?;
        for batch in reader {
            let batch = batch.map_err(columns)?;
            // The file has the columns in this order: both are written by `vocabulary`.
            let batch = RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec());
            take(batch.map_err(columns)?)?;
        }
        Ok(())
    }
}
