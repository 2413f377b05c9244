//! What somebody does, from the first touch to the last purchase.

use crate::calendar::DAY_SECONDS;
use crate::flaws::Defects;
use crate::people::Person;
use crate::plan::Plan;
use crate::rng::{Rng, Stream};
use crate::source::Source;

/// More steps than any journey has.
pub(crate) const MOST_STEPS: u64 = 16;

/// A plan of fewer days hurries people along in proportion, so that its last day is not crowded with what had no room.
const UNHURRIED_DAYS: u32 = 45;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touch {
    Roadshow,
    Webinar { minutes: u64, questions: u64 },
    Online,
    Crm(Outcome),
    Transaction { first: bool },
}

impl Touch {
    pub(crate) fn source(self) -> Source {
        match self {
            Self::Roadshow => Source::Roadshow,
            Self::Webinar { .. } => Source::Webinar,
            Self::Online => Source::Online,
            Self::Crm(_) => Source::Crm,
            Self::Transaction { .. } => Source::Transactions,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Open,
    Lost,
    Converted { revenue_paise: u64 },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) touch: Touch,
    /// Working time since the step before, where the plan's days leave room for it.
    pub(crate) gap: u64,
    pub(crate) defects: Defects,
}

impl Step {
    pub(crate) fn deliveries(&self) -> u64 {
        1 + u64::from(self.defects.repeated)
    }
}

#[derive(Debug)]
pub(crate) struct Journey {
    pub(crate) steps: Vec<Step>,
}

impl Journey {
    pub(crate) fn of(plan: &Plan, index: u64, person: &Person) -> Self {
        let mut rng = Rng::of(plan.seed, Stream::Journey, index);
        let mut walk = Walk { plan, rng: &mut rng, steps: Vec::with_capacity(MOST_STEPS as usize) };
        walk.touches();
        walk.outcomes(person);
        walk.introduce(person);
        Self { steps: walk.steps }
    }

    pub(crate) fn deliveries(&self) -> u64 {
        self.steps.iter().map(Step::deliveries).sum()
    }
}

struct Walk<'a> {
    plan: &'a Plan,
    rng: &'a mut Rng,
    steps: Vec<Step>,
}

impl Walk<'_> {
    fn step(&mut self, touch: Touch, longest_gap_days: u64) {
        // Squared: most wait little, some long.
        let wait = self.rng.unit();
        let longest = longest_gap_days * DAY_SECONDS * self.plan.days.min(UNHURRIED_DAYS) as u64
            / UNHURRIED_DAYS as u64;
        let gap = 60 + (wait * wait * longest as f64) as u64;
        let defects = Defects::draw(touch.source(), &self.plan.flaws, self.rng);
        self.steps.push(Step { touch, gap, defects });
    }

    fn touches(&mut self) {
        let first = match self.rng.below(100) {
            0..40 => Touch::Roadshow,
            40..75 => Touch::Online,
            _ => self.webinar(),
        };
        self.step(first, 0);
        let later = match self.rng.below(100) {
            0..11 => 0,
            11..31 => 1,
            31..53 => 2,
            53..75 => 3,
            75..90 => 4,
            _ => 5,
        };
        for _ in 0..later {
            let touch = match self.rng.below(100) {
                0..10 => Touch::Roadshow,
                10..42 => Touch::Online,
                _ => self.webinar(),
            };
            self.step(touch, 9);
        }
    }

    fn webinar(&mut self) -> Touch {
        let stayed = self.rng.unit();
        let minutes = 2 + (stayed * 73.0) as u64;
        let questions = self.rng.below(1 + minutes / 12);
        Touch::Webinar { minutes, questions }
    }

    /// What sales wrote down about the person, and what was bought.
    fn outcomes(&mut self, person: &Person) {
        if !self.rng.chance(0.86) {
            return;
        }
        if self.rng.chance(0.35) {
            self.step(Touch::Crm(Outcome::Open), 3);
        }
        if !self.rng.chance(self.conversion_probability(person)) {
            let outcome = if self.rng.chance(0.7) { Outcome::Lost } else { Outcome::Open };
            self.step(Touch::Crm(outcome), 7);
            return;
        }
        let bargained = self.rng.between(90, 105);
        let rupees = person.device.rupees * bargained / 100;
        let odd_paise = if self.rng.chance(0.1) { 50 } else { 0 };
        let revenue_paise = rupees * 100 + odd_paise;
        self.step(Touch::Crm(Outcome::Converted { revenue_paise }), 5);
        self.step(Touch::Transaction { first: true }, 2);
        for _ in 0..self.rng.below(3) {
            self.step(Touch::Transaction { first: false }, 10);
        }
    }

    /// The truth that a model can find: what was done before, when the person means to buy, and where they came from.
    fn conversion_probability(&self, person: &Person) -> f64 {
        let minutes: u64 = self
            .steps
            .iter()
            .map(|step| match step.touch {
                Touch::Webinar { minutes, .. } => minutes,
                _ => 0,
            })
            .sum();
        let timeframe = match person.timeframe_days {
            0..=30 => 1.1,
            31..=60 => 0.2,
            _ => -0.7,
        };
        let origin = match self.steps.first().map(|step| step.touch) {
            Some(Touch::Roadshow) => 0.6,
            Some(Touch::Webinar { .. }) => 0.3,
            _ => -0.3,
        };
        let trust = if person.disposable { -2.0 } else { 0.0 };
        let log_odds = -3.35 + 0.018 * minutes as f64 + timeframe + origin + person.city.pull + trust;
        1.0 / (1.0 + (-log_odds).exp())
    }

    /// Lets some come back to a roadshow leaving only a phone, if their first visit tells whose phone it is.
    fn introduce(&mut self, person: &Person) {
        if person.phone.is_none() {
            return;
        }
        let Some((first, later)) = self.steps.split_first_mut() else {
            return;
        };
        if first.touch != Touch::Roadshow {
            return;
        }
        for step in later.iter_mut().filter(|step| step.touch == Touch::Roadshow) {
            if self.rng.chance(0.2) {
                step.defects.make_phone_only();
                first.defects.make_introduction();
            }
        }
    }
}
