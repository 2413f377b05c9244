//! What can be said of a lead in numbers, as of an instant and from nothing later.

mod activity;
mod decay;
#[cfg(test)]
mod tests;

use std::borrow::Borrow;

use leadlake_lead::event::{Amount, Event, Micros, Outcome};
use leadlake_lead::profile::{Profile, Purchases};

use crate::config::Scoring;
use crate::decision::Decision;
use crate::location::LocationRates;
use crate::points::Points;
use activity::{Activity, Today};

/// Purchases of somebody known for less than this count as if it were this long, or the first purchase of a new lead
/// would look like one a day.
const SHORTEST_ACQUAINTANCE_DAYS: f64 = 30.0;
const FREQUENCY_PER_DAYS: f64 = 30.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features<'a> {
    pub as_of: Micros,

    /// Of the sources of touches the one with the highest weight; of equal ones the first by name.
    pub source: Option<&'a str>,
    /// Zero without a touch.
    pub source_weight: Points,

    /// Of the longest webinars of each day.
    pub webinar_minutes: u64,
    /// At most the cap on each day; forms and visits too.
    pub questions_asked: u64,
    pub forms: u64,
    pub visits: u64,
    /// Over webinars that tell minutes, and not capped.
    pub average_webinar_minutes: Option<f64>,
    /// Distinct events of any kind.
    pub past_events: u64,
    pub past_touches: u64,
    pub recency_days: Option<f64>,
    /// Touches, each worth half after a half-life; capped on each day by kind, the first ones count.
    pub decayed_activity: f64,

    pub purchase_timeframe_days: Option<i64>,
    pub budget_low: Option<Amount>,
    pub budget_high: Option<Amount>,
    pub email_is_disposable: Option<bool>,
    pub device_interest: Option<&'a str>,
    pub city: Option<&'a str>,
    /// Without what became of the lead itself.
    pub location_conversion_rate: Option<f64>,

    /// Completed ones, in whatever currency.
    pub purchases: u64,
    /// Purchases in 30 days, over the time since the lead was first seen, but at least 30 days.
    pub purchase_frequency: f64,
    /// In the main currency; the average too.
    pub total_spend: Amount,
    pub average_transaction_value: Option<Amount>,
    pub days_since_last_purchase: Option<f64>,

    pub outcome: Option<Outcome>,
    pub converted: bool,
    pub converted_at: Option<Micros>,
    /// From the first touch; nothing when there was none before the conversion.
    pub conversion_days: Option<f64>,
}

/// What was known of a lead just before its outcome, and the outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingPair<'a> {
    pub features: Features<'a>,
    pub decided_at: Micros,
    /// By the instant that was asked for; it may have been lost first.
    pub converted: bool,
}

/// Makes the features of one lead after the other.
///
/// Events are always those of one lead, each once, in the order of [`Event::order`]
/// (see [`leadlake_lead::profile::distinct`]).
#[derive(Debug)]
pub struct FeatureMaker<'c, 'a> {
    scoring: &'c Scoring,
    rates: &'c LocationRates,
    profile: Profile<'a>,
    today: Today,
}

impl<'c, 'a> FeatureMaker<'c, 'a> {
    pub fn new(scoring: &'c Scoring, rates: &'c LocationRates) -> Self {
        Self { scoring, rates, profile: Profile::new(scoring.main_currency), today: Today::default() }
    }

    /// Whatever happened after the instant has no say.
    pub fn features<E: Borrow<Event<'a>>>(&mut self, events: &[E], as_of: Micros) -> Features<'a> {
        debug_assert!(is_in_order(events));
        self.absorb(events, as_of);
        let activity = Activity::of(self.scoring, as_of, until(events, as_of), &mut self.today);
        let decision = Decision::of(events, as_of);
        assemble(as_of, &self.profile, &activity, self.location_rate(&self.profile, as_of, decision))
    }

