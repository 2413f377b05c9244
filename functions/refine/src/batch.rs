//! Messages: each is done, comes again, or is put aside.

use std::sync::Arc;
use std::time::Duration;

use leadlake_aws::queue::{Deliveries, Outbox, Outgoing, Poison, Undone};
use leadlake_runtime::{BatchResponse, FunctionError, Metrics};
use serde::Serialize;
use serde_json::Value;

use crate::again::{PAUSE_BEFORE_BEGINNING, give_back, pause_after_failure};
use crate::asked::{Asked, BackfillRequest, Malformed};
use crate::parse::{parse, parse_text};
use crate::patience::{Begun, begin};
use crate::refinery::{Limits, Refinery};
use crate::tally;
use crate::worker::Ending;

const NO_TIME: &str = "no time was left; give the function more time, or make its batches or objects smaller";
const TOO_SHORT: &str = "an object was begun and could not be done in one call; it needs more time or memory, \
     so give the function more of both, or make objects smaller";

/// A message of a queue, as Lambda hands it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    /// Names this delivery to the queue.
    pub receipt: Option<String>,
    /// Anything, or none where there is no text.
    pub body: String,
    /// How often it was received, this time included.
    pub receives: u32,
}

/// Where messages go that can never work, how often others may fail, and the queue that these go back to, where it is known.
pub struct Aside {
    pub outbox: Option<Arc<dyn Outbox>>,
    pub most_receives: u32,
    pub deliveries: Option<Arc<dyn Deliveries>>,
}

/// What is to become of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Done,
    /// A backlog is no fault of the message, however often it meets one.
    Unfinished,
    Failed(String),
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
        receipt: text("/receiptHandle").map(str::to_owned),
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
    backfill: &dyn Fn(BackfillRequest) -> Result<(), Ending>,
) -> BatchResponse {
    let mut asked: Vec<Result<Asked, Malformed>> =
        messages.iter().map(|message| parse_text(&message.body)).collect();
    let malformed = messages.iter().zip(&asked).filter_map(|(message, asked)| {
        let malformed = asked.as_ref().err()?;
        Some(Poisoned { message, code: Poison::Malformed, reason: malformed.to_string() })
    });
    // They are sent while the objects are worked on: the queue may be slow, and the work may take all the time there is.
    let malformed = PuttingAside::begin(aside, malformed.collect(), metrics);
    let wanted: Vec<_> = asked.iter().flatten().flat_map(|asked| asked.objects.iter().cloned()).collect();
    let endings = refinery.work(&wanted, limits, &|task, ending| tally::tell(task, ending, metrics));
    let mut endings = endings.into_iter();

    let mut poisoned = Vec::new();
    let mut again: Vec<(&Message, Duration)> = Vec::new();
    let mut held: Vec<&Message> = Vec::new();
    for (message, asked) in messages.iter().zip(&mut asked) {
        let Ok(asked) = asked else { continue };
        let mut own: Vec<Ending> = endings.by_ref().take(asked.objects.len()).collect();
        asked.ignored += count(&own, |ending| *ending == Ending::OutsideBronze);
        count_others(asked, metrics);
        own.extend(asked.backfill.take().and_then(|request| backfill(request).err()));
        let is_held = own.contains(&Ending::Stopped { is_down: false });
        match verdict_of(&own) {
            Verdict::Done => {}
            Verdict::Poison(code, reason) => poisoned.push(Poisoned { message, code, reason }),
            Verdict::Failed(reason) if message.receives >= aside.most_receives => {
                poisoned.push(Poisoned { message, code: Poison::Failed, reason });
            }
            // Whoever is given it now would meet the worker that still runs.
            Verdict::Unfinished | Verdict::Failed(_) if is_held => held.push(message),
            Verdict::Unfinished => again.push((message, PAUSE_BEFORE_BEGINNING)),
            Verdict::Failed(_) => again.push((message, pause_after_failure(message.receives))),
        }
    }
    let poisoned = PuttingAside::begin(aside, poisoned, metrics);
    let release = |messages: &[(&Message, Duration)]| {
        if let Some(deliveries) = &aside.deliveries {
            give_back(deliveries, messages, limits.answer_by);
        }
    };
    release(&again);
    let left = [malformed, poisoned].into_iter().flat_map(|putting| putting.left(limits));
    let left: Vec<_> = left.map(|message| (message, pause_after_failure(message.receives))).collect();
    release(&left);
    let again = again.into_iter().chain(left).map(|(message, _)| message).chain(held);
    BatchResponse::of_failures(again.map(|message| message.id.clone()))
}

