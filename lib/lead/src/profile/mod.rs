//! What is known of one person: a fold over their distinct events in which the order of the events has no say.

mod distinct;
mod latest;
mod money;
mod purchases;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
mod texts;
mod touch;

pub use distinct::distinct;
pub use latest::{Latest, Stamp};
pub use money::{Currency, CurrencyError};
pub use purchases::{Price, Purchases, Transaction, Transactions};
pub use texts::DistinctTexts;
pub use touch::{ONLINE, ROADSHOW, TouchKind, WEBINAR};

use crate::event::{Amount, Event, Micros, Outcome, OutcomeFacts};
use latest::{keep_larger, keep_later, keep_smaller, keep_told};
use money::{addend, sum};

/// What is known of one person.
///
/// Counts and sums count whatever is absorbed, so each event may be absorbed once only, and profiles that are merged
/// must be of different events. [`Profile::of`] and [`distinct`] see to that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile<'a> {
    main_currency: Currency,

    pub name: Option<Latest<'a, &'a str>>,
    pub city: Option<Latest<'a, &'a str>>,
    pub email: Option<Latest<'a, &'a str>>,
    pub phone: Option<Latest<'a, &'a str>>,
    pub email_is_disposable: Option<Latest<'a, bool>>,
    pub device_interest: Option<Latest<'a, &'a str>>,
    pub budget: Option<Latest<'a, Budget>>,
    pub purchase_timeframe_days: Option<Latest<'a, i64>>,

    pub emails: DistinctTexts<'a>,
    pub phones: DistinctTexts<'a>,
    pub crm_ids: DistinctTexts<'a>,
    /// Of all events, whatever they tell.
    pub sources: DistinctTexts<'a>,

    pub counts: Counts,
    pub channels: Channels,
    pub first_touch: Option<Stamp<'a>>,
    pub last_touch: Option<Stamp<'a>>,
    /// Of all events.
    pub first_seen_at: Option<Micros>,
    pub last_seen_at: Option<Micros>,

    pub outcome: Option<Latest<'a, Outcome>>,
    /// The first one: what was said later does not undo it.
    pub conversion: Option<Stamp<'a>>,
    pub revenue: Revenue,
    pub transactions: Transactions<'a>,
}

/// What somebody means to spend: both ends as one event told them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub low: Option<Amount>,
    pub high: Option<Amount>,
}

/// The channels that the lake's own tables name, by the source of a touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Channels {
    pub roadshow: bool,
    pub webinar: bool,
    pub online: bool,
}

/// How often, over distinct events. Values below zero count as zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub events: u64,
    pub touches: u64,
    /// Registrations included.
    pub webinars: u64,
    /// Those with minutes.
    pub webinars_attended: u64,
    pub webinar_minutes: u64,
    pub questions_asked: u64,
    pub forms: u64,
    pub visits: u64,
}

/// What conversions brought, as sales told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Revenue {
    pub conversions: u64,
    /// In the main currency.
    pub amount: Amount,
    pub in_other_currencies: u64,
}

impl<'a> Profile<'a> {
    /// Of somebody of whom nothing is known yet.
    pub fn new(main_currency: Currency) -> Self {
        Self {
            main_currency,
            name: None,
            city: None,
            email: None,
            phone: None,
            email_is_disposable: None,
            device_interest: None,
            budget: None,
            purchase_timeframe_days: None,
            emails: DistinctTexts::default(),
            phones: DistinctTexts::default(),
            crm_ids: DistinctTexts::default(),
            sources: DistinctTexts::default(),
            counts: Counts::default(),
            channels: Channels::default(),
            first_touch: None,
            last_touch: None,
            first_seen_at: None,
            last_seen_at: None,
            outcome: None,
            conversion: None,
            revenue: Revenue::default(),
            transactions: Transactions::default(),
        }
    }

    /// Of any events in any order, repeated or not.
    pub fn of<'e>(main_currency: Currency, events: impl IntoIterator<Item = &'e Event<'a>>) -> Self
    where
        'a: 'e,
    {
        let mut events: Vec<&Event<'a>> = events.into_iter().collect();
        distinct(&mut events);
        let mut profile = Self::new(main_currency);
        for event in events {
            profile.absorb(event);
        }
        profile
    }

    /// As new, but keeps the memory: a run looks at one person after the other.
    pub fn reset(&mut self) {
        let mut texts =
            [&mut self.emails, &mut self.phones, &mut self.crm_ids, &mut self.sources].map(std::mem::take);
        texts.iter_mut().for_each(DistinctTexts::reset);
        let [emails, phones, crm_ids, sources] = texts;
        let mut transactions = std::mem::take(&mut self.transactions);
        transactions.reset();
        *self = Self { emails, phones, crm_ids, sources, transactions, ..Self::new(self.main_currency) };
    }

    /// The event must not have been absorbed before.
    pub fn absorb(&mut self, event: &Event<'a>) {
        let stamp = Stamp::of(event);
        self.counts.events += 1;
        keep_smaller(&mut self.first_seen_at, Some(event.at));
        keep_larger(&mut self.last_seen_at, Some(event.at));
        self.sources.insert(event.key.source);
        self.absorb_identity(event, stamp);
        self.absorb_wishes(event, stamp);
        if let Some(kind) = TouchKind::of(event) {
            self.absorb_touch(event, stamp, kind);
        }
        if let Some(facts) = &event.outcome {
            self.absorb_outcome(facts, stamp);
        }
        if let Some(purchase) = &event.purchase {
            self.transactions.tell(purchase, stamp);
        }
    }

