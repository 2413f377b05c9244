//! `ops_ledger` while no version of it is asked for: what became of each object, from the entries themselves.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use leadlake_lake::ledger::{LedgerEntry, LedgerRows, ledger_schema};

use super::rows::{Out, RowReader};
use crate::error::QueryError;
use crate::files::{Reach, TableFile};

/// What stands in an entry's name.
const PLACE: [&str; 2] = ["source", "dt"];

#[derive(Debug)]
pub(super) struct LedgerReader {
    schema: SchemaRef,
    columns: Vec<usize>,
}

impl LedgerReader {
    pub(super) fn new() -> Self {
        let all = ledger_schema();
        let own =
            all.fields().iter().enumerate().filter(|(_, column)| !PLACE.contains(&column.name().as_str()));
        let (columns, own): (Vec<usize>, Vec<FieldRef>) =
            own.map(|(at, column)| (at, Arc::clone(column))).unzip();
        Self { schema: Arc::new(Schema::new(own)), columns }
    }

    fn row(&self, entry: &LedgerEntry) -> Result<RecordBatch, ArrowError> {
        let mut rows = LedgerRows::with_room_for(1);
        rows.push(entry)?;
        rows.finish()?.project(&self.columns)
    }
}

impl RowReader for LedgerReader {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn read(&self, reach: &Reach, file: &TableFile, out: Out<'_>) -> Result<(), QueryError> {
        let (_, entry) = reach.lake.ledger_entry(&file.facts.key)?;
        let row = self.row(&entry).map_err(|error| QueryError::Failed(error.to_string()))?;
        // This is the file's only row, so nothing is left that might not be wanted.
        let _ = out(row);
        Ok(())
    }
}
