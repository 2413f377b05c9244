//! Whole calls over a lake in memory, whose people were scored, with an engine that answers from a script.

mod vacuum;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_aws::athena::{AthenaUsage, Pin};
use leadlake_aws::cloudwatch::{CloudWatchError, DataPut, Datum};
use leadlake_aws::glue::{GlueError, SyncReport};
use leadlake_contract::{Contract, SourceName, shipped};
use leadlake_gold::{EngineError, SqlEngine};
use leadlake_lake::catalog::{Catalog, LocalCatalog};
use leadlake_lake::ingest::{Selection, find_pending, refine_all};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_lake::tables::{RunId, TableLog, TableName, current_versions};
use leadlake_lake::{Lake, Settings, SettingsFrom};
use leadlake_lead::identity::{IdentityRules, IdentitySettings};
use leadlake_pipeline::{Memory, Salt, ScoreRun};
use leadlake_score::Scoring;

use crate::cataloguing::{CatalogueError, Catalogued, Cataloguer, Gold, Surroundings};
use crate::measures::Gauge;
use crate::services::{MeteredEngine, Services};

static GOLD: [TableName; 4] =
    [TableName::KPI, TableName::CONVERSION_METRICS, TableName::ATTRIBUTION, TableName::SALES_DASHBOARD];

static RANDOM: AtomicU64 = AtomicU64::new(1);

