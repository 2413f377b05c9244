//! Counts the keys of a table while it is written, so that a row too many is noticed before anyone can read it.

use arrow_array::RecordBatch;
use arrow_ord::partition::partition;
use arrow_schema::ArrowError;

use crate::error::PipelineError;

/// Rows come in the order of their key. A table without a key has as many as rows.
pub struct KeyCount<'k> {
    key: &'k [String],
    /// The last row's key, to be compared with the next batch's first.
    last: Option<RecordBatch>,
    pub distinct: u64,
}

impl<'k> KeyCount<'k> {
    pub fn new(key: &'k [String]) -> Self {
        Self { key, last: None, distinct: 0 }
    }

    pub fn count(&mut self, batch: &RecordBatch) -> Result<(), PipelineError> {
        self.add(batch).map_err(|source| PipelineError::Rows { table: "the table", source })
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        if self.key.is_empty() {
            self.distinct += batch.num_rows() as u64;
            return Ok(());
        }
        let schema = batch.schema();
        let places = self.key.iter().map(|column| schema.index_of(column)).collect::<Result<Vec<_>, _>>()?;
        let keys = batch.project(&places)?;
        let goes_on = self.last.as_ref().is_some_and(|last| *last == keys.slice(0, 1));
        self.distinct += partition(keys.columns())?.len() as u64 - u64::from(goes_on);
        self.last = Some(keys.slice(keys.num_rows() - 1, 1));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, StringArray};

    use super::*;

    fn batch(rows: &[(&str, Option<&str>)]) -> RecordBatch {
        let left: ArrayRef = Arc::new(rows.iter().map(|(left, _)| Some(*left)).collect::<StringArray>());
        let right: ArrayRef = Arc::new(rows.iter().map(|(_, right)| *right).collect::<StringArray>());
        RecordBatch::try_from_iter_with_nullable([("left", left, false), ("right", right, true)]).unwrap()
    }

    #[test]
    fn repeated_keys_are_noticed_within_and_across_batches() {
        let key = ["left".to_owned(), "right".to_owned()];
        let mut count = KeyCount::new(&key);
        count.count(&batch(&[("a", None), ("a", Some("x")), ("b", Some("x"))])).unwrap();
        assert_eq!(count.distinct, 3);
        count.count(&batch(&[("b", Some("x")), ("b", Some("y"))])).unwrap();
        assert_eq!(count.distinct, 4, "the first row of the batch repeats the last one before it");
        count.count(&batch(&[("c", None), ("c", None)])).unwrap();
        assert_eq!(count.distinct, 5);
    }
}
