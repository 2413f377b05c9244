use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::faked::{Answer, Call, aws};
use crate::queue::*;

const URL: &str = "https://sqs.eu-central-1.amazonaws.com/123456789012/refine";

/// A queue, and the entries of each batch that it was sent.
fn queue(answer: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> (Queue, Arc<Mutex<Vec<Vec<Value>>>>) {
    let batches = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&batches);
    let aws = aws(move |call| {
        assert_eq!(call.input["QueueUrl"], URL);
        seen.lock().unwrap().push(call.input["Entries"].as_array().cloned().unwrap_or_default());
        answer(call)
    });
    (aws.queue(URL.parse().unwrap()), batches)
}

fn failure(entry: &Value, sender_fault: bool) -> Value {
    json!({"Id": entry["Id"], "SenderFault": sender_fault, "Code": "InternalError", "Message": "later"})
}

/// Takes all but those whose body says otherwise.
fn take(call: &Call, transient: &Mutex<u32>) -> Answer {
    let mut failed = Vec::new();
    let mut successful = Vec::new();
    for entry in call.input["Entries"].as_array().unwrap() {
        let body = entry["MessageBody"].as_str().unwrap_or_default();
        let mut left = transient.lock().unwrap();
        match body {
            "wrong" => failed.push(failure(entry, true)),
            "busy" if *left > 0 => {
                *left -= 1;
                failed.push(failure(entry, false));
            }
            _ => successful.push(json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "x"})),
        }
    }
    Answer::Done(json!({"Successful": successful, "Failed": failed}))
}

#[test]
fn single_entries_are_tried_again_unless_they_are_wrong() {
    let transient = Mutex::new(2);
    let (queue, batches) = queue(move |call| take(call, &transient));
    let bodies = (0..25).map(|number| match number {
        3 => "busy",
        17 => "wrong",
        _ => "fine",
    });
    let undone = queue.send(&bodies.map(Outgoing::new).collect::<Vec<_>>());
    assert_eq!(undone, [Undone { position: 17, reason: "InternalError, later".to_owned() }]);
    let mut sizes: Vec<usize> = batches.lock().unwrap().iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 5, 10, 10], "only the busy one is sent again");
}

#[test]
fn an_entry_that_stays_busy_is_given_up() {
    let transient = Mutex::new(u32::MAX);
    let (queue, batches) = queue(move |call| take(call, &transient));
    let undone = queue.send(&["fine", "busy"].map(Outgoing::new));
    assert_eq!(undone.iter().map(|undone| undone.position).collect::<Vec<_>>(), [1]);
    assert_eq!(batches.lock().unwrap().len(), 4);
}

#[test]
fn a_batch_holds_as_much_as_a_queue_takes() {
    let (queue, batches) = queue(|call| take(call, &Mutex::new(0)));
    let messages = vec![Outgoing::put_aside("x".repeat(100 << 10), Poison::Gone, "gone"); 5];
    assert_eq!(queue.send(&messages), []);
    let batches = batches.lock().unwrap();
    let mut sizes: Vec<usize> = batches.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 2, 2]);
    let code = &batches[0][0]["MessageAttributes"]["code"];
    assert_eq!(code, &json!({"DataType": "String", "StringValue": "gone"}));
}

#[test]
fn a_call_that_is_refused_has_done_nothing() {
    let (queue, _) = queue(|_| Answer::refused("AWS.SimpleQueueService.NonExistentQueue"));
    let undone = queue.send(&vec![Outgoing::new("fine"); 11]);
    assert_eq!(undone.len(), 11);
    assert!(undone[10].reason.contains("NonExistentQueue"), "{undone:?}");
    let error = queue.receive().unwrap_err().to_string();
    assert!(error.contains(URL) && error.contains("NonExistentQueue"), "{error}");
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    let lost = Mutex::new(1);
    let (queue, batches) = queue(move |call| {
        let is_lost = std::mem::take(&mut *lost.lock().unwrap()) > 0;
        if is_lost { Answer::Lost } else { take(call, &Mutex::new(0)) }
    });
    assert_eq!((queue.delete(&["r-1".to_owned()]), batches.lock().unwrap().len()), (Vec::new(), 2));
    assert_eq!(batches.lock().unwrap()[1][0], json!({"Id": "0", "ReceiptHandle": "r-1"}));
}

#[test]
fn deliveries_are_given_back_each_after_its_time() {
    let (queue, batches) = queue(|call| {
        assert_eq!(call.operation, "ChangeMessageVisibilityBatch");
        take(call, &Mutex::new(0))
    });
    let release = |number| Release { receipt: format!("r-{number}"), after: Duration::from_secs(number) };
    assert_eq!(queue.release(&(0..11).map(release).collect::<Vec<_>>()), []);
    let mut batches = batches.lock().unwrap().clone();
    batches.sort_by_key(Vec::len);
    assert_eq!(batches[0], [json!({"Id": "10", "ReceiptHandle": "r-10", "VisibilityTimeout": 10})]);
    assert_eq!(batches[1][0], json!({"Id": "0", "ReceiptHandle": "r-0", "VisibilityTimeout": 0}));
    assert_eq!((batches.len(), batches[1].len()), (2, 10));
}

#[test]
fn a_message_that_is_too_large_is_told_from_others() {
    let is_too_large = |answer: Answer| {
        let answers = Mutex::new(vec![answer]);
        let (queue, _) = queue(move |_| answers.lock().unwrap().pop().unwrap());
        let [undone] = queue.send(&[Outgoing::new("{}")]).try_into().unwrap();
        undone.is_too_large()
    };
    assert!(is_too_large(Answer::refused("AWS.SimpleQueueService.BatchRequestTooLong")));
    assert!(!is_too_large(Answer::refused("AWS.SimpleQueueService.NonExistentQueue")));
    let failed = |reason: &str| {
        let message = format!("One or more parameters are invalid. Reason: {reason}");
        let code = "InvalidParameterValue";
        let failed = json!([{"Id": "0", "SenderFault": true, "Code": code, "Message": message}]);
        Answer::Done(json!({"Successful": [], "Failed": failed}))
    };
    assert!(is_too_large(failed("Message must be shorter than 262144 bytes.")));
    assert!(!is_too_large(failed("The message has no body.")));
}

#[test]
fn a_message_is_received_with_its_reason() {
    let (queue, _) = queue(|call| {
        assert_eq!(call.operation, "ReceiveMessage");
        assert_eq!(
            (&call.input["MaxNumberOfMessages"], &call.input["MessageAttributeNames"]),
            (&json!(10), &json!(["All"]))
        );
        Answer::Done(json!({"Messages": [{
            "MessageId": "m-1",
            "ReceiptHandle": "r-1",
            "Body": "{}",
            "Attributes": {"SentTimestamp": "1736499600000"},
            "MessageAttributes": {
                "code": {"DataType": "String", "StringValue": "gone"},
                "reason": {"DataType": "String", "StringValue": "a is gone"},
            },
        }]}))
    });
    let [message] = queue.receive().unwrap().try_into().unwrap();
    assert_eq!((message.code(), message.reason()), (Some("gone"), Some("a is gone")));
    assert_eq!(message.sent_at, Some("2025-01-10T09:00:00Z".parse().unwrap()));
    assert_eq!((message.id.as_str(), message.receipt.as_str(), message.body.as_str()), ("m-1", "r-1", "{}"));
}
