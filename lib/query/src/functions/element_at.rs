//! `element_at(array, index)` from 1, or from the end below 0, and `element_at(map, key)`: null where there is none.

use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::functions_nested::extract::array_element_udf;
use datafusion::functions_nested::map_extract::map_extract_udf;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// The engine's own function of this name gives a list of the map's one value, and knows no arrays.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ElementAt {
    signature: Signature,
}

impl ElementAt {
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ElementAt {
    fn name(&self) -> &str {
        "element_at"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>, DataFusionError> {
        match arguments {
            [DataType::FixedSizeList(item, _), index] if is_index(index) => {
                Ok(vec![DataType::List(Arc::clone(item)), DataType::Int64])
            }
            [list @ (DataType::List(_) | DataType::LargeList(_)), index] if is_index(index) => {
                Ok(vec![list.clone(), DataType::Int64])
            }
            [map @ DataType::Map(..), _] => Ok(vec![map.clone(), key_and_value(map)?.0]),
            _ => Err(misused()),
        }
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType, DataFusionError> {
        match arguments {
            [DataType::List(item) | DataType::LargeList(item), _] => Ok(item.data_type().clone()),
            [map, _] => Ok(key_and_value(map)?.1),
            _ => Err(misused()),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let [collection, index] = arguments.args.as_slice() else {
            return Err(misused());
        };
        if !matches!(collection.data_type(), DataType::Map(..)) {
            refuse_zero(index)?;
            return array_element_udf().invoke_with_args(arguments);
        }
        let values = Field::new_list_field(arguments.return_type().clone(), true);
        let found = Arc::new(Field::new(self.name(), DataType::List(Arc::new(values)), true));
        let one = ColumnarValue::Scalar(ScalarValue::Int64(Some(1)));
        let extracted = map_extract_udf()
            .invoke_with_args(ScalarFunctionArgs { return_field: Arc::clone(&found), ..arguments.clone() })?;
        let index = Arc::new(Field::new("index", DataType::Int64, false));
        array_element_udf().invoke_with_args(ScalarFunctionArgs {
            args: vec![extracted, one],
            arg_fields: vec![found, index],
            ..arguments
        })
    }
}

fn is_index(index: &DataType) -> bool {
    index.is_integer() || index.is_null()
}

fn key_and_value(map: &DataType) -> Result<(DataType, DataType), DataFusionError> {
    if let DataType::Map(entries, _) = map
        && let DataType::Struct(entry) = entries.data_type()
        && let [key, value] = entry.as_ref()
    {
        return Ok((key.data_type().clone(), value.data_type().clone()));
    }
    Err(misused())
}

fn refuse_zero(index: &ColumnarValue) -> Result<(), DataFusionError> {
    let has_zero = match index {
        ColumnarValue::Scalar(index) => *index == ScalarValue::Int64(Some(0)),
        ColumnarValue::Array(indexes) => {
            indexes.as_primitive::<Int64Type>().iter().any(|index| index == Some(0))
        }
    };
    if has_zero {
        return Err(DataFusionError::Execution("element_at counts from 1, or from -1 at the end".to_owned()));
    }
    Ok(())
}

fn misused() -> DataFusionError {
    let usage = "element_at takes an array and a whole number, or a map and a key";
    DataFusionError::Plan(usage.to_owned())
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use crate::functions::testing::{column, value};

    #[test_case("make_array(7, 8)", "1" => "7")]
    #[test_case("make_array(7, 8)", "-1" => "8")]
    #[test_case("make_array(7, 8)", "3" => "")]
    #[test_case("make_array(7, 8)", "NULL" => "")]
    #[test_case("CAST(NULL AS BIGINT[])", "1" => "")]
    #[test_case("map(make_array('a', 'b'), make_array(1, 2))", "'b'" => "2")]
    #[test_case("map(make_array('a', 'b'), make_array(1, 2))", "'c'" => "")]
    #[test_case("map(make_array('a'), make_array(make_array(1, 2)))", "'a'" => "[1, 2]"; "a value may be a list")]
    fn finds(collection: &str, key: &str) -> String {
        value(&format!("element_at({collection}, {key})"))
    }

    #[test]
    fn columns_are_looked_up_row_by_row() {
        let rows = "(VALUES (make_array(1, 2), 2), (make_array(3), 2), (NULL, 1)) AS v(a, i)";
        assert_eq!(column(&format!("SELECT element_at(a, i) FROM {rows}")).unwrap(), ["2", "", ""]);
        let rows = "(VALUES ('a'), ('c'), (NULL)) AS v(k)";
        let map = "map(make_array('a', 'b'), make_array(1, 2))";
        assert_eq!(column(&format!("SELECT element_at({map}, k) FROM {rows}")).unwrap(), ["1", "", ""]);
    }

    #[test]
    fn says_what_is_wrong() {
        let error = value("element_at(make_array(1), 0)");
        assert!(error.contains("counts from 1"), "{error}");
        let error = value("element_at('text', 1)");
        assert!(error.contains("takes an array"), "{error}");
    }
}
