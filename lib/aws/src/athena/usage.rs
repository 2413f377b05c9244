//! What asking Athena took, and what it costs.

use aws_sdk_athena::types::QueryExecutionStatistics;
use serde::Serialize;

const MEGABYTE: u64 = 1024 * 1024;
/// Each query is charged for at least as much.
const LEAST_MEGABYTES: u64 = 10;
/// In most regions. Capacity that is reserved is paid otherwise.
const DOLLARS_PER_TERABYTE: f64 = 5.0;
const MEGABYTES_PER_TERABYTE: f64 = 1024.0 * 1024.0;

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct AthenaUsage {
    pub queries: u64,
    pub scanned_bytes: u64,
    /// As charged: in whole megabytes, of each query at least ten.
    pub charged_megabytes: u64,
    /// For which queries ran, waiting for their turn not included.
    pub execution_millis: u64,
}

impl AthenaUsage {
    /// What it costs by list price.
    pub fn dollars(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far more megabytes than there are")]
        let megabytes = self.charged_megabytes as f64;
        megabytes / MEGABYTES_PER_TERABYTE * DOLLARS_PER_TERABYTE
    }

    /// Queries that are stopped are charged too; those that fail are not.
    pub(super) fn add(&mut self, statistics: Option<&QueryExecutionStatistics>, is_charged: bool) {
        let known = |value: Option<i64>| u64::try_from(value.unwrap_or_default()).unwrap_or_default();
        let scanned = known(statistics.and_then(QueryExecutionStatistics::data_scanned_in_bytes));
        self.queries += 1;
        self.scanned_bytes += scanned;
        self.execution_millis +=
            known(statistics.and_then(QueryExecutionStatistics::engine_execution_time_in_millis));
        if is_charged {
            self.charged_megabytes += scanned.div_ceil(MEGABYTE).max(LEAST_MEGABYTES);
        }
    }
}
