//! Time that runs out. Limits are far apart, since a machine may be slow.

use std::sync::atomic::Ordering;
use std::time::Instant;

use leadlake_runtime::Metrics;

use super::trouble::{Then, slow};
use super::*;
use crate::asked::BackfillRequest;
use crate::backfill::Onwards;
use crate::batch::messages_of;
use crate::refinery::Limits;

fn limits(stop: u64, answer: u64) -> Limits {
    let after = |seconds| Instant::now() + Duration::from_secs(seconds);
    Limits { stop_at: after(stop), answer_by: after(answer) }
}

fn bodies(objects: usize) -> Vec<String> {
    (0..objects).map(|number| notification(&[&place(number)]).to_string()).collect()
}

/// The ids that come again, and the metrics.
fn work(bench: &Bench, event: &Value, limits: Limits) -> (Vec<String>, String) {
    let metrics = Metrics::default();
    let messages = messages_of(event).unwrap().unwrap();
    let response = bench.refine.work_on(&messages, limits, &metrics);
    let metrics = metrics.lines("Leadlake", "refine", "r-1", clock()).join("\n");
    (response.failed().map(str::to_owned).collect(), metrics)
}

/// Five at once, and none of them ends before the stop.
#[test]
fn what_was_begun_and_stopped_failed_and_what_was_not_begun_did_not() {
    let below = lake_of(12);
    let bench_of = || bench(slow(&below, Duration::from_secs(2), "bronze/", Then::Opens));
    let first = bench_of();
    let (failed, metrics) = work(&first, &batch(&bodies(12), 1), limits(1, 60));
    assert_eq!((failed.len(), ledger_entries(&below)), (12, 0));
    assert!(metrics.contains("\"Unfinished\":12"), "{metrics}");
    let pauses =
        |bench: &Bench| bench.queue.released().into_iter().map(|(_, after)| after).collect::<Vec<_>>();
    assert_eq!(pauses(&first), [5; 12]);
    let second = bench_of();
    work(&second, &batch(&bodies(12), 2), limits(1, 60));
    assert_eq!(pauses(&second), [vec![20; 5], vec![5; 7]].concat());

    let last = bench_of();
    let (failed, _) = work(&last, &batch(&bodies(12), 9), limits(1, 60));
    assert_eq!(failed, (5..12).map(|number| format!("m-{number}")).collect::<Vec<_>>());
    let reasons = last.aside.reasons();
    let is_told =
        |(code, reason): &(String, String)| code == "failed" && reason.contains("more time or memory");
    assert!(reasons.len() == 5 && reasons.iter().all(is_told), "{reasons:?}");
}

#[test]
fn a_backlog_puts_nothing_aside_however_often_a_message_meets_it() {
    let below = lake_of(12);
    let wrong = "bronze/webinar/2025/01/10/wrong.json";
    below.put(&key(wrong), b"{}").unwrap();
    // One of its objects fails, and others are not reached.
    let places: Vec<String> = (0..12).map(place).collect();
    let named: Vec<&str> = std::iter::once(wrong).chain(places.iter().map(String::as_str)).collect();
    let bench = bench(slow(&below, Duration::from_secs(2), "bronze/", Then::IsBusyWith("wrong")));
    let event = batch(&[notification(&named).to_string()], 9);
    let (failed, _) = work(&bench, &event, limits(1, 60));
    assert_eq!((failed, bench.aside.reasons()), (vec!["m-0".to_owned()], Vec::new()));
}

#[test]
fn what_hangs_is_not_waited_for_nor_given_back_and_does_nothing_later() {
    let below = lake_of(2);
    let store = slow(&below, Duration::from_secs(8), "part 000", Then::Opens);
    let touched = Arc::clone(&store.touched);
    let bench = bench(store);
    let event = batch(&bodies(2), 1);
    let begun = Instant::now();
    let (failed, _) = work(&bench, &event, limits(2, 4));
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!((failed, touched.load(Ordering::SeqCst)), (vec!["m-0".to_owned()], true));
    assert_eq!(bench.queue.released(), [], "its worker still runs");
    let left = outputs(&below);
    std::thread::sleep(Duration::from_secs(7));
    assert!(outputs(&below) == left, "the hanging thread has come back and found its time over");
    assert_eq!(work(&bench, &event, limits(60, 60)).0, Vec::<String>::new());
}

