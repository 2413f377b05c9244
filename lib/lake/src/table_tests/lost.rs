//! What the catalog still knows after a log, or a file beside a version, is lost.

use std::sync::Arc;

use super::{TABLE, assert_published, bytes_of, commit, day, log, memory, run};
use crate::catalog::{LocalCatalog, PublishError, checked_head, publish_head};
use crate::key::ObjectKey;
use crate::lake::Lake;
use crate::store::Store;
use crate::tables::Placement;
use crate::verify::{Fault, Verification, verify};

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(name).unwrap()
}

/// Two published versions.
fn lake() -> Arc<dyn Store> {
    let store = memory();
    for n in 1..=2 {
        commit(&log(&store), &run(n), n, day(0), Placement::Current);
    }
    assert_published(&store);
    assert_eq!(verified(&store).faults, []);
    store
}

fn verified(store: &Arc<dyn Store>) -> Verification {
    verify(&Lake::local(Arc::clone(store)), &[]).unwrap()
}

fn head_error(store: &Arc<dyn Store>) -> PublishError {
    checked_head(&log(store), &LocalCatalog::new(Arc::clone(store))).unwrap_err()
}

#[test]
fn a_lost_log_is_a_fault_and_its_files_are_not_left_over() {
    let store = lake();
    let refused = |expected: fn(&PublishError) -> bool| {
        let error = head_error(&store);
        assert!(expected(&error), "{error}");
        let verification = verified(&store);
        assert_eq!(verification.faults, [Fault::LogLost { reason: error.to_string() }]);
        assert_eq!((verification.left_over, verification.tables.len()), (Vec::new(), 0));
    };
    store.delete(&key("silver/leads/_log/00000002.json")).unwrap();
    refused(|error| matches!(error, PublishError::Ahead { .. }));
    store.delete(&key("silver/leads/_log/00000001.json")).unwrap();
    refused(|error| matches!(error, PublishError::LogGone { .. }));

    for file in ["catalog/silver_leads.json", "catalog/silver_leads_versions.json"] {
        store.delete(&key(file)).unwrap();
    }
    assert_eq!(checked_head(&log(&store), &LocalCatalog::new(Arc::clone(&store))).unwrap(), None);
    let verification = verified(&store);
    assert_eq!((verification.faults, verification.left_over.len()), (Vec::new(), 2));
}

/// The catalog may be behind: a run that died is made up for by the next one.
#[test]
fn an_older_entry_in_the_catalog_is_no_fault_and_another_one_is() {
    let store = lake();
    commit(&log(&store), &run(3), 3, day(0), Placement::Current);
    assert_eq!(verified(&store).faults, []);

    for n in 2..=3 {
        store.delete(&key(&format!("silver/leads/_log/{n:08}.json"))).unwrap();
    }
    let another = commit(&log(&store), &run(4), 4, day(0), Placement::Current);
    let faults = verified(&store).faults;
    assert_eq!(faults, [Fault::CatalogDiffers { table: TABLE, number: another.number }]);
    for file in ["catalog/silver_leads.json", "catalog/silver_leads_versions.json"] {
        assert!(faults[0].to_string().contains(file.trim_start_matches("catalog/")), "{}", faults[0]);
        store.delete(&key(file)).unwrap();
    }
    publish_head(&log(&store), &LocalCatalog::new(Arc::clone(&store))).unwrap();
    assert_eq!(verified(&store).faults, []);
}

#[test]
fn a_catalog_that_cannot_be_read_is_a_fault() {
    let store = lake();
    for file in ["catalog/silver_leads_versions.json", "catalog/silver_leads.json"] {
        let whole = bytes_of(&*store, &key(file));
        store.put(&key(file), b"{").unwrap();
        let faults = verified(&store).faults;
        assert!(
            matches!(&faults[..], [Fault::CatalogUnreadable { reason }] if reason.starts_with(&format!("{file} cannot"))),
            "{faults:?}"
        );
        store.put(&key(file), &whole).unwrap();
    }
}

#[test]
fn a_watermark_that_is_gone_or_no_text_is_a_fault() {
    let store = lake();
    let version = log(&store).current().unwrap().unwrap();
    let (number, file) = (version.number, version.content.inputs.watermark.unwrap());
    store.put(&file, &[0xff, 0xfe]).unwrap();
    let changed = Fault::VersionFileChanged { table: TABLE, number, file: file.clone() };
    assert_eq!(verified(&store).faults, [changed]);
    store.delete(&file).unwrap();
    assert_eq!(verified(&store).faults, [Fault::VersionFileGone { table: TABLE, number, file }]);
}
