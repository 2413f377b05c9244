//! `date_add(unit, count, moment)`: so many units later, of the type it was given. Months later than the 31st may be the 30th.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, new_null_array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::moment::{Moments, Unit, later, moment_type, out_of_range};

const NAME: &str = "date_add";

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct DateAdd {
    signature: Signature,
}

impl DateAdd {
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for DateAdd {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>, DataFusionError> {
        let [_, count, moment] = arguments else {
            return Err(misused());
        };
        if !count.is_integer() && !count.is_null() {
            return Err(misused());
        }
        Ok(vec![DataType::Utf8, DataType::Int64, moment_type(moment)?])
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType, DataFusionError> {
        arguments.get(2).cloned().ok_or_else(misused)
    }

    /// Refuses a unit that does not fit before any row is read.
    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef, DataFusionError> {
        let moment = arguments.arg_fields.get(2).ok_or_else(misused)?.data_type();
        if let [Some(unit), ..] = arguments.scalar_arguments {
            check(Unit::of(NAME, unit)?, *moment == DataType::Date32)?;
        }
        Ok(Arc::new(Field::new(NAME, moment.clone(), true)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let [unit, others @ ..] = arguments.args.as_slice() else {
            return Err(misused());
        };
        let [counts, moments] = ColumnarValue::values_to_arrays(others)?.try_into().map_err(|_| misused())?;
        let data_type = moments.data_type();
        let Some(unit) = Unit::of_argument(NAME, unit)? else {
            return Ok(ColumnarValue::Array(new_null_array(data_type, moments.len())));
        };
        check(Some(unit), *data_type == DataType::Date32)?;
        let Moments { values, per_day } = Moments::of(&moments)?;
        let counts = counts.as_primitive::<Int64Type>();
        let added = values.iter().zip(counts).map(|pair| match pair {
            (Some(value), Some(count)) => {
                later(unit, count, value, per_day).map(Some).ok_or_else(out_of_range)
            }
            _ => Ok(None),
        });
        let values = added.collect::<Result<_, _>>()?;
        Ok(ColumnarValue::Array(Moments { values, per_day }.into_column(data_type)?))
    }
}

fn check(unit: Option<Unit>, to_dates: bool) -> Result<(), DataFusionError> {
    if to_dates && unit.is_some_and(Unit::is_part_of_a_day) {
        let refused = "date_add adds days and longer units to a date; cast it to timestamp";
        return Err(DataFusionError::Plan(refused.to_owned()));
    }
    Ok(())
}

fn misused() -> DataFusionError {
    let usage = "date_add takes a unit, a whole number and a moment: date_add('day', 7, since)";
    DataFusionError::Plan(usage.to_owned())
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use crate::functions::testing::{column, value};

    #[test_case("day", "-1", "DATE '2025-03-01'" => "2025-02-28")]
    #[test_case("week", "2", "DATE '2025-01-01'" => "2025-01-15")]
    #[test_case("month", "1", "DATE '2025-01-31'" => "2025-02-28"; "the last day there is")]
    #[test_case("month", "-1", "DATE '2024-03-31'" => "2024-02-29")]
    #[test_case("quarter", "1", "DATE '2025-01-01'" => "2025-04-01")]
    #[test_case("year", "1", "DATE '2024-02-29'" => "2025-02-28")]
    #[test_case("hour", "25", "TIMESTAMP '2025-01-01 00:30:00'" => "2025-01-02T01:30:00")]
    #[test_case("month", "-1", "TIMESTAMP '1969-12-31 23:59:59.123456'" => "1969-11-30T23:59:59.123456")]
    #[test_case("millisecond", "1", "TIMESTAMP '2025-01-01 00:00:00.0001'" => "2025-01-01T00:00:00.001100")]
    #[test_case("day", "NULL", "DATE '2025-01-01'" => "")]
    #[test_case("day", "1", "CAST(NULL AS DATE)" => "")]
    fn adds(unit: &str, count: &str, moment: &str) -> String {
        value(&format!("date_add('{unit}', {count}, {moment})"))
    }

    #[test]
    fn the_type_stays_and_columns_are_added_row_by_row() {
        let rows = "(VALUES (DATE '2025-01-01', 1), (NULL, 2), (DATE '2025-01-31', NULL)) AS v(d, n)";
        assert_eq!(
            column(&format!("SELECT date_add('day', n, d) FROM {rows}")).unwrap(),
            ["2025-01-02", "", ""]
        );
        assert_eq!(value("arrow_typeof(date_add('day', 1, DATE '2025-01-01'))"), "Date32");
        let instant = "arrow_cast(TIMESTAMP '2025-01-01 00:00:00', 'Timestamp(µs, \"UTC\")')";
        assert_eq!(value(&format!("date_add('hour', 1, {instant})")), "2025-01-01T01:00:00Z");
    }

    #[test_case("date_add('hour', 1, DATE '2025-01-01')", "days and longer units")]
    #[test_case("date_add('day', 1.5, DATE '2025-01-01')", "a whole number")]
    #[test_case("date_add('day', 9223372036854775807, DATE '2025-01-01')", "outside of the years")]
    fn says_what_is_wrong(call: &str, told: &str) {
        let error = value(call);
        assert!(error.contains(told), "{error}");
    }
}
