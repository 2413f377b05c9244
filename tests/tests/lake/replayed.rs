//! What `replay` makes of objects whose contract was mended.

use leadlake_lake::layout::BronzeObject;
use leadlake_lake::replay::{ReplaySelection, find_replayable};
use leadlake_tests::lakes::{Made, RawObject, bronze, ingest_well, lake, made, refine};
use leadlake_tests::mended::{contracts_after, contracts_before, roadshow_objects};

/// As if they had come under the new contract; what was not wrong stays as it was.
#[test]
fn a_replay_is_a_first_delivery_under_the_mended_contract() {
    let objects = roadshow_objects();
    let (store, first) = (bronze(&objects), bronze(&objects));
    ingest_well(&lake(store.clone()), contracts_before(), 1);
    let under_old = made(&store);
    let lake_of_old = lake(store.clone());
    let replayable = find_replayable(&lake_of_old, contracts_after(), &ReplaySelection::default()).unwrap();
    let replayable: Vec<BronzeObject> = replayable.objects.into_iter().map(|(object, _)| object).collect();
    assert!(
        refine(&lake_of_old, contracts_after(), &replayable, 1).iter().all(|outcome| outcome.result.is_ok())
    );
    let replayed = made(&store);
    ingest_well(&lake(first.clone()), contracts_after(), 1);
    let under_new = made(&first);

    let silver = |made: &Made| made.keys().filter(|key| key.starts_with("silver/")).count();
    assert!(silver(&under_old) < silver(&replayed), "the fix mended nothing");
    let (mut from_old, mut from_new) = (0, 0);
    for (key, bytes) in &replayed {
        if under_new.get(key) == Some(bytes) {
            from_new += 1;
        } else {
            assert_eq!(under_old.get(key), Some(bytes), "{key} is neither as before nor as after the fix");
            assert!(key.contains(&id_of(&objects, "never-wrong")), "{key} was not replayed");
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