#[test]
fn the_answer_does_not_wait_for_what_is_put_aside() {
    let below = lake_of(1);
    let hanging = FakeQueue { hangs: Duration::from_secs(20), ..FakeQueue::default() };
    let bench = bench_with(Arc::new(below.clone()), hanging);
    let never = notification(&["bronze/webinar/2025/01/10/never.json"]).to_string();
    let event = batch(&["poison".to_owned(), never, bodies(1).remove(0)], 1);
    let begun = Instant::now();
    let (failed, _) = work(&bench, &event, limits(3, 5));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!((failed, ledger_entries(&below)), (vec!["m-0".to_owned(), "m-1".to_owned()], 1));
}

#[test]
fn what_is_malformed_is_put_aside_before_the_objects_are_worked_on() {
    let below = lake_of(1);
    let bench = bench(slow(&below, Duration::from_secs(8), "bronze/", Then::Opens));
    let event = batch(&["poison".to_owned(), bodies(1).remove(0)], 1);
    // Of which the work leaves nothing.
    let (failed, _) = work(&bench, &event, limits(2, 2));
    assert_eq!((failed, bench.aside.bodies()), (vec!["m-1".to_owned()], vec!["poison".to_owned()]));
}

/// Takes what it is sent, and takes all of a call's time for it.
struct SlowQueue {
    below: FakeQueue,
    until: Instant,
}

impl Outbox for SlowQueue {
    fn send(&self, messages: &[Outgoing]) -> Vec<Undone> {
        let undone = self.below.send(messages);
        std::thread::sleep(self.until.saturating_duration_since(Instant::now()));
        undone
    }
}

#[test]
fn a_backfill_that_does_not_fit_into_a_call_goes_on_in_another() {
    let mut bench = bench(lake_of(450));
    let mut asked = vec![json!({"source": "webinar", "force": true}).to_string()];
    let mut sent = Vec::new();
    for _ in 0..3 {
        let below = FakeQueue::default();
        let limits = limits(3, 60);
        bench.refine.queue = Some(Arc::new(SlowQueue { below: below.clone(), until: limits.stop_at }));
        assert_eq!(work(&bench, &batch(&asked, 9), limits).0, Vec::<String>::new());
        let (objects, rest): (Vec<String>, Vec<String>) =
            below.bodies().into_iter().partition(|body| body.contains("\"leadlake\""));
        sent.extend(objects);
        asked = rest;
    }
    assert!(asked.is_empty() && bench.aside.bodies().is_empty(), "{asked:?}");
    assert!(sent.len() == 450 && sent.iter().all(|body| body.contains("\"force\":true")), "{}", sent.len());
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 450);
}

#[test]
fn a_direct_backfill_answers_where_to_go_on() {
    let mut bench = bench(lake_of(201));
    let limits = limits(3, 60);
    let below = FakeQueue::default();
    bench.refine.queue = Some(Arc::new(SlowQueue { below: below.clone(), until: limits.stop_at }));
    let request = BackfillRequest::default();
    let answer = bench.refine.backfill(request, limits, Onwards::ByAnswer, &Metrics::default()).unwrap();
    let answer = serde_json::to_value(answer).unwrap();
    assert_eq!((&answer["after"], &answer["not_reached"]), (&json!(place(199)), &json!(1)));
    assert_eq!(below.bodies().len(), 200, "and nobody else goes on");
}

#[test]
fn a_backfill_is_no_poison_before_it_is_begun_and_has_a_reason_where_it_cannot_go_on() {
    let asked = batch(&[json!({"source": "webinar"}).to_string()], 9);
    let late = bench(lake_of(1));
    assert_eq!((work(&late, &asked, limits(0, 5)).0.len(), late.aside.bodies().len()), (1, 0));
    let mut without = bench(lake_of(1));
    without.refine.queue = None;
    assert_eq!(work(&without, &asked, limits(60, 60)).0, Vec::<String>::new());
    assert_eq!(without.aside.reasons()[0].0, "failed");
    let mut hanging = bench(lake_of(1));
    let queue = FakeQueue { hangs: Duration::from_secs(20), ..FakeQueue::default() };
    hanging.refine.queue = Some(Arc::new(queue));
    let begun = Instant::now();
    let again = work(&hanging, &asked, limits(2, 4)).0.len();
    // Whether there is time left to put it aside, nobody can say; it does not vanish.
    assert_eq!(again + hanging.aside.bodies().len(), 1);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
