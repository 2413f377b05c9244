//! `from_utf8(bytes)`: bytes as text, with a mark where they are none. `quarantine_records.original` holds bytes.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct FromUtf8 {
    signature: Signature,
}

impl FromUtf8 {
    pub(super) fn new() -> Self {
        let bytes = [DataType::BinaryView, DataType::Binary, DataType::LargeBinary];
        let signature = TypeSignature::Uniform(1, bytes.to_vec());
        Self { signature: Signature::new(signature, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for FromUtf8 {
    fn name(&self) -> &str {
        "from_utf8"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let [bytes] = ColumnarValue::values_to_arrays(&arguments.args)?
            .try_into()
            .map_err(|_| DataFusionError::Plan("from_utf8 takes one argument, the bytes".to_owned()))?;
        let bytes = cast(&bytes, &DataType::BinaryView)?;
        let texts = bytes.as_binary_view().iter().map(|bytes| bytes.map(String::from_utf8_lossy));
        Ok(ColumnarValue::Array(Arc::new(texts.collect::<StringViewArray>())))
    }
}
