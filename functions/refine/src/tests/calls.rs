//! Every kind of event, and what becomes of each message.

use std::path::Path;

use leadlake_lake::store::{Fault, FaultyStore, MemoryStore, Store};
use serde_json::{Value, json};
use test_case::test_case;

use super::*;
use crate::handler::check_queues;

fn events_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events"))
}

fn event(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(events_folder().join(name)).unwrap()).unwrap()
}

/// The objects that the payloads speak of.
fn lake_of_samples() -> MemoryStore {
    let store = MemoryStore::new();
    for contract in *CONTRACTS {
        let source = &contract.source;
        let sample = std::fs::read(events_folder().join(format!("samples/{source}.json"))).unwrap();
        store.put(&key(&format!("bronze/{source}/2025/01/10/{source}.json")), &sample).unwrap();
    }
    store
}

#[test_case("refine-sqs-s3-2.1.json", "webinar")]
#[test_case("refine-sqs-s3-2.6.json", "roadshow")]
#[test_case("refine-s3.json", "online")]
#[test_case("refine-eventbridge.json", "crm")]
#[test_case("refine-sqs-eventbridge.json", "transactions")]
#[test_case("refine-sqs-message.json", "webinar")]
fn whoever_sends_it_the_object_is_refined(name: &str, source: &str) {
    let store = lake_of_samples();
    let bench = bench(store.clone());
    bench.call(event(name)).unwrap();
    let first = outputs(&store);
    assert!(first.keys().any(|key| key.starts_with(&format!("ledger/{source}/dt=2025-01-10/"))), "{name}");
    bench.call(event(name)).unwrap();
    assert_eq!((outputs(&store) == first, bench.aside.bodies()), (true, Vec::new()), "told again");
}

#[test]
fn a_bad_message_fails_alone_and_is_put_aside_with_its_reason() {
    let store = lake_of_samples();
    let bench = bench(store.clone());
    let told = event("refine-sqs-one-bad.json");
    assert_eq!(bench.failed(told.clone()), Vec::<String>::new());
    assert_eq!(ledger_entries(&store), 2);
    assert_eq!(bench.aside.bodies(), [told["Records"][1]["body"].as_str().unwrap()]);
    assert_eq!(bench.aside.reasons()[0].0, "malformed");
}

#[test]
fn a_backfill_asks_for_each_object_and_refines_none() {
    let store = lake_of(3);
    let bench = bench(store.clone());
    let answer = bench.call(event("refine-backfill.json")).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap()["sent"], 3);
    assert_eq!(ledger_entries(&store), 0);
    assert_eq!(bench.failed(batch(&bench.queue.bodies(), 1)), Vec::<String>::new());
    assert_eq!((ledger_entries(&store), bench.aside.bodies().len()), (3, 0));
    // By message, as somebody may send it who has only the queue.
    let again = json!({"source": "webinar", "force": true}).to_string();
    assert_eq!(bench.failed(batch(&[again], 1)), Vec::<String>::new());
    assert_eq!(bench.queue.bodies().len(), 6);
    let unknown = bench.call(json!({"source": "nobody"})).unwrap_err();
    assert!(unknown.message().contains("nobody.odcs.yaml"), "{}", unknown.message());
}

