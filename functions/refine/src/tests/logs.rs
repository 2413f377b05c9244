//! What is told of a call holds nothing of messages and records.

use leadlake_lake::store::{Fault, FaultyStore};
use leadlake_runtime::{JsonLog, LogLevel};

use super::*;

#[test]
fn nothing_of_a_record_or_a_message_is_told() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let log = JsonLog::new("refine", LogLevel::DEBUG, move |line| kept.lock().unwrap().push(line.to_owned()));
    let bodies = [
        notification(&[&place(0)]).to_string(),
        notification(&["bronze/webinar/2025/01/10/never.json"]).to_string(),
        format!(r#"{{"email": "{SENTINEL}"}}"#),
        format!("{{{SENTINEL}"),
        json!({"Records": [{"s3": {"bucket": {"name": [SENTINEL]}}}]}).to_string(),
        json!({"leadlake": SENTINEL}).to_string(),
        json!({"source": SENTINEL}).to_string(),
    ];
    let mut told = String::new();
    // Of the whole process, so that what other tests log meanwhile is looked at too.
    tracing::subscriber::set_global_default(log).unwrap();
    for fault in [Fault::Never, Fault::Before(2)] {
        let bench = bench(FaultyStore::new(lake_of(1), fault));
        let call = invocation(Duration::from_secs(60));
        let answer = bench.refine.handle(batch(&bodies, 1), &call).unwrap();
        told += &serde_json::to_string(&answer).unwrap();
        told += &call.metrics.lines("Leadlake", "refine", "r-1", clock()).join("\n");
        told += &format!("{:?}", bench.aside.reasons());
        told += &format!("{:?}", bench.call(json!({"email": SENTINEL})).unwrap());
    }
    let lines = lines.lock().unwrap().join("\n");
    for expected in
        ["\"message\":\"refined\"", "\"code\":\"gone\"", "\"code\":\"malformed\"", "it comes again"]
    {
        assert!(lines.contains(expected), "{expected}: {lines}");
    }
    assert!(lines.contains("\"object\":\"bronze/webinar/2025/01/10/part 000+a.json\""), "{lines}");
    told += &lines;
    assert!(!told.contains("asha") && !told.contains("wb-0"), "{told}");
}
