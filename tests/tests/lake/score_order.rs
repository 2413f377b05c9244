//! Rows do not depend on threads, shards, memory or how often an object came.

use leadlake_lake::ingest::{Selection, find_pending};
use leadlake_lake::tables::TableName;
use leadlake_pipeline::{Memory, WhyFull};
use leadlake_tests::lakes::{bronze, contracts, ingest_well, lake, refine};
use leadlake_tests::scores::{Asked, TINY, score_well};

use crate::samples::people_objects;
use crate::scored::{assert_same_rows, current, current_rows};

#[test]
fn threads_shards_and_repeated_delivery_change_no_row() {
    let objects = people_objects(600, 5);
    let backwards = || {
        let mut objects = objects.clone();
        objects.reverse();
        bronze(&objects)
    };
    let store = backwards();
    ingest_well(&lake(store.clone()), contracts(), 1);
    score_well(&lake(store.clone()), &Asked { threads: 1, ..Asked::everything() });
    let expected = current_rows(&store);
    let parts = |table| current(&store, &table).unwrap().content.files.len();
    assert_eq!(parts(TableName::LEADS), 1);

    let mut counts = Vec::new();
    for (threads, shard) in [(1, 1 << 20), (3, 60_000), (2, 9_000), (4, 1)] {
        let asked = Asked { threads, memory: Memory { shard, ..TINY }, ..Asked::everything() };
        let report = score_well(&lake(store.clone()), &asked);
        assert_eq!(report.full_because, Some(WhyFull::Asked));
        assert_same_rows(&expected, &current_rows(&store), &format!("{threads} threads, shards of {shard}"));
        counts.push(parts(TableName::LEADS));
    }
    assert!(counts.windows(2).all(|pair| pair[0] < pair[1]), "{counts:?} shards");

    // The same objects once more, all of them twice at a time.
    let lake = lake(store.clone());
    let again = Selection { force: true, ..Selection::default() };
    let known = find_pending(&lake, contracts(), &again).unwrap().objects;
    let twice = [known.clone(), known].concat();
    assert!(refine(&lake, contracts(), &twice, 3).iter().all(|outcome| outcome.result.is_ok()));
    let report = score_well(&lake, &Asked::default());
    assert_eq!(report.full_because, Some(WhyFull::Replaced { objects: objects.len() as u64 }));
    assert_same_rows(&expected, &current_rows(&store), "a second delivery");

    let report = score_well(&lake, &Asked::default());
    assert_eq!((report.full_because, report.new_objects), (None, 0));
    assert_same_rows(&expected, &current_rows(&store), "a run without anything new");
}