#[test]
fn what_can_never_work_says_why() {
    let store = lake_of(1);
    store.put(&key("bronze/partners/2025/01/10/a.json"), b"{}").unwrap();
    store.put(&key("bronze/a.json"), b"{}").unwrap();
    let elsewhere =
        json!({"Records": [{"s3": {"bucket": {"name": "other"}, "object": {"key": "bronze/crm/a"}}}]});
    let bodies = [
        elsewhere.to_string(),
        notification(&["bronze/a.json"]).to_string(),
        notification(&["bronze/partners/2025/01/10/a.json"]).to_string(),
        notification(&["bronze/webinar/2025/01/10/never.json"]).to_string(),
        notification(&["bronze/../../etc/passwd"]).to_string(),
        format!(r#"{{"email": "{SENTINEL}"}}"#),
        notification(&[&place(0)]).to_string(),
    ];
    let bench = bench(store.clone());
    assert_eq!(bench.failed(batch(&bodies, 1)), Vec::<String>::new());
    let codes: BTreeMap<String, String> = bench
        .aside
        .bodies()
        .into_iter()
        .zip(bench.aside.reasons().into_iter().map(|(code, _)| code))
        .collect();
    let codes: Vec<&str> = bodies.iter().filter_map(|body| Some(codes.get(body)?.as_str())).collect();
    assert_eq!(codes, ["elsewhere", "elsewhere", "no_contract", "gone", "malformed", "malformed"]);
    assert!(bench.aside.reasons().iter().all(|(_, reason)| !reason.contains(SENTINEL)));
    assert_eq!(ledger_entries(&store), 1);
}

#[test]
fn what_lies_outside_of_bronze_is_counted_and_left_alone() {
    let store = Arc::new(FaultyStore::new(lake_of(1), Fault::Before(1)));
    let bench = bench(Arc::clone(&store));
    let own =
        ["silver/webinar/a.parquet", "ledger/webinar/a.json", "athena//results.csv", "bronzed/webinar/a"];
    let call = invocation(Duration::from_secs(60));
    let mut bodies: Vec<String> = own.iter().map(|key| notification(&[key]).to_string()).collect();
    bodies.push(notification(&own).to_string());
    let answer = bench.refine.handle(batch(&bodies, 5), &call).unwrap();
    assert_eq!(serde_json::to_value(answer).unwrap(), json!({"batchItemFailures": []}));
    let metrics = call.metrics.lines("Leadlake", "refine", "r-1", clock()).join("\n");
    assert!(metrics.contains("\"IgnoredEvents\":8") && !metrics.contains("\"Poison\""), "{metrics}");
    let direct = serde_json::to_value(bench.call(notification(&own)).unwrap()).unwrap();
    assert_eq!((&direct["ignored"], &direct["put_aside"]), (&json!(4), &json!(0)));
    assert_eq!((store.steps(), bench.aside.bodies().len()), (0, 0));
    // Beside an object of bronze it hides nothing of that one.
    let both = notification(&[own[0], &place(0)]).to_string();
    assert_eq!(bench.failed(batch(&[both], 1)), ["m-0"]);
}

#[test]
fn a_reason_is_shortened_where_a_message_would_be_too_large() {
    let body = |length: usize| notification(&[&format!("bronze/webinar/{}", "x".repeat(length))]).to_string();
    let (roomy, tight, full) = (body(200), body(400), body(700));
    let aside = FakeQueue { takes: Some(tight.len() + 150), ..FakeQueue::default() };
    let bench = bench_with(Arc::new(lake_of(0)), aside);
    let bodies = [full, "poison".to_owned(), tight.clone(), roomy];
    assert_eq!(bench.failed(batch(&bodies, 1)), ["m-0"], "not even with a short reason");
    let put: BTreeMap<String, (String, String)> =
        bench.aside.bodies().into_iter().zip(bench.aside.reasons()).collect();
    let length_of = |number: usize| put[&bodies[number]].1.chars().count();
    assert_eq!((put.len(), put[&tight].0.as_str(), length_of(2)), (3, "gone", 100));
    assert!(length_of(3) > 200, "where there is room nothing is left out");
}

#[test]
fn where_nothing_can_be_put_aside_it_comes_again() {
    let down = FakeQueue { is_down: true, ..FakeQueue::default() };
    let mut bench = bench_with(Arc::new(lake_of(1)), down);
    let bodies = ["poison".to_owned(), notification(&[&place(0)]).to_string()];
    assert_eq!(bench.failed(batch(&bodies, 1)), ["m-0"]);
    bench.refine.aside.outbox = None;
    assert_eq!(bench.failed(batch(&bodies, 9)), ["m-0"]);
    let direct = bench.call(json!({"email": SENTINEL})).unwrap_err();
    assert_eq!((direct.kind(), direct.message().contains(SENTINEL)), ("Poison", false));
}

#[test]
fn a_message_is_done_when_all_its_objects_are() {
    let store = lake_of(2);
    let bench = bench(store.clone());
    let body = notification(&[&place(0), "bronze/webinar/2025/01/10/never.json", &place(1)]).to_string();
    assert_eq!(bench.failed(batch(std::slice::from_ref(&body), 1)), Vec::<String>::new());
    assert_eq!((ledger_entries(&store), bench.aside.bodies()), (2, vec![body]));
}

#[test]
fn an_object_told_of_several_times_is_counted_once() {
    let store = lake_of(1);
    let bench = bench(store.clone());
    let place = place(0);
    let bodies = vec![notification(&[&place, &place]).to_string(); 5];
    let call = invocation(Duration::from_secs(60));
    bench.refine.handle(batch(&bodies, 1), &call).unwrap();
    bench.refine.handle(batch(&bodies, 2), &call).unwrap();
    let metrics = call.metrics.lines("Leadlake", "refine", "r-1", clock()).join("\n");
    for expected in
        ["\"AlreadyDone\":1", "\"Messages\":10", "\"Objects\":1,\"Records\":4,\"RecordsAccepted\":2"]
    {
        assert!(metrics.contains(expected), "{expected}: {metrics}");
    }
    assert!(
        metrics.contains("\"Source\":\"webinar\",\"request_id\":\"r-1\",\"Bytes\":545,\"Latency\":53999000,")
    );
}

#[test]
fn a_function_for_one_source_leaves_the_others() {
    let store = lake_of_samples();
    let mut bench = bench(store.clone());
    let around = Surroundings {
        lake: Lake { store: Arc::new(store.clone()), bucket: BUCKET.to_owned() },
        versions: Box::new(SameStore(Arc::new(store.clone()))),
        contracts: *CONTRACTS,
        only: Some("crm".parse().unwrap()),
        clock,
    };
    bench.refine.refinery = Refinery::new(format!("s3://{BUCKET}").parse().unwrap(), around, 128);
    bench.call(event("refine-eventbridge.json")).unwrap();
    bench.call(event("refine-s3.json")).unwrap();
    assert_eq!((ledger_entries(&store), bench.aside.reasons()[0].0.as_str()), (1, "elsewhere"));
    assert_eq!(bench.call(json!({"source": "online"})).unwrap_err().kind(), "Elsewhere");
    bench.call(json!({"from": "2025-01-01", "force": true})).unwrap();
    assert_eq!(bench.queue.bodies().len(), 1, "a backfill is of that source too");
}

#[test]
fn the_same_bytes_on_another_day_are_the_same_object() {
    let store = MemoryStore::new();
    let (dayless, arrived) = (key("bronze/webinar/upload.json"), |day: &str| day.parse().unwrap());
    let bench = bench(store.clone());
    store.put_at(&dayless, content(0).as_bytes(), arrived("2025-01-10T23:00:00Z"));
    bench.call(notification(&[dayless.as_str()])).unwrap();
    let first = outputs(&store);
    store.put_at(&dayless, content(0).as_bytes(), arrived("2025-01-12T01:00:00Z"));
    bench.call(notification(&[dayless.as_str()])).unwrap();
    assert!(outputs(&store) == first);
    // Asked for again it stays where it was.
    bench.call(json!({"leadlake": "refine", "key": dayless, "force": true})).unwrap();
    assert_eq!(outputs(&store).into_keys().collect::<Vec<_>>(), first.into_keys().collect::<Vec<_>>());
}

#[test]
fn an_entry_of_an_older_contract_is_kept_and_a_broken_one_made_anew() {
    let store = lake_of(1);
    let bench = bench(store.clone());
    let told = notification(&[&place(0)]);
    bench.call(told.clone()).unwrap();
    let whole = outputs(&store);
    let (ledger, entry) = whole.iter().find(|(key, _)| key.starts_with("ledger/")).unwrap();
    let mut older: Value = serde_json::from_slice(entry).unwrap();
    older["contract_version"] = json!("0.0.1");
    let mut of_another = older.clone();
    of_another["object_id"] = json!("00".repeat(older["object_id"].as_str().unwrap().len() / 2));
    let put = |bytes: &[u8]| store.put(&key(ledger), bytes).unwrap();
    for bytes in [of_another.to_string().into_bytes(), b"half an ent".to_vec()] {
        put(&bytes);
        bench.call(told.clone()).unwrap();
        assert!(outputs(&store) == whole);
    }
    let older = older.to_string();
    put(older.as_bytes());
    bench.call(told).unwrap();
    assert_eq!(outputs(&store)[ledger], older.as_bytes(), "done is done");
    bench.call(json!({"leadlake": "refine", "key": place(0), "force": true})).unwrap();
    assert!(outputs(&store) == whole, "unless it is forced");
}

#[test]
fn nothing_that_names_no_object_is_quoted() {
    let secret = "asha.example";
    let mut bodies: Vec<String> = ["\\", "//", "/../", "\u{7}"]
        .map(|wrong| notification(&[&format!("bronze/webinar/{secret}{wrong}x")]).to_string())
        .to_vec();
    let versions = [format!("{secret}@x"), format!("v.1_2-{}{secret}", "3".repeat(14)), "é".repeat(5_000)];
    for version in &versions {
        let mut gone = notification(&["bronze/webinar/2025/01/10/never.json"]);
        gone["Records"][0]["s3"]["object"]["versionId"] = json!(version);
        bodies.push(gone.to_string());
    }
    let bench = bench(lake_of(0));
    assert_eq!(bench.failed(batch(&bodies, 1)), Vec::<String>::new());
    let reasons = bench.aside.reasons();
    assert_eq!(reasons.len(), 7);
    for (code, reason) in &reasons {
        assert!(!reason.contains("asha") && reason.len() < 200, "{code}: {reason}");
    }
    let ends =
        |number: usize, with: &str| assert!(reasons[number].1.ends_with(with), "{:?}", reasons[number]);
    ends(0, "backslash");
    ends(4, "in a version that cannot be shown");
    ends(5, &format!("in version v.1_2-{}", "3".repeat(14)));
    ends(6, "in a version that cannot be shown");
}

#[test]
fn a_backfill_of_no_source_of_this_function_is_put_aside_at_once() {
    let mut bench = bench(lake_of(1));
    bench.refine.refinery = Refinery::new(
        format!("s3://{BUCKET}").parse().unwrap(),
        Surroundings {
            lake: Lake { store: Arc::new(lake_of(1)), bucket: BUCKET.to_owned() },
            versions: Box::new(SameStore(Arc::new(lake_of(1)))),
            contracts: *CONTRACTS,
            only: Some("webinar".parse().unwrap()),
            clock,
        },
        128,
    );
    let bodies = ["crm", "webinar"].map(|source| json!({"source": source}).to_string());
    assert_eq!(bench.failed(batch(&bodies, 1)), Vec::<String>::new());
    let codes = || bench.aside.reasons().into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    assert_eq!((codes(), bench.queue.bodies().len()), (vec!["elsewhere".to_owned()], 1));
    let any = super::bench(lake_of(1));
    assert_eq!(any.failed(batch(&[json!({"source": "nobody"}).to_string()], 1)), Vec::<String>::new());
    assert_eq!(any.aside.reasons()[0].0, "no_contract");
}

#[test]
fn what_is_put_aside_must_not_come_back_by_itself() {
    let url = |text: &str| Some(text.parse::<leadlake_aws::queue::QueueUrl>().unwrap());
    let queue = url("https://sqs.eu-central-1.amazonaws.com/123456789012/refine");
    let same = url("http://127.0.0.1:4566/123456789012/refine");
    let other = url("https://sqs.eu-central-1.amazonaws.com/123456789012/refine-dlq");
    let refused = check_queues(queue.as_ref(), same.as_ref()).unwrap_err();
    assert_eq!(refused.kind(), "SameQueue");
    assert!(refused.message().contains("LEADLAKE_DLQ_URL"), "{refused:?}");
    assert!(
        check_queues(queue.as_ref(), other.as_ref()).is_ok() && check_queues(None, same.as_ref()).is_ok()
    );
}

struct OldVersion(MemoryStore);

impl Versions for OldVersion {
    fn at_version(&self, key: &ObjectKey, version: &str) -> Arc<dyn Store> {
        assert_eq!((key.as_str(), version), (place(0).as_str(), "v1"));
        Arc::new(self.0.clone())
    }
}

#[test]
fn the_version_that_was_told_of_is_read() {
    let (current, old) = (lake_of(2), lake_of(1));
    let mut bench = bench(current.clone());
    let around = Surroundings {
        lake: Lake { store: Arc::new(current.clone()), bucket: BUCKET.to_owned() },
        versions: Box::new(OldVersion(old.clone())),
        contracts: *CONTRACTS,
        only: None,
        clock,
    };
    bench.refine.refinery = Refinery::new(format!("s3://{BUCKET}").parse().unwrap(), around, 128);
    let mut told = notification(&[&place(0), &place(1)]);
    told["Records"][0]["s3"]["object"]["versionId"] = json!("v1");
    bench.call(told).unwrap();
    assert_eq!((ledger_entries(&old), ledger_entries(&current)), (1, 1));
}

#[test]
fn all_variables_are_told_of_at_once() {
    let mut environment = leadlake_runtime::Environment::new(|name| match name {
        "LEADLAKE_LAKE" => Some("acme".to_owned()),
        "LEADLAKE_SOURCE" => Some("Web Site".to_owned()),
        "LEADLAKE_DLQ_URL" => Some("dlq".to_owned()),
        "LEADLAKE_MAX_RECEIVES" => Some("few".to_owned()),
        _ => None,
    });
    assert!(Refine::settings(&mut environment).is_none());
    let message = environment.checked().unwrap_err().to_string();
    for name in ["LEADLAKE_LAKE", "LEADLAKE_SOURCE", "LEADLAKE_DLQ_URL", "LEADLAKE_MAX_RECEIVES"] {
        assert_eq!(message.matches(name).count(), 1, "{name}: {message}");
    }
}