    fn absorb_identity(&mut self, event: &Event<'a>, stamp: Stamp<'a>) {
        let identity = &event.identity;
        keep_told(&mut self.name, identity.name, stamp);
        keep_told(&mut self.city, identity.city, stamp);
        keep_told(&mut self.email, identity.email, stamp);
        keep_told(&mut self.phone, identity.phone, stamp);
        keep_told(&mut self.email_is_disposable, identity.email_is_disposable, stamp);
        for (texts, text) in [
            (&mut self.emails, identity.email),
            (&mut self.phones, identity.phone),
            (&mut self.crm_ids, identity.crm_id),
        ] {
            if let Some(text) = text {
                texts.insert(text);
            }
        }
    }

    fn absorb_wishes(&mut self, event: &Event<'a>, stamp: Stamp<'a>) {
        let touch = &event.touch;
        let budget = Budget { low: touch.budget_low, high: touch.budget_high };
        let is_budget = budget.low.is_some() || budget.high.is_some();
        keep_told(&mut self.device_interest, touch.device_interest, stamp);
        keep_told(&mut self.budget, is_budget.then_some(budget), stamp);
        keep_told(&mut self.purchase_timeframe_days, touch.purchase_timeframe_days, stamp);
    }

    fn absorb_touch(&mut self, event: &Event<'a>, stamp: Stamp<'a>, kind: TouchKind) {
        keep_smaller(&mut self.first_touch, Some(stamp));
        keep_larger(&mut self.last_touch, Some(stamp));
        match event.key.source {
            ROADSHOW => self.channels.roadshow = true,
            WEBINAR => self.channels.webinar = true,
            ONLINE => self.channels.online = true,
            _ => {}
        }
        let counts = &mut self.counts;
        counts.touches += 1;
        counts.questions_asked =
            counts.questions_asked.saturating_add(not_negative(event.touch.questions_asked));
        match kind {
            TouchKind::Webinar => {
                counts.webinars += 1;
                counts.webinars_attended += u64::from(event.touch.webinar_minutes.is_some());
                counts.webinar_minutes =
                    counts.webinar_minutes.saturating_add(not_negative(event.touch.webinar_minutes));
            }
            TouchKind::Form => counts.forms += 1,
            TouchKind::Visit => counts.visits += 1,
            TouchKind::Other => {}
        }
    }

    fn absorb_outcome(&mut self, facts: &OutcomeFacts<'a>, stamp: Stamp<'a>) {
        keep_told(&mut self.outcome, Some(facts.outcome), stamp);
        if facts.outcome != Outcome::Converted {
            return;
        }
        keep_smaller(&mut self.conversion, Some(stamp));
        self.revenue.conversions += 1;
        let Some(amount) = facts.revenue else { return };
        if self.main_currency.covers(facts.currency) {
            self.revenue.amount = sum(self.revenue.amount, addend(amount));
        } else {
            self.revenue.in_other_currencies += 1;
        }
    }

    /// Adds what is known from other events, in the same main currency.
    pub fn merge(&mut self, other: &Self) {
        keep_later(&mut self.name, other.name);
        keep_later(&mut self.city, other.city);
        keep_later(&mut self.email, other.email);
        keep_later(&mut self.phone, other.phone);
        keep_later(&mut self.email_is_disposable, other.email_is_disposable);
        keep_later(&mut self.device_interest, other.device_interest);
        keep_later(&mut self.budget, other.budget);
        keep_later(&mut self.purchase_timeframe_days, other.purchase_timeframe_days);
        self.emails.merge(&other.emails);
        self.phones.merge(&other.phones);
        self.crm_ids.merge(&other.crm_ids);
        self.sources.merge(&other.sources);
        self.counts.merge(&other.counts);
        self.channels.merge(other.channels);
        keep_smaller(&mut self.first_touch, other.first_touch);
        keep_larger(&mut self.last_touch, other.last_touch);
        keep_smaller(&mut self.first_seen_at, other.first_seen_at);
        keep_larger(&mut self.last_seen_at, other.last_seen_at);
        keep_later(&mut self.outcome, other.outcome);
        keep_smaller(&mut self.conversion, other.conversion);
        self.revenue.merge(&other.revenue);
        self.transactions.merge(&other.transactions);
    }

    pub fn is_converted(&self) -> bool {
        self.conversion.is_some()
    }

    /// The completed transactions in numbers.
    pub fn purchases(&self) -> Purchases {
        self.transactions.completed(self.main_currency)
    }

    pub fn main_currency(&self) -> Currency {
        self.main_currency
    }
}

impl Channels {
    fn merge(&mut self, other: Self) {
        self.roadshow |= other.roadshow;
        self.webinar |= other.webinar;
        self.online |= other.online;
    }
}

impl Counts {
    fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.touches += other.touches;
        self.webinars += other.webinars;
        self.webinars_attended += other.webinars_attended;
        self.webinar_minutes = self.webinar_minutes.saturating_add(other.webinar_minutes);
        self.questions_asked = self.questions_asked.saturating_add(other.questions_asked);
        self.forms += other.forms;
        self.visits += other.visits;
    }
}

impl Revenue {
    fn merge(&mut self, other: &Self) {
        self.conversions += other.conversions;
        self.amount = sum(self.amount, other.amount);
        self.in_other_currencies += other.in_other_currencies;
    }
}

fn not_negative(value: Option<i64>) -> u64 {
    value.and_then(|value| u64::try_from(value).ok()).unwrap_or(0)
}