fn count(endings: &[Ending], is: impl Fn(&Ending) -> bool) -> u64 {
    endings.iter().filter(|ending| is(ending)).count() as u64
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
    let mut failed = None;
    for ending in endings {
        match ending {
            Ending::Refined(_) | Ending::AlreadyDone | Ending::OutsideBronze => {}
            Ending::NotBegun => return Verdict::Unfinished,
            Ending::Failed(reason) => drop(failed.get_or_insert(reason.as_str())),
            Ending::Stopped { .. } => drop(failed.get_or_insert(TOO_SHORT)),
            Ending::Poison(code, reason) => drop(poison.get_or_insert((*code, reason.clone()))),
        }
    }
    if let Some(reason) = failed {
        return Verdict::Failed(reason.to_owned());
    }
    poison.map_or(Verdict::Done, |(code, reason)| Verdict::Poison(code, reason))
}

struct Poisoned<'m> {
    message: &'m Message,
    code: Poison,
    reason: String,
}

/// Messages on their way to the queue of those that can never work.
struct PuttingAside<'m> {
    messages: Vec<&'m Message>,
    /// None where there is no such queue, or nothing to send.
    sending: Option<Begun<Vec<Undone>>>,
}

impl<'m> PuttingAside<'m> {
    fn begin(aside: &Aside, poisoned: Vec<Poisoned<'m>>, metrics: &Metrics) -> Self {
        let put_aside = |Poisoned { message, code, reason }: &Poisoned<'m>| {
            tally::tell_poison(&message.id, *code, reason, metrics);
            Outgoing::put_aside(&message.body, *code, reason)
        };
        let outgoing: Vec<Outgoing> = poisoned.iter().map(put_aside).collect();
        let outbox = aside.outbox.clone().filter(|_| !outgoing.is_empty());
        let sending = outbox.map(|outbox| begin(move || send_aside(outbox.as_ref(), &outgoing)));
        Self { messages: poisoned.into_iter().map(|poisoned| poisoned.message).collect(), sending }
    }

    /// Messages that could not be put aside in time: they come again. One whose sending was only slow is then there twice.
    fn left(self, limits: Limits) -> Vec<&'m Message> {
        let Some(sending) = self.sending else { return self.messages };
        let undone = match sending.wait_until(limits.answer_by) {
            Ok(undone) => undone,
            Err(reason) => {
                tracing::error!(messages = self.messages.len(), reason, "messages could not be put aside");
                return self.messages;
            }
        };
        let mut left = Vec::new();
        for Undone { position, reason } in undone {
            let Some(&message) = self.messages.get(position) else { continue };
            tracing::error!(message_id = message.id, reason, "the message could not be put aside");
            left.push(message);
        }
        left
    }
}

/// What is too large is sent once more with fewer words: the reason counts towards the size, and the body has to stay as it is.
fn send_aside(outbox: &dyn Outbox, outgoing: &[Outgoing]) -> Vec<Undone> {
    let (large, mut undone): (Vec<_>, Vec<_>) =
        outbox.send(outgoing).into_iter().partition(Undone::is_too_large);
    let shorten = |Undone { position, .. }| Some((position, outgoing.get(position)?.with_short_reason()));
    let (positions, shortened): (Vec<usize>, Vec<Outgoing>) = large.into_iter().filter_map(shorten).unzip();
    if shortened.is_empty() {
        return undone;
    }
    let place = |left: Undone| Some(Undone { position: *positions.get(left.position)?, ..left });
    undone.extend(outbox.send(&shortened).into_iter().filter_map(place));
    undone
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
        Ok(mut asked) => {
            let endings =
                refinery.work(&asked.objects, limits, &|task, ending| tally::tell(task, ending, metrics));
            asked.ignored += count(&endings, |ending| *ending == Ending::OutsideBronze);
            count_others(&asked, metrics);
            let report = Report {
                refined: count(&endings, |ending| matches!(ending, Ending::Refined(_))),
                already_done: count(&endings, |ending| matches!(ending, Ending::AlreadyDone)),
                put_aside: 0,
                test_events: asked.test_events,
                ignored: asked.ignored,
            };
            (verdict_of(&endings), report)
        }
    };
    let (code, reason) = match verdict {
        Verdict::Done => return Ok(report),
        Verdict::Unfinished => return Err(FunctionError::new("NotRefined", NO_TIME)),
        Verdict::Failed(reason) => return Err(FunctionError::new("NotRefined", reason)),
        Verdict::Poison(code, reason) => (code, reason),
    };
    let message = Message { id: request_id.to_owned(), receipt: None, body: event.to_string(), receives: 1 };
    let poisoned = vec![Poisoned { message: &message, code, reason: reason.clone() }];
    if !PuttingAside::begin(aside, poisoned, metrics).left(limits).is_empty() {
        return Err(FunctionError::new("Poison", format!("{code}: {reason}")));
    }
    report.put_aside = 1;
    Ok(report)
}
