//! Taking in what the ledger does not hold.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::civil::Date;
use leadlake_contract::{Contract, SourceName};
use leadlake_refine::UnknownRegion;

use crate::lake::{Clock, Lake, LakeError, contract_of};
use crate::layout::{BronzeObject, ObjectId};
use crate::ledger::LedgerEntry;
use crate::object::{ObjectError, ObjectRefiner};

/// Which objects to look at.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    pub source: Option<SourceName>,
    /// By the day of the partition, both included.
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// Also those that are done.
    pub force: bool,
}

/// What there is to do.
#[derive(Debug, Default)]
pub struct Pending {
    pub objects: Vec<BronzeObject>,
    pub already_done: u64,
    /// Objects of sources that have no contract, by source.
    pub without_contract: BTreeMap<SourceName, u64>,
    /// What lies in bronze and cannot be taken in, with the reason.
    pub strays: Vec<LakeError>,
}

/// How an object ended.
#[derive(Debug)]
pub struct Outcome {
    pub object: BronzeObject,
    pub result: Result<LedgerEntry, ObjectError>,
}

pub fn find_pending(
    lake: &Lake,
    contracts: &[Contract],
    selection: &Selection,
) -> Result<Pending, LakeError> {
    let mut pending = Pending::default();
    let mut done: HashMap<SourceName, HashMap<ObjectId, Date>> = HashMap::new();
    for object in lake.bronze(selection.source.as_ref())? {
        let mut object = match object {
            Ok(object) => object,
            Err(error) if error.is_stray() => {
                pending.strays.push(error);
                continue;
            }
            Err(failure) => return Err(failure),
        };
        if contract_of(contracts, &object.source).is_none() {
            *pending.without_contract.entry(object.source).or_default() += 1;
            continue;
        }
        if !done.contains_key(&object.source) {
            let found = lake.done(&object.source)?;
            pending.strays.extend(found.strays);
            done.insert(object.source.clone(), found.days);
        }
        let done_on = done.get(&object.source).and_then(|days| days.get(&object.id)).copied();
        object.day = done_on.unwrap_or(object.day);
        let outside = selection.from.is_some_and(|from| object.day < from)
            || selection.to.is_some_and(|to| object.day > to);
        if outside {
            continue;
        }
        if done_on.is_some() && !selection.force {
            pending.already_done += 1;
        } else {
            pending.objects.push(object);
        }
    }
    Ok(pending)
}

/// Refines the objects on as many threads as given; an object that fails does not keep the others from being done.
/// `ended` is given each outcome as it comes, from any thread; none is kept here, however many objects there are.
pub fn refine_all(
    lake: &Lake,
    contracts: &[Contract],
    objects: &[BronzeObject],
    threads: usize,
    clock: Clock<'_>,
    ended: &(dyn Fn(Outcome) + Sync),
) -> Result<(), UnknownRegion> {
    let workers: Vec<Worker<'_>> = (0..threads.clamp(1, objects.len().max(1)))
        .map(|_| Worker::new(contracts, objects))
        .collect::<Result<_, _>>()?;
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for mut worker in workers {
            let next = &next;
            scope.spawn(move || {
                while let Some(object) = objects.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = worker.refine(lake, object, clock);
                    ended(Outcome { object: object.clone(), result });
                }
            });
        }
    });
    Ok(())
}

/// A refiner for each source that there is something of.
struct Worker<'c> {
    refiners: HashMap<SourceName, ObjectRefiner<'c>>,
}

impl<'c> Worker<'c> {
    fn new(contracts: &'c [Contract], objects: &[BronzeObject]) -> Result<Self, UnknownRegion> {
        let sources: HashSet<&SourceName> = objects.iter().map(|object| &object.source).collect();
        let refiners = contracts
            .iter()
            .filter(|contract| sources.contains(&contract.source))
            .map(|contract| Ok((contract.source.clone(), ObjectRefiner::new(contract)?)))
            .collect::<Result<_, UnknownRegion>>()?;
        Ok(Self { refiners })
    }

    fn refine(
        &mut self,
        lake: &Lake,
        object: &BronzeObject,
        clock: Clock<'_>,
    ) -> Result<LedgerEntry, ObjectError> {
        match self.refiners.get_mut(&object.source) {
            Some(refiner) => refiner.refine(lake, object, clock),
            None => Err(ObjectError::NoContract { source_name: object.source.clone() }),
        }
    }
}
