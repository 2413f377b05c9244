//! Service levels: how late the newest event may be.

use crate::contract::Freshness;
use crate::odcs::{MaybeList, SlaProperty};
use crate::problem::{Findings, Place, Reason};
use crate::words::Word;

/// A bound with the element it was said about, which can only be judged once the columns are known.
pub(crate) struct Bound {
    pub freshness: Freshness,
    pub element: Option<(Place, String)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Minutes,
    Hours,
    Days,
}

impl Word for Unit {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("m", Self::Minutes),
        ("min", Self::Minutes),
        ("minute", Self::Minutes),
        ("minutes", Self::Minutes),
        ("h", Self::Hours),
        ("hour", Self::Hours),
        ("hours", Self::Hours),
        ("d", Self::Days),
        ("day", Self::Days),
        ("days", Self::Days),
    ];
}

impl Unit {
    fn seconds(self) -> u64 {
        match self {
            Self::Minutes => 60,
            Self::Hours => 60 * 60,
            Self::Days => 24 * 60 * 60,
        }
    }
}

pub(crate) fn bound(
    findings: &mut Findings,
    place: &Place,
    written: MaybeList<SlaProperty>,
) -> Option<Bound> {
    let mut bound = None;
    for (place, sla) in findings.take_list(place, written) {
        findings.check_keys(&place, &sla);
        let advice = "say which service level this is, such as latency";
        let property = findings.take_present(place.key("property"), sla.property, advice);
        // Other service levels (availability, retention, ...) are for people, not for the lake.
        if !property.is_some_and(|property| property == "latency" || property == "freshness") {
            continue;
        }
        if bound.is_some() {
            findings.report(place, Reason::SecondFreshness);
            continue;
        }
        let advice = "give the unit of the value: minutes, hours or days";
        let unit = findings.take_present(place.key("unit"), sla.unit, advice);
        let unit = findings.word::<Unit>(place.key("unit"), unit);
        let element = findings.take(place.key("element"), sla.element);
        let value = sla.value.as_ref().and_then(serde_json::Value::as_u64).filter(|value| *value > 0);
        let seconds = unit.map(|unit| value.and_then(|value| value.checked_mul(unit.seconds())));
        match seconds {
            Some(Some(seconds)) => {
                let element = element.map(|element| (place.key("element"), element));
                bound = Some(Bound { freshness: Freshness { seconds }, element });
            }
            Some(None) => {
                let written = sla.value.map_or_else(|| "missing".to_owned(), |value| value.to_string());
                let expected = "a whole number from 1 such as 24";
                findings.report(place.key("value"), Reason::Value { written, expected });
            }
            None => {}
        }
    }
    bound
}
