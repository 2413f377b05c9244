//! Events for tests: few values, so that they often collide.

use proptest::prelude::*;
use proptest::sample::select;

use crate::event::{Amount, Day, Event, EventKey, Identity, Micros, Outcome, OutcomeFacts, Purchase, Touch};

pub(crate) fn event<'a>(source: &'a str, id: &'a str, day: i64) -> Event<'a> {
    Event {
        key: EventKey { source, id },
        at: Micros(day * Micros::PER_DAY),
        arrived: Day(day as i32),
        identity: Identity::default(),
        touch: Touch::default(),
        outcome: None,
        purchase: None,
    }
}

/// Up to so many events of one lead, some of them several times, and sometimes with other content under the same key.
pub(crate) fn events(most: usize) -> impl Strategy<Value = Vec<Event<'static>>> {
    proptest::collection::vec((any_event(), 1..3_usize), 0..most).prop_map(|events| {
        events.into_iter().flat_map(|(event, times)| std::iter::repeat_n(event, times)).collect()
    })
}

fn any_event() -> impl Strategy<Value = Event<'static>> {
    let key =
        (select(vec!["online", "webinar", "roadshow", "kiosk", "crm"]), select(vec!["1", "2", "3", "4"]));
    let facts = (identity(), touch(), outcome(), purchase());
    (key, -3_i64..4, 0..4_i32, facts).prop_map(|((source, id), at, arrived, facts)| {
        let (identity, touch, outcome, purchase) = facts;
        let key = EventKey { source, id };
        Event { key, at: Micros(at), arrived: Day(arrived), identity, touch, outcome, purchase }
    })
}

fn text(texts: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::of(select(texts))
}

fn number() -> impl Strategy<Value = Option<i64>> {
    proptest::option::of(prop_oneof![Just(i64::MIN), -1..100_i64, Just(i64::MAX)])
}

fn amount() -> impl Strategy<Value = Option<Amount>> {
    proptest::option::of(prop_oneof![Just(i128::MIN), -5..1_000_i128, Just(i128::MAX)].prop_map(Amount))
}

fn identity() -> impl Strategy<Value = Identity<'static>> {
    let email = text(&["a@example.org", "b@example.org", "c@example.org"]);
    let rest = (text(&["+911", "+912"]), text(&["c-1", "c-2"]), text(&["Asha"]), text(&["Pune", "Delhi"]));
    (email, rest, proptest::option::of(any::<bool>())).prop_map(|(email, rest, email_is_disposable)| {
        let (phone, crm_id, name, city) = rest;
        Identity { email, phone, crm_id, name, city, email_is_disposable }
    })
}

fn touch() -> impl Strategy<Value = Touch<'static>> {
    let said = (text(&["Pixel", "Fold"]), text(&["f-1"]), number());
    (said, number(), number(), amount(), amount()).prop_map(|(said, minutes, questions, low, high)| Touch {
        device_interest: said.0,
        webinar_id: None,
        webinar_minutes: minutes,
        questions_asked: questions,
        form_id: said.1,
        budget_low: low,
        budget_high: high,
        purchase_timeframe_days: said.2,
        campaign: None,
    })
}

fn outcome() -> impl Strategy<Value = Option<OutcomeFacts<'static>>> {
    let outcomes = select(vec![Outcome::Open, Outcome::Lost, Outcome::Converted]);
    let facts = (outcomes, amount(), text(&["INR", "inr", "USD"]));
    let facts = facts.prop_map(|(outcome, revenue, currency)| OutcomeFacts {
        outcome,
        revenue,
        currency,
        reason: None,
    });
    proptest::option::weighted(0.3, facts)
}

fn purchase() -> impl Strategy<Value = Option<Purchase<'static>>> {
    let sold = (number(), amount(), text(&["INR", "USD"]), text(&["completed", "refunded", "pending"]));
    let purchase = (select(vec!["t-1", "t-2", "t-3"]), sold).prop_map(|(transaction_id, sold)| Purchase {
        transaction_id,
        product_id: None,
        quantity: sold.0,
        price: sold.1,
        currency: sold.2,
        status: sold.3,
    });
    proptest::option::weighted(0.3, purchase)
}
