//! Tables of people: scored, shown to engines, rolled back, vacuumed.

use std::sync::Arc;

use jiff::Timestamp;
use leadlake_lake::Lake;
use leadlake_lake::catalog::{LakeVacuum, LocalCatalog, checked_head, publish_head, repair};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{Fault, FaultyStore, MemoryStore, Store};
use leadlake_lake::tables::{Keep, RunId, TableLog, TableName, VersionNumber};
use leadlake_pipeline::{Memory, Salt};
use leadlake_tests::lakes::{RawObject, bronze, content, contracts, copy, ingest_well, lake, now};
use leadlake_tests::samples::people_objects;
use leadlake_tests::scores::{Asked, SALT, score_as};

use crate::act::{Act, Turn, Work, finished};
use crate::tables::Tables;

const EVENTS: u64 = 30;

/// Later than what any store writes down, so that everything is old.
const LATER: &str = "2100-01-01T00:00:00Z";

/// Few, because every run reads them.
fn halves(seed: u64) -> (Vec<RawObject>, Vec<RawObject>) {
    let mut objects: Vec<RawObject> = people_objects(EVENTS, seed + 32).into_iter().step_by(2).collect();
    let later = objects.split_off(objects.len() / 2);
    (objects, later)
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn score(lake: &Lake, threads: usize, run_id: RunId) -> Result<(), String> {
    let salt = Salt::of_lake(lake, &LocalCatalog::new(Arc::clone(&lake.store)), SALT.0).map_err(told)?;
    assert!(salt == SALT);
    let asked = Asked { threads, memory: Memory { shard: 100_000, ..Memory::default() }, ..Asked::default() };
    let report = score_as(lake, &asked, run_id).map_err(told)?;
    assert!(report.left_alone.is_empty(), "{:?}", report.left_alone);
    Ok(())
}

fn score_in(threads: usize) -> Work {
    Box::new(move |lake, turn| score(lake, threads, turn.run_id()))
}

fn begun(number: u64) -> RunId {
    RunId::new(now(), number)
}

fn ingested(seed: u64) -> MemoryStore {
    let store = bronze(&halves(seed).0);
    ingest_well(&lake(store.clone()), contracts(), 1);
    store
}

/// One score run has been, and more has come since.
pub fn scored_once(seed: u64) -> MemoryStore {
    let store = ingested(seed);
    score(&lake(store.clone()), 1, begun(1)).unwrap();
    for object in halves(seed).1 {
        store.put_at(&object.key, &object.bytes, object.arrived);
    }
    ingest_well(&lake(store.clone()), contracts(), 1);
    store
}

pub fn scored_twice(seed: u64) -> MemoryStore {
    let store = scored_once(seed);
    score(&lake(store.clone()), 1, begun(2)).unwrap();
    store
}

pub fn score_first(seed: u64) -> Act {
    let (before, work) = (ingested(seed), score_in(1));
    let truth = Tables::new(contracts(), &lake(before.clone()), &lake(finished(&before, &work)));
    Act {
        name: "score",
        before,
        work,
        recover: score_in(2),
        truth: Box::new(truth),
        is_ordered: true,
        usual_kills: [12, 26],
    }
}

pub fn score_next(seed: u64) -> Act {
    let (before, work) = (scored_once(seed), score_in(2));
    let truth = Tables::new(contracts(), &lake(before.clone()), &lake(finished(&before, &work)));
    Act {
        name: "score-again",
        before,
        work,
        recover: score_in(1),
        truth: Box::new(truth),
        is_ordered: false,
        usual_kills: [10, 20],
    }
}

fn keys(store: &MemoryStore, folder: &str) -> Vec<ObjectKey> {
    store.list(folder).unwrap().map(|facts| facts.unwrap().key).collect()
}

/// The logs hold two runs. Of most tables engines know the first, and of some nothing.
pub fn publish(seed: u64) -> Act {
    let (before, known) = (scored_twice(seed), scored_once(seed));
    for (number, key) in keys(&before, "catalog").into_iter().enumerate() {
        match number % 6 {
            0 | 1 => before.delete(&key).unwrap(),
            _ => before.put(&key, &content(&known, &key)).unwrap(),
        }
    }
    let work = || -> Work {
        Box::new(|lake, _| {
            let catalog = LocalCatalog::new(Arc::clone(&lake.store));
            repair(&lake.store, &catalog, &TableName::OWN).map(drop).map_err(told)
        })
    };
    let finished = lake(finished(&before, &work()));
    let truth = Tables::new(contracts(), &lake(before.clone()), &finished).writing_no_version(&finished);
    Act {
        name: "publish",
        before,
        work: work(),
        recover: work(),
        truth: Box::new(truth),
        is_ordered: true,
        usual_kills: [40, 60],
    }
}

const ROLLED_BACK: [TableName; 4] =
    [TableName::LEAD_SCORES, TableName::LEADS, TableName::LEAD_EVENTS, TableName::LEDGER];

fn roll_back(lake: &Lake, turn: Turn) -> Result<(), String> {
    let catalog = LocalCatalog::new(Arc::clone(&lake.store));
    for table in ROLLED_BACK {
        let log = TableLog::new(Arc::clone(&lake.store), table);
        checked_head(&log, &catalog).map_err(told)?;
        log.rollback(VersionNumber::FIRST, &turn.run_id(), now()).map_err(told)?;
        publish_head(&log, &catalog).map_err(told)?;
    }
    Ok(())
}

pub fn rollback(seed: u64) -> Act {
    let before = scored_twice(seed);
    let work: Work = Box::new(roll_back);
    let finished = lake(finished(&before, &work));
    let truth = Tables::new(contracts(), &lake(before.clone()), &finished).writing_no_version(&finished);
    Act {
        name: "rollback",
        before,
        work,
        recover: Box::new(roll_back),
        truth: Box::new(truth),
        is_ordered: true,
        usual_kills: [20, 60],
    }
}

fn vacuum_all(lake: &Lake, turn: Turn) -> Result<(), String> {
    let later: Timestamp = LATER.parse().unwrap();
    let vacuum = LakeVacuum {
        store: &lake.store,
        catalog: &LocalCatalog::new(Arc::clone(&lake.store)),
        run_id: &turn.run_id_at(later),
        now: later,
        keep: Keep::default(),
    };
    vacuum.run(&|| true).map(drop).map_err(told)
}

/// There are versions that nobody needs, and what runs left that died before their commits.
pub fn vacuum(seed: u64) -> Act {
    let before = scored_twice(seed);
    for (number, step) in [(3, 8), (4, 20)] {
        let dying = FaultyStore::new(before.clone(), Fault::After(step));
        score(&lake(dying), 1, begun(number)).unwrap_err();
    }
    assert!(keys(&before, "silver/leads").len() > 5, "{:?}", keys(&before, "silver/leads"));
    let before = copy(&before);
    let work: Work = Box::new(vacuum_all);
    let finished = finished(&before, &work);
    assert!(keys(&finished, "silver").len() + 5 < keys(&before, "silver").len());
    let finished = lake(finished);
    let truth = Tables::new(contracts(), &lake(before.clone()), &finished).writing_no_version(&finished);
    Act {
        name: "vacuum",
        before,
        work,
        recover: Box::new(vacuum_all),
        truth: Box::new(truth),
        is_ordered: true,
        usual_kills: [30, 40],
    }
}
