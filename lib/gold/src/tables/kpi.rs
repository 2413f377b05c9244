//! `gold_kpi`: every value of every KPI, day by day, with what it was known as before.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::builder::{MapBuilder, MapFieldNames, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, MapArray, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef};
use jiff::Timestamp;

use crate::cuts::{Cut, CutKey, History, Measured};
use crate::day;
use crate::model::ColumnType;
use crate::rows::tidy;

pub const KEY: [&str; 5] = ["kpi", "measure", "dimensions", "date", "cut"];
/// Rows are sorted by more, but engines cannot compare maps.
pub const SORTED_BY: [&str; 2] = ["kpi", "measure"];

const KEY_NAME: &str = "key";
const VALUE_NAME: &str = "value";
/// As the Parquet format calls it.
const ENTRIES_NAME: &str = "key_value";

pub fn schema() -> SchemaRef {
    let columns = [
        ("kpi", ColumnType::String.arrow(), false, "Which KPI, such as lead_volume"),
        ("measure", ColumnType::String.arrow(), false, "Which of its measures"),
        ("dimensions", map_type(), false, "What it is about, such as a source; empty for all"),
        ("date", ColumnType::Date.arrow(), false, "Which day"),
        ("value", ColumnType::Double.arrow(), true, "The value"),
        ("numerator", ColumnType::Double.arrow(), true, "Of a share, what was counted"),
        ("denominator", ColumnType::Double.arrow(), true, "Of a share, what it is a share of"),
        ("as_of", ColumnType::Timestamp.arrow(), false, "Nothing that happened later is in the value"),
        (
            "cut",
            ColumnType::Bigint.arrow(),
            false,
            "0 while the day is not over; 1 the first after; then corrections",
        ),
        ("is_latest", ColumnType::Boolean.arrow(), false, "Whether no later cut is there"),
        ("change", ColumnType::Double.arrow(), true, "To the cut before"),
        ("changed_because", ColumnType::String.arrow(), true, "Why it is another than in the cut before"),
        ("detail", ColumnType::String.arrow(), true, "The same in words"),
        ("state", ColumnType::String.arrow(), true, "ok, watch or alarm, where kpi.yaml has a check"),
        ("computed_at", ColumnType::Timestamp.arrow(), false, "When it was computed"),
        ("model_version", ColumnType::String.arrow(), true, "What scored the leads then"),
    ];
    let field = |(name, data_type, may_be_empty, comment): (&str, DataType, bool, &str)| {
        let comment = HashMap::from([("comment".to_owned(), comment.to_owned())]);
        Field::new(name, data_type, may_be_empty).with_metadata(comment)
    };
    Arc::new(Schema::new(columns.map(field).to_vec()))
}

fn map_type() -> DataType {
    let members = Fields::from(vec![
        Field::new(KEY_NAME, DataType::Utf8, false),
        Field::new(VALUE_NAME, DataType::Utf8, true),
    ]);
    DataType::Map(Arc::new(Field::new(ENTRIES_NAME, DataType::Struct(members), false)), false)
}

/// The rows in the order of their keys.
pub fn batch_of(history: &History) -> Result<RecordBatch, ArrowError> {
    let rows: Vec<Row<'_>> = history.iter().flat_map(|(key, cuts)| rows_of(key, cuts)).collect();
    let texts = |text: fn(&Row<'_>) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(text).collect::<StringArray>())
    };
    let doubles = |double: fn(&Row<'_>) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(double).collect::<Float64Array>())
    };
    let times = |time: fn(&Row<'_>) -> Timestamp| -> ArrayRef {
        let times = rows.iter().map(|row| Some(time(row).as_microsecond()));
        Arc::new(times.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let columns = vec![
        texts(|row| Some(row.key.kpi.clone())),
        texts(|row| Some(row.key.measure.clone())),
        Arc::new(dimensions(&rows)?) as ArrayRef,
        Arc::new(rows.iter().map(|row| Some(day::to_number(row.key.date))).collect::<Date32Array>()),
        doubles(|row| row.cut.measured.value),
        doubles(|row| row.cut.measured.numerator),
        doubles(|row| row.cut.measured.denominator),
        times(|row| row.cut.as_of),
        Arc::new(rows.iter().map(|row| Some(row.cut.number)).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|row| Some(row.is_latest)).collect::<BooleanArray>()),
        doubles(|row| row.cut.change),
        texts(|row| row.cut.because.clone()),
        texts(|row| row.cut.detail.clone()),
        texts(|row| row.cut.state.clone()),
        times(|row| row.cut.computed_at),
        texts(|row| row.cut.model_version.clone()),
    ];
    RecordBatch::try_new(schema(), columns)
}

struct Row<'h> {
    key: &'h CutKey,
    cut: &'h Cut,
    is_latest: bool,
}

