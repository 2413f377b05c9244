//! A version of a table: its rows in order, counted, in one file.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ord::partition::partition;
use arrow_ord::sort::{SortColumn, lexsort_to_indices};
use arrow_schema::{ArrowError, SchemaRef};
use arrow_select::take::take_record_batch;
use leadlake_lake::tables::{DataFile, SnapshotWriter, TableError};

use crate::error::GoldError;
use crate::tables::ModelTable;

const ROWS_IN_A_GROUP: usize = 65_536;

/// Writes the rows, if there are any, and gives the files.
pub(crate) fn write_rows(writer: &SnapshotWriter, batch: &RecordBatch) -> Result<Vec<DataFile>, GoldError> {
    let group = |first| batch.slice(first, ROWS_IN_A_GROUP.min(batch.num_rows() - first));
    let mut groups = (0..batch.num_rows()).step_by(ROWS_IN_A_GROUP).map(group);
    let Some(first) = groups.next() else { return Ok(Vec::new()) };
    let mut part = writer.part(0, &first)?;
    for group in groups {
        part.write(&group).map_err(TableError::from)?;
    }
    Ok(vec![part.finish().map_err(TableError::from)?])
}

/// What a model answered, as the table has it: in order, and empty nowhere that it may not be.
pub(crate) fn in_order(
    table: &ModelTable,
    schema: &SchemaRef,
    answer: &RecordBatch,
) -> Result<RecordBatch, GoldError> {
    let is_required = |name: &&str| !table.optional.contains(name);
    let fields = schema.fields().iter();
    for (field, column) in fields.zip(answer.columns()) {
        if column.null_count() > 0 && is_required(&field.name().as_str()) {
            return Err(GoldError::Empty { query: table.model.to_owned(), column: field.name().clone() });
        }
    }
    let sort = || {
        let sorted = sorted_by(answer, table.sorted_by)?;
        RecordBatch::try_new(Arc::clone(schema), sorted.columns().to_vec())
    };
    sort().map_err(|source| GoldError::Rows { what: table.name.to_string(), source })
}

/// How many different keys there are.
pub(crate) fn distinct_keys(table: &ModelTable, batch: &RecordBatch) -> Result<u64, GoldError> {
    let count = || {
        if batch.num_rows() == 0 {
            return Ok(0);
        }
        let sorted = sorted_by(batch, table.key)?;
        let schema = sorted.schema();
        let places = table.key.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>()?;
        Ok(partition(sorted.project(&places)?.columns())?.len() as u64)
    };
    count().map_err(|source| GoldError::Rows { what: table.name.to_string(), source })
}

fn sorted_by(batch: &RecordBatch, columns: &[&str]) -> Result<RecordBatch, ArrowError> {
    if batch.num_rows() == 0 {
        return Ok(batch.clone());
    }
    let column = |name: &&str| {
        let values = Arc::clone(batch.column(batch.schema().index_of(name)?));
        Ok(SortColumn { values, options: None })
    };
    let columns = columns.iter().map(column).collect::<Result<Vec<_>, ArrowError>>()?;
    take_record_batch(batch, &lexsort_to_indices(&columns, None)?)
}
