//! Whole calls over a lake in memory.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use leadlake_contract::shipped;
use leadlake_lake::catalog::{
    Catalog, CatalogError, LocalCatalog, Publication, Publish, PublishToken, Published, Registration,
};
use leadlake_lake::ingest::{Selection, find_pending, refine_all};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_lake::tables::{TableLog, TableName, VersionNumber, current_versions};
use leadlake_lake::{Lake, Settings, SettingsFrom};
use leadlake_runtime::Metrics;

use crate::handler::measure;
use crate::request::Request;
use crate::scoring::{ScoreError, Scored, Scorer, Surroundings};

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

/// Twenty people in an object of the name, refined.
fn deliver(store: &Arc<dyn Store>, name: &str) {
    let mut lines = String::new();
    for number in 0..20 {
        writeln!(
            lines,
            r#"{{"event_id":"{name}-{number}","event_type":"webinar_attendance","email":"{name}{number}@gmail.com","duration_minutes":{number},"timestamp":"2025-01-08T05:{number:02}:00Z"}}"#
        )
        .unwrap();
    }
    let key = ObjectKey::new(format!("bronze/webinar/2025/01/08/{name}.json")).unwrap();
    store.put(&key, lines.as_bytes()).unwrap();
    let (lake, contracts) = (Lake::local(Arc::clone(store)), shipped().unwrap());
    let pending = find_pending(&lake, &contracts, &Selection::default()).unwrap();
    let now = || instant("2025-01-08T06:00:00Z");
    refine_all(&lake, &contracts, &pending.objects, 1, &now, &|outcome| drop(outcome.result.unwrap()))
        .unwrap();
}

fn scorer(store: &Arc<dyn Store>) -> Scorer {
    Scorer {
        lake: Lake::local(Arc::clone(store)),
        contracts: shipped().unwrap(),
        scoring: None,
        identity: None,
        catalog: Box::new(LocalCatalog::new(Arc::clone(store))),
        threads: 2,
        scratch: std::env::temp_dir(),
    }
}

/// A clock that stands, and somebody who acts while a run is about to commit.
struct Around<'a> {
    left: Duration,
    asked: AtomicU64,
    meanwhile: &'a (dyn Fn() + Sync),
}

static RANDOM: AtomicU64 = AtomicU64::new(1);

/// A run asks for the time when it is begun, when it looks at what it is asked, and before its commits.
const BEFORE_COMMITS: u64 = 3;

impl Surroundings for Around<'_> {
    fn now(&self) -> Timestamp {
        if self.asked.fetch_add(1, Ordering::SeqCst) + 1 == BEFORE_COMMITS {
            (self.meanwhile)();
        }
        instant("2025-02-01T00:00:00Z")
    }

    fn random(&self) -> Result<[u8; 32], ScoreError> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&RANDOM.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        Ok(bytes)
    }

    fn left(&self) -> Duration {
        self.left
    }
}

fn score_while(
    store: &Arc<dyn Store>,
    request: Request,
    left: Duration,
    meanwhile: &(dyn Fn() + Sync),
) -> Result<Scored, ScoreError> {
    scorer(store).score(request, &Around { left, asked: AtomicU64::new(0), meanwhile })
}

fn score(store: &Arc<dyn Store>, request: Request) -> Scored {
    score_while(store, request, Duration::from_secs(60), &|| {}).unwrap()
}

fn full() -> Request {
    Request { full: true, ..Request::default() }
}

/// Of each table of a score run the version that readers use, which is that of one run.
fn current(store: &Arc<dyn Store>) -> Vec<(TableName, VersionNumber)> {
    let versions = current_versions(&Lake::local(Arc::clone(store))).unwrap();
    assert!(TableName::OF_A_SCORE_RUN.iter().all(|table| versions.contains_key(table)));
    versions.into_iter().collect()
}

fn published(store: &Arc<dyn Store>, table: &TableName) -> Option<VersionNumber> {
    LocalCatalog::new(Arc::clone(store)).publication(table).unwrap().map(|there| there.version.version)
}

#[test]
fn a_run_that_was_overtaken_begins_anew_and_takes_in_everything() {
    let store = memory();
    deliver(&store, "asha");
    let faster = || {
        deliver(&store, "ravi");
        assert_eq!(score(&store, Request::default()).run.leads, 40);
    };
    let scored = score_while(&store, Request::default(), Duration::from_secs(60), &faster).unwrap();
    assert_eq!((scored.attempts, scored.run.leads, scored.run.events), (2, 40, 40));
    let ours: Vec<_> = scored.run.versions.into_iter().collect();
    assert_eq!(ours, current(&store), "readers use what the later run wrote");
    for (table, number) in ours {
        assert_eq!(published(&store, &table), Some(number), "{table}");
    }
}

#[test]
fn without_time_left_an_overtaken_run_leaves_the_others_tables() {
    let store = memory();
    deliver(&store, "asha");
    let faster = || drop(score(&store, Request::default()));
    let refused = score_while(&store, Request::default(), Duration::ZERO, &faster).unwrap_err();
    assert!(matches!(refused, ScoreError::NoTimeLeft { attempts: 1, .. }), "{refused}");
    for (table, number) in current(&store) {
        assert_eq!(number.get(), 1, "{table}");
    }
}

