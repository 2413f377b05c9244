//! Rows put together value by value, in the order of a table's columns.

use std::fmt::{Display, Write};
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, ListBuilder,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, ListArray, RecordBatch, StructArray};
use arrow_buffer::OffsetBufferBuilder;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use leadlake_lead::event::{Amount, Day, Micros};

use crate::error::PipelineError;
use crate::vocabulary::commented;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Text,
    Texts,
    Integer,
    Float,
    Flag,
    Time,
    Day,
    /// Hundredths, as large as silver's own.
    Price,
    /// Hundredths, of any size that a sum may reach.
    Money,
    /// Hundredths of a point.
    Points,
    /// A list of reasons with their points.
    Reasons,
}

/// One reason in a cell that holds several.
pub struct ReasonCell<'r> {
    pub reason: &'static str,
    /// Hundredths.
    pub points: i128,
    pub text: Option<&'r str>,
    pub number: Option<i64>,
}

/// As many digits as fit into the eight bytes that Parquet then needs.
const SHORT_PRECISION: u8 = 18;
const MONEY_PRECISION: u8 = 38;

impl Holds {
    fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Texts => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, false))),
            Self::Integer => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Flag => DataType::Boolean,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Day => DataType::Date32,
            Self::Money => DataType::Decimal128(MONEY_PRECISION, 2),
            Self::Price | Self::Points => DataType::Decimal128(SHORT_PRECISION, 2),
            Self::Reasons => DataType::List(Arc::new(reason_field())),
        }
    }
}

fn reason_field() -> Field {
    Field::new_list_field(DataType::Struct(reason_members()), false)
}

fn reason_members() -> Fields {
    Fields::from(vec![
        Field::new("reason", DataType::Utf8, false),
        Field::new("points", Holds::Points.data_type(), false),
        Field::new("text", DataType::Utf8, true),
        Field::new("number", DataType::Int64, true),
    ])
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub holds: Holds,
    pub required: bool,
    pub comment: &'static str,
}

pub const fn required(name: &'static str, holds: Holds, comment: &'static str) -> Column {
    Column { name, holds, required: true, comment }
}

pub const fn optional(name: &'static str, holds: Holds, comment: &'static str) -> Column {
    Column { name, holds, required: false, comment }
}

