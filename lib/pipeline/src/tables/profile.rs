//! What is known of a person, as columns that `silver_leads` and `silver_lead_history` share.

use leadlake_lead::event::Outcome;
use leadlake_lead::profile::{Latest, Profile};

use crate::rows::{Column, Holds, Rows, optional, required};

pub const PROFILE_COLUMNS: [Column; 31] = [
    optional("email", Holds::Text, "The latest address given"),
    required("emails", Holds::Texts, "All addresses"),
    optional("phone", Holds::Text, "The latest phone given"),
    required("phones", Holds::Texts, "All phones, in E.164"),
    required("crm_ids", Holds::Texts, "All ids that the CRM has for the person"),
    optional("name", Holds::Text, "The latest name given"),
    optional("city", Holds::Text, "The latest city given"),
    optional("email_is_disposable", Holds::Flag, "Whether the latest address is a throw-away one"),
    required("sources", Holds::Texts, "All sources that know the person"),
    required("from_roadshow", Holds::Flag, "Came to a roadshow"),
    required("from_webinar", Holds::Flag, "Took part in a webinar"),
    required("from_online", Holds::Flag, "Sent a form"),
    required("webinars", Holds::Integer, "Webinars attended or registered for"),
    required("webinar_minutes", Holds::Integer, "Minutes in webinars"),
    required("questions_asked", Holds::Integer, "Questions asked there"),
    required("forms", Holds::Integer, "Forms sent"),
    required("visits", Holds::Integer, "Visits to roadshows"),
    optional("device_interest", Holds::Text, "The device they asked about last"),
    optional("budget_low", Holds::Price, "Lower end of the latest budget"),
    optional("budget_high", Holds::Price, "Upper end of the latest budget"),
    optional(
        "purchase_timeframe_days",
        Holds::Integer,
        "Within how many days they mean to buy, as said last",
    ),
    optional("outcome", Holds::Text, "What sales said last: converted, lost or open"),
    required("converted", Holds::Flag, "Ever converted"),
    optional("converted_at", Holds::Time, "The first conversion"),
    required("revenue", Holds::Money, "What conversions brought, in the main currency"),
    required("transactions", Holds::Integer, "Completed purchases"),
    required("total_spend", Holds::Money, "Price times quantity of these, in the main currency"),
    optional("last_purchase_at", Holds::Time, "The latest of these"),
    required("events", Holds::Integer, "Distinct events"),
    optional("first_seen_at", Holds::Time, "The first event"),
    optional("last_updated_at", Holds::Time, "The last event"),
];

pub fn push_profile(rows: &mut Rows, profile: &Profile<'_>) {
    let purchases = profile.purchases();
    let budget = profile.budget.map(|budget| budget.value);
    rows.text(value(&profile.email))
        .texts(profile.emails.held().iter().copied())
        .text(value(&profile.phone))
        .texts(profile.phones.held().iter().copied())
        .texts(profile.crm_ids.held().iter().copied())
        .text(value(&profile.name))
        .text(value(&profile.city))
        .flag(value(&profile.email_is_disposable))
        .texts(profile.sources.held().iter().copied())
        .flag(Some(profile.channels.roadshow))
        .flag(Some(profile.channels.webinar))
        .flag(Some(profile.channels.online))
        .count(profile.counts.webinars)
        .count(profile.counts.webinar_minutes)
        .count(profile.counts.questions_asked)
        .count(profile.counts.forms)
        .count(profile.counts.visits)
        .text(value(&profile.device_interest))
        .money(budget.and_then(|budget| budget.low))
        .money(budget.and_then(|budget| budget.high))
        .integer(value(&profile.purchase_timeframe_days))
        .text(value(&profile.outcome).map(outcome_word))
        .flag(Some(profile.is_converted()))
        .time(profile.conversion.map(|conversion| conversion.at))
        .money(Some(profile.revenue.amount))
        .count(purchases.count)
        .money(Some(purchases.spend))
        .time(purchases.last_at)
        .count(profile.counts.events)
        .time(profile.first_seen_at)
        .time(profile.last_seen_at);
}

fn value<T: Copy>(latest: &Option<Latest<'_, T>>) -> Option<T> {
    latest.map(|latest| latest.value)
}

pub fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Open => "open",
        Outcome::Lost => "lost",
        Outcome::Converted => "converted",
    }
}
