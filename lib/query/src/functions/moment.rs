//! Days and instants as numbers, and the units in which Athena counts from one to another.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Date32Array, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::ColumnarValue;
use jiff::Span;
use jiff::civil::{Date, date};

const SECOND: i64 = 1_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;
const EPOCH: Date = date(1970, 1, 1);

/// How long a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds(i64),
    /// These differ in length.
    Months(i64),
}

impl Unit {
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "millisecond" => Self::Milliseconds(1),
            "second" => Self::Milliseconds(SECOND),
            "minute" => Self::Milliseconds(60 * SECOND),
            "hour" => Self::Milliseconds(60 * 60 * SECOND),
            "day" => Self::Milliseconds(DAY),
            "week" => Self::Milliseconds(7 * DAY),
            "month" => Self::Months(1),
            "quarter" => Self::Months(3),
            "year" => Self::Months(12),
            _ => return None,
        })
    }

    /// The unit that a literal names; none where it is null.
    pub(super) fn of(function: &str, unit: &ScalarValue) -> Result<Option<Self>, DataFusionError> {
        let Some(name) = unit.try_as_str().flatten() else {
            return Ok(None);
        };
        let unknown = || {
            let units = "millisecond, second, minute, hour, day, week, month, quarter and year";
            DataFusionError::Plan(format!("{function} has no unit {name}; there are {units}"))
        };
        Self::named(name).map(Some).ok_or_else(unknown)
    }

    pub(super) fn of_argument(function: &str, unit: &ColumnarValue) -> Result<Option<Self>, DataFusionError> {
        match unit {
            ColumnarValue::Scalar(unit) => Self::of(function, unit),
            ColumnarValue::Array(_) => Err(DataFusionError::Plan(format!(
                "the unit of {function} must be written out, such as 'day'"
            ))),
        }
    }

    pub(super) fn is_part_of_a_day(self) -> bool {
        matches!(self, Self::Milliseconds(length) if length < DAY)
    }
}

/// A column of dates or instants.
pub(super) struct Moments {
    pub values: Int64Array,
    /// How many steps of `values` a day has.
    pub per_day: i64,
}

impl Moments {
    pub(super) fn of(column: &ArrayRef) -> Result<Self, DataFusionError> {
        let seconds = DAY / SECOND;
        let (values, per_day) = match column.data_type() {
            DataType::Date32 => {
                let days = column.as_primitive::<Date32Type>().iter();
                (days.map(|days| days.map(i64::from)).collect(), 1)
            }
            DataType::Timestamp(TimeUnit::Second, _) => {
                (column.as_primitive::<TimestampSecondType>().reinterpret_cast::<Int64Type>(), seconds)
            }
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                (column.as_primitive::<TimestampMillisecondType>().reinterpret_cast::<Int64Type>(), DAY)
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let values = column.as_primitive::<TimestampMicrosecondType>();
                (values.reinterpret_cast::<Int64Type>(), DAY * 1_000)
            }
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                let values = column.as_primitive::<TimestampNanosecondType>();
                (values.reinterpret_cast::<Int64Type>(), DAY * 1_000_000)
            }
            other => return Err(no_moment(other)),
        };
        Ok(Self { values, per_day })
    }

    /// The column again, of the type it was made from.
    pub(super) fn into_column(self, data_type: &DataType) -> Result<ArrayRef, DataFusionError> {
        if *data_type != DataType::Date32 {
            return Ok(cast(&self.values, data_type)?);
        }
        let day =
            |day: Option<i64>| day.map(|day| i32::try_from(day).map_err(|_| out_of_range())).transpose();
        let days = self.values.iter().map(day).collect::<Result<Date32Array, _>>()?;
        Ok(Arc::new(days))
    }

    /// As Athena counts: what is less than a millisecond is cut off, before 1970 too.
    pub(super) fn to_milliseconds(value: i64, per_day: i64) -> Option<i64> {
        if per_day < DAY { value.checked_mul(DAY / per_day) } else { Some(value.div_euclid(per_day / DAY)) }
    }
}

/// The type in which a function reads an argument: null is read as an instant.
pub(super) fn moment_type(argument: &DataType) -> Result<DataType, DataFusionError> {
    match argument {
        DataType::Null => Ok(DataType::Timestamp(TimeUnit::Millisecond, None)),
        DataType::Date32 | DataType::Date64 => Ok(DataType::Date32),
        // In seconds there would be no room for milliseconds that are added.
        DataType::Timestamp(TimeUnit::Second, zone) if is_utc(zone.as_deref()) => {
            Ok(DataType::Timestamp(TimeUnit::Millisecond, zone.clone()))
        }
        DataType::Timestamp(_, zone) if is_utc(zone.as_deref()) => Ok(argument.clone()),
        other => Err(no_moment(other)),
    }
}

/// Days of other zones begin at other instants.
fn is_utc(zone: Option<&str>) -> bool {
    zone.is_none_or(|zone| matches!(zone, "UTC" | "Z" | "+00:00" | "+00"))
}

fn no_moment(found: &DataType) -> DataFusionError {
    DataFusionError::Plan(format!(
        "{found} is no date and no timestamp in UTC; write DATE '2025-01-31', or CAST(... AS timestamp)"
    ))
}

pub(super) fn out_of_range() -> DataFusionError {
    DataFusionError::Execution("a date is outside of the years that can be counted".to_owned())
}

/// Whole units from one instant to another, both in milliseconds; negative where the other is earlier.
pub(super) fn elapsed(unit: Unit, from: i64, to: i64) -> Option<i64> {
    match unit {
        Unit::Milliseconds(length) => Some(to.checked_sub(from)? / length),
        Unit::Months(months) if from <= to => Some(months_between(from, to)? / months),
        Unit::Months(months) => Some(-(months_between(to, from)? / months)),
    }
}

/// The most months that can be added to `from` without going past `to`.
fn months_between(from: i64, to: i64) -> Option<i64> {
    let (first, last) = (date_of(from.div_euclid(DAY))?, date_of(to.div_euclid(DAY))?);
    let years = i64::from(last.year()) - i64::from(first.year());
    let months = years * 12 + i64::from(last.month()) - i64::from(first.month());
    // A month after the 31st of January is the last day of February.
    let reached = (first.day().min(last.days_in_month()), from.rem_euclid(DAY));
    let is_whole = reached <= (last.day(), to.rem_euclid(DAY));
    Some(if is_whole { months } else { months - 1 })
}

/// A moment so many units later, where a day has `per_day` steps.
pub(super) fn later(unit: Unit, count: i64, value: i64, per_day: i64) -> Option<i64> {
    match unit {
        Unit::Milliseconds(length) if per_day < DAY => {
            value.checked_add(count.checked_mul(length / (DAY / per_day))?)
        }
        Unit::Milliseconds(length) => {
            value.checked_add(count.checked_mul(length.checked_mul(per_day / DAY)?)?)
        }
        Unit::Months(months) => {
            let span = Span::new().try_months(count.checked_mul(months)?).ok()?;
            let day = date_of(value.div_euclid(per_day))?.checked_add(span).ok()?;
            days_of(day).checked_mul(per_day)?.checked_add(value.rem_euclid(per_day))
        }
    }
}

fn date_of(days: i64) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()
}

fn days_of(date: Date) -> i64 {
    date.duration_since(EPOCH).as_hours() / 24
}
