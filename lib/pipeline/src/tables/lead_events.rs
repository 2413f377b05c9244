//! `silver_lead_events`: every distinct event in the shared words, with the lead it belongs to. It is what a later run
//! builds on, and where SQL finds whose event is whose.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow_schema::{ArrowError, DataType};
use arrow_select::interleave::interleave;
use leadlake_lead::event::EventKind;

use crate::error::PipelineError;
use crate::shards::RowRef;
use crate::vocabulary::{lead_events_schema, name};

/// An event that makes a row: where it stands and what it counts as.
#[derive(Debug, Clone, Copy)]
pub struct EventRow {
    pub at: RowRef,
    pub kind: EventKind,
}

/// The rows, which `ids` names the leads of.
pub fn batch<'i>(
    events: &[Arc<RecordBatch>],
    rows: &[EventRow],
    ids: impl Iterator<Item = Option<&'i str>>,
) -> Result<RecordBatch, PipelineError> {
    put_together(events, rows, ids)
        .map_err(|source| PipelineError::Rows { table: "silver_lead_events", source })
}

fn put_together<'i>(
    events: &[Arc<RecordBatch>],
    rows: &[EventRow],
    ids: impl Iterator<Item = Option<&'i str>>,
) -> Result<RecordBatch, ArrowError> {
    let schema = lead_events_schema();
    let places: Vec<(usize, usize)> =
        rows.iter().map(|row| (row.at.batch as usize, row.at.row as usize)).collect();
    let lead_ids = lead_ids(rows.len(), ids);
    let kinds = kinds(rows);
    let mut nulls: HashMap<DataType, ArrayRef> = HashMap::new();
    let longest = events.iter().map(|batch| batch.num_rows()).max().unwrap_or(0);
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        match field.name().as_str() {
            name::LEAD_ID => columns.push(Arc::clone(&lead_ids)),
            name::KIND => columns.push(Arc::clone(&kinds)),
            shared => {
                let parts: Vec<ArrayRef> = events
                    .iter()
                    .map(|batch| match batch.column_by_name(shared) {
                        Some(column) => Arc::clone(column),
                        None => Arc::clone(
                            nulls
                                .entry(field.data_type().clone())
                                .or_insert_with(|| new_null_array(field.data_type(), longest)),
                        ),
                    })
                    .collect();
                let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
                columns.push(interleave(&parts, &places)?);
            }
        }
    }
    RecordBatch::try_new(schema, columns)
}

fn kinds(rows: &[EventRow]) -> ArrayRef {
    let mut builder =
        StringBuilder::with_capacity(rows.len(), rows.len() * kind_word(EventKind::Purchase).len());
    for row in rows {
        builder.append_value(kind_word(row.kind));
    }
    Arc::new(builder.finish())
}

fn kind_word(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Touch => "touch",
        EventKind::Outcome => "outcome",
        EventKind::Purchase => "purchase",
    }
}

fn lead_ids<'i>(rows: usize, ids: impl Iterator<Item = Option<&'i str>>) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(rows, rows * 30);
    for id in ids {
        builder.append_option(id);
    }
    Arc::new(builder.finish())
}
