//! Raw objects, lakes in memory, and what is made of them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use std::sync::Mutex;

use leadlake_contract::{Contract, load_folder};
use leadlake_generate::{Plan, Sink, Truth, generate};
use leadlake_lake::Lake;
use leadlake_lake::ingest::{Outcome, Selection, find_pending, refine_all};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::{BronzeObject, Layer, made_of};
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_lake::verify::Fault;

/// Every test works at this instant, so that lakes can be compared to the byte.
pub const NOW: &str = "2026-01-01T00:00:00Z";

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub fn contracts_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts")
}

pub fn contracts() -> &'static [Contract] {
    static CONTRACTS: OnceLock<Vec<Contract>> = OnceLock::new();
    CONTRACTS.get_or_init(|| load_folder(&contracts_folder()).unwrap())
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawObject {
    pub key: ObjectKey,
    pub arrived: Timestamp,
    pub bytes: Vec<u8>,
}

impl RawObject {
    pub fn new(key: &str, arrived: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { key: ObjectKey::new(key).unwrap(), arrived: arrived.parse().unwrap(), bytes: bytes.into() }
    }
}

struct Collected(Vec<RawObject>);

impl Sink for Collected {
    type Error = Infallible;

    fn object(&mut self, key: &str, arrived: Timestamp, bytes: &[u8]) -> Result<(), Infallible> {
        let key = ObjectKey::new(key).unwrap();
        self.0.push(RawObject { key, arrived, bytes: bytes.to_vec() });
        Ok(())
    }
}

pub fn generated(plan: &Plan) -> (Vec<RawObject>, Truth) {
    let mut objects = Collected(Vec::new());
    let truth = generate(plan, &mut objects).unwrap();
    (objects.0, truth)
}

/// A memory lake that holds nothing but these raw objects.
pub fn bronze(objects: &[RawObject]) -> MemoryStore {
    let store = MemoryStore::new();
    for object in objects {
        store.put_at(&object.key, &object.bytes, object.arrived);
    }
    store
}

pub fn lake(store: impl Store + 'static) -> Lake {
    Lake::local(Arc::new(store))
}

/// One run of ingest over whatever is pending.
pub fn ingest(lake: &Lake, contracts: &[Contract], threads: usize) -> Vec<Outcome> {
    let pending = find_pending(lake, contracts, &Selection::default()).unwrap();
    assert!(pending.strays.is_empty(), "{:?}", pending.strays);
    refine(lake, contracts, &pending.objects, threads)
}

pub fn refine(lake: &Lake, contracts: &[Contract], objects: &[BronzeObject], threads: usize) -> Vec<Outcome> {
    let outcomes = Mutex::new(Vec::new());
    refine_all(lake, contracts, objects, threads, &now, &|outcome| outcomes.lock().unwrap().push(outcome))
        .unwrap();
    let mut outcomes = outcomes.into_inner().unwrap();
    outcomes.sort_by(|left: &Outcome, right| left.object.facts.key.cmp(&right.object.facts.key));
    outcomes
}

/// As [`ingest`], where nothing may fail.
pub fn ingest_well(lake: &Lake, contracts: &[Contract], threads: usize) -> Vec<Outcome> {
    let outcomes = ingest(lake, contracts, threads);
    for outcome in &outcomes {
        if let Err(error) = &outcome.result {
            panic!("{}: {error}", outcome.object.facts.key);
        }
    }
    outcomes
}

pub fn content(store: &dyn Store, key: &ObjectKey) -> Vec<u8> {
    let mut bytes = Vec::new();
    store.open(key).unwrap().body.read_to_end(&mut bytes).unwrap();
    bytes
}

/// With the times of modification, as a backup would.
pub fn copy(store: &MemoryStore) -> MemoryStore {
    let copied = MemoryStore::new();
    for facts in store.list("").unwrap() {
        let facts = facts.unwrap();
        copied.put_at(&facts.key, &content(store, &facts.key), facts.modified);
    }
    copied
}

/// All that is made of bronze, by key.
pub type Made = BTreeMap<String, Vec<u8>>;

pub fn made(store: &dyn Store) -> Made {
    contents(store, &[Layer::Silver, Layer::Quarantine, Layer::Ledger].map(Layer::folder), |_| true)
}

/// What ingest makes; tables with versions bear the names of the runs that made them.
pub fn refined(store: &dyn Store) -> Made {
    let layers = [Layer::Silver, Layer::Quarantine, Layer::Ledger].map(Layer::folder);
    contents(store, &layers, |key| made_of(key).is_ok())
}

/// What nothing may ever change.
pub fn raw(store: &dyn Store) -> Made {
    contents(store, &["bronze"], |_| true)
}

fn contents(store: &dyn Store, folders: &[&str], is_meant: impl Fn(&ObjectKey) -> bool) -> Made {
    let keys = folders.iter().flat_map(|folder| store.list(folder).unwrap().map(|facts| facts.unwrap().key));
    keys.filter(is_meant).map(|key| (key.to_string(), content(store, &key))).collect()
}

/// An object that is still to be done, and files that nothing names yet. Whatever the ledger does name must be whole.
pub fn is_unfinished(fault: &Fault) -> bool {
    matches!(fault, Fault::NotIngested { .. } | Fault::WithoutEntry { .. })
}

/// Names what differs; the bytes themselves would tell nobody anything.
pub fn difference(expected: &Made, found: &Made) -> Option<String> {
    let gone = expected.keys().filter(|key| !found.contains_key(*key)).map(|key| format!("gone: {key}"));
    let new = found.keys().filter(|key| !expected.contains_key(*key)).map(|key| format!("new: {key}"));
    let changed = expected
        .iter()
        .filter(|(key, bytes)| found.get(*key).is_some_and(|other| other != *bytes))
        .map(|(key, _)| format!("changed: {key}"));
    let all: Vec<String> = gone.chain(new).chain(changed).collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

pub fn assert_same_lake(expected: &Made, found: &Made, after: &str) {
    if let Some(difference) = difference(expected, found) {
        panic!("after {after} the lake is another one:\n{difference}");
    }
}
