//! What a run adds up.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use leadlake_lake::Lake;
use leadlake_lake::tables::{TableError, TableLog, TableName, VersionNumber, current_versions};

/// One version of each table, and what the scores among them say of themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldInputs {
    pub versions: BTreeMap<TableName, VersionNumber>,
    pub as_of: Timestamp,
    /// When their run began: what was refined before is in them.
    pub seen_at: Timestamp,
    pub model_version: Option<String>,
}

impl GoldInputs {
    /// What readers use now; nothing where nobody was scored yet.
    pub fn current(lake: &Lake) -> Result<Option<Self>, TableError> {
        let versions = current_versions(lake)?;
        let Some(scores) = versions.get(&TableName::LEAD_SCORES) else { return Ok(None) };
        let log = TableLog::new(Arc::clone(&lake.store), TableName::LEAD_SCORES);
        let content = log.version(*scores)?.content;
        // Where nobody can tell when it began, everything counts as refined since.
        let seen_at = log.entry(*scores)?.run_id.begun().unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(Some(Self { versions, as_of: content.as_of, seen_at, model_version: content.model_version }))
    }
}
