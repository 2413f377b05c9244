//! More rows than are written at once, most of which are taken over.

use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use jiff::{SignedDuration, Timestamp};
use leadlake_contract::{Contract, load_folder};
use leadlake_lake::Lake;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::{Layer, ObjectId, key_of};
use leadlake_lake::ledger::{LedgerEntry, LedgerRows, ledger_schema};
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_lake::tables::{Placement, RunId, TableLog, TableName};
use serde_json::json;

use super::kept::open;
use super::{KEY, LedgerWrite, ROWS_AT_ONCE, WrittenLedger, shape};
use crate::error::PipelineError;
use crate::inputs::{Inputs, SilverFile};
use crate::outputs::{CommitFacts, TableOutput};
use crate::plan::Before;

const ENTRIES: usize = 2 * ROWS_AT_ONCE + 1_000;

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn entry(number: usize) -> LedgerEntry {
    let key = format!("bronze/crm/{number}.json").parse().unwrap();
    let source = if number.is_multiple_of(3) { "crm" } else { "webinar" };
    let day = format!("2025-01-{:02}", number % 9 + 1);
    let missing = if number.is_multiple_of(2) { json!({"email": number}) } else { json!({}) };
    let json = json!({
        "object_id": ObjectId::of("local", &key, "1"), "source": source, "dt": day,
        "object_key": key, "object_etag": "1", "object_blake3": "00",
        "bytes": number, "expanded_bytes": 10 * number, "contract_version": "1.0.0",
        "arrived_at": now(), "completed_at": now(), "refused_whole": false,
        "counts": {
            "input": number, "accepted": number, "refused": {}, "duplicate": 0, "invalid": {},
            "missing": missing, "drifted": {}
        },
        "outputs": []
    });
    serde_json::from_value(json).unwrap()
}

struct World {
    store: MemoryStore,
    lake: Lake,
    contracts: Vec<Contract>,
}

impl World {
    fn of(entries: impl Iterator<Item = usize>) -> Self {
        let store = MemoryStore::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts");
        let world = Self {
            lake: Lake::local(Arc::new(store.clone())),
            contracts: load_folder(&folder).unwrap(),
            store,
        };
        entries.for_each(|number| world.put(&entry(number), 0));
        world
    }

    fn key(entry: &LedgerEntry) -> ObjectKey {
        key_of(Layer::Ledger, &entry.source, entry.dt, entry.object_id).unwrap()
    }

    fn put(&self, entry: &LedgerEntry, seconds: i64) {
        let modified = now() + SignedDuration::from_secs(seconds);
        self.store.put_at(&Self::key(entry), &entry.to_json().unwrap(), modified);
    }

    fn inputs(&self) -> Inputs {
        Inputs::list(&self.lake, &self.contracts).unwrap()
    }

    fn write(&self, inputs: &Inputs, run: u64, threads: usize) -> Result<WrittenLedger, PipelineError> {
        let run = RunId::new(now(), run);
        let table = TableOutput::begin(&self.lake, TableName::LEDGER, shape(), KEY, &run).unwrap();
        let before = Before::of(&self.lake, TableName::LEDGER).unwrap();
        LedgerWrite { lake: &self.lake, inputs, before: before.as_ref(), threads }.write(table)
    }

    /// The rows of the version that a run makes.
    fn run(&self, run: u64, threads: usize) -> RecordBatch {
        let facts = CommitFacts {
            placement: Placement::Current,
            code_version: "test".to_owned(),
            as_of: now(),
            committed_at: now(),
        };
        self.write(&self.inputs(), run, threads).unwrap().commit(&facts).unwrap();
        let log = TableLog::new(Arc::clone(&self.lake.store), TableName::LEDGER);
        let files = log.current().unwrap().unwrap().content.files;
        let batches: Vec<RecordBatch> = files
            .into_iter()
            .map(|file| SilverFile { key: file.key, size: file.bytes })
            .flat_map(|file| open(&self.lake, &file).unwrap().map(Result::unwrap))
            .collect();
        concat_batches(&ledger_schema(), &batches).unwrap()
    }

    fn expected(&self) -> RecordBatch {
        let mut rows = LedgerRows::with_room_for(0);
        for facts in self.store.list(Layer::Ledger.folder()).unwrap() {
            rows.push(&self.lake.ledger_entry(&facts.unwrap().key).unwrap().1).unwrap();
        }
        rows.finish().unwrap()
    }
}

#[test]
fn rows_are_those_of_the_entries_however_many_were_taken_over() {
    let world = World::of(0..ENTRIES);
    let first = world.run(1, 2);
    assert!(first.num_rows() == ENTRIES && first == world.expected());

    for number in (0..ENTRIES).step_by(700) {
        world.put(&LedgerEntry { bytes: 1, ..entry(number) }, 1);
        world.store.delete(&World::key(&entry(number + 1))).unwrap();
    }
    (ENTRIES..ENTRIES + 3_000).for_each(|number| world.put(&entry(number), 0));
    let expected = world.expected();
    assert_ne!(expected, first);
    // Nobody opens entries that are what they were.
    for number in (0..ENTRIES).filter(|number| number % 700 > 1) {
        let key = World::key(&entry(number));
        let size = world.store.head(&key).unwrap().unwrap().size;
        world.store.put_at(&key, &vec![b'?'; usize::try_from(size).unwrap()], now());
    }
    assert_eq!(world.run(2, 1), expected);
    assert_eq!(world.run(3, 3), expected, "and once more without anything new");

    for number in (0..ENTRIES).filter(|number| number % 700 > 3) {
        world.store.delete(&World::key(&entry(number))).unwrap();
    }
    for number in (0..ENTRIES).filter(|number| (2..=3).contains(&(number % 700))) {
        world.put(&entry(number), 0);
    }
    assert_eq!(world.run(4, 2), world.expected(), "and once more with few of them left");
}

/// Whoever refines an object otherwise takes its entry away first, and writes another one in the end.
#[test]
fn an_entry_that_changes_meanwhile_is_a_reason_to_run_again() {
    let world = World::of(0..40);
    let changes: [&dyn Fn(&ObjectKey); 2] = [&|key| world.store.delete(key).unwrap(), &|_| {
        world.put(&LedgerEntry { bytes: 1_000_000, ..entry(24) }, 1);
    }];
    for (number, change) in (23..).zip(changes) {
        let inputs = world.inputs();
        let key = World::key(&entry(number));
        change(&key);
        let told = world.write(&inputs, 1, 2).err().unwrap();
        assert!(
            told.is_overtaken() && told.to_string().starts_with(&format!("{key} changed or went")),
            "{told}"
        );
    }
    assert_eq!(world.run(2, 1), world.expected());
}
