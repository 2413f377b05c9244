//! The rows of the version before, of entries that are still what they were.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::slice::Iter;
use std::str::Lines;

use arrow_array::cast::AsArray;
use arrow_array::{Date32Array, RecordBatch, StringArray};
use leadlake_lake::ledger::{days_since_1970, ledger_schema};
use leadlake_lake::{Lake, ParquetFile};
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};

use super::{ROWS_AT_ONCE, misfit};
use crate::error::PipelineError;
use crate::inputs::{Input, SilverFile, stamp};
use crate::plan::Before;

/// Of the version before, held at once.
const BATCHES_AT_ONCE: usize = 3;

/// Goes through them in step with the inputs: both are in the order of the entries' names.
pub struct KeptRows<'b> {
    lake: &'b Lake,
    /// What each entry was when its row was made.
    stamps: Peekable<Lines<'b>>,
    files: Iter<'b, SilverFile>,
    reader: Option<ParquetRecordBatchReader>,
    batch: Option<KeptBatch>,
    row: usize,
    batches_read: usize,
}

/// Where the rows of some inputs lie: batch and row, or nowhere where the entry is to be read.
#[derive(Default)]
pub struct KeptPlaces {
    pub batches: Vec<RecordBatch>,
    pub places: Vec<Option<(usize, usize)>>,
}

struct KeptBatch {
    number: usize,
    rows: RecordBatch,
    source: StringArray,
    day: Date32Array,
    object_id: StringArray,
}

impl<'b> KeptRows<'b> {
    pub fn of(lake: &'b Lake, before: Option<&'b Before>, heading: &str) -> Self {
        let nothing: (&[SilverFile], Lines<'b>) = (&[], "".lines());
        let (files, stamps) = before.and_then(|before| before.kept_under(heading)).unwrap_or(nothing);
        Self {
            lake,
            stamps: stamps.peekable(),
            files: files.iter(),
            reader: None,
            batch: None,
            row: 0,
            batches_read: 0,
        }
    }

    /// Of the first inputs, and then of those that follow. They are fewer where their rows lie far apart.
    pub fn places_of(&mut self, inputs: &[Input]) -> Result<KeptPlaces, PipelineError> {
        let mut kept = KeptPlaces::default();
        let mut taken_from = None;
        for input in inputs.iter().take(ROWS_AT_ONCE) {
            let row = if self.is_unchanged(input) { self.find(input)? } else { None };
            let place = row.zip(self.batch.as_ref()).map(|(row, batch)| {
                if taken_from.replace(batch.number) != Some(batch.number) {
                    kept.batches.push(batch.rows.clone());
                }
                (kept.batches.len() - 1, row)
            });
            kept.places.push(place);
            if kept.batches.len() >= BATCHES_AT_ONCE {
                break;
            }
        }
        Ok(kept)
    }

    fn is_unchanged(&mut self, input: &Input) -> bool {
        let facts = &input.ledger_entry;
        let parts = |line: &'b str| line.split_once('\t').unwrap_or((line, ""));
        while self.stamps.next_if(|line| parts(line).0 < facts.key.as_str()).is_some() {}
        let before = self.stamps.next_if(|line| parts(line).0 == facts.key.as_str());
        before.is_some_and(|line| parts(line).1 == stamp(facts))
    }

    /// The row within the batch that is looked at.
    fn find(&mut self, input: &Input) -> Result<Option<usize>, PipelineError> {
        let wanted = (input.source.as_str(), days_since_1970(input.day), input.ledger_entry.key.stem());
        while let Some((batch, row)) = self.at_row()? {
            match batch.name_of(row).cmp(&wanted) {
                Ordering::Less => self.row = row + 1,
                Ordering::Equal => return Ok(Some(row)),
                Ordering::Greater => break,
            }
        }
        Ok(None)
    }

    /// In the next batch where this one is at its end.
    fn at_row(&mut self) -> Result<Option<(&KeptBatch, usize)>, PipelineError> {
        while self.batch.as_ref().is_none_or(|batch| self.row >= batch.rows.num_rows()) {
            let Some(rows) = self.next_batch()? else { return Ok(None) };
            self.batches_read += 1;
            self.batch = Some(KeptBatch::of(rows, self.batches_read)?);
            self.row = 0;
        }
        Ok(self.batch.as_ref().map(|batch| (batch, self.row)))
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>, PipelineError> {
        loop {
            if let Some(batch) = self.reader.as_mut().and_then(Iterator::next) {
                return batch.map(Some).map_err(misfit);
            }
            let Some(file) = self.files.next() else { return Ok(None) };
            self.reader = Some(open(self.lake, file)?);
        }
    }
}

pub fn open(lake: &Lake, file: &SilverFile) -> Result<ParquetRecordBatchReader, PipelineError> {
    let unreadable = |source| PipelineError::Unreadable { key: file.key.clone(), source };
    let parquet = ParquetFile::open(&lake.store, &file.key, file.size)?;
    let options = ArrowReaderOptions::new().with_schema(ledger_schema());
    let builder =
        ParquetRecordBatchReaderBuilder::try_new_with_options(parquet, options).map_err(unreadable)?;
    builder.with_batch_size(ROWS_AT_ONCE).build().map_err(unreadable)
}

impl KeptBatch {
    fn of(rows: RecordBatch, number: usize) -> Result<Self, PipelineError> {
        let text = |name| rows.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        let day = rows.column_by_name("dt").and_then(|column| column.as_primitive_opt());
        let (Some(source), Some(day), Some(object_id)) = (text("source"), day, text("object_id")) else {
            return Err(PipelineError::Lost { what: "a column" });
        };
        let (source, day, object_id) = (source.clone(), day.clone(), object_id.clone());
        Ok(Self { number, rows, source, day, object_id })
    }

    /// What the name of the row's entry is made of.
    fn name_of(&self, row: usize) -> (&str, i32, &str) {
        (self.source.value(row), self.day.value(row), self.object_id.value(row))
    }
}
