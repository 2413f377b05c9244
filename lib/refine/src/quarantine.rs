//! Refused records on their way into record batches.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, BooleanBuilder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{ArrowError, SchemaRef};

use crate::columns::{BYTES_PER_BATCH, Constants, ROWS_PER_BATCH};
use crate::records::Piece;
use crate::refusal::Refusal;

#[derive(Default)]
pub(crate) struct QuarantineRows {
    codes: StringBuilder,
    paths: StringBuilder,
    expected: StringBuilder,
    actual: StringBuilder,
    originals: BinaryBuilder,
    whole: BooleanBuilder,
    lines: Int64Builder,
    offsets: Int64Builder,
    lengths: Int64Builder,
    rows: usize,
    bytes: usize,
}

impl QuarantineRows {
    pub(crate) fn push(&mut self, piece: &Piece<'_>, refusal: &Refusal) {
        self.codes.append_value(refusal.code.as_str());
        self.paths.append_value(&refusal.path);
        self.expected.append_value(&refusal.expected);
        self.actual.append_value(&refusal.actual);
        self.originals.append_value(piece.bytes);
        self.whole.append_value(!piece.is_cut());
        self.lines.append_value(as_column(piece.line));
        self.offsets.append_value(as_column(piece.offset));
        self.lengths.append_value(as_column(piece.length));
        self.rows += 1;
        self.bytes += piece.bytes.len() + refusal.path.len() + refusal.expected.len() + refusal.actual.len();
    }

    pub(crate) fn is_full(&self) -> bool {
        self.rows >= ROWS_PER_BATCH || self.bytes >= BYTES_PER_BATCH
    }

    pub(crate) fn finish(
        &mut self,
        schema: &SchemaRef,
        constants: &Constants,
    ) -> Result<Option<RecordBatch>, ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        if rows == 0 {
            return Ok(None);
        }
        let same = |text: &str| StringArray::from_iter_values(std::iter::repeat_n(text, rows));
        let arrived =
            TimestampMicrosecondArray::from_value(constants.arrived_micros, rows).with_timezone("UTC");
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.codes.finish()),
            Arc::new(self.paths.finish()),
            Arc::new(self.expected.finish()),
            Arc::new(self.actual.finish()),
            Arc::new(self.originals.finish()),
            Arc::new(self.whole.finish()),
            Arc::new(same(&constants.object_key)),
            Arc::new(self.lines.finish()),
            Arc::new(self.offsets.finish()),
            Arc::new(self.lengths.finish()),
            Arc::new(same(&constants.contract_version)),
            Arc::new(arrived),
        ];
        RecordBatch::try_new(Arc::clone(schema), columns).map(Some)
    }
}

fn as_column(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
