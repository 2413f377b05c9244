//! What is logged and counted of an object.

use jiff::Timestamp;
use leadlake_aws::queue::Poison;
use leadlake_lake::ledger::LedgerEntry;
use leadlake_runtime::{Metrics, Unit};

use crate::worker::{Ending, Task};

const SOURCE: &str = "Source";

pub fn tell(task: &Task, ending: &Ending, metrics: &Metrics) {
    let object = &task.key;
    match ending {
        Ending::Refined(entry) => tell_refined(entry, metrics),
        Ending::AlreadyDone => {
            metrics.count("AlreadyDone", 1);
            tracing::info!(%object, "already done");
        }
        // Counted and logged with their messages.
        Ending::Poison(..) | Ending::OutsideBronze => {}
        Ending::Failed(reason) => {
            metrics.count("Failed", 1);
            tracing::warn!(%object, %reason, "not refined; it comes again");
        }
        Ending::NotBegun => {
            metrics.count("Unfinished", 1);
            tracing::warn!(%object, "not begun, because the function's time is nearly over; it comes again");
        }
        Ending::Stopped { is_down } => {
            metrics.count("Unfinished", 1);
            tracing::warn!(%object, is_down, "stopped, because the function's time is nearly over; it comes again");
        }
    }
}

fn tell_refined(entry: &LedgerEntry, metrics: &Metrics) {
    let counts = &entry.counts;
    let latency = milliseconds_between(entry.arrived_at, entry.completed_at);
    let of_source = metrics.labelled(&[(SOURCE, entry.source.as_str())]);
    of_source.count("Objects", 1);
    for (name, count) in [
        ("Records", counts.input),
        ("RecordsAccepted", counts.accepted),
        ("RecordsRefused", counts.refused_total()),
        ("RecordsDuplicate", counts.duplicate),
        ("RefusedWhole", u64::from(entry.refused_whole)),
    ] {
        of_source.count(name, count);
    }
    of_source.record("Bytes", Unit::Bytes, entry.bytes as f64);
    of_source.record("Latency", Unit::Milliseconds, latency as f64);
    tracing::info!(
        object = %entry.object_key,
        source = entry.source.as_str(),
        records = counts.input,
        accepted = counts.accepted,
        refused = counts.refused_total(),
        duplicate = counts.duplicate,
        refused_whole = entry.refused_whole,
        bytes = entry.bytes,
        latency_ms = latency,
        "refined"
    );
}

pub fn tell_poison(message: &str, code: Poison, reason: &str, metrics: &Metrics) {
    metrics.labelled(&[("Code", code.as_str())]).count("Poison", 1);
    tracing::warn!(message_id = message, code = code.as_str(), reason, "the message can never work");
}

/// Clocks differ, and nothing is done before it arrives.
fn milliseconds_between(arrived: Timestamp, completed: Timestamp) -> u64 {
    u64::try_from(completed.as_millisecond() - arrived.as_millisecond()).unwrap_or(0)
}