fn random() -> u64 {
    RANDOM.fetch_add(1, Ordering::SeqCst)
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

/// Three people more, refined and scored at midnight before the day.
fn score(store: &Arc<dyn Store>, day: &str, catalog: &dyn Catalog) {
    let mut lines = String::new();
    for number in 0..3 {
        let member =
            r#""event_type":"webinar_attendance","duration_minutes":30,"timestamp":"2025-01-08T05:00:00Z""#;
        writeln!(lines, r#"{{"event_id":"{day}-{number}","email":"asha{number}@gmail.com",{member}}}"#)
            .unwrap();
    }
    store
        .put(&ObjectKey::new(format!("bronze/webinar/2025/01/08/{day}.json")).unwrap(), lines.as_bytes())
        .unwrap();
    let (lake, contracts) = (Lake::local(Arc::clone(store)), shipped().unwrap());
    let pending = find_pending(&lake, &contracts, &Selection::default()).unwrap();
    let now = || instant(&format!("{day}T00:00:00Z"));
    refine_all(&lake, &contracts, &pending.objects, 1, &now, &|outcome| drop(outcome.result.unwrap()))
        .unwrap();
    let run = ScoreRun {
        lake: &lake,
        contracts: &contracts,
        scoring: &Scoring::shipped().unwrap(),
        identity: &IdentitySettings::default(),
        rules: &IdentityRules::default(),
        salt: Salt::of_lake(&lake, catalog, [7; 32]).unwrap(),
        as_of: now(),
        everything: false,
        threads: 1,
        scratch: &std::env::temp_dir(),
        memory: Memory::default(),
        catalog,
        run_id: RunId::new(now(), random()),
        clock: &now,
    };
    run.run().unwrap();
}

/// What AWS was asked. Its catalog lies in the lake's store.
struct FakeAws {
    catalog: LocalCatalog,
    asked: Mutex<Vec<Vec<Pin>>>,
    put: Mutex<Vec<Datum>>,
    /// Happens before the first question is answered.
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

struct Script {
    aws: Arc<FakeAws>,
}

impl Services for Arc<FakeAws> {
    fn catalog(&self) -> &dyn Catalog {
        &self.catalog
    }

    fn sync(&self, _: &Lake, contracts: &[Contract]) -> Result<SyncReport, GlueError> {
        let created = contracts.iter().map(|contract| format!("silver_{}", contract.source)).collect();
        let passed_over = (0..30).map(|number| format!("bronze/webinar/misc-{number}")).collect();
        Ok(SyncReport { created, passed_over, ..SyncReport::default() })
    }

    fn engine(&self, pins: Vec<Pin>, _: Duration) -> Box<dyn MeteredEngine> {
        self.asked.lock().unwrap().push(pins);
        Box::new(Script { aws: Arc::clone(self) })
    }

    fn put(&self, _: Timestamp, data: &[Datum]) -> Result<DataPut, CloudWatchError> {
        self.put.lock().unwrap().extend_from_slice(data);
        Ok(DataPut { put: data.len() as u64, too_old: 0 })
    }
}

impl SqlEngine for Script {
    /// Twenty records came on the last day of January, and that is all there is.
    fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>, EngineError> {
        if let Some(act) = self.aws.meanwhile.lock().unwrap().take() {
            act();
        }
        let day =
            |day| Date::constant(2025, 1, day).duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
        let days = |number| Arc::new(Date32Array::from(vec![day(number) as i32])) as ArrayRef;
        let number = |value| Arc::new(Float64Array::from(vec![value])) as ArrayRef;
        let text = |value: Option<&str>| Arc::new(StringArray::from(vec![value])) as ArrayRef;
        let columns = if sql.contains("'new_leads'") {
            vec![
                ("day", days(31)),
                ("measure", text(Some("records"))),
                ("source", text(None)),
                ("value", number(Some(20.0))),
                ("numerator", number(None)),
                ("denominator", number(None)),
            ]
        } else if sql.starts_with("SELECT min(day) AS day") {
            vec![("day", days(8))]
        } else {
            return Ok(Vec::new());
        };
        let columns = columns.into_iter().map(|(name, column)| (name, column, true));
        Ok(vec![RecordBatch::try_from_iter_with_nullable(columns).unwrap()])
    }
}

impl MeteredEngine for Script {
    fn usage(&self) -> AthenaUsage {
        AthenaUsage { queries: 1, scanned_bytes: 1000, charged_megabytes: 10, execution_millis: 5 }
    }
}

/// A clock that stands, and time for so many steps.
struct Around {
    now: Timestamp,
    steps_left: AtomicU64,
}

impl Around {
    fn new(now: &str, steps: u64) -> Self {
        Self { now: instant(now), steps_left: AtomicU64::new(steps) }
    }
}

impl Surroundings for Around {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn random(&self) -> Result<u64, CatalogueError> {
        Ok(random())
    }

    fn left(&self) -> Duration {
        let one_less = |left: u64| left.checked_sub(1);
        match self.steps_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less) {
            Ok(_) => Duration::from_secs(60),
            Err(_) => Duration::from_secs(1),
        }
    }
}

struct World {
    store: Arc<dyn Store>,
    aws: Arc<FakeAws>,
    spent: Mutex<AthenaUsage>,
    silent: Mutex<BTreeMap<String, f64>>,
}

impl Gauge for World {
    fn spent(&self, usage: AthenaUsage) {
        *self.spent.lock().unwrap() = usage;
    }

    fn silent(&self, source: &SourceName, hours: f64) {
        self.silent.lock().unwrap().insert(source.to_string(), hours);
    }
}

impl World {
    fn of(store: &Arc<dyn Store>) -> Self {
        let aws = Arc::new(FakeAws {
            catalog: LocalCatalog::new(Arc::clone(store)),
            asked: Mutex::default(),
            put: Mutex::default(),
            meanwhile: Mutex::default(),
        });
        Self { store: Arc::clone(store), aws, spent: Mutex::default(), silent: Mutex::default() }
    }

    fn scored() -> Self {
        let world = Self::of(&memory());
        world.score("2025-02-01");
        world
    }

    fn score(&self, day: &str) {
        score(&self.store, day, &LocalCatalog::new(Arc::clone(&self.store)));
    }

    fn cataloguer(&self) -> Cataloguer {
        Cataloguer {
            lake: self.lake(),
            contracts: shipped().unwrap(),
            kpi_settings: None,
            services: Box::new(Arc::clone(&self.aws)),
        }
    }

    fn call_with(&self, full: bool, questions: u64) -> Result<Catalogued, CatalogueError> {
        self.cataloguer().catalogue(full, &Around::new("2025-02-03T00:00:00Z", questions), self)
    }

    fn call(&self) -> Catalogued {
        self.call_with(false, 1000).unwrap()
    }

    fn lake(&self) -> Lake {
        Lake::local(Arc::clone(&self.store))
    }

    /// Of each table of gold the version that its log ends with.
    fn committed(&self) -> Vec<u32> {
        let current =
            |table: &TableName| TableLog::new(Arc::clone(&self.store), table.clone()).current().unwrap();
        GOLD.iter().map(|table| current(table).map_or(0, |current| current.number.get())).collect()
    }

    /// The same, which engines see too.
    fn gold(&self) -> Vec<u32> {
        let published = |table: &TableName| self.aws.catalog.publication(table).unwrap();
        let published =
            GOLD.iter().map(|table| published(table).map_or(0, |there| there.version.version.get()));
        assert_eq!(published.collect::<Vec<_>>(), self.committed());
        self.committed()
    }

    fn scores_of_gold(&self) -> Vec<u32> {
        let scores = |table: &TableName| {
            let current = TableLog::new(Arc::clone(&self.store), table.clone()).current().unwrap().unwrap();
            current.content.inputs.tables[&TableName::LEAD_SCORES].get()
        };
        GOLD.iter().map(scores).collect()
    }

    fn questions(&self) -> usize {
        self.aws.asked.lock().unwrap().len()
    }
}

#[test]
fn before_anybody_is_scored_tables_are_shown_and_nothing_is_asked() {
    let world = World::of(&memory());
    let catalogued = world.call();
    assert!(matches!(catalogued.gold, Gold::NothingScored));
    assert!(catalogued.shown.synced.created.contains(&"silver_webinar".to_owned()));
    assert_eq!((catalogued.shown.synced.passed_over.len(), catalogued.shown.passed_over_in_all), (20, 30));
    assert_eq!((world.questions(), catalogued.monitored), (0, DataPut::default()));
}

#[test]
fn gold_is_added_up_once_for_each_scores() {
    let world = World::scored();
    let first = world.call();
    assert!(matches!(&first.gold, Gold::AddedUp { run, .. } if run.kpi_rows == 1), "{:?}", first.gold);
    assert_eq!(world.gold(), [1, 1, 1, 1]);
    let questions = world.questions();
    assert!(questions > 13, "ten KPIs, three tables, and where days begin");
    assert_eq!(
        (first.athena.queries, first.athena.scanned_bytes),
        (questions as u64, 1000 * questions as u64)
    );
    assert_eq!(*world.spent.lock().unwrap(), first.athena);

    assert!(matches!(world.call().gold, Gold::UpToDate));
    assert_eq!((world.questions(), world.gold()), (questions, vec![1; 4]));
    assert!(matches!(world.call_with(true, 1000).unwrap().gold, Gold::AddedUp { .. }));
    assert_eq!(world.gold(), [2, 2, 2, 2]);
    world.score("2025-02-02");
    assert!(matches!(world.call().gold, Gold::AddedUp { .. }));
    assert_eq!(world.scores_of_gold(), [2, 2, 2, 2]);
}

#[test]
fn each_question_is_about_the_versions_of_one_run() {
    let world = World::scored();
    let versions = current_versions(&world.lake()).unwrap();
    let (store, faster) = (Arc::clone(&world.store), LocalCatalog::new(Arc::clone(&world.store)));
    *world.aws.meanwhile.lock().unwrap() = Some(Box::new(move || score(&store, "2025-02-02", &faster)));
    world.call();
    for pins in world.aws.asked.lock().unwrap().iter() {
        let pinned = pins.iter().map(|pin| (pin.table.clone(), pin.version)).collect();
        assert_eq!(versions, pinned);
        assert!(pins.iter().all(|pin| !pin.columns.is_empty()));
    }
    assert_eq!(world.scores_of_gold(), [1, 1, 1, 1], "of the scores that were asked about");
    world.call();
    assert_eq!(world.scores_of_gold(), [2, 2, 2, 2]);
}

#[test]
fn what_a_dead_run_left_unpublished_is_published() {
    let world = World::of(&memory());
    let elsewhere = LocalCatalog::new(memory());
    score(&world.store, "2025-02-01", &elsewhere);
    let published = world.call().shown.published;
    assert!(TableName::OF_A_SCORE_RUN.iter().all(|table| published.contains_key(table)));
    assert_eq!(world.call().shown.published.len(), 0);
}

/// What a deployment calls must neither wait for Athena nor fail with it.
#[test]
fn tables_alone_are_shown_without_a_question_or_a_word_to_monitors() {
    let world = World::of(&memory());
    score(&world.store, "2025-02-01", &LocalCatalog::new(memory()));
    let kpis = ObjectKey::new(Settings::Kpi.path()).unwrap();
    world.store.put(&kpis, b"no settings at all: [").unwrap();
    world.call_with(false, 1000).unwrap_err();

    let shown = world.cataloguer().show_tables().unwrap();
    assert!(shown.synced.created.contains(&"silver_webinar".to_owned()));
    assert_eq!((shown.synced.passed_over.len(), shown.passed_over_in_all), (20, 30));
    assert!(TableName::OF_A_SCORE_RUN.iter().all(|table| shown.published.contains_key(table)));
    assert_eq!((world.questions(), world.committed()), (0, vec![0; 4]));
    assert!(world.aws.put.lock().unwrap().is_empty() && world.silent.lock().unwrap().is_empty());
}

#[test]
fn two_at_once_both_end_well() {
    let world = World::scored();
    std::thread::scope(|scope| {
        let begun: Vec<_> = (0..3).map(|_| scope.spawn(|| world.call())).collect();
        begun.into_iter().for_each(|call| drop(call.join().unwrap()));
    });
    world.gold();
    assert_eq!(world.scores_of_gold(), [1, 1, 1, 1]);
    assert!(matches!(world.call().gold, Gold::UpToDate));
}

#[test]
fn a_call_that_runs_out_of_time_is_made_good_by_the_next() {
    let world = World::scored();
    let refused = world.call_with(false, 0).unwrap_err();
    insta::assert_snapshot!(refused.to_string(), @"the first day could not be asked: no time is left before the deadline; what was committed stays, the next call does the rest, and more time for the function prevents this");
    assert_eq!((world.questions(), world.gold()), (0, vec![0; 4]));

    // Time for the first day, ten KPIs, and one of three tables.
    world.call_with(false, 12).unwrap_err();
    assert_eq!(world.committed(), [1, 1, 0, 0]);
    assert_eq!(world.spent.lock().unwrap().queries, 12, "also what a call that failed took is told");
    let next = world.call();
    assert_eq!(next.shown.published.len(), 2, "what that call did not come to");
    assert!(matches!(next.gold, Gold::AddedUp { .. }));
    world.gold();
    assert_eq!(world.scores_of_gold(), [1, 1, 1, 1]);
}

#[test]
fn monitors_are_told_by_each_call_what_the_newest_day_was_like() {
    let world = World::scored();
    let kpis = include_str!("../../../kpi.yaml").replace("version: kpi-1", "version: ours");
    let own = kpis.replace(
        "{measure: records, below: usual, watch: 0.5, alarm: 0.25}",
        "{measure: records, below: value, watch: 50, alarm: 10}",
    );
    world.store.put(&ObjectKey::new(Settings::Kpi.path()).unwrap(), own.as_bytes()).unwrap();
    for call in 1..=2 {
        let catalogued = world.call();
        assert_eq!(catalogued.kpi_settings, SettingsFrom::Lake("ops/settings/kpi.yaml"));
        assert_eq!((catalogued.monitored.put, world.aws.put.lock().unwrap().len()), (10, 10 * call));
    }
    let put = world.aws.put.lock().unwrap();
    assert_eq!(put.iter().filter(|datum| datum.value == 0.0).count(), 16, "states of which nothing is known");
    let told = put[..2].iter().map(|datum| {
        let dimensions: Vec<String> =
            datum.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {} {:?} {} {}", datum.name, datum.value, datum.unit, datum.at, dimensions.join(","))
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
    KpiState 1 None 2025-02-03T00:00:00Z KPI=lead_volume
    KpiValue 20 Count 2025-02-03T00:00:00Z KPI=lead_volume,Measure=records
    ");
}

/// When each source last delivered is known also of a call that fails, and nothing is known of one that never did.
#[test]
fn silence_of_a_source_is_told() {
    let lake = MemoryStore::new();
    for (number, (source, arrived)) in [
        ("crm", "2025-01-20T18:00:00Z"),
        ("crm", "2025-01-27T06:30:00Z"),
        ("crm", "2025-01-25T00:00:00Z"),
        ("online", "2024-03-01T00:00:00Z"),
    ]
    .into_iter()
    .enumerate()
    {
        let line = format!(r#"{{"event_id":"{number}"}}"#);
        let key = ObjectKey::new(format!("bronze/{source}/2025/01/0{}/{number}.json", number + 1)).unwrap();
        lake.put_at(&key, line.as_bytes(), instant(arrived));
    }
    let world = World::of(&(Arc::new(lake) as Arc<dyn Store>));
    assert_eq!(world.call().hours_since_delivery.len(), 0, "no score run has looked");
    world.score("2025-02-01");
    world.call_with(false, 0).unwrap_err();
    let told = world.silent.lock().unwrap().clone();
    // What was put by the test itself arrived after the instant of the call.
    let expected = [("crm", 161.5), ("online", 8136.0), ("webinar", 0.0)];
    assert_eq!(told, expected.map(|(source, hours)| (source.to_owned(), hours)).into());
    let again = world.call().hours_since_delivery.into_iter();
    assert_eq!(told, again.map(|(source, hours)| (source.to_string(), hours)).collect());
}
