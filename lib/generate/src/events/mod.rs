//! Events as the sources write them.

mod crm;
mod online;
mod roadshow;
mod transactions;
mod webinar;

use crate::calendar::Moment;
use crate::flaws::{Breakage, Defects};
use crate::journey::Touch;
use crate::json::{Record, push_date_and_time, push_number};
use crate::people::{EmailTyped, Person};
use crate::rng::Rng;
use crate::truth::RefusalCode;
use crate::world::EXTRA_FIELDS;

pub(crate) struct Event {
    pub(crate) touch: Touch,
    pub(crate) defects: Defects,
    /// No other event of any source has it.
    pub(crate) id: u64,
    pub(crate) at: Moment,
}

/// What a reader must find in a record.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) refused: Option<RefusalCode>,
    /// A usable one is there.
    pub(crate) email: bool,
    pub(crate) masked_phone: bool,
    /// The columns that must become null.
    pub(crate) invalid: Vec<&'static str>,
    pub(crate) without_event_id: bool,
    pub(crate) extra_field: bool,
}

/// Appends the event as one line. Equal arguments make equal bytes.
pub(crate) fn write(out: &mut Vec<u8>, person: &Person, event: &Event, rng: Rng) -> Account {
    let mut draft = Draft { record: Record::begin(out), person, event, rng, account: Account::default() };
    match event.touch {
        Touch::Roadshow => roadshow::write(&mut draft),
        Touch::Webinar { minutes, questions } => webinar::write(&mut draft, minutes, questions),
        Touch::Online => online::write(&mut draft),
        Touch::Crm(outcome) => crm::write(&mut draft, outcome),
        Touch::Transaction { first } => transactions::write(&mut draft, first),
    }
    draft.finish()
}

/// The two ways in which each source names its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Newer,
    Older,
}

/// A record being written, with the flaws that it is to have.
struct Draft<'a> {
    record: Record<'a>,
    person: &'a Person,
    event: &'a Event,
    rng: Rng,
    account: Account,
}

impl Draft<'_> {
    fn is_broken_by(&self, breakage: Breakage) -> bool {
        self.event.defects.broken == Some(breakage)
    }

    fn spelling(&mut self) -> Spelling {
        if self.rng.chance(0.5) { Spelling::Newer } else { Spelling::Older }
    }

    fn event_id(&mut self, prefix: &str) {
        if self.event.defects.without_event_id {
            self.account.without_event_id = true;
            return;
        }
        let id = self.event.id;
        self.record.text_of("event_id", |out| push_id(out, prefix, id));
    }

    fn event_type(&mut self, name: &str) {
        if self.is_broken_by(Breakage::NoEventType) {
            return self.leave_out("event_type");
        }
        if self.is_broken_by(Breakage::UnknownEventType) {
            return self.record.text_of("event_type", |out| {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"_v2");
            });
        }
        self.record.text("event_type", name);
    }

    fn timestamp(&mut self) {
        if self.is_broken_by(Breakage::NoEventTime) {
            return self.leave_out("timestamp");
        }
        if self.is_broken_by(Breakage::TimeIsNoTimestamp) {
            let wrong = ["yesterday", "2025-13-45T10:15:30Z", "2025-02-30T25:61:00Z", "n/a"];
            return self.record.text("timestamp", self.rng.pick(&wrong));
        }
        let moment = self.event.at;
        let (second, zone) = match self.rng.below(20) {
            0..=15 => (moment.second, "Z"),
            16 => (moment.second, ".000Z"),
            _ => (moment.second_in_india(), "+05:30"),
        };
        self.record.text_of("timestamp", |out| {
            push_date_and_time(out, moment, second);
            out.extend_from_slice(zone.as_bytes());
        });
    }

    fn name(&mut self) {
        let (given, family) = (self.person.given_name, self.person.family_name);
        let (given, family) = if self.rng.chance(0.02) { (given.1, family.1) } else { (given.0, family.0) };
        self.record.text_of("name", |out| {
            out.extend_from_slice(given.as_bytes());
            out.push(b' ');
            out.extend_from_slice(family.as_bytes());
        });
    }

    fn city(&mut self) {
        let city = self.person.city;
        let written = if self.rng.chance(0.25) { self.rng.pick(city.also_written) } else { city.usual };
        self.record.text("city", written);
    }

    fn email(&mut self) {
        if self.is_broken_by(Breakage::Anonymous) {
            return self.leave_out("email");
        }
        if self.event.defects.phone_only {
            return self.email_of_no_use();
        }
        let typed = match self.rng.below(20) {
            0..=16 => EmailTyped::Plainly,
            17 | 18 => EmailTyped::WithCapitals,
            _ => EmailTyped::WithSpaces,
        };
        self.record.text_of("email", |out| self.person.push_email(out, typed));
        self.account.email = true;
    }

    fn email_of_no_use(&mut self) {
        if !self.event.defects.invalid_value {
            return;
        }
        self.record.text("email", self.rng.pick(&["not given", "none", "amit@", "@gmail.com"]));
        self.account.invalid.push("email");
    }

    /// The person's phone, if there is one; what the defects make of it otherwise.
    fn phone(&mut self) {
        let Some(phone) = self.person.phone else { return };
        let anonymous = self.is_broken_by(Breakage::Anonymous);
        if anonymous && self.rng.chance(0.5) {
            return;
        }
        if !(anonymous || self.event.defects.masked_phone) {
            return self.record.text_of("phone", |out| phone.push(out, &mut self.rng));
        }
        self.record.text_of("phone", |out| phone.push_masked(out, &mut self.rng));
        self.account.masked_phone = true;
        self.account.invalid.push("phone");
    }

    fn phone_of_no_use(&mut self) {
        let wrong = ["12345", "00000 00000", "987654", "call after 6", "+91 1234 567"];
        self.record.text("phone", self.rng.pick(&wrong));
        self.account.invalid.push("phone");
    }

    /// Not there, or there and null: both mean missing.
    fn leave_out(&mut self, key: &str) {
        if self.rng.chance(0.3) {
            self.record.raw(key, "null");
        }
    }

    fn invalid(&mut self, column: &'static str, key: &str, json: &str) {
        self.record.raw(key, json);
        self.account.invalid.push(column);
    }

    fn finish(mut self) -> Account {
        if self.event.defects.extra_field {
            let (key, json) = self.rng.pick(EXTRA_FIELDS);
            self.record.raw(key, json);
            self.account.extra_field = true;
        }
        self.account.refused = self.event.defects.broken.map(Breakage::code);
        if self.is_broken_by(Breakage::CutOff) {
            self.record.end_cut_off(self.rng.unit());
        } else {
            self.record.end();
        }
        self.account
    }
}

fn push_id(out: &mut Vec<u8>, prefix: &str, number: u64) {
    out.extend_from_slice(prefix.as_bytes());
    push_number(out, number);
}
