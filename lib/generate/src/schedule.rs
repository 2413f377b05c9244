//! Who comes when, and when each event is handed over for delivery.

use crate::calendar::{Calendar, DAY_SECONDS, WorkTime};
use crate::journey::{Journey, MOST_STEPS, Step};
use crate::people::Person;
use crate::plan::Plan;
use crate::rng::{Rng, Stream};
use crate::source::Source;

/// Seconds at the end of the plan that no journey plans with, so that its least gaps always find room.
const RESERVE: u64 = 60;

/// With the hours until its object is full, an event arrives within 20 days.
const LATEST_DAYS: u64 = 19;

/// One copy of one event on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Delivery {
    pub(crate) handed_over: WorkTime,
    pub(crate) person: u64,
    pub(crate) step: u8,
    pub(crate) last_copy: bool,
    pub(crate) happened: WorkTime,
    pub(crate) source: Source,
}

/// As many people as it takes to make the plan's events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    pub(crate) people: u64,
    /// How many deliveries the last person has a share in.
    last_persons_deliveries: u64,
}

impl Crowd {
    pub(crate) fn for_plan(plan: &Plan) -> Self {
        let mut people = 0;
        let mut wanted = plan.events;
        let mut last_persons_deliveries = 0;
        while wanted > 0 {
            let journey = Journey::of(plan, people, &Person::of(plan, people));
            last_persons_deliveries = journey.deliveries().min(wanted);
            wanted -= last_persons_deliveries;
            people += 1;
        }
        Self { people, last_persons_deliveries }
    }

    /// When a person is first seen: later for each than for the one before, so that people can be brought in day by day.
    fn arrival(&self, calendar: &Calendar, person: u64) -> WorkTime {
        let span = u128::from(calendar.work_seconds() / 10 * 9);
        WorkTime((span * u128::from(person) / u128::from(self.people.max(1))) as u64)
    }
}

/// The deliveries of the people who have come so far, by the day on which they are due.
pub(crate) struct Schedule<'a> {
    plan: &'a Plan,
    calendar: Calendar,
    crowd: Crowd,
    next_person: u64,
    due: Vec<Vec<Delivery>>,
}

impl<'a> Schedule<'a> {
    pub(crate) fn new(plan: &'a Plan, calendar: Calendar, crowd: Crowd) -> Self {
        let due = (0..calendar.days).map(|_| Vec::new()).collect();
        Self { plan, calendar, crowd, next_person: 0, due }
    }

    /// Everything that is handed over on a day, in order. Days are asked for one after the other.
    pub(crate) fn day(&mut self, day: u64) -> Vec<Delivery> {
        while self.next_person < self.crowd.people {
            let arrival = self.crowd.arrival(&self.calendar, self.next_person);
            if arrival.day() > day {
                break;
            }
            self.bring_in(self.next_person, arrival);
            self.next_person += 1;
        }
        let mut due = self.due.get_mut(day as usize).map(std::mem::take).unwrap_or_default();
        due.sort_unstable();
        due
    }

    fn bring_in(&mut self, index: u64, arrival: WorkTime) {
        let journey = Journey::of(self.plan, index, &Person::of(self.plan, index));
        let is_last = index + 1 == self.crowd.people;
        let allowed = if is_last { self.crowd.last_persons_deliveries } else { u64::MAX };
        let deliveries = self.deliveries_of(index, arrival, &journey);
        for delivery in deliveries.into_iter().take(allowed as usize) {
            if let Some(due) = self.due.get_mut(delivery.handed_over.day() as usize) {
                due.push(delivery);
            }
        }
    }

    fn deliveries_of(&self, person: u64, arrival: WorkTime, journey: &Journey) -> Vec<Delivery> {
        let room = self.calendar.work_seconds() - RESERVE - arrival.0;
        let wished: u64 = journey.steps.iter().map(|step| step.gap).sum();
        let mut pace = Rng::of(self.plan.seed, Stream::Pace, person);
        // Who must hurry does not finish at the very end, where everybody else in a hurry would finish too.
        let room = if wished > room { room * pace.between(40, 100) / 100 } else { room };
        let mut deliveries = Vec::with_capacity(journey.steps.len() + 1);
        let mut happened = arrival;
        for (number, step) in (0u8..).zip(&journey.steps) {
            let gap = if wished > room { step.gap * room / wished } else { step.gap };
            happened.0 += gap.max(1);
            let mut rng = Rng::of(self.plan.seed, Stream::Delivery, person * MOST_STEPS + u64::from(number));
            let handed_over = self.handed_over(happened, &mut rng);
            let delivery = Delivery {
                handed_over,
                person,
                step: number,
                last_copy: !step.defects.repeated,
                happened,
                source: step.touch.source(),
            };
            deliveries.push(delivery);
            deliveries.extend(self.second_copy(step, delivery, &mut rng));
        }
        deliveries
    }

    fn handed_over(&self, happened: WorkTime, rng: &mut Rng) -> WorkTime {
        let days_left = self.latest_day(happened).saturating_sub(happened.day());
        if days_left == 0 || !rng.chance(self.plan.flaws.late) {
            return happened;
        }
        happened.plus_days(rng.between(1, days_left)).later_that_day(rng.below(3600))
    }

    /// The last day on which an event can be handed over.
    fn latest_day(&self, happened: WorkTime) -> u64 {
        self.calendar.last_day().min(happened.day() + LATEST_DAYS)
    }

    fn second_copy(&self, step: &Step, first: Delivery, rng: &mut Rng) -> Option<Delivery> {
        if !step.defects.repeated {
            return None;
        }
        let days_left = self.latest_day(first.happened).saturating_sub(first.handed_over.day());
        let handed_over = if rng.chance(0.5) {
            first.handed_over.later_that_day(rng.below(30))
        } else if days_left == 0 || rng.chance(0.2) {
            first.handed_over.later_that_day(rng.below(DAY_SECONDS))
        } else {
            first.handed_over.plus_days(rng.between(1, days_left.min(5)))
        };
        Some(Delivery { handed_over, last_copy: true, ..first })
    }
}
