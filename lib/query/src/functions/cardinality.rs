//! `cardinality(array)` and `cardinality(map)`: how many items, where an array in an array is one of them.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::length::length;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// The engine's own function of this name counts the items of inner arrays, in numbers that know no difference below 0.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Cardinality {
    signature: Signature,
}

impl Cardinality {
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Cardinality {
    fn name(&self) -> &str {
        "cardinality"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>, DataFusionError> {
        match arguments {
            [
                collection @ (DataType::Null
                | DataType::List(_)
                | DataType::LargeList(_)
                | DataType::FixedSizeList(..)
                | DataType::Map(..)),
            ] => Ok(vec![collection.clone()]),
            _ => Err(misused()),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let [collections] =
            ColumnarValue::values_to_arrays(&arguments.args)?.try_into().map_err(|_| misused())?;
        let counts = match collections.data_type() {
            DataType::Null => Arc::new(Int64Array::new_null(collections.len())),
            DataType::Map(..) => {
                let maps = collections.as_map();
                let counts =
                    maps.offsets().lengths().zip(0..).map(|(count, row)| {
                        maps.is_valid(row).then(|| i64::try_from(count).unwrap_or(i64::MAX))
                    });
                Arc::new(counts.collect::<Int64Array>())
            }
            _ => cast(&length(&collections)?, &DataType::Int64)?,
        };
        Ok(ColumnarValue::Array(counts))
    }
}

fn misused() -> DataFusionError {
    DataFusionError::Plan("cardinality takes one array or map".to_owned())
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use crate::functions::testing::{column, value};

    #[test_case("make_array(1, NULL, 3)" => "3")]
    #[test_case("make_array(make_array(1, 2), make_array(3))" => "2"; "an inner array is one item")]
    #[test_case("make_array()" => "0")]
    #[test_case("map(make_array('a', 'b'), make_array(1, 2))" => "2")]
    #[test_case("NULL" => "")]
    #[test_case("CAST(NULL AS BIGINT[])" => "")]
    #[test_case("make_array(1)) - cardinality(make_array(1, 2)" => "-1")]
    fn counts(collection: &str) -> String {
        value(&format!("cardinality({collection})"))
    }

    #[test]
    fn columns_are_counted_row_by_row() {
        let rows = "(VALUES (make_array(1, 2)), (NULL), (make_array(3))) AS v(a)";
        assert_eq!(column(&format!("SELECT cardinality(a) FROM {rows}")).unwrap(), ["2", "", "1"]);
        assert!(value("cardinality('text')").contains("takes one array or map"));
    }
}