#[test]
fn two_at_once_both_end_well() {
    let store = memory();
    deliver(&store, "asha");
    let both: Vec<Scored> = std::thread::scope(|scope| {
        let begun: Vec<_> = (0..2).map(|_| scope.spawn(|| score(&store, Request::default()))).collect();
        begun.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(both.iter().all(|scored| scored.run.leads == 20));
    let newest = |table: &TableName| {
        let current = TableLog::new(Arc::clone(&store), table.clone()).current().unwrap();
        current.unwrap().number
    };
    for (table, number) in current(&store) {
        assert_eq!((newest(&table), published(&store, &table)), (number, Some(number)), "{table}");
    }
    assert_eq!(newest(&TableName::LEAD_SCORES).get(), 2, "a version of each");
}

#[test]
fn what_is_known_is_not_read_again_unless_that_is_asked_for() {
    let store = memory();
    deliver(&store, "asha");
    assert_eq!(score(&store, Request::default()).run.new_objects, 1);
    let again = score(&store, Request::default()).run;
    assert_eq!((again.new_objects, again.leads, again.full_because), (0, 20, None));
    let full = score(&store, full()).run;
    assert!(full.full_because.is_some());
    assert_eq!((full.leads, full.events), (20, 20));
}

#[test]
fn a_past_instant_gives_versions_beside_the_current_ones() {
    let store = memory();
    deliver(&store, "asha");
    score(&store, Request::default());
    let before = current(&store);
    let past = Request { as_of: Some(instant("2025-01-08T05:09:30Z")), full: false };
    let run = score(&store, past).run;
    assert_eq!((run.beside_current, run.leads), (true, 10));
    assert_eq!(current(&store), before);
}

/// A service that does not answer.
struct Down;

impl Down {
    fn failure<T>(&self, table: &TableName) -> Result<T, CatalogError> {
        let source = "no answer".into();
        Err(CatalogError::Service { operation: "look up", table: table.clone(), source })
    }
}

impl Catalog for Down {
    fn published(&self, table: &TableName) -> Result<Option<Published>, CatalogError> {
        self.failure(table)
    }

    fn publish(
        &self,
        table: &TableName,
        _: &Publication,
        _: Option<&PublishToken>,
    ) -> Result<Publish, CatalogError> {
        self.failure(table)
    }

    fn register_versions(&self, table: &TableName, _: &[Registration]) -> Result<(), CatalogError> {
        self.failure(table)
    }

    fn unregister_versions(&self, table: &TableName, _: &[VersionNumber]) -> Result<(), CatalogError> {
        self.failure(table)
    }
}

/// A call that failed would be made again, and score everybody anew for the sake of a catalog.
#[test]
fn a_catalog_that_does_not_answer_is_counted_and_fails_no_call() {
    let store = memory();
    deliver(&store, "asha");
    let salt = ObjectKey::new("ops/salt").unwrap();
    store.put(&salt, "07".repeat(32).as_bytes()).unwrap();
    let around = Around { left: Duration::ZERO, asked: AtomicU64::new(0), meanwhile: &|| {} };
    let down = Scorer { catalog: Box::new(Down), ..scorer(&store) };
    let behind = down.score(Request::default(), &around).unwrap();
    assert_eq!(current(&store), behind.run.versions.clone().into_iter().collect::<Vec<_>>());
    let answer = serde_json::to_value(&behind).unwrap();
    assert!(answer["unpublished"].as_str().unwrap().contains("could not look up ops/ledger: no answer"));

    let scored = score(&store, Request::default());
    assert_eq!(scored.run.unpublished, None);
    for (table, number) in current(&store) {
        assert_eq!(published(&store, &table), Some(number), "{table}");
    }
    for (scored, expected) in [(&behind, 1.0), (&scored, 0.0)] {
        let metrics = Metrics::default();
        measure(scored, Duration::from_secs(1), &metrics);
        let lines = metrics.lines("Leadlake", "score", "request", instant("2025-02-01T00:00:00Z"));
        let line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(line["UnpublishedRuns"].as_f64(), Some(expected), "{line}");
    }
}

/// It may remember leads whose ids were made with another secret. Nothing has been done yet that would be done again.
#[test]
fn no_secret_is_made_while_the_catalog_does_not_answer() {
    let store = memory();
    deliver(&store, "asha");
    let around = Around { left: Duration::ZERO, asked: AtomicU64::new(0), meanwhile: &|| {} };
    let failure =
        Scorer { catalog: Box::new(Down), ..scorer(&store) }.score(Request::default(), &around).unwrap_err();
    assert!(failure.to_string().contains("could not look up silver/leads: no answer"), "{failure}");
    assert!(store.head(&ObjectKey::new("ops/salt").unwrap()).unwrap().is_none());
    assert_eq!(score(&store, Request::default()).run.leads, 20);
}

#[test]
fn an_empty_lake_has_tables_without_rows() {
    let store = memory();
    assert_eq!(score(&store, Request::default()).run.leads, 0);
    current(&store);
}

#[test]
fn settings_of_the_lake_are_heeded_and_never_quoted() {
    let store = memory();
    deliver(&store, "asha");
    assert_eq!(score(&store, Request::default()).scoring, SettingsFrom::BuiltIn);
    let shipped = include_str!("../../../scoring.yaml");
    let version = leadlake_score::Scoring::shipped().unwrap().version;
    let own = shipped.replace(&format!("version: {version}"), "version: ours-7");
    store.put(&ObjectKey::new(Settings::Scoring.path()).unwrap(), own.as_bytes()).unwrap();
    let scored = score(&store, Request::default());
    assert_eq!(scored.scoring, SettingsFrom::Lake("ops/settings/scoring.yaml"));
    assert_eq!(scored.model_version, "ours-7");

    let rules = ObjectKey::new(Settings::Identity.path()).unwrap();
    store.put(&rules, b"join:\n  - asha0@gmail.com\n").unwrap();
    let refused = score_while(&store, Request::default(), Duration::ZERO, &|| {}).unwrap_err();
    insta::assert_snapshot!(refused.to_string(), @"ops/settings/identity.yaml in the lake holds no rules of identity: line 2, column 5: something else is expected here; docs/IDENTITY.md shows how they are written");
}
