//! Without SQS: queues in memory, and a service played by a test.

mod wire;

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use leadlake_contract::shipped;
use leadlake_lake::Lake;
use leadlake_lake::ingest::Selection;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{MemoryStore, Store};

use super::*;

/// A queue in memory that hides what was received, and refuses bodies that hold `REFUSED`.
#[derive(Default)]
struct FakeQueue {
    messages: Mutex<Vec<Held>>,
}

#[derive(Clone)]
struct Held {
    message: Received,
    hidden: bool,
}

const REFUSED: &str = "refused";
const NOW: &str = "2025-03-01T00:00:00Z";

impl FakeQueue {
    fn add(&self, body: &str, attributes: &[(&str, &str)], sent_at: &str) {
        let mut messages = self.messages.lock().unwrap();
        let id = format!("m-{}", messages.len());
        let message = Received {
            receipt: format!("r-{id}"),
            id,
            body: body.to_owned(),
            attributes: attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            sent_at: Some(sent_at.parse().unwrap()),
        };
        messages.push(Held { message, hidden: false });
    }

    fn visible(&self) -> Vec<String> {
        let messages = self.messages.lock().unwrap();
        messages.iter().filter(|held| !held.hidden).map(|held| held.message.body.clone()).collect()
    }
}

impl Outbox for FakeQueue {
    fn send(&self, messages: &[Outgoing]) -> Vec<Undone> {
        let mut undone = Vec::new();
        for (position, message) in messages.iter().enumerate() {
            if message.body.contains(REFUSED) {
                undone.push(Undone { position, reason: "InvalidMessageContents".to_owned() });
            } else {
                self.add(&message.body, &message.attributes().collect::<Vec<_>>(), "2025-03-02T00:00:00Z");
            }
        }
        undone
    }
}

impl Inbox for FakeQueue {
    fn receive(&self) -> Result<Vec<Received>, QueueError> {
        let mut messages = self.messages.lock().unwrap();
        let visible = messages.iter_mut().filter(|held| !held.hidden).take(3);
        Ok(visible.map(|held| (held.hidden = true, held.message.clone()).1).collect())
    }

    fn delete(&self, receipts: &[String]) -> Vec<Undone> {
        self.messages.lock().unwrap().retain(|held| !receipts.contains(&held.message.receipt));
        Vec::new()
    }
}

impl Deliveries for FakeQueue {
    fn release(&self, releases: &[Release]) -> Vec<Undone> {
        for held in self.messages.lock().unwrap().iter_mut() {
            let is_visible =
                |release: &Release| release.receipt == held.message.receipt && release.after.is_zero();
            held.hidden &= !releases.iter().any(is_visible);
        }
        Vec::new()
    }
}

