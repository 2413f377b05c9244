//! Death before and after every step that changes something, and what the next run makes of the remains.

use std::sync::OnceLock;

use leadlake_contract::{Contract, parse_contract};
use leadlake_lake::Lake;
use leadlake_lake::ingest::{Selection, find_pending};
use leadlake_lake::layout::BronzeObject;
use leadlake_lake::replay::{ReplaySelection, find_replayable};
use leadlake_lake::store::{Fault, FaultyStore, MemoryStore};
use leadlake_lake::verify::{Fault as LakeFault, verify};
use leadlake_tests::lakes::{
    Made, RawObject, assert_same_lake, bronze, contracts, contracts_folder, copy, ingest, ingest_well, lake,
    made, refine,
};

use crate::samples::{ARRIVED, mixed_objects};

type Work = fn(&Lake) -> Result<(), String>;

/// What a dead process may leave behind: an object that is still to be done, and files that nothing names yet. Whatever
/// the ledger does name must be whole.
fn assert_honest(store: &MemoryStore, contracts: &[Contract], fault: Fault) {
    let verification = verify(&lake(store.clone()), contracts).unwrap();
    for found in &verification.faults {
        let is_unfinished = matches!(found, LakeFault::NotIngested { .. } | LakeFault::WithoutEntry { .. });
        assert!(is_unfinished, "death at {fault:?} left {found:?}");
    }
}

/// Kills `work` at every step of it, lets `recover` clear up, and compares. Returns the number of kills.
fn kill_everywhere(
    before: &MemoryStore,
    expected: &Made,
    work: Work,
    recover: Work,
    contracts: &[Contract],
) -> u64 {
    let counting = std::sync::Arc::new(FaultyStore::new(copy(before), Fault::Never));
    work(&lake(std::sync::Arc::clone(&counting))).unwrap();
    assert_same_lake(expected, &made(counting.below()), "an undisturbed run");

    let mut kills = 0;
    for step in 1..=counting.steps() {
        for fault in [Fault::Before(step), Fault::After(step)] {
            let remains = copy(before);
            let died = work(&lake(FaultyStore::new(remains.clone(), fault)));
            assert!(died.is_err(), "nothing was felt of {fault:?}");
            assert_honest(&remains, contracts, fault);
            recover(&lake(remains.clone())).unwrap();
            assert_same_lake(expected, &made(&remains), &format!("{fault:?}"));
            kills += 1;
        }
    }
    kills
}

fn ingest_with(lake: &Lake, contracts: &[Contract], threads: usize) -> Result<(), String> {
    all_well(ingest(lake, contracts, threads))
}

fn all_well(outcomes: Vec<leadlake_lake::ingest::Outcome>) -> Result<(), String> {
    let failed = outcomes.into_iter().find_map(|outcome| outcome.result.err());
    failed.map_or(Ok(()), |error| Err(error.to_string()))
}

#[test]
fn ingest_killed_at_any_step_is_finished_by_the_next() {
    let before = bronze(&mixed_objects(120, 11, 6));
    let undisturbed = copy(&before);
    ingest_well(&lake(undisturbed.clone()), contracts(), 1);
    let expected = made(&undisturbed);

    let one_thread: Work = |lake| ingest_with(lake, contracts(), 1);
    let three_threads: Work = |lake| ingest_with(lake, contracts(), 3);
    let kills = kill_everywhere(&before, &expected, one_thread, three_threads, contracts())
        + kill_everywhere(&before, &expected, three_threads, one_thread, contracts());
    assert!(kills > 200, "{kills} kills are too few to tell anything");
    println!("ingest was killed {kills} times");
}

/// The message of the first delivery is gone by then, and nobody would come a third time.
#[test]
fn a_second_delivery_that_dies_takes_nothing_away_from_the_first() {
    let done = bronze(&mixed_objects(60, 5, 4));
    ingest_well(&lake(done.clone()), contracts(), 1);
    let expected = made(&done);
    let deliver_again = |store: FaultyStore<MemoryStore>| {
        let store = std::sync::Arc::new(store);
        let selection = Selection { force: true, ..Selection::default() };
        let again = find_pending(&lake(std::sync::Arc::clone(&store)), contracts(), &selection).unwrap();
        let outcomes = refine(&lake(std::sync::Arc::clone(&store)), contracts(), &again.objects, 1);
        (store.steps(), all_well(outcomes))
    };
    let (steps, ended) = deliver_again(FaultyStore::new(copy(&done), Fault::Never));
    ended.unwrap();
    for step in 1..=steps {
        for fault in [Fault::Before(step), Fault::After(step)] {
            let remains = copy(&done);
            assert!(deliver_again(FaultyStore::new(remains.clone(), fault)).1.is_err());
            assert_same_lake(&expected, &made(&remains), &format!("{fault:?}"));
        }
    }
    assert!(steps > 20, "{steps} steps are too few to tell anything");
}

/// The contract before the fix knew one of the two event types only.
fn contracts_before() -> &'static [Contract] {
    static CONTRACTS: OnceLock<Vec<Contract>> = OnceLock::new();
    CONTRACTS.get_or_init(|| roadshow_contract(&[("                - roadshow_lead\n", "")]))
}

fn contracts_after() -> &'static [Contract] {
    static CONTRACTS: OnceLock<Vec<Contract>> = OnceLock::new();
    CONTRACTS.get_or_init(|| roadshow_contract(&[("version: 1.0.0", "version: 1.1.0")]))
}

