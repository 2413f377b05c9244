//! Several objects at once, until the time is over.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use leadlake_aws::LakeAddress;
use leadlake_aws::queue::Poison;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::BRONZE;

use crate::asked::{NoKey, Place, Wanted};
use crate::stoppable::Stop;
use crate::worker::{Ending, Surroundings, Task, Worker};

/// What the process needs before it works on anything: code, connections, contracts.
const MIB_OF_THE_PROCESS: u64 = 40;
/// What a large object takes: the table of events seen, which grows with them, the rows of a row group, their encoding, and the parts
/// on their way to S3. 169 MB of JSON lines with 600,000 distinct ids were measured at about 120 MB; most objects take far less.
const MIB_OF_AN_OBJECT: u64 = 128;
/// As many as a batch of messages has by default. More would wait for the processor.
const MOST_WORKERS: u64 = 10;
const DEFECT: &str = "work on it broke off, which is a defect of leadlake; the log names the place";

pub struct Refinery {
    address: LakeAddress,
    around: Arc<Surroundings>,
    workers: usize,
    idle: Arc<Mutex<Vec<Worker>>>,
}

/// When to stop, and when to answer even if something does not stop.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub stop_at: Instant,
    pub answer_by: Instant,
}

impl Limits {
    /// Workers that come down later are not waited for, since afterwards messages have to be put aside and given back.
    fn workers_by(self) -> Instant {
        self.stop_at + self.answer_by.saturating_duration_since(self.stop_at) * 3 / 4
    }
}

impl Refinery {
    pub fn new(address: LakeAddress, around: Surroundings, memory_mib: u64) -> Self {
        let workers = workers_within(memory_mib);
        Self { address, around: Arc::new(around), workers, idle: Arc::default() }
    }

    pub fn around(&self) -> &Surroundings {
        &self.around
    }

    /// What became of each, in their order. One that is named several times is done once. `ended` is told of each object when
    /// its work ends, on this thread.
    pub fn work(&self, wanted: &[Wanted], limits: Limits, ended: &dyn Fn(&Task, &Ending)) -> Vec<Ending> {
        let mut tasks: Vec<Task> = Vec::new();
        let mut known: HashMap<(ObjectKey, Option<String>), usize> = HashMap::new();
        let places: Vec<Result<usize, Ending>> = wanted
            .iter()
            .map(|wanted| {
                let key = self.key_of(&wanted.place)?;
                let number = *known.entry((key.clone(), wanted.version.clone())).or_insert(tasks.len());
                match tasks.get_mut(number) {
                    Some(task) => task.force |= wanted.force,
                    None => tasks.push(Task { key, version: wanted.version.clone(), force: wanted.force }),
                }
                Ok(number)
            })
            .collect();
        let endings = self.do_all(tasks, limits, ended);
        let ending_of = |number: usize| endings.get(number).cloned().unwrap_or(Ending::NotBegun);
        places.into_iter().map(|place| place.map_or_else(|ending| ending, ending_of)).collect()
    }

    fn key_of(&self, place: &Place) -> Result<ObjectKey, Ending> {
        let (bucket, key) = match place {
            Place::Lake(key) => return Ok(key.clone()),
            Place::Bucket { bucket, key } => (bucket, key),
        };
        let Some(found) = self.address.key_at(bucket, key) else {
            let reason = format!("the object is not in {}, the lake of this function", self.address);
            return Err(Ending::Poison(Poison::Elsewhere, reason));
        };
        if !self.is_of_bronze(key) {
            let object = found.as_ref().map_or("no key", ObjectKey::as_str);
            tracing::debug!(object, "left alone, because it is outside of bronze");
            return Err(Ending::OutsideBronze);
        }
        found.map_err(|error| {
            let reason = format!("the message names no object that can be in a lake: {}", NoKey(error));
            Ending::Poison(Poison::Malformed, reason)
        })
    }

    /// Also of keys that are none: whatever else lies in the lake's buckets may have any.
    fn is_of_bronze(&self, key: &str) -> bool {
        let below = key.strip_prefix(self.address.prefix()).and_then(|below| below.strip_prefix(BRONZE));
        below.is_some_and(|below| below.starts_with('/'))
    }

    /// The threads are not waited for where they do not come down in time: the answer has to be given before the function is ended.
    /// What they do later fails at their next touch of the lake, and whatever they have done is what the next delivery does too.
    fn do_all(&self, tasks: Vec<Task>, limits: Limits, ended: &dyn Fn(&Task, &Ending)) -> Vec<Ending> {
        let mut endings = vec![None; tasks.len()];
        let batch = Arc::new(Batch { tasks, next: AtomicUsize::new(0), stop: Stop { at: limits.stop_at } });
        let (tell, told) = mpsc::channel();
        for _ in 0..self.workers.min(batch.tasks.len()) {
            self.start_worker(&batch, tell.clone());
        }
        // Then the channel ends with the last worker.
        drop(tell);
        let patience = || limits.workers_by().saturating_duration_since(Instant::now());
        while let Ok((number, ending)) = told.recv_timeout(patience()) {
            if let (Some(task), Some(place)) = (batch.tasks.get(number), endings.get_mut(number)) {
                ended(task, &ending);
                *place = Some(ending);
            }
        }
        let begun = batch.next.load(Ordering::Relaxed);
        let without_answer = |number: usize| match number < begun {
            true => Ending::Stopped { is_down: false },
            false => Ending::NotBegun,
        };
        let tell_late = |(number, (task, ending)): (usize, (&Task, Option<Ending>))| {
            ending.unwrap_or_else(|| {
                let ending = without_answer(number);
                ended(task, &ending);
                ending
            })
        };
        batch.tasks.iter().zip(endings).enumerate().map(tell_late).collect()
    }

    fn start_worker(&self, batch: &Arc<Batch>, tell: Sender<(usize, Ending)>) {
        let (batch, around, idle) = (Arc::clone(batch), Arc::clone(&self.around), Arc::clone(&self.idle));
        let started = thread::Builder::new().spawn(move || {
            let mut worker = idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            while let Some((number, task)) = batch.take() {
                // A worker that broke off is not used again, whatever state it is in.
                let worked = catch_unwind(AssertUnwindSafe(|| worker.work(&around, task, batch.stop)));
                let ending = worked.unwrap_or_else(|_| {
                    worker = Worker::default();
                    Ending::Failed(DEFECT.to_owned())
                });
                // Nobody listens once the answer is given.
                let _ = tell.send((number, ending));
            }
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        });
        if let Err(error) = started {
            tracing::warn!(%error, "a thread could not be started; the others do its work");
        }
    }
}

struct Batch {
    tasks: Vec<Task>,
    next: AtomicUsize,
    stop: Stop,
}

impl Batch {
    fn take(&self) -> Option<(usize, &Task)> {
        if self.stop.is_over() {
            return None;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Some((number, self.tasks.get(number)?))
    }
}

fn workers_within(memory_mib: u64) -> usize {
    let workers = memory_mib.saturating_sub(MIB_OF_THE_PROCESS) / MIB_OF_AN_OBJECT;
    usize::try_from(workers.clamp(1, MOST_WORKERS)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_follow_from_memory() {
        assert_eq!([0, 128, 256, 512, 1024, 10_240].map(workers_within), [1, 1, 1, 3, 7, 10]);
    }
}
