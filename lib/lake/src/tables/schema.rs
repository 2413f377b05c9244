//! What columns a version has, in words that every engine's catalog understands.

use arrow_schema::{DataType, Field, Schema, TimeUnit};
use serde::{Deserialize, Serialize};
use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSchema {
    /// Equal for equal columns.
    pub fingerprint: String,
    pub columns: Vec<TableColumn>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableColumn {
    pub name: String,
    /// As Glue and Athena write it, such as `bigint` and `array<string>`.
    #[serde(rename = "type")]
    pub data_type: String,
    pub nullable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("column {column} is {data_type}, which not every engine reads; choose another type")]
pub struct ColumnTypeError {
    column: String,
    data_type: String,
}

impl TableSchema {
    pub fn of(schema: &Schema) -> Result<Self, ColumnTypeError> {
        let columns =
            schema.fields().iter().map(|field| TableColumn::of(field)).collect::<Result<Vec<_>, _>>()?;
        let mut hasher = blake3::Hasher::new();
        for column in &columns {
            for part in [&column.name, &column.data_type] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
            hasher.update(&[u8::from(column.nullable)]);
        }
        Ok(Self { fingerprint: hasher.finalize().to_hex().chars().take(16).collect(), columns })
    }

    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }
}

impl TableColumn {
    fn of(field: &Field) -> Result<Self, ColumnTypeError> {
        let data_type = engine_type(field.data_type()).ok_or_else(|| ColumnTypeError {
            column: field.name().clone(),
            data_type: field.data_type().to_string(),
        })?;
        let comment = field.metadata().get("comment").cloned();
        Ok(Self { name: field.name().clone(), data_type, nullable: field.is_nullable(), comment })
    }
}

fn engine_type(data_type: &DataType) -> Option<String> {
    let plain = match data_type {
        DataType::Boolean => "boolean",
        DataType::Int8 => "tinyint",
        DataType::Int16 => "smallint",
        DataType::Int32 => "int",
        DataType::Int64 => "bigint",
        DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "binary",
        DataType::Date32 => "date",
        DataType::Timestamp(TimeUnit::Microsecond | TimeUnit::Millisecond, _) => "timestamp",
        DataType::Decimal128(precision, scale) => return Some(format!("decimal({precision},{scale})")),
        DataType::Dictionary(_, value) => return engine_type(value),
        DataType::List(item) | DataType::LargeList(item) => {
            return Some(format!("array<{}>", engine_type(item.data_type())?));
        }
        DataType::Struct(fields) => {
            let members: Option<Vec<String>> = fields
                .iter()
                .map(|field| Some(format!("{}:{}", field.name(), engine_type(field.data_type())?)))
                .collect();
            return Some(format!("struct<{}>", members?.join(",")));
        }
        DataType::Map(entries, _) => {
            let DataType::Struct(pair) = entries.data_type() else {
                return None;
            };
            let types: Option<Vec<String>> =
                pair.iter().map(|field| engine_type(field.data_type())).collect();
            return Some(format!("map<{}>", types?.join(",")));
        }
        _ => return None,
    };
    Some(plain.to_owned())
}
