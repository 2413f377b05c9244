//! What was known of one person on which day.

use crate::event::{Day, Event};
use crate::profile::Profile;

/// What was known at the end of each day from `valid_from` on, until before `valid_to`.
#[derive(Debug)]
pub struct Version<'v, 'a> {
    pub valid_from: Day,
    /// The day of the next version; nothing for the current one.
    pub valid_to: Option<Day>,
    pub profile: &'v Profile<'a>,
}

/// Shows the versions of one person, oldest first: one for each day on which events arrived, since each distinct
/// event changes what is known. The events must be distinct; they are put into the order of their arrival. The
/// profile is reset first, and is that of all events in the end.
pub fn each_version<'a, 'e>(
    events: &mut [&'e Event<'a>],
    profile: &mut Profile<'a>,
    mut visit: impl FnMut(Version<'_, 'a>),
) where
    'a: 'e,
{
    profile.reset();
    events.sort_unstable_by_key(|event| event.arrived);
    let mut days = events.chunk_by(|left, right| left.arrived == right.arrived).peekable();
    while let Some(day) = days.next() {
        let Some(first) = day.first() else { return };
        for event in day {
            profile.absorb(event);
        }
        let valid_to = days.peek().and_then(|next| next.first()).map(|next| next.arrived);
        visit(Version { valid_from: first.arrived, valid_to, profile });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::profile::samples::{event, events};
    use crate::profile::{Currency, distinct};

    type Kept = (Day, Option<Day>, String);

    fn versions(events: &[Event<'_>]) -> Vec<Kept> {
        let mut once: Vec<_> = events.iter().collect();
        distinct(&mut once);
        // Left over from somebody else.
        let mut profile = Profile::of(Currency::INR, &[event("online", "other", 1)]);
        let mut kept = Vec::new();
        each_version(&mut once, &mut profile, |version| {
            kept.push((version.valid_from, version.valid_to, format!("{:?}", version.profile)));
        });
        kept
    }

    proptest! {
        #[test]
        fn a_version_is_what_had_arrived_by_its_day(events in events(20)) {
            let kept = versions(&events);
            for day in (-1..5).map(Day) {
                let known: Vec<_> = events.iter().filter(|event| event.arrived <= day).collect();
                let valid: Vec<_> =
                    kept.iter().filter(|(from, to, _)| *from <= day && to.is_none_or(|to| day < to)).collect();
                if known.is_empty() {
                    prop_assert!(valid.is_empty());
                    continue;
                }
                prop_assert_eq!(valid.len(), 1);
                let expected = Profile::of(Currency::INR, known);
                prop_assert_eq!(&valid[0].2, &format!("{expected:?}"));
            }
        }
    }

    #[test]
    fn days_without_arrivals_have_no_version_of_their_own() {
        let mut late = event("online", "3", 2);
        late.arrived = Day(9);
        let days: Vec<_> = versions(&[event("online", "1", 4), event("online", "2", 4), late])
            .into_iter()
            .map(|(from, to, _)| (from, to))
            .collect();
        assert_eq!(days, [(Day(4), Some(Day(9))), (Day(9), None)]);
    }
}
