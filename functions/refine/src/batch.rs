//! Messages: each is done, comes again, or is put aside.

use leadlake_aws::queue::{Outbox, Outgoing, Poison};
use leadlake_runtime::{BatchResponse, FunctionError, Metrics};
use serde::Serialize;
use serde_json::Value;

use crate::asked::{Asked, BackfillRequest, Malformed};
use crate::parse::{parse, parse_text};
use crate::refinery::{Limits, Refinery};
use crate::tally;
use crate::worker::Ending;

/// A message of a queue, as Lambda hands it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    /// Anything, or none where there is no text.
    pub body: String,
    /// How often it was received, this time included.
    pub receives: u32,
}

/// Where messages go that can never work, and how often others may fail.
pub struct Aside {
    pub outbox: Option<Box<dyn Outbox>>,
    pub most_receives: u32,
}

/// What is to become of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Done,
    Again(String),
    Poison(Poison, String),
}

/// The answer to whoever calls the function without a queue.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub refined: u64,
    pub already_done: u64,
    pub put_aside: u64,
    pub test_events: u64,
    pub ignored: u64,
}

/// The messages, where a queue has sent the event. The event is malformed where a message has no id: nothing could be said of it.
pub fn messages_of(event: &Value) -> Option<Result<Vec<Message>, FunctionError>> {
    let records = event.get("Records")?.as_array()?;
    if !records.iter().any(|record| record.get("messageId").is_some()) {
        return None;
    }
    Some(records.iter().map(message_of).collect())
}

fn message_of(record: &Value) -> Result<Message, FunctionError> {
    let id = record.get("messageId").and_then(Value::as_str);
    let id =
        id.ok_or_else(|| FunctionError::new("MalformedBatch", "a message of the batch has no messageId"))?;
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    let receives = text("/attributes/ApproximateReceiveCount").and_then(|count| count.parse().ok());
    Ok(Message {
        id: id.to_owned(),
        body: text("/body").unwrap_or_default().to_owned(),
        receives: receives.unwrap_or(1),
    })
}

/// Works on all objects of all messages, whichever they are of, and judges each message by its own.
pub fn work_on_messages(
    refinery: &Refinery,
    aside: &Aside,
    messages: &[Message],
    limits: Limits,
    metrics: &Metrics,
    backfill: &dyn Fn(BackfillRequest) -> Result<(), String>,
) -> BatchResponse {
    let mut asked: Vec<Result<Asked, Malformed>> =
        messages.iter().map(|message| parse_text(&message.body)).collect();
    let wanted: Vec<_> = asked.iter().flatten().flat_map(|asked| asked.objects.iter().cloned()).collect();
    let endings = refinery.work(&wanted, limits, &|task, ending| tally::tell(task, ending, metrics));
    let mut endings = endings.into_iter();

    let verdicts = messages.iter().zip(asked.iter_mut()).map(|(message, asked)| {
        let verdict = match asked {
            Err(malformed) => Verdict::Poison(Poison::Malformed, malformed.to_string()),
            Ok(asked) => {
                let own: Vec<Ending> = endings.by_ref().take(asked.objects.len()).collect();
                count_others(asked, metrics);
                let filled = asked.backfill.take().map_or(Ok(()), backfill);
                filled.map_or_else(Verdict::Again, |()| verdict_of(&own))
            }
        };
        match verdict {
            Verdict::Again(reason) if message.receives >= aside.most_receives => {
                Verdict::Poison(Poison::Failed, reason)
            }
            verdict => verdict,
        }
    });
    let judged: Vec<(&Message, Verdict)> = messages.iter().zip(verdicts.collect::<Vec<_>>()).collect();
    let failed = judged.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Again(_)));
    let mut again: Vec<String> = failed.map(|(message, _)| message.id.clone()).collect();
    again.extend(put_aside(aside, &judged, metrics));
    BatchResponse::of_failures(again)
}

fn count_others(asked: &Asked, metrics: &Metrics) {
    if asked.test_events > 0 {
        metrics.count("TestEvents", asked.test_events);
    }
    if asked.ignored > 0 {
        metrics.count("IgnoredEvents", asked.ignored);
    }
}

/// Something may still work: then all comes again, and what is done is then found done. Else something never will.
fn verdict_of(endings: &[Ending]) -> Verdict {
    let mut poison = None;
    for ending in endings {
        match ending {
            Ending::Refined(_) | Ending::AlreadyDone => {}
            Ending::Failed(reason) => return Verdict::Again(reason.clone()),
            Ending::Unfinished => {
                let reason =
                    "no time was left; give the function more time, or make its batches or objects smaller";
                return Verdict::Again(reason.to_owned());
            }
            Ending::Poison(code, reason) => drop(poison.get_or_insert((*code, reason.clone()))),
        }
    }
    poison.map_or(Verdict::Done, |(code, reason)| Verdict::Poison(code, reason))
}

/// Messages that could not be put aside: they come again.
fn put_aside(aside: &Aside, judged: &[(&Message, Verdict)], metrics: &Metrics) -> Vec<String> {
    let mut poisoned: Vec<&Message> = Vec::new();
    let mut outgoing = Vec::new();
    for (message, verdict) in judged {
        let Verdict::Poison(code, reason) = verdict else { continue };
        tally::tell_poison(&message.id, *code, reason, metrics);
        poisoned.push(message);
        outgoing.push(Outgoing::put_aside(&message.body, *code, reason));
    }
    let Some(outbox) = &aside.outbox else {
        return poisoned.into_iter().map(|message| message.id.clone()).collect();
    };
    let mut left = Vec::new();
    for undone in outbox.send(&outgoing) {
        let Some(message) = poisoned.get(undone.position) else { continue };
        tracing::error!(
            message_id = message.id,
            reason = undone.reason,
            "the message could not be put aside"
        );
        left.push(message.id.clone());
    }
    left
}

/// The same without a queue: what fails is an error, so that Lambda tries again, and what can never work is put aside.
pub fn work_directly(
    refinery: &Refinery,
    aside: &Aside,
    event: &Value,
    request_id: &str,
    limits: Limits,
    metrics: &Metrics,
) -> Result<Report, FunctionError> {
    let (verdict, mut report) = match parse(event) {
        Err(malformed) => (Verdict::Poison(Poison::Malformed, malformed.to_string()), Report::default()),
        Ok(asked) => {
            let endings =
                refinery.work(&asked.objects, limits, &|task, ending| tally::tell(task, ending, metrics));
            count_others(&asked, metrics);
            let count = |is: fn(&Ending) -> bool| endings.iter().filter(|ending| is(ending)).count() as u64;
            let report = Report {
                refined: count(|ending| matches!(ending, Ending::Refined(_))),
                already_done: count(|ending| matches!(ending, Ending::AlreadyDone)),
                put_aside: 0,
                test_events: asked.test_events,
                ignored: asked.ignored,
            };
            (verdict_of(&endings), report)
        }
    };
    let (code, reason) = match verdict {
        Verdict::Done => return Ok(report),
        Verdict::Again(reason) => return Err(FunctionError::new("NotRefined", reason)),
        Verdict::Poison(code, reason) => (code, reason),
    };
    let message = Message { id: request_id.to_owned(), body: event.to_string(), receives: 1 };
    let verdict = Verdict::Poison(code, reason.clone());
    match put_aside(aside, &[(&message, verdict)], metrics).as_slice() {
        [] => {
            report.put_aside = 1;
            Ok(report)
        }
        _ => Err(FunctionError::new("Poison", format!("{code}: {reason}"))),
    }
}
