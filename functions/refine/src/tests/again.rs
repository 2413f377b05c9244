//! What is not done comes again after its time, and what is done does not.

use std::time::Instant;

use leadlake_lake::store::{Fault, FaultyStore};
use test_case::test_case;

use super::*;

/// One message that is done, one that fails, and one that is put aside.
fn bodies() -> Vec<String> {
    let never = "bronze/webinar/2025/01/10/never.json";
    vec![
        json!({"Event": "s3:TestEvent"}).to_string(),
        notification(&[&place(0)]).to_string(),
        notification(&["bronze/nobody"]).to_string(),
        notification(&["silver/webinar/a.parquet"]).to_string(),
        notification(&[never, &place(0)]).to_string(),
    ]
}

fn failing() -> FaultyStore<MemoryStore> {
    FaultyStore::new(lake_of(1), Fault::Before(1))
}

#[test_case(1, 5)]
#[test_case(2, 20)]
#[test_case(3, 60)]
#[test_case(4, 180)]
fn what_failed_comes_again_later_each_time(receives: u32, seconds: u64) {
    let bench = bench(failing());
    let failed = bench.failed(batch(&bodies(), receives));
    let expected = failed.iter().map(|id| (id.replace("m-", "r-"), seconds)).collect::<Vec<_>>();
    assert!(failed.contains(&"m-1".to_owned()) && !failed.contains(&"m-0".to_owned()), "{failed:?}");
    assert_eq!(bench.queue.released(), expected);
}

#[test]
fn what_cannot_be_put_aside_comes_again_within_a_quarter_of_an_hour() {
    let mut bench = bench(lake_of(1));
    bench.refine.aside.outbox = None;
    let bodies = ["poison".to_owned(), notification(&[&place(0)]).to_string()];
    for (receives, seconds) in [(1, 5), (5, 540), (6, 900), (1000, 900)] {
        assert_eq!(bench.failed(batch(&bodies, receives)), ["m-0"]);
        assert_eq!(bench.queue.released().pop(), Some(("r-0".to_owned(), seconds)));
    }
    assert_eq!(bench.queue.released().len(), 4, "and nothing that is done");
}

#[test]
fn nothing_is_given_back_where_all_is_done_or_nothing_names_the_delivery() {
    let healthy = bench(lake_of(1));
    assert_eq!(healthy.failed(batch(&bodies(), 5)), Vec::<String>::new());
    let failing = bench(failing());
    let mut told = batch(&bodies()[1..2], 1);
    told["Records"][0].as_object_mut().unwrap().remove("receiptHandle");
    assert_eq!(failing.failed(told), ["m-0"]);
    assert_eq!((healthy.queue.released(), failing.queue.released()), (Vec::new(), Vec::new()));
}

#[test_case(FakeQueue { is_down: true, ..FakeQueue::default() }; "refuses")]
#[test_case(FakeQueue { hangs: Duration::from_secs(3), ..FakeQueue::default() }; "hangs")]
fn the_answer_is_the_same_where_the_queue(queue: FakeQueue) {
    let mut bench = bench(failing());
    bench.refine.aside.deliveries = Some(Arc::new(queue));
    let begun = Instant::now();
    let call = invocation(Duration::from_secs(2));
    let answer = bench.refine.handle(batch(&bodies()[1..2], 1), &call).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(
        serde_json::to_value(answer).unwrap(),
        json!({"batchItemFailures": [{"itemIdentifier": "m-0"}]})
    );
}

#[test]
fn without_time_nothing_is_given_back() {
    let bench = bench(lake_of(1));
    let answer = bench.refine.handle(batch(&bodies()[1..2], 1), &invocation(Duration::ZERO)).unwrap();
    assert_eq!(
        serde_json::to_value(answer).unwrap(),
        json!({"batchItemFailures": [{"itemIdentifier": "m-0"}]})
    );
    assert_eq!(bench.queue.released(), []);
}
