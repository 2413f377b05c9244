//! What score runs do about files that are damaged or gone: they go on without being misled, or say what to do.

use std::sync::Arc;

use jiff::SignedDuration;
use leadlake_lake::catalog::LocalCatalog;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_lake::tables::TableName;
use leadlake_pipeline::{Salt, SaltError, WhyFull};
use leadlake_tests::lakes::{bronze, content, contracts, copy, lake, now};
use leadlake_tests::scores::{Asked, ingest_and_score, score, score_well};

use crate::samples::people_objects;
use crate::scored::{assert_same_rows, current, current_rows};

fn scored() -> MemoryStore {
    let store = bronze(&people_objects(120, 20));
    ingest_and_score(&lake(store.clone()), &Asked::default());
    store
}

#[test]
fn kept_events_that_are_damaged_are_not_built_on() {
    let store = scored();
    let undisturbed = current_rows(&store);
    let kept = current(&store, &TableName::LEAD_EVENTS).unwrap().content.files.remove(0).key;
    let whole = content(&store, &kept);
    for place in (0..whole.len()).step_by(whole.len() / 20) {
        let store = copy(&store);
        let mut damaged = whole.clone();
        damaged[place] ^= 0x10;
        store.put(&kept, &damaged).unwrap();
        let report = score_well(&lake(store.clone()), &Asked::default());
        assert_eq!(report.full_because, Some(WhyFull::KeptEventsDamaged), "byte {place}");
        assert_same_rows(&undisturbed, &current_rows(&store), &format!("byte {place}"));
    }
}

#[test]
fn a_watermark_that_is_no_text_has_everything_read_again() {
    let store = scored();
    let undisturbed = current_rows(&store);
    let prefix = current(&store, &TableName::LEAD_EVENTS).unwrap().content.prefix;
    store.put(&prefix.join("_inputs").unwrap(), b"\xff\xfe\x00").unwrap();
    let report = score_well(&lake(store.clone()), &Asked::default());
    assert_eq!(report.full_because, Some(WhyFull::WatermarkGone));
    assert_same_rows(&undisturbed, &current_rows(&store), "a damaged watermark");
}

#[test]
fn another_salt_is_made_for_a_lake_without_leads_only() {
    let store = bronze(&people_objects(20, 20));
    let key = ObjectKey::new("ops/salt").unwrap();
    let catalog = LocalCatalog::new(Arc::new(store.clone()));
    assert!(Salt::of_lake(&lake(store.clone()), &catalog, [1; 32]).unwrap() == Salt([1; 32]));
    store.delete(&key).unwrap();
    assert!(Salt::of_lake(&lake(store.clone()), &catalog, [2; 32]).unwrap() == Salt([2; 32]));

    ingest_and_score(&lake(store.clone()), &Asked::default());
    store.delete(&key).unwrap();
    let Err(refusal) = Salt::of_lake(&lake(store.clone()), &catalog, [3; 32]) else { panic!("a third salt") };
    assert_eq!(
        refusal.to_string(),
        "ops/salt is gone, and the ids of all leads were made with it; restore it from a copy"
    );

    for entry in store.list("silver/leads/_log").unwrap() {
        store.delete(&entry.unwrap().key).unwrap();
    }
    let Err(refusal) = Salt::of_lake(&lake(store.clone()), &catalog, [4; 32]) else {
        panic!("a fourth salt")
    };
    assert!(refusal.to_string().contains("silver/leads, which has no log"), "{refusal}");
    assert!(Salt::existing(&lake(store.clone())).unwrap().is_none());
    assert!(matches!(Salt::trouble(&lake(store), &catalog).unwrap(), Some(SaltError::Gone)));
}

#[test]
fn a_source_whose_contract_is_missing_is_not_left_out() {
    let store = scored();
    let undisturbed = current_rows(&store);
    let without_webinars: Vec<_> =
        contracts().iter().filter(|contract| contract.source.as_str() != "webinar").cloned().collect();
    let asked = Asked { contracts: &without_webinars, ..Asked::default() };
    let refusal = score(&lake(store.clone()), &asked).unwrap_err().to_string();
    assert!(
        refusal.starts_with("the ledger holds objects of webinar, which has no contract here"),
        "{refusal}"
    );
    assert_same_rows(&undisturbed, &current_rows(&store), "a refused run");
}

#[test]
fn a_run_is_never_as_of_the_future() {
    let store = scored();
    let asked = Asked { as_of: now() + SignedDuration::from_secs(1), ..Asked::default() };
    let refusal = score(&lake(store), &asked).unwrap_err().to_string();
    assert!(refusal.contains("has not come yet"), "{refusal}");
}
