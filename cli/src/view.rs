//! One set of versions of the lake's tables, and an engine that sees just these: whatever asks several questions gets
//! answers about one state, also while a run commits the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use leadlake_gold::Asked;
use leadlake_lake::Lake;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::Layer;
use leadlake_lake::store::Store;
use leadlake_lake::tables::{TableLog, TableName, Version, VersionNumber, current_versions, versions_as_of};
use leadlake_pipeline::taken_in;
use leadlake_query::QueryEngine;

use crate::commands::query::{MEBIBYTE, open_engine};
use crate::contracts::Contracts;
use crate::error::CliError;
use crate::output::grouped;
use crate::place::OpenLake;

/// How many days before the last one a range has where nobody says.
const USUAL_DAYS_BEFORE: i64 = 30;

/// Ten years: engines that count days one by one have bounds of their own, which they tell less clearly.
const MOST_DAYS: i32 = 3_653;

pub struct View {
    pub engine: QueryEngine,
    pub versions: BTreeMap<TableName, VersionNumber>,
    /// That of the scores, where there are any.
    pub as_of: Option<Timestamp>,
    /// When the run of the scores began: what was refined before is in them.
    pub seen_at: Option<Timestamp>,
    pub model_version: Option<String>,
}

impl View {
    pub fn current(open: &OpenLake, contracts: &Contracts, memory: usize) -> Result<Self, CliError> {
        Self::of(open, contracts, current_versions(&open.lake)?, memory)
    }

    /// What the lake said at the instant.
    pub fn as_of(
        open: &OpenLake,
        contracts: &Contracts,
        instant: Timestamp,
        memory: usize,
    ) -> Result<Self, CliError> {
        let versions = versions_as_of(&open.lake, instant)?;
        let has_scores =
            TableLog::new(Arc::clone(&open.lake.store), TableName::LEAD_SCORES).head()?.is_some();
        if has_scores && !versions.contains_key(&TableName::LEAD_SCORES) {
            return Err(CliError::NothingAsOf { instant });
        }
        Self::of(open, contracts, versions, memory)
    }

    /// `memory` is in MiB, for what the engine holds while it works.
    pub fn of(
        open: &OpenLake,
        contracts: &Contracts,
        versions: BTreeMap<TableName, VersionNumber>,
        memory: usize,
    ) -> Result<Self, CliError> {
        let lake = &open.lake;
        let scores = match versions.get(&TableName::LEAD_SCORES) {
            Some(number) => Some(version_of(lake, TableName::LEAD_SCORES, *number)?),
            None => None,
        };
        let as_of = scores.as_ref().map(|version| version.content.as_of);
        let model_version = scores.and_then(|version| version.content.model_version);
        if let Some(number) = versions.get(&TableName::LEDGER)
            && let Some(seen) = taken_in(lake, *number)?
        {
            tell_of_unseen(lake, &seen)?;
        }
        let engine = open_engine(open, contracts, memory.saturating_mul(MEBIBYTE), versions.clone())?;
        let seen_at = scored_at(lake, &versions)?;
        Ok(Self { engine, versions, as_of, seen_at, model_version })
    }
}

fn tell_of_unseen(lake: &Lake, seen: &BTreeSet<ObjectKey>) -> Result<(), CliError> {
    let mut unseen = 0_u64;
    for entry in lake.store.list(Layer::Ledger.folder())? {
        unseen += u64::from(entry.is_ok_and(|facts| !seen.contains(&facts.key)));
    }
    if unseen > 0 {
        let unseen = grouped(unseen);
        eprintln!(
            "refined after people were scored, and not in these numbers: {unseen} objects; `leadlake run` takes them in"
        );
    }
    Ok(())
}

fn scored_at(
    lake: &Lake,
    versions: &BTreeMap<TableName, VersionNumber>,
) -> Result<Option<Timestamp>, CliError> {
    let Some(number) = versions.get(&TableName::LEAD_SCORES) else { return Ok(None) };
    let log = TableLog::new(Arc::clone(&lake.store), TableName::LEAD_SCORES);
    Ok(log.entry(*number)?.run_id.begun())
}

fn version_of(lake: &Lake, table: TableName, number: VersionNumber) -> Result<Version, CliError> {
    Ok(TableLog::new(Arc::clone(&lake.store), table).version(number)?)
}

/// The days that a question is about: those asked for, or the last ones up to the instant.
pub fn asked(as_of: Timestamp, from: Option<Date>, to: Option<Date>) -> Result<Asked, CliError> {
    let last = as_of.to_zoned(TimeZone::UTC).date();
    let to = to.map_or(last, |to| to.min(last));
    let from = from.unwrap_or_else(|| to.saturating_sub(jiff::Span::new().days(USUAL_DAYS_BEFORE)));
    if from > to {
        return Err(CliError::DaysReversed { from, to });
    }
    let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
    if days >= MOST_DAYS {
        return Err(CliError::RangeTooLong { from, to, most: MOST_DAYS });
    }
    Ok(Asked { as_of, from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_ends_with_the_instant_at_the_latest() {
        let as_of: Timestamp = "2025-01-31T23:59:59.999999Z".parse().unwrap();
        let range = |from: Option<&str>, to: Option<&str>| {
            let day = |text: Option<&str>| text.map(|text| text.parse::<Date>().unwrap());
            asked(as_of, day(from), day(to)).map(|asked| (asked.from.to_string(), asked.to.to_string()))
        };
        let of = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(range(None, None).unwrap(), of("2025-01-01", "2025-01-31"));
        assert_eq!(range(None, Some("2025-03-01")).unwrap(), of("2025-01-01", "2025-01-31"));
        assert_eq!(range(Some("2025-01-05"), Some("2025-01-05")).unwrap(), of("2025-01-05", "2025-01-05"));
        assert!(range(Some("2025-02-01"), None).is_err());
        assert_eq!(range(Some("2015-02-01"), None).unwrap(), of("2015-02-01", "2025-01-31"));
        assert!(range(Some("2015-01-31"), None).is_err());
    }
}
