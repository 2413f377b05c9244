//! The versions that one run writes, a table each, and their commits.

use std::sync::{Mutex, PoisonError};

use arrow_array::RecordBatch;
use jiff::Timestamp;
use leadlake_lake::Lake;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::tables::{
    Claim, Commit, DataFile, Inputs, LogEntry, NewVersion, PartWriter, Placement, RunId, SnapshotWriter,
    TableLog, TableName, TableShape, Version,
};

use crate::error::PipelineError;
use crate::keys::KeyCount;

/// The version of one table, being written by several threads.
pub struct TableOutput {
    log: TableLog,
    base: Option<LogEntry>,
    writer: SnapshotWriter,
    unique_key: Vec<String>,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    parts: Vec<DataFile>,
    rows: u64,
    distinct_keys: u64,
}

/// What is the same for every table of a run.
#[derive(Debug, Clone)]
pub struct CommitFacts {
    pub placement: Placement,
    pub code_version: String,
    pub as_of: Timestamp,
    pub committed_at: Timestamp,
}

impl TableOutput {
    pub fn begin(
        lake: &Lake,
        table: TableName,
        shape: TableShape,
        unique_key: &[&str],
        run: &RunId,
    ) -> Result<Self, PipelineError> {
        let log = TableLog::new(lake.store.clone(), table);
        let base = log.head()?;
        let writer = SnapshotWriter::begin(&log, base.as_ref(), run, shape)?;
        let unique_key = unique_key.iter().map(|column| (*column).to_owned()).collect();
        Ok(Self { log, base, writer, unique_key, written: Mutex::default() })
    }

    /// Begins a part, which becomes a file once something is written to it.
    pub fn part(&self, number: usize) -> Part<'_> {
        Part { table: self, number, writer: None, rows: 0, keys: KeyCount::new(&self.unique_key) }
    }

    /// What readers used when the run began.
    pub fn current(&self) -> Result<Option<Version>, PipelineError> {
        match &self.base {
            Some(base) => Ok(self.log.current_after(base)?),
            None => Ok(None),
        }
    }

    pub fn beside(&self, name: &str, bytes: &[u8]) -> Result<ObjectKey, PipelineError> {
        Ok(self.writer.beside(name, bytes)?)
    }

    /// Makes the version visible, or says who was faster.
    pub fn commit(
        self,
        facts: &CommitFacts,
        inputs: Inputs,
        model_version: Option<String>,
    ) -> Result<LogEntry, PipelineError> {
        let written = self.written.into_inner().unwrap_or_else(PoisonError::into_inner);
        let snapshot = self.writer.finish(written.parts);
        let new = NewVersion {
            snapshot,
            placement: facts.placement,
            claim: Claim {
                rows: written.rows,
                unique_key: self.unique_key,
                distinct_keys: written.distinct_keys,
            },
            inputs,
            code_version: facts.code_version.clone(),
            model_version,
            as_of: facts.as_of,
            committed_at: facts.committed_at,
        };
        match self.log.commit(self.base.as_ref(), &new)? {
            Commit::Done(entry) => Ok(entry),
            Commit::Conflict { winner } => {
                Err(PipelineError::Overtaken { table: winner.table.clone(), number: winner.number })
            }
        }
    }
}

pub struct Part<'t> {
    table: &'t TableOutput,
    number: usize,
    writer: Option<PartWriter>,
    rows: u64,
    keys: KeyCount<'t>,
}

impl Part<'_> {
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), PipelineError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        match &mut self.writer {
            Some(writer) => writer.write(batch)?,
            None => {
                let number = u32::try_from(self.number).unwrap_or(u32::MAX);
                self.writer = Some(self.table.writer.part(number, batch)?);
            }
        }
        self.keys.count(batch)?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    pub fn finish(self) -> Result<(), PipelineError> {
        let Some(writer) = self.writer else { return Ok(()) };
        let file = writer.finish()?;
        let mut written = self.table.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.parts.push(file);
        written.rows += self.rows;
        written.distinct_keys += self.keys.distinct;
        Ok(())
    }
}
