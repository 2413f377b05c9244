//! What an operator decides about people, and what makes a run read everything again.

use std::sync::Arc;

use leadlake_contract::{Contract, parse_contract};
use leadlake_lake::ingest::{Selection, find_pending};
use leadlake_lake::layout::BronzeObject;
use leadlake_lake::replay::{ReplaySelection, find_replayable};
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_lake::tables::{RunId, TableLog, TableName, VersionNumber};
use leadlake_lead::identity::{Identifier, IdentityRules, TwoIdentifiers};
use leadlake_pipeline::{WhyFull, written_tables};
use leadlake_tests::lakes::{RawObject, bronze, contracts, contracts_folder, ingest_well, lake, now, refine};
use leadlake_tests::scores::{Asked, ingest_and_score, score, score_well};

use crate::samples::people_objects;
use crate::scored::{Rows, assert_same_rows, current, current_rows};

fn kept_apart() -> IdentityRules {
    let email = |address: &str| Identifier::Email(address.to_owned().into());
    let pairs = [("asha.rao@gmail.com", "a.rao@rao-and-sons.in"), ("nila.das@gmail.com", "n.das@office.in")];
    let separate = pairs.map(|(one, other)| TwoIdentifiers {
        one: email(one),
        other: email(other),
        reason: "mother and daughter".to_owned(),
    });
    IdentityRules { separate: separate.into(), ..IdentityRules::default() }
}

