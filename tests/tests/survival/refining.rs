//! Objects becoming silver, quarantine and ledger: ingest, second deliveries, replay.

use leadlake_contract::Contract;
use leadlake_lake::Lake;
use leadlake_lake::ingest::{Outcome, Selection, find_pending};
use leadlake_lake::layout::BronzeObject;
use leadlake_lake::replay::{ReplaySelection, find_replayable};
use leadlake_lake::store::MemoryStore;
use leadlake_lake::verify::verify;
use leadlake_tests::lakes::{
    Made, RawObject, assert_same_lake, bronze, contracts, ingest, ingest_well, is_unfinished, lake, made,
    raw, refine,
};
use leadlake_tests::mended::{contracts_after, contracts_before, roadshow_objects};
use leadlake_tests::samples::mixed_objects;

use crate::act::{Act, Truth, Work, finished};

/// Silver, quarantine and ledger are compared to the byte.
pub struct Files {
    contracts: &'static [Contract],
    before: Made,
    finished: Made,
    raw: Made,
    /// Whether death may leave objects that are to be done.
    may_be_unfinished: bool,
}

impl Files {
    pub fn of(contracts: &'static [Contract], before: &Lake, finished: &Lake) -> Self {
        let raw = raw(before.store.as_ref());
        let [before, finished] = [before, finished].map(|lake| made(lake.store.as_ref()));
        Self { contracts, before, finished, raw, may_be_unfinished: true }
    }
}

impl Truth for Files {
    fn check_remains(&self, lake: &Lake) {
        if !self.may_be_unfinished {
            return self.check_finished(lake);
        }
        for fault in verify(lake, self.contracts).unwrap().faults {
            assert!(is_unfinished(&fault), "death left {fault:?}");
        }
        // Engines read silver without asking the ledger.
        for (key, bytes) in made(lake.store.as_ref()) {
            let is_one_of_both =
                [&self.before, &self.finished].iter().any(|known| known.get(&key) == Some(&bytes));
            assert!(is_one_of_both, "{key} is torn");
        }
    }

    fn check_finished(&self, lake: &Lake) {
        assert_same_lake(&self.finished, &made(lake.store.as_ref()), "all");
        assert_same_lake(&self.raw, &raw(lake.store.as_ref()), "all, in bronze,");
        assert_eq!(verify(lake, self.contracts).unwrap().faults, []);
    }
}

/// A few objects of every kind, so that a process can die at every step of each.
fn objects(seed: u64) -> Vec<RawObject> {
    let mut objects = mixed_objects(40, seed, 8);
    objects.rotate_right(5);
    objects.truncate(11);
    objects
}

fn all_well(outcomes: Vec<Outcome>) -> Result<(), String> {
    let failed = outcomes.into_iter().find_map(|outcome| outcome.result.err());
    failed.map_or(Ok(()), |error| Err(error.to_string()))
}

fn ingest_with(contracts: &'static [Contract], threads: usize) -> Work {
    Box::new(move |lake, _| {
        let pending =
            find_pending(lake, contracts, &Selection::default()).map_err(|error| error.to_string())?;
        all_well(refine(lake, contracts, &pending.objects, threads))
    })
}

fn refine_all_again(contracts: &'static [Contract]) -> Work {
    Box::new(move |lake, _| {
        let all = Selection { force: true, ..Selection::default() };
        let pending = find_pending(lake, contracts, &all).map_err(|error| error.to_string())?;
        all_well(refine(lake, contracts, &pending.objects, 1))
    })
}

fn replay(lake: &Lake) -> Result<(), String> {
    let replayable = find_replayable(lake, contracts_after(), &ReplaySelection::default())
        .map_err(|error| error.to_string())?;
    assert!(replayable.gone.is_empty());
    let objects: Vec<BronzeObject> = replayable.objects.into_iter().map(|(object, _)| object).collect();
    all_well(refine(lake, contracts_after(), &objects, 1))
}

struct Parts {
    name: &'static str,
    before: MemoryStore,
    contracts: &'static [Contract],
    work: Work,
    recover: Work,
    usual_kills: [usize; 2],
}

impl Parts {
    fn act(self, is_ordered: bool, may_be_unfinished: bool) -> Act {
        let Self { name, before, contracts, work, recover, usual_kills } = self;
        let finished = lake(finished(&before, &work));
        let truth =
            Box::new(Files { may_be_unfinished, ..Files::of(contracts, &lake(before.clone()), &finished) });
        Act { name, before, work, recover, truth, is_ordered, usual_kills }
    }
}

pub fn ingest_alone(seed: u64) -> Act {
    let parts = Parts {
        name: "ingest",
        before: bronze(&objects(seed)),
        contracts: contracts(),
        work: ingest_with(contracts(), 1),
        recover: ingest_with(contracts(), 3),
        usual_kills: [50, 200],
    };
    parts.act(true, true)
}

pub fn ingest_in_threads(seed: u64) -> Act {
    let parts = Parts {
        name: "ingest-threads",
        before: bronze(&objects(seed + 1000)),
        contracts: contracts(),
        work: ingest_with(contracts(), 3),
        recover: ingest_with(contracts(), 1),
        usual_kills: [50, 190],
    };
    parts.act(false, true)
}

/// The message of the first delivery is gone by then, and nobody would come a third time: nothing may be taken away.
pub fn deliver_again(seed: u64) -> Act {
    let before = bronze(&objects(seed));
    ingest_well(&lake(before.clone()), contracts(), 1);
    let parts = Parts {
        name: "deliver-again",
        before,
        contracts: contracts(),
        work: refine_all_again(contracts()),
        recover: ingest_with(contracts(), 1),
        usual_kills: [50, 120],
    };
    parts.act(true, false)
}

/// A stricter contract takes rows away again: files of silver must go, in whichever state death leaves them.
pub fn stricter_contract(_seed: u64) -> Act {
    let before = bronze(&roadshow_objects());
    ingest_well(&lake(before.clone()), contracts_after(), 1);
    let parts = Parts {
        name: "stricter-contract",
        before,
        contracts: contracts_before(),
        work: refine_all_again(contracts_before()),
        recover: refine_all_again(contracts_before()),
        usual_kills: [40, 100],
    };
    let fresh = lake(bronze(&roadshow_objects()));
    ingest_well(&fresh, contracts_before(), 1);
    let forced = finished(&parts.before, &parts.work);
    assert_same_lake(&made(fresh.store.as_ref()), &made(&forced), "ingest --force");
    parts.act(true, true)
}

pub fn replay_after_a_fix(_seed: u64) -> Act {
    let before = bronze(&roadshow_objects());
    assert!(
        ingest(&lake(before.clone()), contracts_before(), 1).iter().all(|outcome| outcome.result.is_ok())
    );
    let ingest = ingest_with(contracts_after(), 2);
    let recover: Work = Box::new(move |lake, turn| {
        if turn.other_way {
            ingest(lake, turn)?;
            return replay(lake);
        }
        replay(lake)?;
        ingest(lake, turn)
    });
    let parts = Parts {
        name: "replay",
        before,
        contracts: contracts_after(),
        work: Box::new(|lake, _| replay(lake)),
        recover,
        usual_kills: [50, 100],
    };
    parts.act(true, true)
}
