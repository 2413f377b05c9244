//! Any order of delivery, any repetition, any number of threads and runs end in the same lake.

use std::sync::OnceLock;

use leadlake_lake::layout::BronzeObject;
use leadlake_lake::store::MemoryStore;
use leadlake_tests::lakes::{
    Made, RawObject, assert_same_lake, bronze, contracts, ingest_well, lake, made, refine,
};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::samples::mixed_objects;

const EVENTS: u64 = 200;
const SEED: u64 = 7;

struct Expected {
    objects: Vec<RawObject>,
    made: Made,
}

fn expected() -> &'static Expected {
    static EXPECTED: OnceLock<Expected> = OnceLock::new();
    EXPECTED.get_or_init(|| {
        let objects = mixed_objects(EVENTS, SEED, 5);
        assert!(objects.len() > 30, "{} objects are too few to shuffle", objects.len());
        let store = bronze(&objects);
        ingest_well(&lake(store.clone()), contracts(), 1);
        Expected { made: made(&store), objects }
    })
}

/// Some objects arrive, some that have arrived before are delivered again, and then ingest runs.
#[derive(Debug, Clone)]
struct Delivery {
    arrive: usize,
    again: Vec<Index>,
    threads: usize,
}

fn deliveries() -> impl Strategy<Value = Vec<Delivery>> {
    let delivery = (1..20_usize, prop::collection::vec(any::<Index>(), 0..8), 1..5_usize)
        .prop_map(|(arrive, again, threads)| Delivery { arrive, again, threads });
    prop::collection::vec(delivery, 1..6)
}

fn order() -> impl Strategy<Value = Vec<usize>> {
    Just((0..expected().objects.len()).collect::<Vec<_>>()).prop_shuffle()
}

/// What the store knows of an object, as a notification would bring it.
fn delivered(store: &MemoryStore, object: &RawObject) -> BronzeObject {
    let lake = lake(store.clone());
    let facts = lake.store.head(&object.key).unwrap().unwrap();
    BronzeObject::of(&lake.bucket, facts).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_lake_does_not_depend_on_how_objects_are_delivered(order in order(), deliveries in deliveries()) {
        let Expected { objects, made: expected } = expected();
        let store = MemoryStore::new();
        let lake = lake(store.clone());
        let mut still_to_come = order.iter().map(|number| &objects[*number]);
        let mut arrived: Vec<&RawObject> = Vec::new();
        for Delivery { arrive, again, threads } in &deliveries {
            for object in still_to_come.by_ref().take(*arrive) {
                store.put_at(&object.key, &object.bytes, object.arrived);
                arrived.push(object);
            }
            // Twice in one list: two threads may work on the same object at the same time.
            let repeated: Vec<BronzeObject> =
                again.iter().map(|index| delivered(&store, arrived[index.index(arrived.len())])).collect();
            let repeated = [repeated.clone(), repeated].concat();
            for outcome in refine(&lake, contracts(), &repeated, *threads) {
                prop_assert!(outcome.result.is_ok(), "{:?}", outcome.result);
            }
            ingest_well(&lake, contracts(), *threads);
        }
        for object in still_to_come {
            store.put_at(&object.key, &object.bytes, object.arrived);
        }
        ingest_well(&lake, contracts(), 3);
        assert_same_lake(expected, &made(&store), "this order");
    }
}
