//! `features_leads`: what can be said of a lead in numbers, as of the run's instant.

use std::sync::LazyLock;

use leadlake_score::{Decision, Features};

use crate::rows::{Column, Holds, Rows, optional, required};

/// Filled once the version is committed; the scores have it too.
pub const LEADS_SNAPSHOT: &str = "leads_snapshot";

/// Filled once the decisions of all leads are known.
pub const LOCATION_CONVERSION_RATE: &str = "location_conversion_rate";

const COLUMNS: [Column; 31] = [
    required("lead_id", Holds::Text, "Who it is"),
    required("as_of", Holds::Time, "Nothing that happened later is in the row"),
    required(LEADS_SNAPSHOT, Holds::Integer, "The version of silver_leads it belongs to"),
    optional("source", Holds::Text, "Of the sources of touches the one with the highest weight"),
    required("source_weight", Holds::Points, "Its weight"),
    required("webinar_minutes", Holds::Integer, "Of the longest webinars of each day"),
    required("questions_asked", Holds::Integer, "At most the cap on each day"),
    required("forms", Holds::Integer, "At most the cap on each day"),
    required("visits", Holds::Integer, "At most the cap on each day"),
    optional("average_webinar_minutes", Holds::Float, "Over webinars that tell minutes, not capped"),
    required("past_events", Holds::Integer, "Distinct events of any kind"),
    required("past_touches", Holds::Integer, "Those that are something the lead did"),
    optional("recency_days", Holds::Float, "Days since the last touch"),
    required("decayed_activity", Holds::Float, "Touches, each worth half after a half-life"),
    optional("purchase_timeframe_days", Holds::Integer, "Within how many days they mean to buy"),
    optional("budget_low", Holds::Price, "Lower end of the budget"),
    optional("budget_high", Holds::Price, "Upper end of the budget"),
    optional("email_is_disposable", Holds::Flag, "Whether the address is a throw-away one"),
    optional("device_interest", Holds::Text, "The device they asked about last"),
    optional("city", Holds::Text, "The city they gave last"),
    optional(
        LOCATION_CONVERSION_RATE,
        Holds::Float,
        "How often other leads of the city convert, shrunk to all leads",
    ),
    required("purchases", Holds::Integer, "Completed ones"),
    required("purchase_frequency", Holds::Float, "Purchases in 30 days"),
    required("total_spend", Holds::Money, "In the main currency"),
    optional("average_transaction_value", Holds::Money, "In the main currency"),
    optional("days_since_last_purchase", Holds::Float, "Days since the last completed one"),
    required("converted", Holds::Flag, "Whether they converted by the instant"),
    optional("converted_at", Holds::Time, "When first"),
    optional("conversion_days", Holds::Float, "From the first touch to the conversion"),
    optional("decided_at", Holds::Time, "When it was first settled: converted or lost"),
    optional("city_when_decided", Holds::Text, "The city as it was known then"),
];

static SCHEMA_COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| COLUMNS.to_vec());

pub fn columns() -> &'static [Column] {
    &SCHEMA_COLUMNS
}

/// The snapshot and the rate of the location are left for later.
pub fn push(rows: &mut Rows, lead_id: &str, features: &Features<'_>, decision: Option<&Decision<'_>>) {
    rows.text(Some(lead_id))
        .time(Some(features.as_of))
        .count(0)
        .text(features.source)
        .decimal(Some(i128::from(features.source_weight.0)))
        .count(features.webinar_minutes)
        .count(features.questions_asked)
        .count(features.forms)
        .count(features.visits)
        .float(features.average_webinar_minutes)
        .count(features.past_events)
        .count(features.past_touches)
        .float(features.recency_days)
        .float(Some(features.decayed_activity))
        .integer(features.purchase_timeframe_days)
        .money(features.budget_low)
        .money(features.budget_high)
        .flag(features.email_is_disposable)
        .text(features.device_interest)
        .text(features.city)
        .float(features.location_conversion_rate)
        .count(features.purchases)
        .float(Some(features.purchase_frequency))
        .money(Some(features.total_spend))
        .money(features.average_transaction_value)
        .float(features.days_since_last_purchase)
        .flag(Some(features.converted))
        .time(features.converted_at)
        .float(features.conversion_days)
        .time(decision.map(|decision| decision.at))
        .text(decision.and_then(|decision| decision.city))
        .end_row();
}
