//! Rows on their way into record batches.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use arrow_select::take::take;

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
}

macro_rules! on_builder {
    ($column:expr, $builder:ident => $action:expr) => {
        match $column {
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
    fn of(data_type: &DataType) -> Self {
        match data_type {
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
        on_builder!(self, builder => builder.append_null());
    }

    fn len(&self) -> usize {
        use arrow_array::builder::ArrayBuilder;
        on_builder!(self, builder => builder.len())
    }

    fn finish(&mut self) -> ArrayRef {
        on_builder!(self, builder => Arc::new(builder.finish()))
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
    /// The last three columns of `schema` are the constants object key, contract version and arrival,
    /// with the line between the first two.
    pub(crate) fn new(schema: SchemaRef) -> Self {
        let columns = schema.fields().iter().map(|field| Column::of(field.data_type())).collect();
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
            let array = column.finish();
            let array = match constant_column(field.name(), constants, order.len()) {
                Some(constant) => constant,
                None if in_order => array,
                None => take(&array, &order, None)?,
            };
            arrays.push(array);
        }
        if order.is_empty() {
            return Ok(None);
        }
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map(Some)
    }
}

fn constant_column(name: &str, constants: &Constants, rows: usize) -> Option<ArrayRef> {
    use crate::schema::provenance::{ARRIVED_AT, CONTRACT_VERSION, OBJECT_KEY};
    let texts = |text: &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, rows))) };
    match name {
        OBJECT_KEY => Some(texts(&constants.object_key)),
        CONTRACT_VERSION => Some(texts(&constants.contract_version)),
        ARRIVED_AT => Some(Arc::new(
            TimestampMicrosecondArray::from_value(constants.arrived_micros, rows).with_timezone("UTC"),
        )),
        _ => None,
    }
}
