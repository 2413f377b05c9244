//! What is wrong with one event.

use crate::plan::Flaws;
use crate::rng::Rng;
use crate::source::Source;
use crate::truth::RefusalCode;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Defects {
    pub(crate) broken: Option<Breakage>,
    pub(crate) masked_phone: bool,
    pub(crate) invalid_value: bool,
    pub(crate) extra_field: bool,
    pub(crate) without_event_id: bool,
    /// Delivered a second time, byte for byte.
    pub(crate) repeated: bool,
    /// The email is missing or of no use, but the phone tells who it is.
    pub(crate) phone_only: bool,
}

impl Defects {
    pub(crate) fn draw(source: Source, flaws: &Flaws, rng: &mut Rng) -> Self {
        let broken = if rng.chance(flaws.broken) { Breakage::draw(source, rng) } else { None };
        let whole = broken.is_none();
        Self {
            broken,
            masked_phone: rng.chance(flaws.masked_phones) && whole,
            invalid_value: rng.chance(flaws.invalid_values) && whole,
            extra_field: rng.chance(flaws.extra_fields),
            without_event_id: rng.chance(flaws.without_event_id),
            repeated: rng.chance(flaws.repeated) && whole,
            phone_only: false,
        }
    }

    /// The event is known by its phone, which must then be a good one.
    pub(crate) fn make_phone_only(&mut self) {
        self.phone_only = true;
        self.broken = None;
        self.masked_phone = false;
    }

    /// The event shows which email belongs to a phone, and so must be accepted with both.
    pub(crate) fn make_introduction(&mut self) {
        self.broken = None;
        self.masked_phone = false;
        self.invalid_value = false;
    }
}

/// Why a record has to be refused. Each record is broken in one way only, so that its code is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breakage {
    CutOff,
    NoEventType,
    NoEventTime,
    /// Without what only this source requires: a webinar's email, the outcome, the transaction's id.
    NoOwnRequirement,
    TimeIsNoTimestamp,
    UnknownEventType,
    UnknownOutcome,
    /// Nothing tells whose event it is.
    Anonymous,
}

impl Breakage {
    /// Evenly from what can go wrong with a source's records.
    fn draw(source: Source, rng: &mut Rng) -> Option<Self> {
        use Breakage::*;
        let possible: &[Self] = match source {
            Source::Roadshow | Source::Online => {
                &[CutOff, NoEventType, NoEventTime, TimeIsNoTimestamp, UnknownEventType, Anonymous]
            }
            Source::Webinar => {
                &[CutOff, NoEventType, NoEventTime, NoOwnRequirement, TimeIsNoTimestamp, UnknownEventType]
            }
            Source::Crm => &[
                CutOff,
                NoEventTime,
                NoOwnRequirement,
                TimeIsNoTimestamp,
                UnknownEventType,
                UnknownOutcome,
                Anonymous,
            ],
            Source::Transactions => {
                &[CutOff, NoEventTime, NoOwnRequirement, TimeIsNoTimestamp, UnknownEventType, Anonymous]
            }
        };
        rng.pick_any(possible)
    }

    pub(crate) fn code(self) -> RefusalCode {
        match self {
            Self::CutOff => RefusalCode::NotJson,
            Self::NoEventType | Self::NoEventTime | Self::NoOwnRequirement => RefusalCode::Missing,
            Self::TimeIsNoTimestamp => RefusalCode::NotATimestamp,
            Self::UnknownEventType | Self::UnknownOutcome => RefusalCode::NotAllowed,
            Self::Anonymous => RefusalCode::NoIdentity,
        }
    }
}
