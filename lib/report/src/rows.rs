//! Answers of the engine as values.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, TimeUnit};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};

use crate::error::ReportError;

/// One batch of what was asked.
#[derive(Clone, Copy)]
pub struct Answer<'b> {
    pub asked: &'static str,
    pub batch: &'b RecordBatch,
}

/// The values of one column.
pub struct Values<T> {
    asked: &'static str,
    column: &'static str,
    values: Vec<Option<T>>,
}

impl<T: Clone> Values<T> {
    /// The value of a row, where there is one.
    pub fn at(&self, row: usize) -> Option<T> {
        self.values.get(row).cloned().flatten()
    }

    /// The value of a row that has to have one.
    pub fn of(&self, row: usize) -> Result<T, ReportError> {
        self.at(row).ok_or(ReportError::Empty { asked: self.asked, column: self.column })
    }
}

impl Answer<'_> {
    pub fn texts(self, column: &'static str) -> Result<Values<String>, ReportError> {
        let cells = self.cells(column, "text", |_| DataType::Utf8)?;
        let texts =
            cells.as_string_opt::<i32>().map(|texts| texts.iter().map(|text| text.map(str::to_owned)));
        self.values(column, texts)
    }

    pub fn numbers(self, column: &'static str) -> Result<Values<f64>, ReportError> {
        let cells = self.cells(column, "a number", |_| DataType::Float64)?;
        self.values(column, cells.as_primitive_opt::<Float64Type>().map(|numbers| numbers.iter()))
    }

    pub fn whole_numbers(self, column: &'static str) -> Result<Values<i64>, ReportError> {
        let cells = self.cells(column, "a whole number", |_| DataType::Int64)?;
        self.values(column, cells.as_primitive_opt::<Int64Type>().map(|numbers| numbers.iter()))
    }

    pub fn days(self, column: &'static str) -> Result<Values<Date>, ReportError> {
        let cells = self.cells(column, "a day", |_| DataType::Date32)?;
        let day = |days: i32| date(1970, 1, 1).checked_add(days.days()).ok();
        let days = cells.as_primitive_opt::<Date32Type>();
        self.values(column, days.map(|days| days.iter().map(move |days| days.and_then(day))))
    }

    pub fn instants(self, column: &'static str) -> Result<Values<Timestamp>, ReportError> {
        let cells = self.cells(column, "an instant", |found| match found {
            DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
            _ => DataType::Timestamp(TimeUnit::Microsecond, None),
        })?;
        let instant = |micros: i64| Timestamp::from_microsecond(micros).ok();
        let instants = cells.as_primitive_opt::<TimestampMicrosecondType>();
        self.values(
            column,
            instants.map(|instants| instants.iter().map(move |micros| micros.and_then(instant))),
        )
    }

    fn cells(
        self,
        column: &'static str,
        wanted: &'static str,
        data_type: impl Fn(&DataType) -> DataType,
    ) -> Result<ArrayRef, ReportError> {
        let asked = self.asked;
        let found = self.batch.column_by_name(column).ok_or(ReportError::NoColumn { asked, column })?;
        cast(found, &data_type(found.data_type())).map_err(|source| ReportError::Column {
            asked,
            column,
            wanted,
            source,
        })
    }

    /// The cells were cast, so they are of their type.
    fn values<T>(
        self,
        column: &'static str,
        cells: Option<impl Iterator<Item = Option<T>>>,
    ) -> Result<Values<T>, ReportError> {
        let asked = self.asked;
        let Some(cells) = cells else {
            let source = ArrowError::CastError("the cast gave another type".to_owned());
            return Err(ReportError::Column { asked, column, wanted: "its type", source });
        };
        Ok(Values { asked, column, values: cells.collect() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        BooleanArray, Date32Array, Decimal128Array, Int32Array, StringViewArray, TimestampNanosecondArray,
    };

    use super::*;

    #[test]
    fn engines_may_choose_their_types() {
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("flag", Arc::new(BooleanArray::from(vec![true, false])) as ArrayRef, true),
            ("name", Arc::new(StringViewArray::from(vec![Some("a"), None])) as ArrayRef, true),
            ("amount", Arc::new(Int32Array::from(vec![Some(7), None])), true),
            (
                "score",
                Arc::new(
                    Decimal128Array::from(vec![Some(1_250), None]).with_precision_and_scale(18, 2).unwrap(),
                ),
                true,
            ),
            ("day", Arc::new(Date32Array::from(vec![Some(20_119), None])), true),
            (
                "at",
                Arc::new(
                    TimestampNanosecondArray::from(vec![Some(1_500_000_000), None]).with_timezone("UTC"),
                ),
                true,
            ),
        ])
        .unwrap();
        let answer = Answer { asked: "test", batch: &batch };
        assert_eq!(answer.texts("name").unwrap().at(0).as_deref(), Some("a"));
        assert_eq!(answer.whole_numbers("amount").unwrap().at(0), Some(7));
        assert_eq!(answer.numbers("score").unwrap().at(0), Some(12.5));
        assert_eq!(answer.days("day").unwrap().at(0), Some(date(2025, 1, 31)));
        assert_eq!(answer.instants("at").unwrap().at(0), Some("1970-01-01T00:00:01.5Z".parse().unwrap()));
        assert_eq!(answer.numbers("score").unwrap().at(1), None);
        assert_eq!(answer.numbers("score").unwrap().at(9), None);
        assert!(matches!(
            answer.texts("name").unwrap().of(1),
            Err(ReportError::Empty { column: "name", .. })
        ));
        assert!(matches!(answer.texts("email"), Err(ReportError::NoColumn { column: "email", .. })));
        assert!(matches!(answer.days("flag"), Err(ReportError::Column { column: "flag", .. })));
    }
}