fn put_aside() -> FakeQueue {
    let aside = FakeQueue::default();
    let gone = [("code", "gone"), ("reason", "a is gone")];
    for number in 0..5 {
        aside.add(&format!("body {number}"), &gone, "2025-02-01T00:00:00Z");
    }
    aside.add(REFUSED, &gone, "2025-02-01T00:00:00Z");
    aside.add("silent", &[], "2025-02-01T00:00:00Z");
    aside.add("again", &gone, "2025-03-01T00:00:01Z");
    aside
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

#[test]
fn what_was_put_aside_goes_back_as_it_was() {
    let (aside, queue) = (put_aside(), FakeQueue::default());
    let redriven = redrive(&aside, &queue, Redrive::default(), now()).unwrap();
    let codes: Vec<_> = redriven.codes.iter().map(|(code, count)| (code.as_str(), *count)).collect();
    assert_eq!(codes, [("gone", 5), ("unexplained", 1)]);
    assert_eq!((redriven.messages(), redriven.came_back, redriven.unsent.len()), (6, 1, 1));
    assert_eq!(queue.visible(), ["body 0", "body 1", "body 2", "body 3", "body 4", "silent"]);
    assert_eq!(aside.visible(), [REFUSED, "again"], "what stays can be received at once");
}

#[test]
fn a_dry_run_changes_nothing() {
    let (aside, queue) = (put_aside(), FakeQueue::default());
    let before = aside.visible();
    let seen = redrive(&aside, &queue, Redrive { dry_run: true, limit: None }, now()).unwrap();
    assert_eq!((seen.messages(), seen.reasons["a is gone"], seen.came_back), (7, 6, 1));
    assert_eq!((aside.visible(), queue.visible()), (before, Vec::new()));
}

#[test]
fn a_limit_is_kept() {
    let (aside, queue) = (put_aside(), FakeQueue::default());
    let redriven = redrive(&aside, &queue, Redrive { dry_run: false, limit: Some(4) }, now()).unwrap();
    assert_eq!((redriven.messages(), queue.visible().len(), aside.visible().len()), (4, 4, 4));
}

#[test]
fn a_backfill_asks_for_what_is_not_done() {
    let store = MemoryStore::new();
    for day in 1..=3 {
        let key = ObjectKey::new(format!("bronze/webinar/2025/01/0{day}/a+b c.json")).unwrap();
        store.put(&key, b"{}").unwrap();
    }
    store.put(&ObjectKey::new("bronze/nobody/2025/01/02/a.json").unwrap(), b"{}").unwrap();
    let lake = Lake::local(Arc::new(store));
    let contracts = shipped().unwrap();
    let selection = Selection { from: Some("2025-01-02".parse().unwrap()), ..Selection::default() };
    let queue = FakeQueue::default();
    let backfilled = backfill(&lake, &contracts, &selection, None, &queue, &|| true).unwrap();
    assert_eq!((backfilled.found, backfilled.sent, backfilled.without_contract.len()), (2, 2, 1));
    assert_eq!(
        queue.visible()[0],
        r#"{"leadlake":"refine","key":"bronze/webinar/2025/01/02/a+b c.json","force":false}"#
    );
    let request: RefineRequest = serde_json::from_str(&queue.visible()[0]).unwrap();
    assert_eq!(request.key.as_str(), "bronze/webinar/2025/01/02/a+b c.json");

    let late = backfill(&lake, &contracts, &selection, None, &queue, &|| false).unwrap();
    assert_eq!((late.sent, late.not_reached, late.is_complete()), (0, 2, false));
}

#[test]
fn a_backfill_says_where_to_go_on() {
    let store = MemoryStore::new();
    let key = |number: usize| ObjectKey::new(format!("bronze/webinar/2025/01/01/{number:03}.json")).unwrap();
    (0..450).for_each(|number| store.put(&key(number), b"{}").unwrap());
    let lake = Lake::local(Arc::new(store));
    let contracts = shipped().unwrap();
    let selection = Selection::default();
    let go_on_for = |calls: usize, after: Option<&ObjectKey>, queue: &FakeQueue| {
        let asked = Mutex::new(0);
        let may_go_on = || {
            *asked.lock().unwrap() += 1;
            *asked.lock().unwrap() <= calls
        };
        backfill(&lake, &contracts, &selection, after, queue, &may_go_on).unwrap()
    };
    let queue = FakeQueue::default();
    let first = go_on_for(1, None, &queue);
    assert_eq!((first.sent, first.not_reached, first.after.clone()), (200, 250, Some(key(199))));
    let none = go_on_for(0, first.after.as_ref(), &queue);
    assert_eq!((none.sent, none.not_reached, none.after), (0, 250, Some(key(199))));
    let rest = go_on_for(2, first.after.as_ref(), &queue);
    assert_eq!((rest.found, rest.sent, rest.after.clone(), rest.is_complete()), (250, 250, None, true));
    let sent = queue.visible();
    assert!(sent.len() == 450 && (0..450).all(|number| sent[number].contains(key(number).as_str())));
    // What could not be sent is not left behind.
    lake.store.put(&ObjectKey::new("bronze/webinar/2025/01/01/009-refused.json").unwrap(), b"{}").unwrap();
    let refused = go_on_for(2, None, &FakeQueue::default());
    assert_eq!((refused.sent, refused.not_reached, refused.after), (399, 51, Some(key(8))));
}
