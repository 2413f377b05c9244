//! A run that dies at any step leaves tables that are whole, and the next run comes to the same.

use leadlake_lake::store::{Fault, FaultyStore};

use super::*;

fn copy_of(store: &MemoryStore) -> MemoryStore {
    let copy = MemoryStore::new();
    for facts in store.list("").unwrap() {
        let key = facts.unwrap().key;
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut store.open(&key).unwrap().body, &mut bytes).unwrap();
        copy.put(&key, &bytes).unwrap();
    }
    copy
}

#[test]
fn is_finished_by_the_next_run() {
    let mut world = World::of(&[("2025-01-01", "online", 10), ("2025-01-02", "online", 12)]);
    let before = MemoryStore::new();
    let store: Arc<dyn Store> = Arc::new(before.clone());
    run(&store, &world, end_of("2025-01-02"), (1, "rules-1")).unwrap();
    let told_before = told(&store);

    world.records.insert((date("2025-01-01"), "online"), 11);
    world.records.insert((date("2025-01-03"), "online"), 5);
    world.objects = BTreeMap::from([(date("2025-01-01"), [1, 1, 0, 0])]);
    let as_of = end_of("2025-01-03");
    let counting = Arc::new(FaultyStore::new(copy_of(&before), Fault::Never));
    let store: Arc<dyn Store> = Arc::<FaultyStore<MemoryStore>>::clone(&counting);
    run(&store, &world, as_of, (2, "rules-1")).unwrap();
    let told_after = told(&store);
    assert_ne!(told_after, told_before);

    let steps = counting.steps();
    assert!(steps > 12, "four tables of a file, an entry and a publication each");
    for fault in
        (1..=steps).flat_map(|step| [Fault::Before(step), Fault::After(step), Fault::AnswerLost(step)])
    {
        let left = copy_of(&before);
        let dying: Arc<dyn Store> = Arc::new(FaultyStore::new(left.clone(), fault));
        let ended = run(&dying, &world, as_of, (2, "rules-1"));
        assert!(ended.is_err() || matches!(fault, Fault::AnswerLost(_)), "{fault:?}");
        let left: Arc<dyn Store> = Arc::new(left);
        assert!([&told_before, &told_after].contains(&&told(&left)), "{fault:?}");
        run(&left, &world, as_of, (3, "rules-1")).unwrap();
        assert_eq!(told(&left), told_after, "{fault:?}");
        let catalog = LocalCatalog::new(Arc::clone(&left));
        for (table, _) in crate::written_tables() {
            let shown = catalog.publication(&table).unwrap().unwrap();
            assert_eq!(shown.version.version, current(&left, table).number, "{fault:?}");
        }
    }
}