fn roadshow_contract(changes: &[(&str, &str)]) -> Vec<Contract> {
    let file = contracts_folder().join("roadshow.odcs.yaml");
    let mut text = std::fs::read_to_string(file).unwrap();
    for (from, to) in changes {
        assert_eq!(text.matches(from).count(), 1, "{from:?}");
        text = text.replace(from, to);
    }
    vec![parse_contract("roadshow.odcs.yaml", &text).unwrap()]
}

fn roadshow_line(object: &str, number: u32, event_type: &str) -> String {
    format!(
        r#"{{"event_id":"{object}-{number}","event_type":"{event_type}","email":"v{number}@gmail.com","timestamp":"2025-01-08T05:00:00Z"}}"#
    )
}

/// Objects that the fix mends wholly, partly, not at all, and with and without the breaker.
fn roadshow_objects() -> Vec<RawObject> {
    let (good, late, wrong) = ("roadshow_registration", "roadshow_lead", "no_such_type");
    let object = |name: &str, types: &[&str]| {
        let lines: Vec<String> =
            (0..).zip(types).map(|(number, event_type)| roadshow_line(name, number, event_type)).collect();
        RawObject::new(&format!("bronze/roadshow/2025/01/08/{name}.json"), ARRIVED, lines.join("\n"))
    };
    let mostly_late: Vec<&str> = (0..30).map(|number| if number % 6 == 0 { good } else { late }).collect();
    let some_late: Vec<&str> = (0..30).map(|number| if number % 6 == 0 { late } else { good }).collect();
    vec![
        object("all-mended", &[late; 4]),
        object("partly-mended", &[good, late, wrong, good]),
        object("never-mended", &[wrong; 2]),
        object("never-wrong", &[good; 3]),
        object("breaker-mended", &mostly_late),
        object("below-breaker", &some_late),
    ]
}

fn replay(lake: &Lake) -> Result<(), String> {
    let replayable = find_replayable(lake, contracts_after(), &ReplaySelection::default())
        .map_err(|error| error.to_string())?;
    assert!(replayable.gone.is_empty());
    let objects: Vec<BronzeObject> = replayable.objects.into_iter().map(|(object, _)| object).collect();
    all_well(refine(lake, contracts_after(), &objects, 1))
}

#[test]
fn replay_killed_at_any_step_is_finished_by_replay_and_ingest() {
    let objects = roadshow_objects();
    let before = bronze(&objects);
    ingest_well(&lake(before.clone()), contracts_before(), 1);

    let undisturbed = copy(&before);
    replay(&lake(undisturbed.clone())).unwrap();
    let expected = made(&undisturbed);
    assert_replay_is_a_first_delivery(&objects, &before, &expected);

    let replay_then_ingest: Work = |lake| {
        replay(lake)?;
        ingest_with(lake, contracts_after(), 2)
    };
    let ingest_then_replay: Work = |lake| {
        ingest_with(lake, contracts_after(), 2)?;
        replay(lake)
    };
    let kills = kill_everywhere(&before, &expected, replay, replay_then_ingest, contracts_after())
        + kill_everywhere(&before, &expected, replay, ingest_then_replay, contracts_after());
    assert!(kills > 40, "{kills} kills are too few to tell anything");
    println!("replay was killed {kills} times");
}

/// A stricter contract takes rows away again: files of silver must go, in whichever state death leaves them.
#[test]
fn a_forced_ingest_killed_at_any_step_is_finished_by_another() {
    let objects = roadshow_objects();
    let before = bronze(&objects);
    ingest_well(&lake(before.clone()), contracts_after(), 1);
    let fresh = bronze(&objects);
    ingest_well(&lake(fresh.clone()), contracts_before(), 1);

    let force: Work = |lake| {
        let all = Selection { force: true, ..Selection::default() };
        let pending = find_pending(lake, contracts_before(), &all).map_err(|error| error.to_string())?;
        all_well(refine(lake, contracts_before(), &pending.objects, 1))
    };
    let kills = kill_everywhere(&before, &made(&fresh), force, force, contracts_before());
    assert!(kills > 40, "{kills} kills are too few to tell anything");
    println!("a forced ingest was killed {kills} times");
}

/// What was replayed is as if it had come under the new contract; what was not wrong stays as it was.
fn assert_replay_is_a_first_delivery(objects: &[RawObject], before: &MemoryStore, replayed: &Made) {
    let first = bronze(objects);
    ingest_well(&lake(first.clone()), contracts_after(), 1);
    let (under_old, under_new) = (made(before), made(&first));
    let silver = |made: &Made| made.keys().filter(|key| key.starts_with("silver/")).count();
    assert!(silver(&under_old) < silver(replayed), "the fix mended nothing");
    let (mut from_old, mut from_new) = (0, 0);
    for (key, bytes) in replayed {
        if under_new.get(key) == Some(bytes) {
            from_new += 1;
        } else {
            assert_eq!(under_old.get(key), Some(bytes), "{key} is neither as before nor as after the fix");
            assert!(key.contains(&id_of(objects, "never-wrong")), "{key} was not replayed");
            from_old += 1;
        }
    }
    assert!(from_old == 2 && from_new > 8, "{from_old} files stayed, {from_new} were replayed");
    assert_eq!(replayed.len(), under_new.len(), "the old contract's files that nothing replaced are gone");
}

fn id_of(objects: &[RawObject], name: &str) -> String {
    let object = objects.iter().find(|object| object.key.stem() == name).unwrap();
    let lake = lake(bronze(objects));
    let facts = lake.store.head(&object.key).unwrap().unwrap();
    BronzeObject::of(&lake.bucket, facts).unwrap().id.to_string()
}
