//! Aggregates over a generated lake against what its generator knows.

use std::sync::Arc;

use leadlake_generate::{Plan, RefusalCode, SourceTruth, Truth};
use leadlake_lake::store::{DirStore, MemoryStore};
use leadlake_query::QueryEngine;

use crate::common::{Answer, generated, json, lake_in};

#[test]
fn counts_are_the_truth_in_memory_and_in_a_folder() {
    let (objects, truth) = generated(&Plan::new(3_000, 7));
    let folder = tempfile::tempdir().unwrap();
    let in_memory = lake_in(Arc::new(MemoryStore::new()), &objects).engine();
    let on_disk = lake_in(Arc::new(DirStore::open(folder.path()).unwrap()), &objects).engine();
    assert_eq!(compare(&in_memory, &truth), compare(&on_disk, &truth));
}

fn compare(engine: &QueryEngine, truth: &Truth) -> Answer {
    let mut answer = ledger(engine, truth);
    for (source, of) in &truth.sources {
        answer.extend(silver(engine, source.as_str(), of));
        answer.extend(bronze(engine, source.as_str(), of));
    }
    refusals(engine, truth);
    revenue(engine, truth);
    answer
}

fn silver(engine: &QueryEngine, source: &str, truth: &SourceTruth) -> Answer {
    let rows = json(
        engine,
        &format!(
            "SELECT count(*) AS accepted, count(DISTINCT event_id) AS distinct_events,
                    count(*) FILTER (WHERE extra IS NOT NULL) AS with_extra_fields,
                    count(*) FILTER (WHERE event_id_from_content) AS without_event_id
             FROM silver_{source}"
        ),
    );
    assert_eq!(rows[0]["accepted"], truth.accepted, "{source}");
    assert_eq!(rows[0]["distinct_events"], truth.distinct_events, "{source}");
    assert_eq!(rows[0]["with_extra_fields"], truth.with_extra_fields, "{source}");
    assert_eq!(rows[0]["without_event_id"], truth.without_event_id, "{source}");
    rows
}

fn bronze(engine: &QueryEngine, source: &str, truth: &SourceTruth) -> Answer {
    let rows = json(
        engine,
        &format!(
            "SELECT count(*) AS records, count(fault) AS broken, count(DISTINCT object_key) AS objects
             FROM bronze_{source}"
        ),
    );
    let broken = truth.refused_by_code.get(&RefusalCode::NotJson).copied().unwrap_or(0);
    assert_eq!(rows[0]["records"], truth.records, "{source}");
    assert_eq!(rows[0]["objects"], truth.objects, "{source}");
    assert_eq!(rows[0]["broken"], broken, "{source}");
    rows
}

fn ledger(engine: &QueryEngine, truth: &Truth) -> Answer {
    let rows = json(
        engine,
        "SELECT source, count(*) AS objects, sum(records) AS records, sum(accepted) AS accepted,
                sum(refused) AS refused, sum(duplicate) AS duplicate,
                coalesce(sum(refused_by_code['missing']), 0) AS missing,
                coalesce(sum(invalid_by_field['phone']), 0) AS invalid_phones
         FROM ops_ledger GROUP BY source ORDER BY source",
    );
    assert_eq!(rows.len(), truth.sources.len());
    for (source, of) in &truth.sources {
        let row = rows.iter().find(|row| row["source"] == source.as_str()).unwrap();
        assert_eq!(row["objects"], of.objects, "{source}");
        assert_eq!(row["records"], of.records, "{source}");
        assert_eq!(row["accepted"], of.accepted, "{source}");
        assert_eq!(row["refused"], of.refused, "{source}");
        assert_eq!(row["duplicate"], of.duplicates_within_object, "{source}");
        let missing = of.refused_by_code.get(&RefusalCode::Missing).copied().unwrap_or(0);
        assert_eq!(row["missing"], missing, "{source}");
        assert_eq!(row["invalid_phones"], of.invalid.get("phone").copied().unwrap_or(0), "{source}");
    }
    rows
}

fn refusals(engine: &QueryEngine, truth: &Truth) {
    let rows =
        json(engine, "SELECT code, count(*) AS records FROM quarantine_records GROUP BY code ORDER BY code");
    let found: Vec<(&str, u64)> =
        rows.iter().map(|row| (row["code"].as_str().unwrap(), row["records"].as_u64().unwrap())).collect();
    let mut expected: Vec<(&str, u64)> =
        truth.refused.iter().map(|(code, count)| (code.as_str(), *count)).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// Each event once, though it may stand in several objects.
fn revenue(engine: &QueryEngine, truth: &Truth) {
    let rows = json(
        engine,
        "SELECT sum(revenue) AS revenue FROM
           (SELECT max(revenue) AS revenue FROM silver_crm WHERE outcome = 'converted' GROUP BY event_id)",
    );
    let paise = truth.revenue_paise;
    assert_eq!(rows[0]["revenue"], format!("{}.{:02}", paise / 100, paise % 100));
}
