//! The columns of silver and quarantine.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field as Column, Schema, SchemaRef, TimeUnit};
use leadlake_contract::{Contract, Derivation, Field, Reading};

/// Columns that every silver table has behind those of its contract.
pub mod provenance {
    /// The event came without an id and got one from its content.
    pub const EVENT_ID_FROM_CONTENT: &str = "event_id_from_content";
    /// Fields the contract does not know, as JSON.
    pub const EXTRA: &str = "extra";
    /// Optional values that could not be read, as JSON: field to value as received.
    pub const INVALID: &str = "invalid";
    pub const OBJECT_KEY: &str = "object_key";
    pub const OBJECT_LINE: &str = "object_line";
    pub const CONTRACT_VERSION: &str = "contract_version";
    pub const ARRIVED_AT: &str = "arrived_at";
}

/// Microseconds in UTC: readers of Parquet break on nanoseconds.
pub(crate) fn timestamp_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The columns of a source's silver table, in order.
pub fn silver_schema(contract: &Contract) -> SchemaRef {
    let mut columns = Vec::new();
    for field in &contract.fields {
        columns.push(contract_column(field));
        if let Some(original) = field.original_column() {
            let comment = format!("{} as received, where normalisation changed or refused it", field.name);
            columns.push(commented(Column::new(original, DataType::Utf8, true), &comment));
        }
    }
    let fixed = [
        (provenance::EVENT_ID_FROM_CONTENT, DataType::Boolean, false, "The event came without an id"),
        (provenance::EXTRA, DataType::Utf8, true, "Fields the contract does not know, as JSON"),
        (provenance::INVALID, DataType::Utf8, true, "Optional values that could not be read, as JSON"),
        (provenance::OBJECT_KEY, DataType::Utf8, false, "The bronze object the event came in"),
        (provenance::OBJECT_LINE, DataType::Int64, false, "The line of that object, from 1"),
        (provenance::CONTRACT_VERSION, DataType::Utf8, false, "The contract the event was read by"),
        (provenance::ARRIVED_AT, timestamp_type(), false, "When the object arrived in bronze"),
    ];
    for (name, data_type, nullable, comment) in fixed {
        columns.push(commented(Column::new(name, data_type, nullable), comment));
    }
    Arc::new(Schema::new(columns))
}

/// The columns of quarantine, the same for every source.
pub fn quarantine_schema() -> SchemaRef {
    let text = DataType::Utf8;
    let columns = [
        ("code", text.clone(), "Why the record was refused, as a stable code"),
        ("path", text.clone(), "Where, as JSON path"),
        ("expected", text.clone(), "What the contract asks for"),
        ("actual", text.clone(), "What was there, shortened"),
        ("original", DataType::Binary, "The record's bytes; of one too large, its beginning"),
        ("original_is_whole", DataType::Boolean, "Whether original holds the whole record"),
        (provenance::OBJECT_KEY, text.clone(), "The bronze object the record came in"),
        (provenance::OBJECT_LINE, DataType::Int64, "The line of that object, from 1"),
        ("byte_offset", DataType::Int64, "Where the record begins in the decompressed object"),
        ("byte_length", DataType::Int64, "How long it is there"),
        (provenance::CONTRACT_VERSION, text, "The contract that refused the record"),
        (provenance::ARRIVED_AT, timestamp_type(), "When the object arrived in bronze"),
    ];
    let columns: Vec<Column> = columns
        .into_iter()
        .map(|(name, data_type, comment)| commented(Column::new(name, data_type, false), comment))
        .collect();
    Arc::new(Schema::new(columns))
}

fn contract_column(field: &Field) -> Column {
    let column = Column::new(&field.name, data_type(field.reading), !field.required);
    match &field.description {
        Some(description) => commented(column, description.trim()),
        None => column,
    }
}

fn data_type(reading: Reading) -> DataType {
    match reading {
        Reading::Text | Reading::Email | Reading::Phone => DataType::Utf8,
        Reading::Integer | Reading::Days => DataType::Int64,
        Reading::Decimal { precision, scale }
        | Reading::RangeLow { precision, scale }
        | Reading::RangeHigh { precision, scale } => DataType::Decimal128(precision, scale),
        Reading::Double => DataType::Float64,
        Reading::Boolean | Reading::Derived(Derivation::DisposableAddress { .. }) => DataType::Boolean,
        Reading::Timestamp => timestamp_type(),
        Reading::Date => DataType::Date32,
    }
}

fn commented(column: Column, comment: &str) -> Column {
    column.with_metadata(HashMap::from([("comment".to_owned(), comment.to_owned())]))
}
