//! When it was settled what became of a lead.

use std::borrow::Borrow;

use leadlake_lead::event::{Event, Micros, Outcome};

/// The first outcome that settles something: converted or lost. A lost lead may convert later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<'a> {
    pub at: Micros,
    /// The first conversion.
    pub converted_at: Option<Micros>,
    /// As it was known then.
    pub city: Option<&'a str>,
}

impl<'a> Decision<'a> {
    /// What was settled at the instant, if anything. The events are one lead's, in their order; later ones have no say.
    pub fn of<E: Borrow<Event<'a>>>(events: &[E], as_of: Micros) -> Option<Self> {
        let mut city = None;
        let mut decision: Option<Self> = None;
        for event in events.iter().map(E::borrow).filter(|event| event.at <= as_of) {
            city = event.identity.city.or(city);
            let Some(facts) = event.outcome else { continue };
            if facts.outcome == Outcome::Open {
                continue;
            }
            let decision = decision.get_or_insert(Self { at: event.at, converted_at: None, city });
            if facts.outcome == Outcome::Converted {
                decision.converted_at = Some(event.at);
                break;
            }
        }
        decision
    }

    pub fn is_converted(&self) -> bool {
        self.converted_at.is_some()
    }
}
