//! Another run commits while this one is at work.

use std::cell::RefCell;

use arrow_array::RecordBatch;

use super::*;
use crate::engine::EngineError;

/// Lets another run commit when this one has asked for the volume for the first time.
struct Overtaken<'w> {
    world: &'w World,
    store: Arc<dyn Store>,
    faster: RefCell<Option<(World, Timestamp)>>,
}

impl SqlEngine for Overtaken<'_> {
    fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>, EngineError> {
        let answer = self.world.rows(sql);
        let faster = if sql.contains("SELECT volume") { self.faster.borrow_mut().take() } else { None };
        if let Some((world, as_of)) = faster {
            run(&self.store, &world, as_of, (9, "rules-1")).unwrap();
        }
        answer
    }
}

fn overtaken(first: &World, slow: &World, faster: (World, Timestamp)) -> (Arc<dyn Store>, GoldReport) {
    let store = memory();
    run(&store, first, end_of("2025-01-01"), (1, "rules-1")).unwrap();
    let engine = Overtaken { world: slow, store: Arc::clone(&store), faster: RefCell::new(Some(faster)) };
    let report = run(&store, &engine, end_of("2025-01-02"), (2, "rules-1")).unwrap();
    (store, report)
}

#[test]
fn the_cuts_of_both_are_kept() {
    let first = World::of(&[("2025-01-01", "online", 10)]);
    let faster = World::of(&[("2025-01-01", "online", 11), ("2025-01-02", "online", 5)]);
    let slow = World::of(&[("2025-01-01", "online", 12), ("2025-01-02", "online", 5)]);
    let (store, report) = overtaken(&first, &slow, (faster, end_of("2025-01-02")));
    let values: Vec<_> = history(&store)[&volume_key("2025-01-01", Some("online"))]
        .iter()
        .map(|cut| (cut.number, cut.measured.value))
        .collect();
    assert_eq!(values, [(1, Some(10.0)), (2, Some(11.0)), (3, Some(12.0))]);
    let changes: Vec<_> = report.corrections.iter().map(|one| (one.from, one.to)).collect();
    assert_eq!(changes, [(Some(11.0), Some(12.0)); 2], "against what the faster run wrote");
    assert_eq!(report.kpi_rows, 2);
}

#[test]
fn a_run_that_became_the_past_writes_no_cuts() {
    let first = World::of(&[("2025-01-01", "online", 10)]);
    let later = World::of(&[("2025-01-01", "online", 10), ("2025-01-02", "online", 5)]);
    let slow = World::of(&[("2025-01-01", "online", 12), ("2025-01-02", "online", 4)]);
    let (store, report) = overtaken(&first, &slow, (later, end_of("2025-01-03")));
    assert!(report.beside_current);
    assert_eq!(current(&store, TableName::KPI).content.as_of, end_of("2025-01-03"));
    let cuts = &history(&store)[&volume_key("2025-01-02", None)];
    assert_eq!((cuts.len(), cuts[0].measured.value), (1, Some(5.0)));
}

#[test]
fn two_at_once_both_end_well() {
    let world = || World::of(&[("2025-01-01", "online", 10), ("2025-01-02", "online", 5)]);
    let store = memory();
    std::thread::scope(|scope| {
        for number in 0..4 {
            let store = Arc::clone(&store);
            scope.spawn(move || run(&store, &world(), end_of("2025-01-02"), (number, "rules-1")).unwrap());
        }
    });
    assert_eq!(history(&store).values().map(Vec::len).collect::<Vec<_>>(), [1; 4]);
}
