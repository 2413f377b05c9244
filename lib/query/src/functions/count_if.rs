//! `count_if(condition)`: for how many rows it is true.

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::sum;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct CountIf {
    signature: Signature,
}

impl CountIf {
    pub(super) fn new() -> Self {
        Self { signature: Signature::exact(vec![DataType::Boolean], Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for CountIf {
    fn name(&self) -> &str {
        "count_if"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(DataType::Int64)
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, _: &DataType) -> Result<ScalarValue, DataFusionError> {
        Ok(ScalarValue::Int64(Some(0)))
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>, DataFusionError> {
        Ok(Box::<Count>::default())
    }
}

#[derive(Debug, Default)]
struct Count(i64);

impl Accumulator for Count {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<(), DataFusionError> {
        self.0 += columns.iter().map(|column| true_in(column.as_boolean())).sum::<i64>();
        Ok(())
    }

    /// Where the frame of a window leaves rows behind.
    fn retract_batch(&mut self, columns: &[ArrayRef]) -> Result<(), DataFusionError> {
        self.0 -= columns.iter().map(|column| true_in(column.as_boolean())).sum::<i64>();
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<(), DataFusionError> {
        let counts = states.iter().filter_map(|counts| sum(counts.as_primitive::<Int64Type>()));
        self.0 += counts.sum::<i64>();
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>, DataFusionError> {
        Ok(vec![ScalarValue::Int64(Some(self.0))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue, DataFusionError> {
        Ok(ScalarValue::Int64(Some(self.0)))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

fn true_in(conditions: &BooleanArray) -> i64 {
    let met = conditions.iter().filter(|condition| *condition == Some(true)).count();
    i64::try_from(met).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::column;

    const ROWS: &str = "(VALUES ('a', 1), ('a', NULL), ('b', 1), ('b', 3), ('c', NULL)) AS v(k, n)";

    #[test]
    fn null_is_not_true() {
        assert_eq!(column(&format!("SELECT count_if(n > 0) FROM {ROWS}")).unwrap(), ["3"]);
        let groups = format!("SELECT count_if(n > 1) FROM {ROWS} GROUP BY k ORDER BY k");
        assert_eq!(column(&groups).unwrap(), ["0", "1", "0"]);
        assert_eq!(column(&format!("SELECT count_if(n > 0) FROM {ROWS} WHERE k = 'x'")).unwrap(), ["0"]);
    }

    #[test]
    fn windows_slide() {
        let frame = "ORDER BY k, n NULLS LAST ROWS BETWEEN 1 PRECEDING AND CURRENT ROW";
        let windows = format!("SELECT count_if(n > 0) OVER ({frame}) FROM {ROWS} ORDER BY k, n NULLS LAST");
        assert_eq!(column(&windows).unwrap(), ["1", "1", "1", "2", "1"]);
    }
}
