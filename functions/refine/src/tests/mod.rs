//! The function without AWS: a lake in memory, queues in memory, a clock that stands still.

mod again;
mod calls;
mod logs;
mod names;
mod time;
mod trouble;

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use leadlake_aws::queue::{Deliveries, Outbox, Outgoing, Release, Undone};
use leadlake_contract::{Contract, shipped};
use leadlake_lake::Lake;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_runtime::{Function, FunctionError, Invocation};
use serde_json::{Value, json};

use crate::batch::Aside;
use crate::handler::{Answer, Refine};
use crate::refinery::Refinery;
use crate::worker::{Surroundings, Versions};

const MIB_OF_FIVE_WORKERS: u64 = 680;
const BUCKET: &str = "leadlake-local";
/// Stands in each record of [`content`], and so must stand in no log, metric, answer or reason.
const SENTINEL: &str = "asha.secret@example.com";

static CONTRACTS: LazyLock<&'static [Contract]> = LazyLock::new(|| Vec::leak(shipped().unwrap()));

/// A queue that may be out of order.
#[derive(Clone, Default)]
struct FakeQueue {
    sent: Arc<Mutex<Vec<Outgoing>>>,
    released: Arc<Mutex<Vec<(String, u64)>>>,
    is_down: bool,
    /// The largest message that it takes, where that matters.
    takes: Option<usize>,
    hangs: Duration,
}

impl FakeQueue {
    fn bodies(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|message| message.body.clone()).collect()
    }

    /// Code and reason of each.
    fn reasons(&self) -> Vec<(String, String)> {
        let sent = self.sent.lock().unwrap();
        let reason = |message: &Outgoing| {
            let attributes: BTreeMap<_, _> = message.attributes().collect();
            (attributes["code"].to_owned(), attributes["reason"].to_owned())
        };
        sent.iter().map(reason).collect()
    }

    /// Receipts that were given back, and after how many seconds their messages come again.
    fn released(&self) -> Vec<(String, u64)> {
        self.released.lock().unwrap().clone()
    }

    fn refusal(&self, message: &Outgoing) -> Option<String> {
        let attributes = message.attributes().map(|(name, value)| name.len() + value.len() + "String".len());
        let size = message.body.len() + attributes.sum::<usize>();
        let takes = self.takes.filter(|takes| size > *takes)?;
        Some(format!("InvalidParameterValue, Reason: Message must be shorter than {takes} bytes."))
    }
}

impl Outbox for FakeQueue {
    fn send(&self, messages: &[Outgoing]) -> Vec<Undone> {
        std::thread::sleep(self.hangs);
        if self.is_down {
            let undone = |position| Undone { position, reason: "ServiceUnavailable".to_owned() };
            return (0..messages.len()).map(undone).collect();
        }
        let mut undone = Vec::new();
        for (position, message) in messages.iter().enumerate() {
            match self.refusal(message) {
                Some(reason) => undone.push(Undone { position, reason }),
                None => self.sent.lock().unwrap().push(message.clone()),
            }
        }
        undone
    }
}

impl Deliveries for FakeQueue {
    fn release(&self, releases: &[Release]) -> Vec<Undone> {
        std::thread::sleep(self.hangs);
        let given = |release: &Release| (release.receipt.clone(), release.after.as_secs());
        self.released.lock().unwrap().extend(releases.iter().map(given));
        if !self.is_down {
            return Vec::new();
        }
        let undone = |position| Undone { position, reason: "AccessDenied".to_owned() };
        (0..releases.len()).map(undone).collect()
    }
}

struct SameStore(Arc<dyn Store>);

impl Versions for SameStore {
    fn at_version(&self, _: &ObjectKey, _: &str) -> Arc<dyn Store> {
        Arc::clone(&self.0)
    }
}

/// The function over a store, with both queues.
struct Bench {
    refine: Refine,
    aside: FakeQueue,
    queue: FakeQueue,
}

fn clock() -> Timestamp {
    "2025-01-11T00:00:00Z".parse().unwrap()
}

fn bench(store: impl Store + 'static) -> Bench {
    bench_with(Arc::new(store), FakeQueue::default())
}

