//! `ops_ledger`: the entries of the ledger that a run takes in, a row each. Whoever adds them up reads one file where the
//! ledger has one for each object, and sees none that was written since.

mod kept;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Mutex;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use arrow_select::interleave::interleave_record_batch;
use leadlake_lake::Lake;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::made_of;
use leadlake_lake::ledger::{LedgerEntry, LedgerRows, ledger_schema};
use leadlake_lake::tables::{
    Inputs as TableInputs, LogEntry, TableError, TableLog, TableName, TableSchema, TableShape, VersionNumber,
};

use crate::error::PipelineError;
use crate::inputs::{Input, Inputs};
use crate::outputs::{CommitFacts, TableOutput};
use crate::plan::{Before, read_text};
use crate::threads::{in_threads, next_of};

use kept::{KeptPlaces, KeptRows};

/// Changes when rows are made otherwise than by the version before, so that those cannot be taken over.
const FORMAT: &str = "leadlake ledger 1";

/// Where an entry lies, which is also the order of the rows.
pub const KEY: &[&str] = &["source", "dt", "object_id"];

/// Columns whose values hardly repeat.
const DISTINCT: &[&str] =
    &["object_id", "object_key", "object_etag", "object_blake3", "arrived_at", "completed_at"];

/// Written as one row group.
const ROWS_AT_ONCE: usize = 8_192;

/// An entry in memory takes several times what its row does.
const ENTRIES_AT_ONCE: usize = 1_024;

/// Entries are small, so that a thread mostly waits for the store.
const READERS_PER_THREAD: usize = 8;

pub fn shape() -> TableShape {
    TableShape::version(ledger_schema(), KEY, DISTINCT)
}

/// Writes the rows of all inputs, and beside them what a later run needs to take them over.
pub struct LedgerWrite<'r> {
    pub lake: &'r Lake,
    pub inputs: &'r Inputs,
    /// None has every entry read.
    pub before: Option<&'r Before>,
    pub threads: usize,
}

/// All rows, not committed.
pub struct WrittenLedger {
    table: TableOutput,
    watermark: ObjectKey,
}

impl WrittenLedger {
    pub fn commit(self, facts: &CommitFacts) -> Result<LogEntry, PipelineError> {
        let inputs = TableInputs { watermark: Some(self.watermark), ..TableInputs::default() };
        self.table.commit(facts, inputs, None)
    }
}

impl LedgerWrite<'_> {
    pub fn write(&self, table: TableOutput) -> Result<WrittenLedger, PipelineError> {
        let heading = heading()?;
        let watermark = table.beside("inputs", self.inputs.stamped(&heading).as_bytes())?;
        let mut kept = KeptRows::of(self.lake, self.before, &heading);
        let mut part = table.part(0);
        let mut inputs = self.inputs.all.as_slice();
        while !inputs.is_empty() {
            let rows = self.rows(inputs, &mut kept)?;
            part.write(&rows)?;
            inputs = inputs.get(rows.num_rows()..).unwrap_or_default();
        }
        part.finish()?;
        Ok(WrittenLedger { table, watermark })
    }

    /// Of the first inputs, as many as are written at once.
    fn rows(&self, inputs: &[Input], kept: &mut KeptRows<'_>) -> Result<RecordBatch, PipelineError> {
        let KeptPlaces { mut batches, places } = kept.places_of(inputs)?;
        let is_new = |(input, place): (_, &Option<_>)| place.is_none().then_some(input);
        let new: Vec<&Input> = inputs.iter().zip(&places).filter_map(is_new).collect();
        let new = self.read(&new)?;
        if batches.is_empty() {
            return Ok(new);
        }
        let mut new_places = (0..new.num_rows()).map(|row| (batches.len(), row));
        let places: Option<Vec<(usize, usize)>> =
            places.into_iter().map(|place| place.or_else(|| new_places.next())).collect();
        let places = places.ok_or(PipelineError::Lost { what: "an entry of the ledger" })?;
        batches.push(new);
        interleave_record_batch(&batches.iter().collect::<Vec<_>>(), &places).map_err(misfit)
    }

    fn read(&self, inputs: &[&Input]) -> Result<RecordBatch, PipelineError> {
        let mut rows = LedgerRows::with_room_for(inputs.len());
        for some in inputs.chunks(ENTRIES_AT_ONCE) {
            for entry in self.entries(some)? {
                rows.push(&entry).map_err(misfit)?;
            }
        }
        rows.finish().map_err(misfit)
    }

    /// In the order of the inputs.
    fn entries(&self, inputs: &[&Input]) -> Result<Vec<LedgerEntry>, PipelineError> {
        let waiting: Vec<(usize, &Input)> = inputs.iter().copied().enumerate().collect();
        let waiting = Mutex::new(waiting.into_iter());
        let readers = self.threads.max(1).saturating_mul(READERS_PER_THREAD).min(inputs.len());
        let mut entries = in_threads(readers, || {
            let mut read = Vec::new();
            while let Some((place, input)) = next_of(&waiting) {
                read.push((place, self.entry(input)?));
            }
            Ok(read)
        })?;
        entries.sort_unstable_by_key(|(place, _)| *place);
        Ok(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    fn entry(&self, input: &Input) -> Result<LedgerEntry, PipelineError> {
        let key = &input.ledger_entry.key;
        let entry = input.entry(self.lake)?;
        let (id, day) = made_of(key)?;
        match entry.is_of(&input.source, day, id) {
            true => Ok(entry),
            false => Err(PipelineError::EntryMisplaced { key: key.clone() }),
        }
    }
}

/// The ledger entries that a version was made from, or none if it does not say. What the ledger holds beside them is in no
/// number that is asked of that version.
pub fn taken_in(lake: &Lake, ledger: VersionNumber) -> Result<Option<BTreeSet<ObjectKey>>, PipelineError> {
    let log = TableLog::new(lake.store.clone(), TableName::LEDGER);
    let Some(watermark) = log.version(ledger)?.content.inputs.watermark else { return Ok(None) };
    let Some(text) = read_text(lake, &watermark)? else { return Ok(None) };
    let mut lines = text.lines();
    if !lines.next().is_some_and(|heading| heading.starts_with(FORMAT)) {
        return Ok(None);
    }
    let key_of = |line: &str| ObjectKey::new(line.split_once('\t').map_or(line, |(key, _)| key)).ok();
    Ok(Some(lines.filter_map(key_of).collect()))
}

fn heading() -> Result<String, PipelineError> {
    let schema = TableSchema::of(&ledger_schema()).map_err(TableError::from)?;
    Ok(format!("{FORMAT} {}", schema.fingerprint))
}

pub(super) fn misfit(source: ArrowError) -> PipelineError {
    PipelineError::Rows { table: "ops_ledger", source }
}
