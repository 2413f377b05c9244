//! The columns that a model answers.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use arrow_schema::{DataType, Field, TimeUnit};

const MOST_DIGITS: u8 = 38;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelColumn {
    pub name: String,
    pub data_type: ColumnType,
    pub comment: String,
}

/// Types under the names that Glue has for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    String,
    Bigint,
    Double,
    Boolean,
    Date,
    Timestamp,
    Decimal { precision: u8, scale: i8 },
}

impl ModelColumn {
    pub(crate) fn field(&self) -> Field {
        let comment = HashMap::from([("comment".to_owned(), self.comment.clone())]);
        Field::new(&self.name, self.data_type.arrow(), true).with_metadata(comment)
    }
}

impl ColumnType {
    pub fn arrow(self) -> DataType {
        match self {
            Self::String => DataType::Utf8,
            Self::Bigint => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
        }
    }
}

impl FromStr for ColumnType {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "string" => return Ok(Self::String),
            "bigint" => return Ok(Self::Bigint),
            "double" => return Ok(Self::Double),
            "boolean" => return Ok(Self::Boolean),
            "date" => return Ok(Self::Date),
            "timestamp" => return Ok(Self::Timestamp),
            _ => {}
        }
        let inside = text.strip_prefix("decimal(").and_then(|rest| rest.strip_suffix(')')).ok_or(())?;
        let (precision, scale) = inside.split_once(',').ok_or(())?;
        let precision: u8 = precision.parse().map_err(drop)?;
        let scale: i8 = scale.parse().map_err(drop)?;
        let is_sound = (1..=MOST_DIGITS).contains(&precision) && (0..=precision as i8).contains(&scale);
        if is_sound { Ok(Self::Decimal { precision, scale }) } else { Err(()) }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::String => "string",
            Self::Bigint => "bigint",
            Self::Double => "double",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Decimal { precision, scale } => return write!(formatter, "decimal({precision},{scale})"),
        };
        formatter.write_str(word)
    }
}