fn bench_with(store: Arc<dyn Store>, aside: FakeQueue) -> Bench {
    bench_within(MIB_OF_FIVE_WORKERS, store, aside)
}

fn bench_within(memory_mib: u64, store: Arc<dyn Store>, aside: FakeQueue) -> Bench {
    let queue = FakeQueue::default();
    let around = Surroundings {
        lake: Lake { store: Arc::clone(&store), bucket: BUCKET.to_owned() },
        versions: Box::new(SameStore(store)),
        contracts: *CONTRACTS,
        only: None,
        clock,
    };
    let refine = Refine {
        refinery: Refinery::new(format!("s3://{BUCKET}").parse().unwrap(), around, memory_mib),
        aside: Aside {
            outbox: Some(Arc::new(aside.clone())),
            most_receives: 5,
            deliveries: Some(Arc::new(queue.clone())),
        },
        queue: Some(Arc::new(queue.clone())),
    };
    Bench { refine, aside, queue }
}

impl Bench {
    fn call(&self, event: Value) -> Result<Answer, FunctionError> {
        self.refine.handle(event, &invocation(Duration::from_secs(60)))
    }

    /// The ids of the messages that come again.
    fn failed(&self, event: Value) -> Vec<String> {
        match self.call(event).unwrap() {
            Answer::Batch(response) => response.failed().map(str::to_owned).collect(),
            other => panic!("{other:?}"),
        }
    }
}

fn invocation(left: Duration) -> Invocation {
    Invocation::new("r-1", left, false)
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).unwrap()
}

/// Two good records, the first of them twice, and one that is refused.
fn content(number: usize) -> String {
    let event = |part: usize| {
        json!({
            "event_id": format!("wb-{number}-{part}"),
            "event_type": "webinar_attendance",
            "email": SENTINEL,
            "duration_minutes": number,
            "timestamp": "2025-01-10T09:00:00Z",
        })
    };
    let refused = json!({"event_type": "webinar_attendance", "email": SENTINEL, "timestamp": SENTINEL});
    [event(0), event(1), event(0), refused].map(|record| record.to_string()).join("\n")
}

fn place(number: usize) -> String {
    format!("bronze/webinar/2025/01/10/part {number:03}+a.json")
}

fn lake_of(objects: usize) -> MemoryStore {
    let store = MemoryStore::new();
    for number in 0..objects {
        let arrived = "2025-01-10T09:00:01Z".parse().unwrap();
        store.put_at(&key(&place(number)), content(number).as_bytes(), arrived);
    }
    store
}

fn record(key: &str) -> Value {
    let encoded = key.replace('+', "%2B").replace(' ', "+");
    json!({"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": BUCKET}, "object": {"key": encoded}}})
}

fn notification(keys: &[&str]) -> Value {
    json!({"Records": keys.iter().map(|key| record(key)).collect::<Vec<_>>()})
}

/// Messages `m-0`, `m-1` and so on, with receipts `r-0`, `r-1` and so on.
fn batch(bodies: &[String], receives: u32) -> Value {
    let message = |(number, body): (usize, &String)| {
        let attributes = json!({"ApproximateReceiveCount": receives.to_string()});
        let (id, receipt) = (format!("m-{number}"), format!("r-{number}"));
        json!({"messageId": id, "receiptHandle": receipt, "body": body, "attributes": attributes})
    };
    json!({"Records": bodies.iter().enumerate().map(message).collect::<Vec<_>>()})
}

/// All that lies below the folders that refine writes, by key.
fn outputs(store: &dyn Store) -> BTreeMap<String, Vec<u8>> {
    let listed = ["ledger", "silver", "quarantine"].map(|folder| store.list(folder).unwrap());
    let read = |key: &ObjectKey| {
        let mut bytes = Vec::new();
        store.open(key).unwrap().body.read_to_end(&mut bytes).unwrap();
        bytes
    };
    listed
        .into_iter()
        .flatten()
        .map(|facts| facts.unwrap().key)
        .map(|key| (key.to_string(), read(&key)))
        .collect()
}

fn ledger_entries(store: &dyn Store) -> usize {
    outputs(store).keys().filter(|key| key.starts_with("ledger/")).count()
}
