//! Entries as rows of `ops_ledger`, with a column for each count: the same from entries and in a version.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Date32Builder, Int64Builder, MapBuilder, MapFieldNames, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use jiff::civil::{Date, date};

use super::LedgerEntry;

type CountsBuilder = MapBuilder<StringBuilder, Int64Builder>;

// What Parquet calls the parts of a map.
const ENTRIES: &str = "key_value";
const KEY: &str = "key";
const VALUE: &str = "value";

// About as long as texts are, so that a row alone takes little room and many need not be moved about.
const ID_LENGTH: usize = 32;
const CHECKSUM_LENGTH: usize = 64;
const VERSION_LENGTH: usize = 8;

/// The columns; the last two, source and day, stand in the name of an entry too.
pub fn ledger_schema() -> SchemaRef {
    let column = |name: &str, data_type: DataType, comment: &str| {
        let comment = HashMap::from([("comment".to_owned(), comment.to_owned())]);
        Field::new(name, data_type, false).with_metadata(comment)
    };
    let text = |name, comment| column(name, DataType::Utf8, comment);
    let number = |name, comment| column(name, DataType::Int64, comment);
    let instant =
        |name, comment| column(name, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), comment);
    let counts = |name, comment| column(name, counts_type(), comment);
    Arc::new(Schema::new(vec![
        text("object_id", "Names everything made from the object"),
        text("object_key", "Its name in bronze"),
        text("object_etag", "The store's mark of its version"),
        text("object_blake3", "Checksum of its content"),
        number("bytes", "Its size"),
        number("expanded_bytes", "The same, decompressed"),
        text("contract_version", "What it was refined under"),
        instant("arrived_at", "When it arrived"),
        instant("completed_at", "When it was done, in whole milliseconds"),
        column("refused_whole", DataType::Boolean, "Too much of it was refused, so all was"),
        number("records", "accepted + refused + duplicate"),
        number("accepted", "Rows in silver"),
        number("refused", "Rows in quarantine"),
        number("duplicate", "Repeated within the object"),
        counts("refused_by_code", "Code to count"),
        counts("invalid_by_field", "Optional values that could not be read"),
        counts("missing_by_field", "Values that were not there"),
        counts("drifted_by_field", "Fields the contract does not know"),
        text("source", "Whose objects these are"),
        column("dt", DataType::Date32, "The day in the object's key, else that of its arrival"),
    ]))
}

/// From a name to how often.
fn counts_type() -> DataType {
    let entry = vec![Field::new(KEY, DataType::Utf8, false), Field::new(VALUE, DataType::Int64, false)];
    DataType::Map(Arc::new(Field::new(ENTRIES, DataType::Struct(entry.into()), false)), false)
}

/// Rows being gathered into a batch.
pub struct LedgerRows {
    object_id: StringBuilder,
    object_key: StringBuilder,
    object_etag: StringBuilder,
    object_blake3: StringBuilder,
    bytes: Int64Builder,
    expanded_bytes: Int64Builder,
    contract_version: StringBuilder,
    arrived_at: TimestampMicrosecondBuilder,
    completed_at: TimestampMicrosecondBuilder,
    refused_whole: BooleanBuilder,
    records: Int64Builder,
    accepted: Int64Builder,
    refused: Int64Builder,
    duplicate: Int64Builder,
    refused_by_code: CountsBuilder,
    invalid_by_field: CountsBuilder,
    missing_by_field: CountsBuilder,
    drifted_by_field: CountsBuilder,
    source: StringBuilder,
    dt: Date32Builder,
}

