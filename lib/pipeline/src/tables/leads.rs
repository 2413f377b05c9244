//! `silver_leads`: one row per person, with the event that each value came from.

use std::sync::LazyLock;

use leadlake_lead::event::EventKey;
use leadlake_lead::profile::{Latest, Profile, Stamp};

use super::profile::{PROFILE_COLUMNS, push_profile};
use crate::rows::{Column, Holds, Rows, optional, required};

const FIRST: [Column; 1] = [required("lead_id", Holds::Text, "Who it is")];

const LAST: [Column; 19] = [
    optional("first_touch_at", Holds::Time, "When they were first in touch"),
    optional("first_touch_source", Holds::Text, "Through which source"),
    optional("first_touch_event", Holds::Text, "The event that says so, as source/event id"),
    optional("last_touch_at", Holds::Time, "When they were last in touch"),
    optional("last_touch_source", Holds::Text, "Through which source"),
    optional("last_touch_event", Holds::Text, "The event that says so"),
    optional("email_event", Holds::Text, "The event that email is from"),
    optional("phone_event", Holds::Text, "The event that phone is from"),
    optional("name_event", Holds::Text, "The event that name is from"),
    optional("city_event", Holds::Text, "The event that city is from"),
    optional("device_interest_event", Holds::Text, "The event that device_interest is from"),
    optional("budget_event", Holds::Text, "The event that the budget is from"),
    optional("purchase_timeframe_event", Holds::Text, "The event that purchase_timeframe_days is from"),
    optional("outcome_at", Holds::Time, "When sales said what is in outcome"),
    optional("outcome_event", Holds::Text, "The event that outcome is from"),
    optional("conversion_event", Holds::Text, "The event that converted_at is from"),
    required("revenue_in_other_currencies", Holds::Integer, "Conversions left out of revenue"),
    required("purchases_in_other_currencies", Holds::Integer, "Purchases left out of total_spend"),
    required("holds_all_identifiers", Holds::Flag, "No address, phone or id had to be left out of the lists"),
];

/// Columns whose values are different in nearly every row.
pub const DISTINCT: &[&str] = &[
    "lead_id",
    "email",
    "phone",
    "first_touch_event",
    "last_touch_event",
    "email_event",
    "phone_event",
    "name_event",
    "city_event",
    "device_interest_event",
    "budget_event",
    "purchase_timeframe_event",
    "outcome_event",
    "conversion_event",
];

static COLUMNS: LazyLock<Vec<Column>> =
    LazyLock::new(|| FIRST.iter().chain(&PROFILE_COLUMNS).chain(&LAST).copied().collect());

pub fn columns() -> &'static [Column] {
    &COLUMNS
}

pub fn push(rows: &mut Rows, lead_id: &str, profile: &Profile<'_>, text: &mut String) {
    rows.text(Some(lead_id));
    push_profile(rows, profile);
    for touch in [&profile.first_touch, &profile.last_touch] {
        rows.time(touch.map(|touch| touch.at)).text(touch.map(|touch| touch.event.source));
        push_event(rows, stamp_event(touch), text);
    }
    push_event(rows, event_of(&profile.email), text);
    push_event(rows, event_of(&profile.phone), text);
    push_event(rows, event_of(&profile.name), text);
    push_event(rows, event_of(&profile.city), text);
    push_event(rows, event_of(&profile.device_interest), text);
    push_event(rows, event_of(&profile.budget), text);
    push_event(rows, event_of(&profile.purchase_timeframe_days), text);
    rows.time(profile.outcome.map(|outcome| outcome.at));
    push_event(rows, event_of(&profile.outcome), text);
    push_event(rows, stamp_event(&profile.conversion), text);
    let held = [&profile.emails, &profile.phones, &profile.crm_ids];
    rows.count(profile.revenue.in_other_currencies)
        .count(profile.purchases().in_other_currencies)
        .flag(Some(held.iter().all(|texts| !texts.has_more())))
        .end_row();
}

fn event_of<'a, T>(latest: &Option<Latest<'a, T>>) -> Option<EventKey<'a>> {
    latest.as_ref().map(|latest| latest.event)
}

fn stamp_event<'a>(stamp: &Option<Stamp<'a>>) -> Option<EventKey<'a>> {
    stamp.map(|stamp| stamp.event)
}

fn push_event(rows: &mut Rows, event: Option<EventKey<'_>>, text: &mut String) {
    let Some(event) = event else {
        rows.text(None);
        return;
    };
    text.clear();
    text.extend([event.source, "/", event.id]);
    rows.text(Some(text));
}
