//! `ops_ledger`: what became of each object, its counts as columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int64Array, Int64Builder, MapBuilder, MapFieldNames, RecordBatch, StringArray,
    StringBuilder, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;
use leadlake_lake::ledger::LedgerEntry;

use super::rows::{Out, RowReader};
use crate::error::QueryError;
use crate::files::{Reach, TableFile};

#[derive(Debug)]
pub(super) struct LedgerReader {
    schema: SchemaRef,
}

impl LedgerReader {
    pub(super) fn new() -> Self {
        let text = |name: &str| Field::new(name, DataType::Utf8, false);
        let number = |name: &str| Field::new(name, DataType::Int64, false);
        let instant = |name: &str| {
            Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false)
        };
        let counts = |name: &str| Field::new(name, counts_type(), false);
        let columns = vec![
            text("object_id"),
            text("object_key"),
            text("object_etag"),
            text("object_blake3"),
            number("bytes"),
            number("expanded_bytes"),
            text("contract_version"),
            instant("arrived_at"),
            instant("completed_at"),
            Field::new("refused_whole", DataType::Boolean, false),
            number("records"),
            number("accepted"),
            number("refused"),
            number("duplicate"),
            counts("refused_by_code"),
            counts("invalid_by_field"),
            counts("missing_by_field"),
            counts("drifted_by_field"),
        ];
        Self { schema: Arc::new(Schema::new(columns)) }
    }

    fn row(&self, entry: &LedgerEntry) -> Result<RecordBatch, ArrowError> {
        let counts = &entry.counts;
        let refused = counts.refused.iter().map(|(code, count)| (code.as_str(), *count));
        let columns: Vec<ArrayRef> = vec![
            text(entry.object_id.to_string()),
            text(entry.object_key.to_string()),
            text(entry.object_etag.clone()),
            text(entry.object_blake3.clone()),
            number(entry.bytes),
            number(entry.expanded_bytes),
            text(entry.contract_version.to_string()),
            instant(entry.arrived_at),
            instant(entry.completed_at),
            Arc::new(BooleanArray::from(vec![entry.refused_whole])),
            number(counts.input),
            number(counts.accepted),
            number(counts.refused_total()),
            number(counts.duplicate),
            map_of(refused)?,
            map_of(by_name(&counts.invalid))?,
            map_of(by_name(&counts.missing))?,
            map_of(by_name(&counts.drifted))?,
        ];
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

impl RowReader for LedgerReader {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn read(&self, reach: &Reach, file: &TableFile, out: Out<'_>) -> Result<(), QueryError> {
        let entry = reach.lake.ledger_entry(&file.facts.key)?;
        let row = self.row(&entry).map_err(|error| QueryError::Failed(error.to_string()))?;
        // This is the file's only row, so nothing is left that might not be wanted.
        let _ = out(row);
        Ok(())
    }
}

fn by_name(counts: &BTreeMap<String, u64>) -> impl Iterator<Item = (&str, u64)> {
    counts.iter().map(|(name, count)| (name.as_str(), *count))
}

fn text(value: String) -> ArrayRef {
    Arc::new(StringArray::from(vec![value]))
}

fn number(value: u64) -> ArrayRef {
    Arc::new(Int64Array::from(vec![as_column(value)]))
}

fn instant(value: jiff::Timestamp) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(vec![value.as_microsecond()]).with_timezone("UTC"))
}

fn as_column(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

const KEY: &str = "key";
const VALUE: &str = "value";
const ENTRIES: &str = "entries";

/// From a name to how often.
fn counts_type() -> DataType {
    let entry = vec![Field::new(KEY, DataType::Utf8, false), Field::new(VALUE, DataType::Int64, false)];
    DataType::Map(Arc::new(Field::new(ENTRIES, DataType::Struct(entry.into()), false)), false)
}

fn map_of<'c>(counts: impl Iterator<Item = (&'c str, u64)>) -> Result<ArrayRef, ArrowError> {
    let names = MapFieldNames { entry: ENTRIES.to_owned(), key: KEY.to_owned(), value: VALUE.to_owned() };
    let mut map = MapBuilder::new(Some(names), StringBuilder::new(), Int64Builder::new())
        .with_values_field(Field::new(VALUE, DataType::Int64, false));
    for (name, count) in counts {
        map.keys().append_value(name);
        map.values().append_value(as_column(count));
    }
    map.append(true)?;
    Ok(Arc::new(map.finish()))
}
