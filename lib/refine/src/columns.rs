//! Rows on their way into record batches.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array};
use arrow_schema::{ArrowError, DataType, Field, SchemaRef};
use arrow_select::take::take;

use crate::schema::provenance::{ARRIVED_AT, CONTRACT_VERSION, OBJECT_KEY};

/// Rows of one batch, which becomes one row group. A whole object of the usual few megabytes fits one group, whose
/// statistics then span just that object's events; and a group of this size, raw and encoded at once, stays within
/// some 50 MB, so that a small Lambda can hold it.
pub(crate) const ROWS_PER_BATCH: usize = 65_536;

/// Long texts close a batch before the row count does.
pub(crate) const BYTES_PER_BATCH: usize = 16 * 1024 * 1024;

pub(crate) enum Column {
    Text(StringBuilder),
    Integer(Int64Builder),
    Decimal(Decimal128Builder),
    Double(Float64Builder),
    Boolean(BooleanBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Date(Date32Builder),
    /// Has the same value in every row of an object, and is made when the rows are counted.
    Constant,
}

macro_rules! on_builder {
    ($column:expr, $builder:ident => $action:expr, $constant:expr) => {
        match $column {
            Column::Constant => $constant,
            Column::Text($builder) => $action,
            Column::Integer($builder) => $action,
            Column::Decimal($builder) => $action,
            Column::Double($builder) => $action,
            Column::Boolean($builder) => $action,
            Column::Timestamp($builder) => $action,
            Column::Date($builder) => $action,
        }
    };
}

impl Column {
    fn of(field: &Field) -> Self {
        let data_type = field.data_type();
        match data_type {
            _ if is_constant(field.name()) => Self::Constant,
            DataType::Int64 => Self::Integer(Int64Builder::new()),
            DataType::Decimal128(..) => {
                Self::Decimal(Decimal128Builder::new().with_data_type(data_type.clone()))
            }
            DataType::Float64 => Self::Double(Float64Builder::new()),
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Timestamp(..) => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(data_type.clone()))
            }
            DataType::Date32 => Self::Date(Date32Builder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    pub(crate) fn null(&mut self) {
        on_builder!(self, builder => builder.append_null(), {});
    }

    fn len(&self) -> usize {
        use arrow_array::builder::ArrayBuilder;
        on_builder!(self, builder => builder.len(), usize::MAX)
    }

    /// None of a constant.
    fn finish(&mut self) -> Option<ArrayRef> {
        on_builder!(self, builder => Some(Arc::new(builder.finish())), None)
    }
}

/// What every row of an object says alike.
#[derive(Debug, Clone)]
pub(crate) struct Constants {
    pub object_key: String,
    pub contract_version: String,
    pub arrived_micros: i64,
}

/// The silver rows of one batch. A row is appended column by column and then kept or abandoned: an abandoned one
/// stays in the builders and is left out when the batch is put into order, which it has to be in any case.
pub(crate) struct Rows {
    schema: SchemaRef,
    columns: Vec<Column>,
    begun: usize,
    /// Event time and position of the rows kept.
    kept: Vec<(i64, u32)>,
    text_bytes: usize,
}

impl Rows {
    pub(crate) fn new(schema: SchemaRef) -> Self {
        let columns = schema.fields().iter().map(|field| Column::of(field)).collect();
        Self { schema, columns, begun: 0, kept: Vec::new(), text_bytes: 0 }
    }

    pub(crate) fn column(&mut self, index: usize) -> Option<&mut Column> {
        self.columns.get_mut(index)
    }

    pub(crate) fn text(&mut self, index: usize, text: &str) {
        self.text_bytes += text.len();
        if let Some(Column::Text(builder)) = self.columns.get_mut(index) {
            builder.append_value(text);
        }
    }

    /// Fills what the row has not got yet with nulls; it is kept when it has a time.
    pub(crate) fn end_row(&mut self, kept_at: Option<i64>) {
        if let Some(event_time) = kept_at {
            self.kept.push((event_time, u32::try_from(self.begun).unwrap_or(u32::MAX)));
        }
        self.begun += 1;
        for column in &mut self.columns {
            if column.len() < self.begun {
                column.null();
            }
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.begun >= ROWS_PER_BATCH || self.text_bytes >= BYTES_PER_BATCH
    }

    /// The rows kept, ordered by event time and then by their place in the object.
    pub(crate) fn finish(&mut self, constants: &Constants) -> Result<Option<RecordBatch>, ArrowError> {
        let begun = std::mem::take(&mut self.begun);
        self.text_bytes = 0;
        let mut kept = std::mem::take(&mut self.kept);
        let in_order = kept.len() == begun && kept.is_sorted();
        kept.sort_unstable();
        let order: UInt32Array = kept.iter().map(|(_, position)| *position).collect();
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (column, field) in self.columns.iter_mut().zip(self.schema.fields()) {
            arrays.push(match column.finish() {
                None => constants.column(field.name(), order.len()),
                Some(array) if in_order => array,
                Some(array) => take(&array, &order, None)?,
            });
        }
        if order.is_empty() {
            return Ok(None);
        }
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map(Some)
    }
}

fn is_constant(column: &str) -> bool {
    matches!(column, OBJECT_KEY | CONTRACT_VERSION | ARRIVED_AT)
}

impl Constants {
    fn column(&self, name: &str, rows: usize) -> ArrayRef {
        let texts = |text: &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, rows)))
        };
        match name {
            OBJECT_KEY => texts(&self.object_key),
            CONTRACT_VERSION => texts(&self.contract_version),
            _ => Arc::new(
                TimestampMicrosecondArray::from_value(self.arrived_micros, rows).with_timezone("UTC"),
            ),
        }
    }
}
