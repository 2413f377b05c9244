//! What a call tells of itself as metrics.

use std::time::Duration;

use leadlake_aws::athena::AthenaUsage;
use leadlake_contract::SourceName;
use leadlake_runtime::{Metrics, Unit};

use crate::cataloguing::{Catalogued, Gold, Shown};
use crate::vacuuming::Vacuumed;

/// Is told at once, so that it is known also where the call fails later.
pub trait Gauge {
    /// What asking Athena took.
    fn spent(&self, usage: AthenaUsage);
    /// How long a source has delivered nothing. CloudWatch looks back a week, some sources are silent for longer.
    fn silent(&self, source: &SourceName, hours: f64);
}

impl Gauge for Metrics {
    fn spent(&self, usage: AthenaUsage) {
        self.count("AthenaQueries", usage.queries);
        self.record("AthenaScannedBytes", Unit::Bytes, usage.scanned_bytes as f64);
        self.record("AthenaDollars", Unit::None, usage.dollars());
    }

    fn silent(&self, source: &SourceName, hours: f64) {
        self.labelled(&[("Source", source.as_str())]).record("HoursSinceDelivery", Unit::None, hours);
    }
}

pub fn catalogued(catalogued: &Catalogued, took: Duration, metrics: &Metrics) {
    count_shown(&catalogued.shown, metrics);
    if let Gold::AddedUp { corrections_in_all, run } = &catalogued.gold {
        metrics.count("KpiRows", run.kpi_rows);
        metrics.count("KpiCorrections", *corrections_in_all);
    }
    measure_duration(took, metrics);
}

pub fn shown(shown: &Shown, took: Duration, metrics: &Metrics) {
    count_shown(shown, metrics);
    measure_duration(took, metrics);
}

pub fn vacuumed(vacuumed: &Vacuumed, took: Duration, metrics: &Metrics) {
    metrics.count("VacuumedVersions", vacuumed.in_all.versions);
    metrics.count("VacuumedFiles", vacuumed.in_all.files);
    metrics.record("VacuumedBytes", Unit::Bytes, vacuumed.in_all.bytes as f64);
    metrics.count("VacuumUnfinished", vacuumed.unfinished.len() as u64);
    measure_duration(took, metrics);
}

fn count_shown(shown: &Shown, metrics: &Metrics) {
    metrics.count("NewPartitions", shown.synced.partitions.values().sum());
    metrics.count("PassedOverFolders", shown.passed_over_in_all);
    metrics.count("RepairedPublishes", shown.published.len() as u64);
}

fn measure_duration(took: Duration, metrics: &Metrics) {
    metrics.record("Duration", Unit::Milliseconds, took.as_secs_f64() * 1e3);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::vacuuming::Deleted;

    #[test]
    fn silence_is_told_of_each_source_and_a_vacuum_is_counted() {
        let metrics = Metrics::default();
        metrics.silent(&SourceName::new("webinar").unwrap(), 36.25);
        metrics.silent(&SourceName::new("crm").unwrap(), 0.5);
        let in_all = Deleted { versions: 9, dead_runs: 1, files: 21, bytes: 65_000 };
        let told = Vacuumed { in_all, tables: BTreeMap::new(), unfinished: Vec::new() };
        vacuumed(&told, Duration::from_millis(12), &metrics);
        let at = "2025-03-09T10:00:00Z".parse().unwrap();
        let lines = metrics.lines("Leadlake", "catalog", "r-1", at).join("\n");
        insta::assert_snapshot!(lines, @r#"
        {"_aws":{"Timestamp":1741514400000,"CloudWatchMetrics":[{"Namespace":"Leadlake","Dimensions":[["Function"]],"Metrics":[{"Name":"Duration","Unit":"Milliseconds"},{"Name":"VacuumUnfinished","Unit":"Count"},{"Name":"VacuumedBytes","Unit":"Bytes"},{"Name":"VacuumedFiles","Unit":"Count"},{"Name":"VacuumedVersions","Unit":"Count"}]}]},"Function":"catalog","request_id":"r-1","Duration":12,"VacuumUnfinished":0,"VacuumedBytes":65000,"VacuumedFiles":21,"VacuumedVersions":9}
        {"_aws":{"Timestamp":1741514400000,"CloudWatchMetrics":[{"Namespace":"Leadlake","Dimensions":[["Function","Source"]],"Metrics":[{"Name":"HoursSinceDelivery","Unit":"None"}]}]},"Function":"catalog","Source":"crm","request_id":"r-1","HoursSinceDelivery":0.5}
        {"_aws":{"Timestamp":1741514400000,"CloudWatchMetrics":[{"Namespace":"Leadlake","Dimensions":[["Function","Source"]],"Metrics":[{"Name":"HoursSinceDelivery","Unit":"None"}]}]},"Function":"catalog","Source":"webinar","request_id":"r-1","HoursSinceDelivery":36.25}
        "#);
    }
}