fn rows_of<'h>(key: &'h CutKey, cuts: &'h [Cut]) -> impl Iterator<Item = Row<'h>> {
    (1..).zip(cuts).map(move |(place, cut)| Row { key, cut, is_latest: place == cuts.len() })
}

fn dimensions(rows: &[Row<'_>]) -> Result<MapArray, ArrowError> {
    let names = MapFieldNames {
        entry: ENTRIES_NAME.to_owned(),
        key: KEY_NAME.to_owned(),
        value: VALUE_NAME.to_owned(),
    };
    let mut builder = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for row in rows {
        for (name, value) in &row.key.dimensions {
            builder.keys().append_value(name);
            builder.values().append_value(value);
        }
        builder.append(true)?;
    }
    Ok(builder.finish())
}

/// Adds the rows of a batch that was written before. The error is the column that is not what it should be.
pub fn read_into(history: &mut History, batch: &RecordBatch) -> Result<(), &'static str> {
    let columns = Columns::of(batch)?;
    for row in 0..batch.num_rows() {
        let key = CutKey {
            kpi: columns.kpi.value(row).to_owned(),
            measure: columns.measure.value(row).to_owned(),
            dimensions: columns.dimensions(row)?,
            date: day::of_number(columns.date.value(row)),
        };
        let cut = Cut {
            number: columns.cut.value(row),
            measured: Measured {
                value: double(columns.value, row),
                numerator: double(columns.numerator, row),
                denominator: double(columns.denominator, row),
            },
            as_of: time(columns.as_of, row).ok_or("as_of")?,
            change: double(columns.change, row),
            because: text(columns.because, row),
            detail: text(columns.detail, row),
            state: text(columns.state, row),
            computed_at: time(columns.computed_at, row).ok_or("computed_at")?,
            model_version: text(columns.model_version, row),
        };
        let cuts = history.entry(key).or_default();
        cuts.push(cut);
        cuts.sort_by_key(|cut| cut.number);
    }
    Ok(())
}

struct Columns<'b> {
    kpi: &'b StringArray,
    measure: &'b StringArray,
    dimensions: &'b MapArray,
    date: &'b Date32Array,
    value: &'b Float64Array,
    numerator: &'b Float64Array,
    denominator: &'b Float64Array,
    as_of: &'b TimestampMicrosecondArray,
    cut: &'b Int64Array,
    change: &'b Float64Array,
    because: &'b StringArray,
    detail: &'b StringArray,
    state: &'b StringArray,
    computed_at: &'b TimestampMicrosecondArray,
    model_version: &'b StringArray,
}

impl<'b> Columns<'b> {
    fn of(batch: &'b RecordBatch) -> Result<Self, &'static str> {
        let column = |name: &'static str| batch.column_by_name(name).ok_or(name);
        let text = |name| column(name)?.as_string_opt().ok_or(name);
        let double = |name| column(name)?.as_primitive_opt::<Float64Type>().ok_or(name);
        let time = |name| column(name)?.as_primitive_opt::<TimestampMicrosecondType>().ok_or(name);
        Ok(Self {
            kpi: text("kpi")?,
            measure: text("measure")?,
            dimensions: column("dimensions")?.as_map_opt().ok_or("dimensions")?,
            date: column("date")?.as_primitive_opt::<Date32Type>().ok_or("date")?,
            value: double("value")?,
            numerator: double("numerator")?,
            denominator: double("denominator")?,
            as_of: time("as_of")?,
            cut: column("cut")?.as_primitive_opt::<Int64Type>().ok_or("cut")?,
            change: double("change")?,
            because: text("changed_because")?,
            detail: text("detail")?,
            state: text("state")?,
            computed_at: time("computed_at")?,
            model_version: text("model_version")?,
        })
    }

    fn dimensions(&self, row: usize) -> Result<BTreeMap<String, String>, &'static str> {
        let entries = self.dimensions.value(row);
        let member = |place: usize| entries.columns().get(place)?.as_string_opt::<i32>();
        let (names, values) = member(0).zip(member(1)).ok_or("dimensions")?;
        let pairs = names.iter().zip(values.iter());
        pairs
            .map(|(name, value)| Some((name?.to_owned(), value?.to_owned())))
            .collect::<Option<_>>()
            .ok_or("dimensions")
    }
}

fn text(column: &StringArray, row: usize) -> Option<String> {
    column.is_valid(row).then(|| column.value(row).to_owned())
}

fn double(column: &Float64Array, row: usize) -> Option<f64> {
    column.is_valid(row).then(|| column.value(row)).and_then(tidy)
}

fn time(column: &TimestampMicrosecondArray, row: usize) -> Option<Timestamp> {
    Timestamp::from_microsecond(column.value(row)).ok()
}
