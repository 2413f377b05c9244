//! `sequence(first, last[, step])`: the numbers or dates from one to another, both included. Backwards without a step where
//! the last is the smaller.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int64Array, ListArray};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Field, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit,
};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::moment::{Unit, later, out_of_range};

const NAME: &str = "sequence";

/// Athena makes no longer ones either.
const LONGEST: usize = 10_000;

const NANOSECONDS_OF_A_DAY: i64 = 24 * 60 * 60 * 1_000_000_000;

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Sequence {
    signature: Signature,
}

impl Sequence {
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Sequence {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>, DataFusionError> {
        let (ends, step) = match arguments {
            [first, last] => ([first, last], None),
            [first, last, step] => ([first, last], Some(step)),
            _ => return Err(misused()),
        };
        let is_date = |end: &&DataType| matches!(end, DataType::Date32 | DataType::Date64);
        let numbers = ends.iter().all(|end| end.is_integer() || end.is_null());
        let dates = ends.iter().all(|end| is_date(end) || end.is_null());
        let (end, step) = match step {
            None if numbers => return Ok(vec![DataType::Int64; 2]),
            None if dates => return Ok(vec![DataType::Date32; 2]),
            Some(step) if numbers && (step.is_integer() || step.is_null()) => {
                (DataType::Int64, DataType::Int64)
            }
            Some(step) if dates && (matches!(step, DataType::Interval(_)) || step.is_null()) => {
                (DataType::Date32, DataType::Interval(IntervalUnit::MonthDayNano))
            }
            _ => return Err(misused()),
        };
        Ok(vec![end.clone(), end, step])
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType, DataFusionError> {
        let item = arguments.first().ok_or_else(misused)?;
        Ok(DataType::List(Arc::new(Field::new_list_field(item.clone(), true))))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [first, last, step @ ..] = columns.as_slice() else {
            return Err(misused());
        };
        let (ends, step) = ([numbers_in(first), numbers_in(last)], step.first());
        let rows = (0..first.len()).map(|row| {
            let is_null = |column: &ArrayRef| column.is_null(row);
            if is_null(first) || is_null(last) || step.is_some_and(is_null) {
                return Ok(None);
            }
            let [first, last] = ends.each_ref().map(|ends| ends.value(row));
            match step.map(|step| step_of(step, row)).transpose()? {
                None => numbers(first, last, if first <= last { 1 } else { -1 }).map(Some),
                Some(Step::By(step)) => numbers(first, last, step).map(Some),
                Some(Step::Months(step)) => months(first, last, step).map(Some),
            }
        });
        let rows = rows.collect::<Result<Vec<Option<Vec<i64>>>, DataFusionError>>()?;
        Ok(ColumnarValue::Array(lists(&rows, first.data_type())?))
    }
}

enum Step {
    By(i64),
    Months(i64),
}

/// Dates as days.
fn numbers_in(column: &ArrayRef) -> Int64Array {
    match column.data_type() {
        DataType::Date32 => column.as_primitive::<Date32Type>().unary(i64::from),
        _ => column.as_primitive::<Int64Type>().clone(),
    }
}

fn step_of(column: &ArrayRef, row: usize) -> Result<Step, DataFusionError> {
    if *column.data_type() == DataType::Int64 {
        return Ok(Step::By(column.as_primitive::<Int64Type>().value(row)));
    }
    let IntervalMonthDayNano { months, days, nanoseconds } =
        column.as_primitive::<IntervalMonthDayNanoType>().value(row);
    let of_time = nanoseconds / NANOSECONDS_OF_A_DAY;
    match (months, i64::from(days) + of_time) {
        _ if nanoseconds % NANOSECONDS_OF_A_DAY != 0 => Err(refused("steps from date to date by whole days")),
        (0, days) => Ok(Step::By(days)),
        (months, 0) => Ok(Step::Months(months.into())),
        _ => Err(refused("steps by days or by months, not by both")),
    }
}

fn numbers(first: i64, last: i64, step: i64) -> Result<Vec<i64>, DataFusionError> {
    check_direction(first, last, step)?;
    let steps =
        last.checked_sub(first).and_then(|distance| distance.checked_div(step)).ok_or_else(too_long)?;
    if usize::try_from(steps).map_err(|_| too_long())? >= LONGEST {
        return Err(too_long());
    }
    Ok((0..=steps).map(|taken| first + taken * step).collect())
}

/// Each month from the first on, so that the 31st comes back after February.
fn months(first: i64, last: i64, step: i64) -> Result<Vec<i64>, DataFusionError> {
    check_direction(first, last, step)?;
    let mut days = Vec::new();
    for taken in 0.. {
        let day = later(Unit::Months(step), taken, first, 1).ok_or_else(out_of_range)?;
        if (step > 0 && day > last) || (step < 0 && day < last) {
            break;
        }
        if days.len() == LONGEST {
            return Err(too_long());
        }
        days.push(day);
    }
    Ok(days)
}

fn check_direction(first: i64, last: i64, step: i64) -> Result<(), DataFusionError> {
    if step == 0 {
        return Err(refused("needs a step other than 0"));
    }
    if (step > 0 && last < first) || (step < 0 && last > first) {
        return Err(refused("cannot come from the first to the last by steps of this sign"));
    }
    Ok(())
}

fn lists(rows: &[Option<Vec<i64>>], item: &DataType) -> Result<ArrayRef, DataFusionError> {
    let lengths = rows.iter().map(|row| row.as_ref().map_or(0, Vec::len));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let nulls: NullBuffer = rows.iter().map(Option::is_some).collect();
    let values = rows.iter().flatten().flatten().copied();
    let values: ArrayRef = if *item == DataType::Date32 {
        let days = values.map(|day| i32::try_from(day).map_err(|_| out_of_range()));
        Arc::new(Date32Array::from(days.collect::<Result<Vec<i32>, _>>()?))
    } else {
        Arc::new(Int64Array::from_iter_values(values))
    };
    let item = Arc::new(Field::new_list_field(item.clone(), true));
    Ok(Arc::new(ListArray::try_new(item, offsets, values, Some(nulls))?))
}

fn too_long() -> DataFusionError {
    refused("makes at most 10000 items")
}

fn refused(what: &str) -> DataFusionError {
    DataFusionError::Execution(format!("{NAME} {what}"))
}

fn misused() -> DataFusionError {
    let usage = "sequence takes two whole numbers and a third as step, or two dates and an interval: \
                 sequence(DATE '2025-01-01', DATE '2025-01-31', INTERVAL '1' DAY)";
    DataFusionError::Plan(usage.to_owned())
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use crate::functions::testing::{column, value};

    #[test_case("1, 3" => "[1, 2, 3]")]
    #[test_case("3, 1" => "[3, 2, 1]"; "backwards")]
    #[test_case("1, 6, 2" => "[1, 3, 5]"; "the last need not be reached")]
    #[test_case("5, 5" => "[5]")]
    #[test_case("DATE '2025-02-27', DATE '2025-03-01'" => "[2025-02-27, 2025-02-28, 2025-03-01]")]
    #[test_case("DATE '2025-01-02', DATE '2025-01-01'" => "[2025-01-02, 2025-01-01]")]
    #[test_case("DATE '2025-01-01', DATE '2025-01-15', INTERVAL '7' DAY" => "[2025-01-01, 2025-01-08, 2025-01-15]")]
    #[test_case("DATE '2025-01-03', DATE '2025-01-01', INTERVAL '-24' HOUR" => "[2025-01-03, 2025-01-02, 2025-01-01]")]
    #[test_case("DATE '2025-01-31', DATE '2025-03-31', INTERVAL '1' MONTH" => "[2025-01-31, 2025-02-28, 2025-03-31]")]
    #[test_case("NULL, 3" => "")]
    #[test_case("1, 3, CAST(NULL AS BIGINT)" => "")]
    fn makes(ends: &str) -> String {
        value(&format!("sequence({ends})"))
    }

    #[test]
    fn columns_are_filled_row_by_row() {
        let rows = "(VALUES (1, 2), (NULL, 2), (7, 5)) AS v(a, b)";
        assert_eq!(
            column(&format!("SELECT sequence(a, b) FROM {rows}")).unwrap(),
            ["[1, 2]", "", "[7, 6, 5]"]
        );
        let days = "sequence(DATE '2025-01-01', DATE '2025-01-03')";
        let unnested = column(&format!("SELECT d FROM UNNEST({days}) AS t(d) WHERE d > DATE '2025-01-01'"));
        assert_eq!(unnested.unwrap(), ["2025-01-02", "2025-01-03"]);
        assert_eq!(column("SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS t(n)").unwrap(), ["10000"]);
    }

    #[test_case("sequence(1, 10001)", "at most 10000 items")]
    #[test_case("sequence(-9223372036854775807, 9223372036854775807)", "at most 10000 items"; "further apart than a number tells")]
    #[test_case("sequence(1, 3, 0)", "a step other than 0")]
    #[test_case("sequence(1, 3, -1)", "steps of this sign")]
    #[test_case("sequence(DATE '2025-01-01', DATE '2025-01-03', INTERVAL '1' HOUR)", "by whole days")]
    #[test_case("sequence('a', 'b')", "takes two whole numbers")]
    fn says_what_is_wrong(call: &str, told: &str) {
        let error = value(call);
        assert!(error.contains(told), "{error}");
    }
}
