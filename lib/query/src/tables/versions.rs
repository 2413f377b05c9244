//! The columns of a version, from the words in which the table's log keeps them.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};
use leadlake_lake::tables::TableSchema;

use crate::error::QueryError;

/// Types nest no deeper than this in any table of a lake; a damaged log must not exhaust the stack.
const DEEPEST: usize = 16;

pub(super) fn schema_of(table: &str, schema: &TableSchema) -> Result<Schema, QueryError> {
    let columns = schema.columns.iter().map(|column| {
        let unknown = || {
            let (name, kind) = (&column.name, &column.data_type);
            QueryError::Failed(format!(
                "column {name} of {table} is {kind}, which this version of leadlake does not know; use a newer one"
            ))
        };
        let data_type = data_type_of(&column.data_type, DEEPEST).ok_or_else(unknown)?;
        Ok(Field::new(&column.name, data_type, true))
    });
    Ok(Schema::new(columns.collect::<Result<Vec<_>, QueryError>>()?))
}

fn data_type_of(text: &str, depth: usize) -> Option<DataType> {
    let depth = depth.checked_sub(1)?;
    let plain = match text {
        "boolean" => DataType::Boolean,
        "tinyint" => DataType::Int8,
        "smallint" => DataType::Int16,
        "int" => DataType::Int32,
        "bigint" => DataType::Int64,
        "float" => DataType::Float32,
        "double" => DataType::Float64,
        "string" => DataType::Utf8,
        "binary" => DataType::Binary,
        "date" => DataType::Date32,
        "timestamp" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        nested => return nested_type_of(nested, depth),
    };
    Some(plain)
}

fn nested_type_of(text: &str, depth: usize) -> Option<DataType> {
    if let Some(inside) = inside(text, "decimal(", ')') {
        let (precision, scale) = inside.split_once(',')?;
        return Some(DataType::Decimal128(precision.parse().ok()?, scale.parse().ok()?));
    }
    if let Some(item) = inside(text, "array<", '>') {
        let item = Field::new_list_field(data_type_of(item, depth)?, true);
        return Some(DataType::List(Arc::new(item)));
    }
    if let Some(members) = inside(text, "struct<", '>') {
        let member = |text: &str| {
            let (name, kind) = text.split_once(':')?;
            Some(Field::new(name, data_type_of(kind, depth)?, true))
        };
        let members: Option<Vec<Field>> = split_outside_brackets(members).into_iter().map(member).collect();
        return Some(DataType::Struct(Fields::from(members?)));
    }
    let pair = split_outside_brackets(inside(text, "map<", '>')?);
    let [key, value] = pair.as_slice() else {
        return None;
    };
    let entry = Fields::from(vec![
        Field::new("key", data_type_of(key, depth)?, false),
        Field::new("value", data_type_of(value, depth)?, true),
    ]);
    Some(DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entry), false)), false))
}

fn inside<'t>(text: &'t str, opening: &str, closing: char) -> Option<&'t str> {
    text.strip_prefix(opening)?.strip_suffix(closing)
}

/// At the commas that stand in no bracket.
fn split_outside_brackets(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    text.split(|letter| {
        match letter {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("decimal(18,2)")]
    #[test_case("array<string>")]
    #[test_case("struct<source:string,points:array<decimal(9,2)>,at:timestamp>")]
    #[test_case("map<string,struct<a:bigint,b:date>>")]
    fn types_are_read_as_they_were_written(text: &str) {
        let read = data_type_of(text, DEEPEST).unwrap();
        let column = Schema::new(vec![Field::new("column", read, true)]);
        assert_eq!(TableSchema::of(&column).unwrap().columns[0].data_type, text);
    }

    #[test_case("interval")]
    #[test_case("decimal(18)")]
    #[test_case("array<bigint")]
    #[test_case("map<string>")]
    fn what_is_no_type_is_none(text: &str) {
        assert_eq!(data_type_of(text, DEEPEST), None);
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{}bigint{}", "array<".repeat(100_000), ">".repeat(100_000));
        assert_eq!(data_type_of(&deep, DEEPEST), None);
    }
}
