//! Letting readers use an older version again.

use jiff::Timestamp;

use super::commit::Appended;
use super::entry::{EntryKind, LogEntry};
use super::error::TableError;
use super::log::TableLog;
use super::number::VersionNumber;
use super::run::RunId;
use crate::object::in_micros;

impl TableLog {
    /// Adds an entry that names the files of version `to`, and its watermark, from which the next run goes on. To roll
    /// back to what is current changes nothing and gives the newest entry.
    pub fn rollback(
        &self,
        to: VersionNumber,
        run_id: &RunId,
        committed_at: Timestamp,
    ) -> Result<LogEntry, TableError> {
        let mut head = self.head()?.ok_or_else(|| TableError::NoVersions { table: self.table().clone() })?;
        let target = self.version(to)?;
        loop {
            if head.vacuumed.contains(target.number) {
                return Err(TableError::Vacuumed { table: self.table().clone(), number: to });
            }
            if head.current == Some(target.number) {
                return Ok(head);
            }
            let entry = LogEntry {
                table: self.table().clone(),
                number: self.number_after(head.number)?,
                run_id: run_id.clone(),
                kind: EntryKind::Rollback,
                current: Some(target.number),
                watermark: target.content.inputs.watermark.clone(),
                vacuumed: head.vacuumed.clone(),
                abandoned: Vec::new(),
                committed_at: in_micros(committed_at),
                content: Some(target.content.clone()),
            };
            match self.append(entry)? {
                Appended::Done(entry) => return Ok(entry),
                Appended::Taken { winner } => head = winner,
            }
        }
    }
}
