//! One cell as JSON, from which every format is made.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Number, Value};

use crate::error::{QueryError, without_values};

pub(super) fn value_of(column: &dyn Array, row: usize) -> Result<Value, QueryError> {
    if column.is_null(row) {
        return Ok(Value::Null);
    }
    let value = match column.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Bool(column.as_boolean().value(row)),
        DataType::Int8 => integer::<Int8Type>(column, row),
        DataType::Int16 => integer::<Int16Type>(column, row),
        DataType::Int32 => integer::<Int32Type>(column, row),
        DataType::Int64 => integer::<Int64Type>(column, row),
        DataType::UInt8 => integer::<UInt8Type>(column, row),
        DataType::UInt16 => integer::<UInt16Type>(column, row),
        DataType::UInt32 => integer::<UInt32Type>(column, row),
        DataType::UInt64 => integer::<UInt64Type>(column, row),
        DataType::Float16 => float(column.as_primitive::<Float16Type>().value(row).to_f64()),
        DataType::Float32 => single(column.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(..) => {
            Value::String(column.as_primitive::<Decimal128Type>().value_as_string(row))
        }
        DataType::Decimal256(..) => {
            Value::String(column.as_primitive::<Decimal256Type>().value_as_string(row))
        }
        DataType::Utf8 => text(column.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => text(column.as_string::<i64>().value(row)),
        DataType::Utf8View => text(column.as_string_view().value(row)),
        DataType::Binary => hex(column.as_binary::<i32>().value(row)),
        DataType::LargeBinary => hex(column.as_binary::<i64>().value(row)),
        DataType::BinaryView => hex(column.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => hex(column.as_fixed_size_binary().value(row)),
        DataType::Date32 => {
            day(column.as_primitive::<Date32Type>().value(row)).map_or_else(|| as_shown(column, row), Ok)?
        }
        DataType::Timestamp(unit, zone) => {
            instant(column, row, *unit, zone.is_some()).map_or_else(|| as_shown(column, row), Ok)?
        }
        DataType::List(_) => items(&column.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => items(&column.as_list::<i64>().value(row))?,
        DataType::FixedSizeList(..) => items(&column.as_fixed_size_list().value(row))?,
        DataType::Struct(fields) => {
            let members = fields.iter().zip(column.as_struct().columns());
            let members = members.map(|(field, values)| Ok((field.name().clone(), value_of(values, row)?)));
            Value::Object(members.collect::<Result<Map<_, _>, QueryError>>()?)
        }
        DataType::Map(..) => entries(&column.as_map().value(row))?,
        DataType::Dictionary(..) => {
            let dictionary = column.as_any_dictionary();
            match dictionary.normalized_keys().get(row) {
                Some(key) => value_of(dictionary.values(), *key)?,
                None => Value::Null,
            }
        }
        _ => as_shown(column, row)?,
    };
    Ok(value)
}

/// As one line of text; none for null.
pub(super) fn text_of(column: &dyn Array, row: usize) -> Result<Option<String>, QueryError> {
    Ok(match value_of(column, row)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

/// Whether people compare such values by their last digit.
pub(super) fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric()
}

fn integer<T: ArrowPrimitiveType>(column: &dyn Array, row: usize) -> Value
where
    T::Native: Into<Number>,
{
    Value::Number(column.as_primitive::<T>().value(row).into())
}

/// JSON has no word for what is no number.
fn float(value: f64) -> Value {
    Number::from_f64(value).map_or_else(|| Value::String(value.to_string()), Value::Number)
}

/// The shortest text that means this number, which as a wider float it would not have.
fn single(value: f32) -> Value {
    let shortest = value.to_string();
    shortest.parse().map_or_else(|_| Value::String(shortest.clone()), float)
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn hex(bytes: &[u8]) -> Value {
    Value::String(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn day(days: i32) -> Option<Value> {
    let seconds = i64::from(days).checked_mul(24 * 60 * 60)?;
    let instant = Timestamp::from_second(seconds).ok()?;
    Some(Value::String(instant.to_zoned(TimeZone::UTC).date().to_string()))
}

/// With a zone an instant, shown in UTC; without one what a clock on the wall showed.
fn instant(column: &dyn Array, row: usize, unit: TimeUnit, has_zone: bool) -> Option<Value> {
    let instant = match unit {
        TimeUnit::Second => Timestamp::from_second(column.as_primitive::<TimestampSecondType>().value(row)),
        TimeUnit::Millisecond => {
            Timestamp::from_millisecond(column.as_primitive::<TimestampMillisecondType>().value(row))
        }
        TimeUnit::Microsecond => {
            Timestamp::from_microsecond(column.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        TimeUnit::Nanosecond => {
            Timestamp::from_nanosecond(column.as_primitive::<TimestampNanosecondType>().value(row).into())
        }
    };
    let instant = instant.ok()?;
    let shown =
        if has_zone { instant.to_string() } else { instant.to_zoned(TimeZone::UTC).datetime().to_string() };
    Some(Value::String(shown))
}

fn items(values: &ArrayRef) -> Result<Value, QueryError> {
    let items = (0..values.len()).map(|row| value_of(values, row));
    Ok(Value::Array(items.collect::<Result<_, _>>()?))
}

fn entries(pairs: &datafusion::arrow::array::StructArray) -> Result<Value, QueryError> {
    let [keys, values] = pairs.columns() else {
        return Ok(Value::Null);
    };
    let entry = |row| {
        let key = text_of(keys, row)?.unwrap_or_default();
        Ok((key, value_of(values, row)?))
    };
    let entries = (0..pairs.len()).map(entry);
    Ok(Value::Object(entries.collect::<Result<Map<_, _>, QueryError>>()?))
}

/// Times of day, spans and what else no table of a lake holds.
fn as_shown(column: &dyn Array, row: usize) -> Result<Value, QueryError> {
    let failed = |error: ArrowError| {
        QueryError::Failed(format!("a cell cannot be shown: {}", without_values(&error.to_string())))
    };
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options).map_err(failed)?;
    Ok(Value::String(formatter.value(row).try_to_string().map_err(failed)?))
}
