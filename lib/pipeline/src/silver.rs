//! Silver files as batches of events in the shared words.

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, RecordBatch, StringArray, new_null_array};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use jiff::civil::Date;
use leadlake_lake::ledger::days_since_1970;
use leadlake_lake::{Lake, ParquetFile};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::PipelineError;
use crate::inputs::SilverFile;
use crate::vocabulary::{SourceWords, event_schema, name};

/// Rows read at once.
const BATCH_ROWS: usize = 16_384;

/// Reads the files of one source.
pub struct SilverReader<'w> {
    words: &'w SourceWords,
    /// Of the batches: the shared columns that the source has.
    schema: SchemaRef,
}

impl<'w> SilverReader<'w> {
    pub fn new(words: &'w SourceWords) -> Self {
        let is_there = |field: &Arc<Field>| {
            let by_place = field.name() == name::SOURCE || field.name() == name::DT;
            by_place || words.columns.iter().any(|(shared, _)| shared == field.name())
        };
        let fields: Vec<Arc<Field>> =
            event_schema().fields().iter().filter(|field| is_there(field)).cloned().collect();
        Self { words, schema: Arc::new(Schema::new(fields)) }
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Gives each batch of the file to `take`.
    pub fn read(
        &self,
        lake: &Lake,
        file: &SilverFile,
        day: Date,
        take: &mut dyn FnMut(RecordBatch) -> Result<(), PipelineError>,
    ) -> Result<(), PipelineError> {
        let unreadable = |source| PipelineError::Unreadable { key: file.key.clone(), source };
        let columns = |source| PipelineError::Columns { key: file.key.clone(), source };
        let parquet = ParquetFile::open(&lake.store, &file.key, file.size)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(parquet).map_err(unreadable)?;
        let wanted = self.words.columns.iter().map(|(_, column)| column.as_str());
        let mask = ProjectionMask::columns(builder.parquet_schema(), wanted);
        let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(unreadable)?;
        for batch in reader {
            take(self.in_shared_words(&batch.map_err(columns)?, day).map_err(columns)?)?;
        }
        Ok(())
    }

    fn in_shared_words(&self, batch: &RecordBatch, day: Date) -> Result<RecordBatch, ArrowError> {
        let rows = batch.num_rows();
        let column = |field: &Arc<Field>| -> Result<ArrayRef, ArrowError> {
            match field.name().as_str() {
                name::SOURCE => Ok(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                    self.words.source.as_str(),
                    rows,
                )))),
                name::DT => Ok(Arc::new(Date32Array::from_value(days_since_1970(day), rows))),
                shared => {
                    let own = self.words.columns.iter().find(|(word, _)| *word == shared);
                    let own = own.map_or(shared, |(_, own)| own.as_str());
                    match batch.column_by_name(own) {
                        Some(found) => Ok(Arc::clone(found)),
                        // Written under a contract that did not have the column yet.
                        None if field.is_nullable() => Ok(new_null_array(field.data_type(), rows)),
                        None => Err(ArrowError::SchemaError(format!("column {own} is not in the file"))),
                    }
                }
            }
        };
        let columns = self.schema.fields().iter().map(column).collect::<Result<Vec<_>, _>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}
