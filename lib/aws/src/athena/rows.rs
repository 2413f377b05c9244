//! Athena's texts as columns with types.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, NullArray, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use aws_sdk_athena::types::{ColumnInfo, Row};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::error::AthenaError;

const UTC: &str = "UTC";

/// The columns of an answer.
pub(super) struct AnswerColumns {
    query: String,
    /// As Athena calls their types.
    types: Vec<String>,
    schema: SchemaRef,
}

impl AnswerColumns {
    pub(super) fn of(query: &str, columns: &[ColumnInfo]) -> Result<Self, AthenaError> {
        let field = |column: &ColumnInfo| {
            let data_type = data_type(column).ok_or_else(|| AthenaError::Type {
                query: query.to_owned(),
                column: column.name().to_owned(),
                data_type: column.r#type().to_owned(),
            })?;
            Ok(Field::new(column.name(), data_type, true))
        };
        let fields = columns.iter().map(field).collect::<Result<Vec<_>, AthenaError>>()?;
        let types = columns.iter().map(|column| column.r#type().to_owned()).collect();
        Ok(Self { query: query.to_owned(), types, schema: Arc::new(Schema::new(fields)) })
    }

    /// Whether a row holds the names of the columns, as the first row of the first page does.
    pub(super) fn is_header(&self, row: &Row) -> bool {
        let names = self.schema.fields().iter().map(|field| Some(field.name().as_str()));
        names.eq(row.data().iter().map(|datum| datum.var_char_value()))
    }

    pub(super) fn batch(&self, rows: &[Row]) -> Result<RecordBatch, AthenaError> {
        let shape = || AthenaError::Shape { query: self.query.clone() };
        if self.schema.fields().is_empty() || rows.iter().any(|row| row.data().len() != self.types.len()) {
            return Err(shape());
        }
        let columns = self.schema.fields().iter().enumerate().map(|(at, field)| {
            let cells = rows.iter().map(|row| row.data().get(at).and_then(|datum| datum.var_char_value()));
            self.column(at, field, cells)
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|_| shape())
    }

    fn column<'c>(
        &self,
        at: usize,
        field: &Field,
        cells: impl ExactSizeIterator<Item = Option<&'c str>>,
    ) -> Result<ArrayRef, AthenaError> {
        let wrong = || AthenaError::Value {
            query: self.query.clone(),
            column: field.name().clone(),
            data_type: self.types.get(at).cloned().unwrap_or_default(),
        };
        let column: Option<ArrayRef> = match field.data_type() {
            DataType::Utf8 => Some(Arc::new(cells.collect::<StringArray>())),
            DataType::Int64 => read::<i64, Int64Array>(cells, |cell| cell.parse().ok()),
            DataType::Float64 => read::<f64, Float64Array>(cells, |cell| cell.parse().ok()),
            DataType::Boolean => read::<bool, BooleanArray>(cells, |cell| cell.parse().ok()),
            DataType::Date32 => read::<i32, Date32Array>(cells, days),
            DataType::Timestamp(_, zone) => {
                let micros = if zone.is_some() { micros_in_zone } else { micros };
                let column = read_into::<i64, TimestampMicrosecondArray>(cells, micros);
                column.map(|column| Arc::new(column.with_timezone_opt(zone.clone())) as ArrayRef)
            }
            DataType::Decimal128(precision, scale) => {
                let column = read_into::<i128, Decimal128Array>(cells, |cell| decimal(cell, *scale));
                let typed =
                    column.and_then(|column| column.with_precision_and_scale(*precision, *scale).ok());
                typed.map(|column| Arc::new(column) as ArrayRef)
            }
            _ => Some(Arc::new(NullArray::new(cells.len()))),
        };
        column.ok_or_else(wrong)
    }
}

fn data_type(column: &ColumnInfo) -> Option<DataType> {
    Some(match column.r#type() {
        "varchar" | "char" | "string" => DataType::Utf8,
        "tinyint" | "smallint" | "integer" | "int" | "bigint" => DataType::Int64,
        "real" | "float" | "double" => DataType::Float64,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date32,
        "timestamp" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "timestamp with time zone" => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        "decimal" => {
            let precision =
                u8::try_from(column.precision()).ok().filter(|digits| (1..=38).contains(digits))?;
            let scale = i8::try_from(column.scale()).ok().filter(|digits| *digits >= 0)?;
            DataType::Decimal128(precision, scale)
        }
        // Of a column in which nothing but NULL was written.
        "unknown" => DataType::Null,
        _ => return None,
    })
}

fn read<'c, T, A>(
    cells: impl Iterator<Item = Option<&'c str>>,
    value: impl Fn(&str) -> Option<T>,
) -> Option<ArrayRef>
where
    A: FromIterator<Option<T>> + arrow_array::Array + 'static,
{
    read_into::<T, A>(cells, value).map(|column| Arc::new(column) as ArrayRef)
}

/// Nothing where a cell holds no such value.
fn read_into<'c, T, A: FromIterator<Option<T>>>(
    cells: impl Iterator<Item = Option<&'c str>>,
    value: impl Fn(&str) -> Option<T>,
) -> Option<A> {
    cells.map(|cell| cell.map_or(Some(None), |cell| value(cell).map(Some))).collect()
}

fn days(cell: &str) -> Option<i32> {
    let day: Date = cell.parse().ok()?;
    let seconds = day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    i32::try_from(seconds.div_euclid(24 * 60 * 60)).ok()
}

/// `2025-01-31 12:00:00.000`, which is in UTC. Finer than microseconds is not what the lake holds.
fn micros(cell: &str) -> Option<i64> {
    let time: DateTime = cell.parse().ok()?;
    let instant = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (time.subsec_nanosecond() % 1000 == 0).then(|| instant.as_microsecond())
}

/// The models ask for nothing but UTC.
fn micros_in_zone(cell: &str) -> Option<i64> {
    micros(cell.strip_suffix(UTC)?.trim_end())
}

/// `-12.30` with two decimals as -1230.
fn decimal(cell: &str, scale: i8) -> Option<i128> {
    let scale = usize::try_from(scale).ok()?;
    let (sign, digits) = match cell.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, cell),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = (whole.len() + fraction.len()) > 0
        && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    if !is_number || fraction.len() > scale {
        return None;
    }
    let points: i128 = format!("{whole}{fraction:0<scale$}").parse().ok()?;
    Some(sign * points)
}
