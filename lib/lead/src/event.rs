//! One accepted event in the words that all sources share, borrowed from wherever it was read.

/// An instant, in microseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

/// A day in UTC, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Micros {
    pub const PER_DAY: i64 = 86_400_000_000;

    pub fn day(self) -> Day {
        let day = self.0.div_euclid(Self::PER_DAY);
        Day(i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX }))
    }
}

/// Money, in hundredths of its currency's unit. Wide enough that no sum of accepted values overflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(pub i128);

/// What sales said became of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Open,
    Lost,
    Converted,
}

/// Which event it is: ids are unique within a source only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey<'a> {
    pub source: &'a str,
    pub id: &'a str,
}

/// An event of silver. A column that its source does not have is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event<'a> {
    pub key: EventKey<'a>,
    /// When it happened.
    pub at: Micros,
    /// When it came to be known: the day of its partition.
    pub arrived: Day,
    pub identity: Identity<'a>,
    pub touch: Touch<'a>,
    pub outcome: Option<OutcomeFacts<'a>>,
    pub purchase: Option<Purchase<'a>>,
}

/// What tells whose event it is, as silver holds it: emails trimmed and lower-cased, phones in E.164.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Identity<'a> {
    pub email: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub crm_id: Option<&'a str>,
    pub name: Option<&'a str>,
    pub city: Option<&'a str>,
    pub email_is_disposable: Option<bool>,
}

/// What somebody did or said of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Touch<'a> {
    pub device_interest: Option<&'a str>,
    pub webinar_id: Option<&'a str>,
    pub webinar_minutes: Option<i64>,
    pub questions_asked: Option<i64>,
    pub form_id: Option<&'a str>,
    pub budget_low: Option<Amount>,
    pub budget_high: Option<Amount>,
    pub purchase_timeframe_days: Option<i64>,
    pub campaign: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutcomeFacts<'a> {
    pub outcome: Outcome,
    pub revenue: Option<Amount>,
    pub currency: Option<&'a str>,
    pub reason: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purchase<'a> {
    pub transaction_id: &'a str,
    pub product_id: Option<&'a str>,
    pub quantity: Option<i64>,
    /// Per piece.
    pub price: Option<Amount>,
    pub currency: Option<&'a str>,
    /// As the source calls it: completed, pending, refunded, cancelled, failed.
    pub status: Option<&'a str>,
}

/// What an event is evidence of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// Somebody did something: came to a roadshow, sat in a webinar, sent a form.
    Touch,
    /// Sales said what became of them.
    Outcome,
    /// They bought.
    Purchase,
}

impl Event<'_> {
    pub fn kind(&self) -> EventKind {
        if self.outcome.is_some() {
            return EventKind::Outcome;
        }
        if self.purchase.is_some() {
            return EventKind::Purchase;
        }
        EventKind::Touch
    }

    /// The order in which everything looks at a person's events: by time, and equal times by key.
    pub fn order(&self) -> (Micros, EventKey<'_>) {
        (self.at, self.key)
    }
}
