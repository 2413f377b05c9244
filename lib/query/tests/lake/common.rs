//! Small lakes, and answers to compare.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use leadlake_contract::{Contract, load_folder};
use leadlake_generate::{Plan, Sink, Truth, generate};
use leadlake_lake::Lake;
use leadlake_lake::ingest::{Selection, find_pending, refine_all};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::pass_on;
use leadlake_lake::store::{MemoryStore, Opened, Store, StoreError};
use leadlake_query::print::{Format, print};
use leadlake_query::{QueryEngine, Settings};
use serde_json::Value;

pub type Answer = Vec<Value>;

pub struct Raw {
    pub key: ObjectKey,
    pub bytes: Vec<u8>,
}

impl Raw {
    pub fn new(key: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { key: ObjectKey::new(key).unwrap(), bytes: bytes.into() }
    }
}

struct Collected(Vec<Raw>);

impl Sink for Collected {
    type Error = Infallible;

    fn object(&mut self, key: &str, _: Timestamp, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.push(Raw::new(key, bytes));
        Ok(())
    }
}

pub fn generated(plan: &Plan) -> (Vec<Raw>, Truth) {
    let mut objects = Collected(Vec::new());
    let truth = generate(plan, &mut objects).unwrap();
    (objects.0, truth)
}

pub struct TestLake {
    pub lake: Lake,
    pub contracts: Vec<Contract>,
}

impl TestLake {
    pub fn engine(&self) -> QueryEngine {
        QueryEngine::open(&self.lake, &self.contracts, Settings::default()).unwrap()
    }
}

/// A lake with these objects refined.
pub fn lake_in(store: Arc<dyn Store>, objects: &[Raw]) -> TestLake {
    let contracts = load_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts")).unwrap();
    let lake = Lake::local(store);
    for object in objects {
        lake.store.put(&object.key, &object.bytes).unwrap();
    }
    let pending = find_pending(&lake, &contracts, &Selection::default()).unwrap();
    let now = || "2026-01-01T00:00:00Z".parse().unwrap();
    refine_all(&lake, &contracts, &pending.objects, 2, &now, &|outcome| {
        outcome.result.unwrap();
    })
    .unwrap();
    TestLake { lake, contracts }
}

pub fn written(engine: &QueryEngine, sql: &str, format: Format) -> String {
    let mut out = Vec::new();
    print(engine.run(sql).unwrap(), format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub fn json(engine: &QueryEngine, sql: &str) -> Answer {
    serde_json::from_str(&written(engine, sql, Format::Json)).unwrap()
}

pub fn text(engine: &QueryEngine, sql: &str) -> String {
    written(engine, sql, Format::Table)
}

/// A store that remembers what was read of it.
pub struct Reads {
    store: MemoryStore,
    keys: Mutex<BTreeSet<String>>,
}

impl Reads {
    pub fn over(store: MemoryStore) -> Self {
        Self { store, keys: Mutex::default() }
    }

    pub fn forget(&self) {
        self.keys.lock().unwrap().clear();
    }

    pub fn keys(&self) -> BTreeSet<String> {
        self.keys.lock().unwrap().clone()
    }

    fn note(&self, key: &ObjectKey) {
        self.keys.lock().unwrap().insert(key.to_string());
    }
}

impl Store for Reads {
    pass_on!(store: head put put_if_absent read_versioned put_if_match writer delete delete_if_match list folders);

    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        self.note(key);
        self.store.open(key)
    }

    fn open_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        self.note(key);
        self.store.open_range(key, range)
    }
}