    /// The same for whoever has the profile of exactly the events up to the instant already.
    pub fn features_of<E: Borrow<Event<'a>>>(
        &mut self,
        profile: &Profile<'a>,
        events: &[E],
        as_of: Micros,
    ) -> Features<'a> {
        debug_assert!(is_in_order(events));
        debug_assert_eq!(profile.counts.events, until(events, as_of).count() as u64);
        let activity = Activity::of(self.scoring, as_of, until(events, as_of), &mut self.today);
        let decision = Decision::of(events, as_of);
        assemble(as_of, profile, &activity, self.location_rate(profile, as_of, decision))
    }

    /// What a model learns from, if the lead was decided by the instant: the features of the moment before the first
    /// decisive outcome.
    pub fn before_outcome<E: Borrow<Event<'a>>>(
        &mut self,
        events: &[E],
        as_of: Micros,
    ) -> Option<TrainingPair<'a>> {
        let decision = Decision::of(events, as_of)?;
        let just_before = Micros(decision.at.0.checked_sub(1)?);
        Some(TrainingPair {
            features: self.features(events, just_before),
            decided_at: decision.at,
            converted: decision.is_converted(),
        })
    }

    fn absorb<E: Borrow<Event<'a>>>(&mut self, events: &[E], as_of: Micros) {
        self.profile.reset();
        for event in until(events, as_of) {
            self.profile.absorb(event);
        }
    }

    fn location_rate(&self, profile: &Profile<'a>, as_of: Micros, own: Option<Decision<'a>>) -> Option<f64> {
        self.rates.rate(profile.city.map(|city| city.value), as_of, own.as_ref())
    }
}

fn until<'e, 'a: 'e, E: Borrow<Event<'a>>>(
    events: &'e [E],
    as_of: Micros,
) -> impl Iterator<Item = &'e Event<'a>> {
    events.iter().map(E::borrow).filter(move |event| event.at <= as_of)
}

fn is_in_order<'a, E: Borrow<Event<'a>>>(events: &[E]) -> bool {
    events.is_sorted_by(|left, right| left.borrow().order() < right.borrow().order())
}

fn assemble<'a>(
    as_of: Micros,
    profile: &Profile<'a>,
    activity: &Activity<'a>,
    location_conversion_rate: Option<f64>,
) -> Features<'a> {
    let counts = &profile.counts;
    let budget = profile.budget.map(|budget| budget.value);
    let purchases = profile.purchases();
    let converted_at = profile.conversion.map(|conversion| conversion.at);
    let (source_weight, source) = activity.source.unzip();
    Features {
        as_of,
        source,
        source_weight: source_weight.unwrap_or_default(),
        webinar_minutes: activity.webinar_minutes,
        questions_asked: activity.questions_asked,
        forms: activity.forms,
        visits: activity.visits,
        average_webinar_minutes: (counts.webinars_attended > 0)
            .then(|| counts.webinar_minutes as f64 / counts.webinars_attended as f64),
        past_events: counts.events,
        past_touches: counts.touches,
        recency_days: profile.last_touch.map(|touch| days_between(touch.at, as_of)),
        decayed_activity: activity.decayed,
        purchase_timeframe_days: profile.purchase_timeframe_days.map(|days| days.value),
        budget_low: budget.and_then(|budget| budget.low),
        budget_high: budget.and_then(|budget| budget.high),
        email_is_disposable: profile.email_is_disposable.map(|disposable| disposable.value),
        device_interest: profile.device_interest.map(|device| device.value),
        city: profile.city.map(|city| city.value),
        location_conversion_rate,
        purchases: purchases.count,
        purchase_frequency: purchase_frequency(&purchases, profile.first_seen_at, as_of),
        total_spend: purchases.spend,
        average_transaction_value: average(&purchases),
        days_since_last_purchase: purchases.last_at.map(|last| days_between(last, as_of)),
        outcome: profile.outcome.map(|outcome| outcome.value),
        converted: profile.is_converted(),
        converted_at,
        conversion_days: profile
            .first_touch
            .zip(converted_at)
            .filter(|(touch, converted_at)| touch.at <= *converted_at)
            .map(|(touch, converted_at)| days_between(touch.at, converted_at)),
    }
}

fn purchase_frequency(purchases: &Purchases, first_seen_at: Option<Micros>, as_of: Micros) -> f64 {
    let known_days = first_seen_at.map_or(0.0, |first| days_between(first, as_of));
    purchases.count as f64 * FREQUENCY_PER_DAYS / known_days.max(SHORTEST_ACQUAINTANCE_DAYS)
}

/// To the nearest hundredth, halves away from zero.
fn average(purchases: &Purchases) -> Option<Amount> {
    let count = i128::from(purchases.priced);
    let doubled = purchases.spend.0.checked_mul(2)?;
    let half = if doubled < 0 { -count } else { count };
    (doubled + half).checked_div(2 * count).map(Amount)
}

pub(crate) fn days_between(from: Micros, to: Micros) -> f64 {
    (i128::from(to.0) - i128::from(from.0)) as f64 / Micros::PER_DAY as f64
}
