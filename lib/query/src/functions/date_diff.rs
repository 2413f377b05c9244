//! `date_diff(unit, from, to)`: how many whole units passed from one moment to another, negative where the other is earlier.

use std::sync::Arc;

use datafusion::arrow::array::Int64Array;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::moment::{Moments, Unit, elapsed, moment_type, out_of_range};

const NAME: &str = "date_diff";

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct DateDiff {
    signature: Signature,
}

impl DateDiff {
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for DateDiff {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>, DataFusionError> {
        let [_, from, to] = arguments else {
            return Err(misused());
        };
        Ok(vec![DataType::Utf8, moment_type(from)?, moment_type(to)?])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(DataType::Int64)
    }

    /// Refuses a unit that does not fit before any row is read.
    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef, DataFusionError> {
        if let [Some(unit), ..] = arguments.scalar_arguments {
            let types = arguments.arg_fields.iter().map(|field| field.data_type());
            let between_dates = types.skip(1).all(|data_type| *data_type == DataType::Date32);
            check(Unit::of(NAME, unit)?, between_dates)?;
        }
        Ok(Arc::new(Field::new(NAME, DataType::Int64, true)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let [unit, moments @ ..] = arguments.args.as_slice() else {
            return Err(misused());
        };
        let [from, to] = ColumnarValue::values_to_arrays(moments)?.try_into().map_err(|_| misused())?;
        let (from, to) = (Moments::of(&from)?, Moments::of(&to)?);
        let Some(unit) = Unit::of_argument(NAME, unit)? else {
            return Ok(ColumnarValue::Array(Arc::new(Int64Array::new_null(from.values.len()))));
        };
        check(Some(unit), from.per_day == 1 && to.per_day == 1)?;
        let pairs = from.values.iter().zip(&to.values);
        let counts = pairs.map(|pair| match pair {
            (Some(first), Some(last)) => {
                let first = Moments::to_milliseconds(first, from.per_day);
                let last = Moments::to_milliseconds(last, to.per_day);
                let count = first.zip(last).and_then(|(first, last)| elapsed(unit, first, last));
                count.map(Some).ok_or_else(out_of_range)
            }
            _ => Ok(None),
        });
        Ok(ColumnarValue::Array(Arc::new(counts.collect::<Result<Int64Array, _>>()?)))
    }
}

fn check(unit: Option<Unit>, between_dates: bool) -> Result<(), DataFusionError> {
    if between_dates && unit.is_some_and(Unit::is_part_of_a_day) {
        let refused = "date_diff counts days and longer units between dates; cast them to timestamp";
        return Err(DataFusionError::Plan(refused.to_owned()));
    }
    Ok(())
}

fn misused() -> DataFusionError {
    DataFusionError::Plan("date_diff takes a unit and two moments: date_diff('day', since, until)".to_owned())
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use crate::functions::testing::{column, value};

    #[test_case("day", "DATE '2025-01-01'", "DATE '2025-03-01'" => "59")]
    #[test_case("day", "DATE '2025-03-01'", "DATE '2025-01-01'" => "-59")]
    #[test_case("WEEK", "DATE '2025-01-01'", "DATE '2025-01-14'" => "1")]
    #[test_case("month", "DATE '2025-01-31'", "DATE '2025-02-28'" => "1"; "the last day of a month is a month later")]
    #[test_case("month", "DATE '2025-01-31'", "DATE '2025-02-27'" => "0")]
    #[test_case("month", "DATE '2025-02-28'", "DATE '2025-01-31'" => "-1")]
    #[test_case("month", "DATE '2025-03-15'", "DATE '2025-01-16'" => "-1"; "negative months are cut towards zero")]
    #[test_case("quarter", "DATE '2024-12-31'", "DATE '2025-06-30'" => "2")]
    #[test_case("year", "DATE '2024-02-29'", "DATE '2025-02-28'" => "1")]
    #[test_case("second", "TIMESTAMP '2025-01-01 00:00:00.9'", "TIMESTAMP '2025-01-01 00:00:02.8'" => "1")]
    #[test_case("second", "TIMESTAMP '2025-01-01 00:00:02.8'", "TIMESTAMP '2025-01-01 00:00:00.9'" => "-1")]
    #[test_case("second", "TIMESTAMP '2025-01-01 00:00:00.0009'", "TIMESTAMP '2025-01-01 00:00:01'" => "1"; "microseconds do not count")]
    #[test_case("millisecond", "TIMESTAMP '1969-12-31 23:59:59.9995'", "TIMESTAMP '1970-01-01 00:00:00'" => "1")]
    #[test_case("hour", "DATE '2025-01-01'", "TIMESTAMP '2025-01-02 01:59:00'" => "25"; "a date is its first instant")]
    #[test_case("day", "TIMESTAMP '2025-01-01 12:00:00'", "TIMESTAMP '2025-01-02 11:59:59'" => "0"; "midnight makes no day")]
    #[test_case("month", "TIMESTAMP '2025-01-15 12:00:00'", "TIMESTAMP '2025-02-15 11:00:00'" => "0")]
    #[test_case("minute", "arrow_cast(TIMESTAMP '2025-01-01 00:00:00', 'Timestamp(µs, \"UTC\")')", "TIMESTAMP '2025-01-01 01:00:00'" => "60"; "instants in UTC beside times without a zone")]
    #[test_case("day", "NULL", "DATE '2025-01-01'" => "")]
    #[test_case("day", "DATE '2025-01-01'", "CAST(NULL AS TIMESTAMP)" => "")]
    fn counts(unit: &str, from: &str, to: &str) -> String {
        value(&format!("date_diff('{unit}', {from}, {to})"))
    }

    #[test]
    fn a_column_is_counted_row_by_row() {
        let rows = "(VALUES (DATE '2025-01-01'), (NULL), (DATE '2025-01-31')) AS v(d)";
        let counted =
            column(&format!("SELECT date_diff('day', d, TIMESTAMP '2025-01-11 06:00:00') FROM {rows}"));
        assert_eq!(counted.unwrap(), ["10", "", "-19"]);
    }

    #[test_case("date_diff('hour', DATE '2025-01-01', DATE '2025-01-02')", "days and longer units")]
    #[test_case(
        "date_diff('fortnight', DATE '2025-01-01', DATE '2025-01-02')",
        "no unit fortnight; there are millisecond"
    )]
    #[test_case("date_diff('day', '2025-01-01', DATE '2025-01-02')", "write DATE '2025-01-31'")]
    #[test_case("date_diff(DATE '2025-01-01', DATE '2025-01-02')", "takes a unit and two moments")]
    #[test_case(
        "date_diff('day', DATE '2025-01-01', arrow_cast(now(), 'Timestamp(µs, \"Asia/Kolkata\")'))",
        "in UTC"; "other zones"
    )]
    fn says_what_is_wrong(call: &str, told: &str) {
        let error = value(call);
        assert!(error.contains(told), "{error}");
    }
}