fn ids_of(rows: &Rows, event: &str) -> Vec<String> {
    let of_event =
        rows[&TableName::LEAD_EVENTS].iter().filter(|row| row.contains(&format!("event_id={event} ")));
    of_event.map(|row| row.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn a_split_takes_effect_and_goes_when_its_rule_goes() {
    let store = bronze(&people_objects(150, 40));
    let lake = lake(store.clone());
    let leads = ingest_and_score(&lake, &Asked::default()).leads;
    let together = current_rows(&store);
    assert!(ids_of(&together, "of-two").contains(&"lead_id=-".to_owned()), "one of two is no lead's");

    let with_rule = Asked { rules: kept_apart(), ..Asked::default() };
    let report = score_well(&lake, &with_rule);
    assert_eq!((report.leads, report.full_because), (leads + 2, None));
    assert!(report.identity.kept_apart > 0 && report.identity.rules_without_effect == 0);
    let apart = current_rows(&store);
    let ids = ids_of(&apart, "of-two");
    assert!(ids.len() == 2 && ids[0] != ids[1] && !ids.contains(&"lead_id=-".to_owned()), "{ids:?}");
    let merged = &ids_of(&together, "cr-1")[0];
    let survivors = [&ids_of(&apart, "cr-1")[0], &ids_of(&apart, "cr-2")[0]];
    assert_eq!(survivors.iter().filter(|id| **id == merged).count(), 1, "the older one keeps the id");

    for asked in [with_rule.clone(), Asked { everything: true, threads: 1, ..with_rule }] {
        score_well(&lake, &asked);
        assert_same_rows(&apart, &current_rows(&store), "the same rule again");
    }
    let report = score_well(&lake, &Asked::default());
    assert_eq!((report.leads, report.full_because), (leads, None));
    assert_same_rows(&together, &current_rows(&store), "the rule's removal");
}

fn changed(source: &str, from: &str, to: &str) -> Vec<Contract> {
    let name = format!("{source}.odcs.yaml");
    let text = std::fs::read_to_string(contracts_folder().join(&name)).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from:?}");
    let contract = parse_contract(&name, &text.replace(from, to)).unwrap();
    let others = contracts().iter().filter(|contract| contract.source.as_str() != source);
    others.cloned().chain([contract]).collect()
}

fn rows_from_scratch(contracts: &[Contract]) -> Rows {
    let store = bronze(&people_objects(150, 40));
    ingest_and_score(&lake(store.clone()), &Asked { contracts, ..Asked::everything() });
    current_rows(&store)
}

fn scored(contracts: &[Contract]) -> MemoryStore {
    let store = bronze(&people_objects(150, 40));
    ingest_and_score(&lake(store.clone()), &Asked { contracts, ..Asked::default() });
    store
}

#[test]
fn what_was_kept_is_read_again_when_nobody_knows_what_it_was_made_from() {
    let store = scored(contracts());
    let expected = current_rows(&store);
    let watermark = current(&store, &TableName::LEAD_EVENTS).unwrap().content.inputs.watermark.unwrap();
    store.delete(&watermark).unwrap();
    let report = score_well(&lake(store.clone()), &Asked::default());
    assert_eq!(report.full_because, Some(WhyFull::WatermarkGone));
    assert_same_rows(&expected, &current_rows(&store), "the loss of the watermark");
    assert_eq!(score_well(&lake(store.clone()), &Asked::default()).full_because, None);
}

#[test]
fn after_a_rollback_the_next_run_goes_on_from_there() {
    let mut objects = people_objects(150, 40);
    let later = objects.split_off(objects.len() / 2);
    let store = bronze(&objects);
    let lake = lake(store.clone());
    ingest_and_score(&lake, &Asked::default());
    let before = current_rows(&store);
    for object in &later {
        store.put_at(&object.key, &object.bytes, object.arrived);
    }
    ingest_and_score(&lake, &Asked::default());
    let expected = current_rows(&store);
    assert!(expected != before);

    for (table, _) in written_tables() {
        let log = TableLog::new(Arc::clone(&lake.store), table);
        log.rollback(VersionNumber::FIRST, &RunId::new(now(), u64::MAX), now()).unwrap();
    }
    assert_same_rows(&before, &current_rows(&store), "a rollback");
    let report = score_well(&lake, &Asked::default());
    assert_eq!((report.full_because, report.new_objects), (None, later.len() as u64));
    assert_same_rows(&expected, &current_rows(&store), "a rollback and a run");
}

/// The contract before the fix knew one of the two types of roadshow events only.
#[test]
fn what_was_replayed_is_read_again() {
    let before = changed("roadshow", "                - roadshow_lead\n", "");
    let store = scored(&before);
    let lake = lake(store.clone());
    let replayable = find_replayable(&lake, contracts(), &ReplaySelection::default()).unwrap();
    let objects: Vec<BronzeObject> = replayable.objects.into_iter().map(|(object, _)| object).collect();
    assert!(refine(&lake, contracts(), &objects, 2).iter().all(|outcome| outcome.result.is_ok()));
    let report = score_well(&lake, &Asked::default());
    assert!(objects.len() > 3);
    assert_eq!(report.full_because, Some(WhyFull::Replaced { objects: objects.len() as u64 }));
    let expected = rows_from_scratch(contracts());
    assert!(expected != rows_from_scratch(&before), "the fix mended nothing");
    assert_same_rows(&expected, &current_rows(&store), "replay");
}

#[test]
fn a_contract_that_says_otherwise_whose_a_record_is_has_everything_read_again() {
    let city = "        customProperties:\n          - property: identity\n            value: city\n";
    let after = changed("roadshow", city, "");
    let store = scored(contracts());
    let report = score_well(&lake(store.clone()), &Asked { contracts: &after, ..Asked::default() });
    assert_eq!(report.full_because, Some(WhyFull::ReadOtherwise));
    let expected = rows_from_scratch(&after);
    assert!(expected != rows_from_scratch(contracts()), "the contract changed nothing");
    assert_same_rows(&expected, &current_rows(&store), "another contract");
}

/// An empty lake, one whose only object was refused, and one whose object is gone.
#[test]
fn a_lake_without_people_has_empty_tables() {
    let store = MemoryStore::new();
    let lake = lake(store.clone());
    for objects in
        [vec![], vec![RawObject::new("bronze/crm/2025/01/08/refused.json", crate::samples::ARRIVED, "{}\n")]]
    {
        for object in objects {
            store.put_at(&object.key, &object.bytes, object.arrived);
        }
        let pending = find_pending(&lake, contracts(), &Selection::default()).unwrap().objects.len() as u64;
        ingest_well(&lake, contracts(), 1);
        let report = score_well(&lake, &Asked::default());
        assert_eq!((report.leads, report.events, report.new_objects), (0, 0, pending));
        let mut rows = current_rows(&store);
        assert_eq!(rows.len(), written_tables().len());
        assert_eq!(rows.remove(&TableName::LEDGER).unwrap().len() as u64, report.objects);
        assert!(rows.values().all(Vec::is_empty));
    }
}

#[test]
fn silver_that_is_lost_is_noticed_before_its_events_are() {
    let store = scored(contracts());
    let lost = store.list("silver/crm").unwrap().next().unwrap().unwrap().key;
    store.delete(&lost).unwrap();
    let failure = score(&lake(store.clone()), &Asked::everything()).unwrap_err();
    assert_eq!(
        failure.to_string(),
        format!(
            "{lost} is gone, and the ledger says that it was written; refine its object again with `leadlake ingest --force`, or delete its ledger entry if the object is to be forgotten"
        )
    );
}
