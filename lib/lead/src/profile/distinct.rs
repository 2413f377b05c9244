//! Each event once.

use std::borrow::Borrow;
use std::cmp::Ordering;

use crate::event::Event;

/// Leaves each event once, in the order in which everything looks at them. Of several with one key the one that
/// arrived first stays; if they arrived on one day, which one stays depends on what they say and on nothing else.
pub fn distinct<'a, E: Borrow<Event<'a>>>(events: &mut Vec<E>) {
    if are_few_and_distinct(events) {
        events.sort_unstable_by(|left, right| left.borrow().order().cmp(&right.borrow().order()));
        return;
    }
    events.sort_unstable_by(|left, right| by_key_and_arrival(left.borrow(), right.borrow()));
    events.dedup_by(|later, first| E::borrow(later).key == E::borrow(first).key);
    events.sort_unstable_by(|left, right| left.borrow().order().cmp(&right.borrow().order()));
}

/// Up to this many it is faster to compare each with each than to sort by keys.
const FEW: usize = 16;

fn are_few_and_distinct<'a, E: Borrow<Event<'a>>>(events: &[E]) -> bool {
    let key = |event: &E| event.borrow().key;
    events.len() <= FEW
        && events.iter().enumerate().all(|(place, one)| {
            events.iter().skip(place + 1).all(|other| key(one).id != key(other).id || key(one) != key(other))
        })
}

fn by_key_and_arrival(left: &Event<'_>, right: &Event<'_>) -> Ordering {
    left.key
        .cmp(&right.key)
        .then_with(|| (left.arrived, left.at).cmp(&(right.arrived, right.at)))
        .then_with(|| by_content(left, right))
}

fn by_content(left: &Event<'_>, right: &Event<'_>) -> Ordering {
    identity(left)
        .cmp(&identity(right))
        .then_with(|| touch(left).cmp(&touch(right)))
        .then_with(|| outcome(left).cmp(&outcome(right)))
        .then_with(|| purchase(left).cmp(&purchase(right)))
}

fn identity<'a>(event: &Event<'a>) -> impl Ord + use<'a> {
    let of = event.identity;
    (of.email, of.phone, of.crm_id, of.name, of.city, of.email_is_disposable)
}

fn touch<'a>(event: &Event<'a>) -> impl Ord + use<'a> {
    let of = event.touch;
    let said = (of.device_interest, of.budget_low, of.budget_high, of.purchase_timeframe_days, of.campaign);
    (of.webinar_id, of.webinar_minutes, of.questions_asked, of.form_id, said)
}

fn outcome<'a>(event: &Event<'a>) -> impl Ord + use<'a> {
    event.outcome.map(|of| (of.outcome, of.revenue, of.currency, of.reason))
}

fn purchase<'a>(event: &Event<'a>) -> impl Ord + use<'a> {
    event.purchase.map(|of| (of.transaction_id, of.product_id, of.quantity, of.price, of.currency, of.status))
}
