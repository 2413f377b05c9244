//! What somebody did, with a cap on how often the same counts on one day.

use leadlake_lead::event::{Day, Event, Micros};
use leadlake_lead::profile::TouchKind;

use super::decay::remaining;
use crate::config::{DailyCaps, Scoring};
use crate::points::Points;

/// What was done by an instant.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Activity<'a> {
    pub webinar_minutes: u64,
    pub questions_asked: u64,
    pub forms: u64,
    pub visits: u64,
    pub decayed: f64,
    /// The source with the highest weight.
    pub source: Option<(Points, &'a str)>,
}

/// One day's actions so far. Kept between leads for its memory only.
#[derive(Debug, Clone, Default)]
pub(super) struct Today {
    /// The longest webinars, as many as count.
    minutes: Vec<u64>,
    webinars: u64,
    questions_asked: u64,
    forms: u64,
    visits: u64,
    other_touches: u64,
}

impl<'a> Activity<'a> {
    /// Of touches in their order: the sum of decayed touches depends on it in its last bits.
    pub fn of<'e>(
        scoring: &Scoring,
        as_of: Micros,
        events: impl Iterator<Item = &'e Event<'a>>,
        today: &mut Today,
    ) -> Self
    where
        'a: 'e,
    {
        let mut activity = Self::default();
        let mut day: Option<Day> = None;
        for event in events {
            let Some(kind) = TouchKind::of(event) else { continue };
            if day.replace(event.at.day()) != Some(event.at.day()) {
                activity.end_day(today, &scoring.daily_caps);
            }
            activity.see_source(scoring, event.key.source);
            if today.counts(event, kind, &scoring.daily_caps) {
                activity.decayed += remaining(event.at, as_of, scoring.half_life_days);
            }
        }
        activity.end_day(today, &scoring.daily_caps);
        activity
    }

    fn see_source(&mut self, scoring: &Scoring, source: &'a str) {
        let weight = scoring.source.weight_of(source);
        let is_better =
            self.source.is_none_or(|(best, name)| weight > best || (weight == best && source < name));
        if is_better {
            self.source = Some((weight, source));
        }
    }

    fn end_day(&mut self, today: &mut Today, caps: &DailyCaps) {
        let minutes = today.minutes.iter().fold(0, |sum: u64, minutes| sum.saturating_add(*minutes));
        self.webinar_minutes = self.webinar_minutes.saturating_add(minutes);
        self.questions_asked += today.questions_asked.min(caps.questions_asked);
        self.forms += today.forms.min(caps.forms);
        self.visits += today.visits.min(caps.visits);
        today.minutes.clear();
        *today = Today { minutes: std::mem::take(&mut today.minutes), ..Today::default() };
    }
}

impl Today {
    /// Notes the touch, and says whether it is one of those that count.
    fn counts(&mut self, event: &Event<'_>, kind: TouchKind, caps: &DailyCaps) -> bool {
        let questions = event.touch.questions_asked.and_then(|asked| u64::try_from(asked).ok());
        self.questions_asked = self.questions_asked.saturating_add(questions.unwrap_or(0));
        let minutes = event.touch.webinar_minutes.and_then(|minutes| u64::try_from(minutes).ok());
        if let Some(minutes) = minutes {
            self.keep_longest(minutes, caps.webinars);
        }
        let (count, cap) = match kind {
            TouchKind::Webinar => (&mut self.webinars, caps.webinars),
            TouchKind::Form => (&mut self.forms, caps.forms),
            TouchKind::Visit => (&mut self.visits, caps.visits),
            TouchKind::Other => (&mut self.other_touches, caps.other_touches),
        };
        *count += 1;
        *count <= cap
    }

    fn keep_longest(&mut self, minutes: u64, cap: u64) {
        let place = self.minutes.partition_point(|longer| *longer >= minutes);
        self.minutes.insert(place, minutes);
        self.minutes.truncate(usize::try_from(cap).unwrap_or(usize::MAX));
    }
}
