//! Score runs that run into each other.

use std::sync::Barrier;

use leadlake_lake::store::MemoryStore;
use leadlake_lake::tables::TableName;
use leadlake_lake::verify::verify;
use leadlake_pipeline::PipelineError;
use leadlake_tests::lakes::{RawObject, bronze, contracts, copy, ingest_well, lake};
use leadlake_tests::scores::{Asked, ingest_and_score, score, score_well};

use crate::samples::people_objects;
use crate::scored::{Rows, assert_old_or_new_rows, assert_same_rows, current_rows};

fn halves() -> (Vec<RawObject>, Vec<RawObject>) {
    let mut objects = people_objects(150, 33);
    let later = objects.split_off(objects.len() / 2);
    (objects, later)
}

/// Every table is as it was or as it shall be, and all that readers may find is there.
fn assert_whole(store: &MemoryStore, before: &Rows, after: &Rows, what: &str) {
    let verification = verify(&lake(store.clone()), contracts()).unwrap();
    assert_eq!(verification.faults, [], "{what}");
    assert_old_or_new_rows(before, after, &current_rows(store), what);
}

#[test]
fn of_two_score_runs_at_once_one_commits_and_a_third_mends_what_is_left() {
    let (objects, later) = halves();
    let asked = Asked::default();
    let before = bronze(&objects);
    ingest_and_score(&lake(before.clone()), &asked);
    for object in &later {
        before.put_at(&object.key, &object.bytes, object.arrived);
    }
    ingest_well(&lake(before.clone()), contracts(), 1);
    let old = current_rows(&before);
    let undisturbed = copy(&before);
    score_well(&lake(undisturbed.clone()), &asked);
    let new = current_rows(&undisturbed);

    let mut overtaken = 0;
    for round in 0..12_u32 {
        let store = copy(&before);
        let together = Barrier::new(2);
        let ended = std::thread::scope(|scope| {
            let run = |threads: usize| {
                let (store, together, asked) = (store.clone(), &together, &asked);
                scope.spawn(move || {
                    together.wait();
                    score(&lake(store), &Asked { threads, everything: round % 3 == 0, ..asked.clone() })
                })
            };
            [run(1), run(2)].map(|thread| thread.join().unwrap())
        });
        assert!(ended.iter().any(Result::is_ok), "{ended:?}");
        for lost in ended.into_iter().filter_map(Result::err) {
            assert!(matches!(lost, PipelineError::Overtaken { .. }), "{lost}");
            overtaken += 1;
        }
        assert_whole(&store, &old, &new, "two runs at once");
        score_well(&lake(store.clone()), &asked);
        assert_same_rows(&new, &current_rows(&store), "two runs at once and a third");
        let leads = &current_rows(&store)[&TableName::LEADS];
        assert!(!leads.is_empty());
    }
    assert!(overtaken > 0, "the runs never met");
}
