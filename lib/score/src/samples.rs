//! Events for tests.

use leadlake_lead::event::{
    Amount, Day, Event, EventKey, Identity, Micros, Outcome, OutcomeFacts, Purchase, Touch,
};
use leadlake_lead::profile::distinct;
use proptest::prelude::*;
use proptest::sample::select;

use crate::config::Scoring;

pub(crate) fn shipped() -> Scoring {
    Scoring::shipped().unwrap()
}

/// In days.
pub(crate) fn at(days: f64) -> Micros {
    Micros((days * Micros::PER_DAY as f64) as i64)
}

pub(crate) fn event<'a>(source: &'a str, id: &'a str, days: f64) -> Event<'a> {
    Event {
        key: EventKey { source, id },
        at: at(days),
        arrived: Day(days as i32),
        identity: Identity::default(),
        touch: Touch::default(),
        outcome: None,
        purchase: None,
    }
}

pub(crate) fn webinar(id: &str, days: f64, minutes: i64) -> Event<'_> {
    let mut event = event("webinar", id, days);
    event.touch.webinar_minutes = Some(minutes);
    event
}

pub(crate) fn outcome(id: &str, days: f64, outcome: Outcome) -> Event<'_> {
    let facts = OutcomeFacts { outcome, revenue: None, currency: None, reason: None };
    Event { outcome: Some(facts), ..event("crm", id, days) }
}

pub(crate) fn purchase<'a>(id: &'a str, days: f64, price: i128) -> Event<'a> {
    let sold = Purchase {
        transaction_id: id,
        product_id: None,
        quantity: None,
        price: Some(Amount(price)),
        currency: None,
        status: None,
    };
    Event { purchase: Some(sold), ..event("transactions", id, days) }
}

const IDS: [&str; 24] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u",
    "v", "w", "x",
];

/// Distinct events of one lead in their order, within ten days, extreme values among them.
pub(crate) fn events() -> impl Strategy<Value = Vec<Event<'static>>> {
    proptest::collection::vec(any_event(), 0..IDS.len()).prop_map(|events| {
        let named = std::iter::zip(events, IDS)
            .map(|(event, id)| Event { key: EventKey { id, ..event.key }, ..event });
        let mut events: Vec<_> = named.collect();
        distinct(&mut events);
        events
    })
}

fn any_event() -> impl Strategy<Value = Event<'static>> {
    let number = || proptest::option::of(prop_oneof![Just(i64::MIN), -1..100_i64, Just(i64::MAX)]);
    let source = select(vec!["online", "webinar", "roadshow", "kiosk"]);
    let city = proptest::option::of(select(vec!["Pune", "Delhi"]));
    let disposable = proptest::option::of(any::<bool>());
    let kind =
        prop_oneof![4 => Just(None), 1 => select(vec!["open", "lost", "converted", "bought"]).prop_map(Some)];
    (source, 0..40_i32, (number(), number(), number()), city, disposable, kind).prop_map(
        |(source, quarter_days, (minutes, questions, timeframe), city, disposable, kind)| {
            let days = f64::from(quarter_days) / 4.0;
            let mut event = match kind {
                Some("open") => outcome("", days, Outcome::Open),
                Some("lost") => outcome("", days, Outcome::Lost),
                Some("converted") => outcome("", days, Outcome::Converted),
                Some(_) => purchase("", days, 10_000),
                None => event(source, "", days),
            };
            event.identity.city = city;
            event.identity.email_is_disposable = disposable;
            event.touch.webinar_minutes = minutes;
            event.touch.questions_asked = questions;
            event.touch.purchase_timeframe_days = timeframe;
            event
        },
    )
}
