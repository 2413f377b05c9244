//! A run that reads only what is new ends with the rows of one that reads everything.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use jiff::Timestamp;
use leadlake_lake::ingest::{Selection, find_pending};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::BronzeObject;
use leadlake_lake::store::MemoryStore;
use leadlake_lake::tables::TableName;
use leadlake_pipeline::{Memory, WhyFull};
use leadlake_tests::lakes::{RawObject, bronze, contracts, ingest_well, lake, refine};
use leadlake_tests::scores::{Asked, TINY, ingest_and_score, score_well};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::samples::people_objects;
use crate::scored::{Rows, assert_same_rows, current_rows};

/// Some events happen later, and some of the runs before look at less.
const AS_OF: &str = "2025-01-10T00:00:00Z";
const EARLIER: [&str; 3] = ["2025-01-04T12:00:00Z", "2025-01-08T00:00:00Z", AS_OF];

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

struct Expected {
    objects: Vec<RawObject>,
    rows: Rows,
}

fn expected() -> &'static Expected {
    static EXPECTED: OnceLock<Expected> = OnceLock::new();
    EXPECTED.get_or_init(|| {
        let objects = people_objects(300, 21);
        let store = bronze(&objects);
        let report =
            ingest_and_score(&lake(store.clone()), &Asked { as_of: instant(AS_OF), ..Asked::everything() });
        assert!(report.later > 50 && report.identity.joins >= 2, "{report:?}");
        assert!(report.rows_read > report.events + report.later + 10, "{report:?}");
        let rows = current_rows(&store);
        for event in ["of-two", "of-one", "on-day"] {
            let is_kept = |row: &&String| row.starts_with("lead_id=- ") && row.contains(event);
            assert!(
                rows[&TableName::LEAD_EVENTS].iter().any(|row| is_kept(&row)),
                "what {event} said otherwise"
            );
        }
        let copies = rows[&TableName::LEAD_EVENTS].iter().filter(|row| row.contains("event_id=copy "));
        let types: Vec<bool> = copies.map(|row| row.contains("event_type=roadshow_registration")).collect();
        assert_eq!(types, [true], "of copies that came on one day the first stands for all");
        Expected { objects, rows }
    })
}

/// Some objects arrive, one of those before may be delivered again, and then everything is brought up to date.
#[derive(Debug, Clone)]
struct Batch {
    arrive: usize,
    again: Option<Index>,
    threads: usize,
    memory: Memory,
    as_of: Timestamp,
}

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let again = prop::option::weighted(0.1, any::<Index>());
    let memory = prop::sample::select(vec![Memory::default(), TINY]);
    let as_of = prop::sample::select(EARLIER.map(instant).to_vec());
    let batch = (1..20_usize, again, 1..4_usize, memory, as_of)
        .prop_map(|(arrive, again, threads, memory, as_of)| Batch { arrive, again, threads, memory, as_of });
    prop::collection::vec(batch, 1..6)
}

fn order() -> impl Strategy<Value = Vec<usize>> {
    Just((0..expected().objects.len()).collect::<Vec<_>>()).prop_shuffle()
}

/// Bronze objects that arrived, refined once more as a second notification would.
fn refine_again(store: &MemoryStore, object: &RawObject) {
    let lake = lake(store.clone());
    let again = Selection { force: true, ..Selection::default() };
    let known = find_pending(&lake, contracts(), &again).unwrap().objects;
    let one: Vec<BronzeObject> = known.into_iter().filter(|known| known.facts.key == object.key).collect();
    assert_eq!(one.len(), 1);
    assert!(refine(&lake, contracts(), &one, 1)[0].result.is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32, failure_persistence: None, max_shrink_iters: 100, ..ProptestConfig::default()
    })]

    #[test]
    fn what_arrives_bit_by_bit_gives_the_rows_of_what_comes_at_once(order in order(), batches in batches()) {
        let Expected { objects, rows } = expected();
        let store = MemoryStore::new();
        let lake = lake(store.clone());
        let mut still_to_come = order.iter().map(|number| &objects[*number]);
        let mut arrived: Vec<&RawObject> = Vec::new();
        // What the last run that others build on had read, and what of it was refined again since.
        let mut taken: BTreeSet<&ObjectKey> = BTreeSet::new();
        let mut replaced: BTreeSet<&ObjectKey> = BTreeSet::new();
        let because = |taken: &BTreeSet<_>, replaced: &BTreeSet<_>| match (taken.len(), replaced.len()) {
            (0, _) => Some(WhyFull::First),
            (_, 0) => None,
            (_, objects) => Some(WhyFull::Replaced { objects: objects as u64 }),
        };
        for Batch { arrive, again, threads, memory, as_of } in &batches {
            if let Some(object) = again.filter(|_| !arrived.is_empty()).map(|at| arrived[at.index(arrived.len())]) {
                refine_again(&store, object);
                replaced.extend(taken.get(&object.key));
            }
            for object in still_to_come.by_ref().take(*arrive) {
                store.put_at(&object.key, &object.bytes, object.arrived);
                arrived.push(object);
            }
            let asked = Asked { as_of: *as_of, threads: *threads, memory: *memory, ..Asked::default() };
            let report = ingest_and_score(&lake, &asked);
            prop_assert_eq!(&report.full_because, &because(&taken, &replaced));
            if !report.beside_current {
                taken = arrived.iter().map(|object| &object.key).collect();
                replaced.clear();
            }
        }
        for object in still_to_come {
            store.put_at(&object.key, &object.bytes, object.arrived);
        }
        ingest_well(&lake, contracts(), 3);
        let report = score_well(&lake, &Asked { as_of: instant(AS_OF), ..Asked::default() });
        prop_assert_eq!(report.full_because, because(&taken, &replaced));
        assert_same_rows(rows, &current_rows(&store), "this order");
    }
}