impl LedgerRows {
    /// With room for so many; there may be more.
    pub fn with_room_for(rows: usize) -> Self {
        let texts = |length: usize| StringBuilder::with_capacity(rows, rows.saturating_mul(length));
        let numbers = || Int64Builder::with_capacity(rows);
        let instants = || TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC");
        Self {
            object_id: texts(ID_LENGTH),
            object_key: texts(ID_LENGTH),
            object_etag: texts(ID_LENGTH),
            object_blake3: texts(CHECKSUM_LENGTH),
            bytes: numbers(),
            expanded_bytes: numbers(),
            contract_version: texts(VERSION_LENGTH),
            arrived_at: instants(),
            completed_at: instants(),
            refused_whole: BooleanBuilder::with_capacity(rows),
            records: numbers(),
            accepted: numbers(),
            refused: numbers(),
            duplicate: numbers(),
            refused_by_code: counts_builder(rows),
            invalid_by_field: counts_builder(rows),
            missing_by_field: counts_builder(rows),
            drifted_by_field: counts_builder(rows),
            source: texts(VERSION_LENGTH),
            dt: Date32Builder::with_capacity(rows),
        }
    }

    pub fn push(&mut self, entry: &LedgerEntry) -> Result<(), ArrowError> {
        let counts = &entry.counts;
        self.object_id.append_value(entry.object_id.to_string());
        self.object_key.append_value(entry.object_key.as_str());
        self.object_etag.append_value(&entry.object_etag);
        self.object_blake3.append_value(&entry.object_blake3);
        self.bytes.append_value(as_column(entry.bytes));
        self.expanded_bytes.append_value(as_column(entry.expanded_bytes));
        self.contract_version.append_value(entry.contract_version.to_string());
        self.arrived_at.append_value(entry.arrived_at.as_microsecond());
        self.completed_at.append_value(entry.completed_at.as_microsecond());
        self.refused_whole.append_value(entry.refused_whole);
        self.records.append_value(as_column(counts.input));
        self.accepted.append_value(as_column(counts.accepted));
        self.refused.append_value(as_column(counts.refused_total()));
        self.duplicate.append_value(as_column(counts.duplicate));
        append(&mut self.refused_by_code, counts.refused.iter().map(|(code, count)| (code.as_str(), count)))?;
        for (column, counted) in [
            (&mut self.invalid_by_field, &counts.invalid),
            (&mut self.missing_by_field, &counts.missing),
            (&mut self.drifted_by_field, &counts.drifted),
        ] {
            append(column, counted.iter().map(|(field, count)| (field.as_str(), count)))?;
        }
        self.source.append_value(entry.source.as_str());
        self.dt.append_value(days_since_1970(entry.dt));
        Ok(())
    }

    /// The rows so far; the next ones begin a new batch.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns: [&mut dyn ArrayBuilder; 20] = [
            &mut self.object_id,
            &mut self.object_key,
            &mut self.object_etag,
            &mut self.object_blake3,
            &mut self.bytes,
            &mut self.expanded_bytes,
            &mut self.contract_version,
            &mut self.arrived_at,
            &mut self.completed_at,
            &mut self.refused_whole,
            &mut self.records,
            &mut self.accepted,
            &mut self.refused,
            &mut self.duplicate,
            &mut self.refused_by_code,
            &mut self.invalid_by_field,
            &mut self.missing_by_field,
            &mut self.drifted_by_field,
            &mut self.source,
            &mut self.dt,
        ];
        RecordBatch::try_new(ledger_schema(), columns.map(|column| column.finish()).into())
    }
}

fn counts_builder(rows: usize) -> CountsBuilder {
    let names = MapFieldNames { entry: ENTRIES.to_owned(), key: KEY.to_owned(), value: VALUE.to_owned() };
    let (keys, values) = (StringBuilder::with_capacity(rows, rows), Int64Builder::with_capacity(rows));
    let value = Field::new(VALUE, DataType::Int64, false);
    MapBuilder::with_capacity(Some(names), keys, values, rows).with_values_field(value)
}

fn append<'c>(
    column: &mut CountsBuilder,
    counts: impl Iterator<Item = (&'c str, &'c u64)>,
) -> Result<(), ArrowError> {
    for (name, count) in counts {
        column.keys().append_value(name);
        column.values().append_value(as_column(*count));
    }
    column.append(true)
}

fn as_column(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// As Arrow and Parquet write days.
pub fn days_since_1970(day: Date) -> i32 {
    const EPOCH: Date = date(1970, 1, 1);
    day.since(EPOCH).map_or(0, |span| span.get_days())
}
