//! Keeping count while writing, with two bits per person and an entry per event that is still to be repeated.

use std::collections::HashMap;

use crate::events::Account;
use crate::journey::{Outcome, Touch};
use crate::people::Person;
use crate::schedule::Delivery;
use crate::source::{PerSource, Source};
use crate::truth::{SourceTruth, Truth};

pub(crate) struct Tally {
    truth: Truth,
    sources: PerSource<SourceTruth>,
    seen: People,
    converted: People,
    /// The object that took the last copy, of events with copies yet to come.
    repeated: HashMap<(u64, u8), u64>,
}

/// One record as it was written.
pub(crate) struct Written<'a> {
    pub(crate) person: &'a Person,
    pub(crate) touch: Touch,
    pub(crate) delivery: Delivery,
    pub(crate) account: Account,
    /// Which of its source's objects took it.
    pub(crate) object: u64,
    pub(crate) late: bool,
}

impl Tally {
    pub(crate) fn new(people: u64) -> Self {
        Self {
            truth: Truth::default(),
            sources: PerSource::default(),
            seen: People::nobody_of(people),
            converted: People::nobody_of(people),
            repeated: HashMap::new(),
        }
    }

    pub(crate) fn object(&mut self, source: Source, bytes: usize) {
        self.truth.objects += 1;
        self.truth.bytes += bytes as u64;
        self.sources.of_mut(source).objects += 1;
    }

    pub(crate) fn record(&mut self, written: &Written<'_>) {
        let earlier = self.earlier_object(written);
        let Written { person, touch, delivery, account, object, late } = written;
        let source = self.sources.of_mut(touch.source());
        self.truth.events += 1;
        source.records += 1;
        if let Some(code) = account.refused {
            source.refused += 1;
            *source.refused_by_code.entry(code).or_default() += 1;
            return;
        }
        if earlier == Some(*object) {
            source.duplicates_within_object += 1;
            return;
        }
        source.accepted += 1;
        source.late += u64::from(*late);
        source.without_event_id += u64::from(account.without_event_id);
        source.with_extra_fields += u64::from(account.extra_field);
        source.with_disposable_address += u64::from(person.disposable && account.email);
        self.truth.masked_phones += u64::from(account.masked_phone);
        for column in &account.invalid {
            *source.invalid.entry((*column).to_owned()).or_default() += 1;
        }
        if earlier.is_some() {
            source.duplicates_across_objects += 1;
            return;
        }
        source.distinct_events += 1;
        if self.seen.add(delivery.person) {
            self.truth.people += 1;
            self.truth.disposable_addresses += u64::from(person.disposable);
        }
        let Touch::Crm(Outcome::Converted { revenue_paise }) = touch else {
            return;
        };
        self.truth.revenue_paise += revenue_paise;
        self.truth.people_converted += u64::from(self.converted.add(delivery.person));
    }

    /// Where the copy before this one went.
    fn earlier_object(&mut self, written: &Written<'_>) -> Option<u64> {
        let event = (written.delivery.person, written.delivery.step);
        if written.delivery.last_copy {
            return self.repeated.remove(&event);
        }
        self.repeated.insert(event, written.object)
    }

    pub(crate) fn finish(self) -> Truth {
        let mut truth = self.truth;
        for (source, counts) in self.sources.into_pairs() {
            for (code, count) in &counts.refused_by_code {
                *truth.refused.entry(*code).or_default() += count;
            }
            truth.invalid_phones += counts.invalid.get("phone").copied().unwrap_or_default();
            truth.sources.insert(source, counts);
        }
        truth
    }
}

/// A set of people, a bit each.
struct People(Vec<u64>);

impl People {
    fn nobody_of(people: u64) -> Self {
        Self(vec![0; people.div_ceil(64) as usize])
    }

    /// Whether they are new to the set.
    fn add(&mut self, person: u64) -> bool {
        let Some(word) = self.0.get_mut((person / 64) as usize) else {
            return false;
        };
        let bit = 1 << (person % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}
