//! Calls that take away old versions, long after the lake was made.

use leadlake_lake::catalog::PublishError;
use leadlake_lake::tables::Keep;

use super::*;
use crate::vacuuming::{Deleted, Vacuumed};

const YEARS_LATER: &str = "2100-01-01T00:00:00Z";

impl World {
    fn vacuum_with(&self, keep_days: u16, steps: u64) -> Result<Vacuumed, CatalogueError> {
        self.cataloguer().vacuum(Keep::days(keep_days), &Around::new(YEARS_LATER, steps))
    }

    fn vacuum(&self) -> Vacuumed {
        self.vacuum_with(30, 1000).unwrap()
    }

    fn files_of_versions(&self) -> usize {
        let files = self.store.list("").unwrap().map(|facts| facts.unwrap().key);
        files.filter(|key| key.as_str().contains("/snap=")).count()
    }
}

/// Scored twice and added up once.
fn world() -> World {
    let world = World::scored();
    world.score("2025-02-02");
    world.call();
    world
}

#[test]
fn the_versions_that_a_score_run_replaced_are_taken_away_and_nothing_else_is_done() {
    let world = world();
    let (questions, put, files) =
        (world.questions(), world.aws.put.lock().unwrap().len(), world.files_of_versions());
    let vacuumed = world.vacuum();
    assert!(
        vacuumed
            .tables
            .keys()
            .eq(TableName::OF_A_SCORE_RUN.iter().collect::<std::collections::BTreeSet<_>>())
    );
    assert!(vacuumed.tables.values().all(|deleted| deleted.versions == 1 && deleted.dead_runs == 0));
    let Deleted { versions, files: deleted, bytes, .. } = vacuumed.in_all;
    assert_eq!((versions, vacuumed.unfinished.len()), (9, 0));
    assert_eq!(files - world.files_of_versions(), deleted as usize);
    assert!(bytes > deleted * 100, "{bytes} bytes of {deleted} files");
    for table in &TableName::OF_A_SCORE_RUN {
        let found = world.aws.catalog.versions(table).unwrap();
        assert_eq!(found.iter().map(|version| version.version.get()).collect::<Vec<_>>(), [2]);
    }
    assert_eq!((world.questions(), world.aws.put.lock().unwrap().len()), (questions, put));

    let again = world.vacuum();
    assert_eq!((again.in_all, again.tables.len()), (Deleted::default(), 0));
    assert_eq!(world.scores_of_gold(), [2, 2, 2, 2], "what readers use stays");
    world.score("2025-02-03");
}

#[test]
fn versions_within_the_time_to_keep_stay() {
    let world = world();
    let files = world.files_of_versions();
    assert_eq!(world.vacuum_with(u16::MAX, 1000).unwrap().in_all, Deleted::default());
    assert_eq!(world.files_of_versions(), files);
}

#[test]
fn what_there_was_no_time_for_is_told_and_done_by_the_next_call() {
    let world = world();
    let files = world.files_of_versions();
    let none = world.vacuum_with(30, 0).unwrap();
    assert_eq!((none.unfinished.len(), none.in_all), (TableName::OWN.len(), Deleted::default()));
    assert_eq!(world.files_of_versions(), files);

    let some = world.vacuum_with(30, 4).unwrap();
    assert!((1..9).contains(&some.tables.len()) && some.in_all.files > 0, "{some:?}");
    assert!(some.unfinished.contains(&TableName::LEAD_SCORES), "{some:?}");
    let rest = world.vacuum();
    assert_eq!((some.in_all.versions + rest.in_all.versions, rest.unfinished.len()), (9, 0));
    assert_eq!(files - world.files_of_versions(), (some.in_all.files + rest.in_all.files) as usize);
}

#[test]
fn a_lost_log_keeps_everything() {
    let world = world();
    for entry in ["00000001", "00000002"] {
        let key = ObjectKey::new(format!("gold/lead_scores/_log/{entry}.json")).unwrap();
        world.store.delete(&key).unwrap();
    }
    let files = world.files_of_versions();
    let refused = world.vacuum_with(30, 1000).unwrap_err();
    assert!(matches!(refused, CatalogueError::Publish(PublishError::LogGone { .. })), "{refused}");
    assert_eq!(world.files_of_versions(), files);
}

#[test]
fn the_answer_holds_counts_and_names_of_tables() {
    let world = World::of(&memory());
    let key = "silver/leads/snap=00000001-20250101T000000Z-0000000000000001/part-00000.parquet";
    let lake = MemoryStore::new();
    lake.put_at(&ObjectKey::new(key).unwrap(), b"rows", instant("2025-01-01T00:00:00Z"));
    let dead_run = World::of(&(Arc::new(lake) as Arc<dyn Store>));
    let told = |world: &World, steps| serde_json::to_string(&world.vacuum_with(30, steps).unwrap()).unwrap();
    insta::assert_snapshot!(told(&dead_run, 1000), @r#"{"versions":0,"dead_runs":1,"files":1,"bytes":4,"tables":{"silver/leads":{"versions":0,"dead_runs":1,"files":1,"bytes":4}},"unfinished":[]}"#);
    insta::assert_snapshot!(told(&world, 11), @r#"{"versions":0,"dead_runs":0,"files":0,"bytes":0,"tables":{},"unfinished":["gold/attribution","gold/sales_dashboard"]}"#);
}