pub fn schema_of(columns: &[Column]) -> SchemaRef {
    let field = |column: &Column| {
        commented(Field::new(column.name, column.holds.data_type(), !column.required), column.comment)
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

enum Values {
    Text(StringBuilder),
    Texts(ListBuilder<StringBuilder>),
    Integer(Int64Builder),
    Float(Float64Builder),
    Flag(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Day(Date32Builder),
    Decimal(Decimal128Builder),
    Reasons(Box<Reasons>),
}

struct Reasons {
    ends: OffsetBufferBuilder<i32>,
    reason: StringBuilder,
    points: Decimal128Builder,
    text: StringBuilder,
    number: Int64Builder,
}

impl Reasons {
    fn new() -> Self {
        Self {
            ends: OffsetBufferBuilder::new(0),
            reason: StringBuilder::new(),
            points: Decimal128Builder::new().with_data_type(Holds::Points.data_type()),
            text: StringBuilder::new(),
            number: Int64Builder::new(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        let ends = std::mem::replace(&mut self.ends, OffsetBufferBuilder::new(0)).finish();
        let members: Vec<ArrayRef> = vec![
            Arc::new(self.reason.finish()),
            Arc::new(self.points.finish()),
            Arc::new(self.text.finish()),
            Arc::new(self.number.finish()),
        ];
        let values = StructArray::new(reason_members(), members, None);
        Arc::new(ListArray::new(Arc::new(reason_field()), ends, Arc::new(values), None))
    }
}

impl Values {
    fn of(holds: Holds) -> Self {
        let decimal = || Decimal128Builder::new().with_data_type(holds.data_type());
        match holds {
            Holds::Text => Self::Text(StringBuilder::new()),
            Holds::Texts => Self::Texts(
                ListBuilder::new(StringBuilder::new())
                    .with_field(Field::new_list_field(DataType::Utf8, false)),
            ),
            Holds::Integer => Self::Integer(Int64Builder::new()),
            Holds::Float => Self::Float(Float64Builder::new()),
            Holds::Flag => Self::Flag(BooleanBuilder::new()),
            Holds::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Holds::Day => Self::Day(Date32Builder::new()),
            Holds::Price | Holds::Money | Holds::Points => Self::Decimal(decimal()),
            Holds::Reasons => Self::Reasons(Box::new(Reasons::new())),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(values) => Arc::new(values.finish()),
            Self::Texts(values) => Arc::new(values.finish()),
            Self::Integer(values) => Arc::new(values.finish()),
            Self::Float(values) => Arc::new(values.finish()),
            Self::Flag(values) => Arc::new(values.finish()),
            Self::Time(values) => Arc::new(values.finish()),
            Self::Day(values) => Arc::new(values.finish()),
            Self::Decimal(values) => Arc::new(values.finish()),
            Self::Reasons(values) => values.finish(),
        }
    }
}

/// A table being filled. Values are given in the order of its columns; whoever gives one of another kind, or too many or
/// too few, is told when the batch is finished.
pub struct Rows {
    table: &'static str,
    columns: &'static [Column],
    schema: SchemaRef,
    values: Vec<Values>,
    next: usize,
    rows: usize,
    misplaced: Option<usize>,
}

impl Rows {
    pub fn new(table: &'static str, columns: &'static [Column]) -> Self {
        let values = columns.iter().map(|column| Values::of(column.holds)).collect();
        Self { table, columns, schema: schema_of(columns), values, next: 0, rows: 0, misplaced: None }
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn text(&mut self, value: Option<&str>) -> &mut Self {
        self.put(|values| match values {
            Values::Text(values) => {
                values.append_option(value);
                true
            }
            _ => false,
        })
    }

    /// A text as it is shown.
    pub fn shown(&mut self, value: impl Display) -> &mut Self {
        self.put(|values| match values {
            Values::Text(values) => {
                // Writing to a text cannot fail.
                let _ = write!(values, "{value}");
                values.append_value("");
                true
            }
            _ => false,
        })
    }

    pub fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> &mut Self {
        self.put(|values| match values {
            Values::Texts(values) => {
                for text in texts {
                    values.values().append_value(text);
                }
                values.append(true);
                true
            }
            _ => false,
        })
    }

    pub fn integer(&mut self, value: Option<i64>) -> &mut Self {
        self.put(|values| match values {
            Values::Integer(values) => {
                values.append_option(value);
                true
            }
            _ => false,
        })
    }

    pub fn count(&mut self, value: u64) -> &mut Self {
        self.integer(Some(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    pub fn float(&mut self, value: Option<f64>) -> &mut Self {
        self.put(|values| match values {
            Values::Float(values) => {
                values.append_option(value);
                true
            }
            _ => false,
        })
    }

    pub fn flag(&mut self, value: Option<bool>) -> &mut Self {
        self.put(|values| match values {
            Values::Flag(values) => {
                values.append_option(value);
                true
            }
            _ => false,
        })
    }

    pub fn time(&mut self, value: Option<Micros>) -> &mut Self {
        self.put(|values| match values {
            Values::Time(values) => {
                values.append_option(value.map(|at| at.0));
                true
            }
            _ => false,
        })
    }

    pub fn day(&mut self, value: Option<Day>) -> &mut Self {
        self.put(|values| match values {
            Values::Day(values) => {
                values.append_option(value.map(|day| day.0));
                true
            }
            _ => false,
        })
    }

    pub fn money(&mut self, value: Option<Amount>) -> &mut Self {
        self.decimal(value.map(|amount| amount.0))
    }

    /// Hundredths, for [`Holds::Price`], [`Holds::Money`] and [`Holds::Points`].
    pub fn decimal(&mut self, value: Option<i128>) -> &mut Self {
        self.put(|values| match values {
            Values::Decimal(values) => {
                values.append_option(value);
                true
            }
            _ => false,
        })
    }

    pub fn reasons<'r>(&mut self, reasons: impl Iterator<Item = ReasonCell<'r>>) -> &mut Self {
        self.put(|values| match values {
            Values::Reasons(values) => {
                let mut count = 0;
                for ReasonCell { reason, points, text, number } in reasons {
                    values.reason.append_value(reason);
                    values.points.append_value(points);
                    values.text.append_option(text);
                    values.number.append_option(number);
                    count += 1;
                }
                values.ends.push_length(count);
                true
            }
            _ => false,
        })
    }

    fn put(&mut self, append: impl FnOnce(&mut Values) -> bool) -> &mut Self {
        let fits = self.values.get_mut(self.next).is_some_and(append);
        if !fits && self.misplaced.is_none() {
            self.misplaced = Some(self.next);
        }
        self.next += 1;
        self
    }

    pub fn end_row(&mut self) {
        if self.next != self.values.len() && self.misplaced.is_none() {
            self.misplaced = Some(self.next);
        }
        self.next = 0;
        self.rows += 1;
    }

    /// The rows so far; the next ones begin a new batch.
    pub fn finish(&mut self) -> Result<RecordBatch, PipelineError> {
        let rows = |source| PipelineError::Rows { table: self.table, source };
        if let Some(at) = self.misplaced {
            let column = self.columns.get(at).map_or("the end of a row", |column| column.name);
            return Err(rows(ArrowError::SchemaError(format!("a value does not fit at {column}"))));
        }
        let arrays = self.values.iter_mut().map(Values::finish).collect();
        self.rows = 0;
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] =
        &[required("name", Holds::Text, "who"), optional("visits", Holds::Integer, "how often")];

    #[test]
    fn a_value_in_the_wrong_place_is_told() {
        let mut rows = Rows::new("people", COLUMNS);
        rows.text(Some("a")).integer(None).end_row();
        assert_eq!(rows.finish().unwrap().num_rows(), 1);

        for wrong in [
            |rows: &mut Rows| rows.integer(Some(1)).text(Some("a")).end_row(),
            |rows: &mut Rows| rows.text(Some("a")).end_row(),
            |rows: &mut Rows| rows.text(Some("a")).integer(None).integer(None).end_row(),
            |rows: &mut Rows| rows.text(None).integer(None).end_row(),
        ] {
            let mut rows = Rows::new("people", COLUMNS);
            wrong(&mut rows);
            assert!(rows.finish().is_err());
        }
    }
}
