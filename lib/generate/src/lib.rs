//! Realistic events of every source with known flaws, and the truth about them.
//!
//! [`generate`] tells the story of some thousands of people who visit roadshows, watch webinars, fill in forms and
//! partly buy, and writes it as raw objects into a [`Sink`]. It reads no clock and no environment: equal plans make
//! equal bytes. People and their journeys follow from the seed and a number, so memory holds one open object per source
//! and a few bytes for each event that is still on its way.

mod calendar;
mod events;
mod flaws;
mod journey;
mod json;
mod objects;
mod people;
mod plan;
mod rng;
mod schedule;
mod source;
mod tally;
mod truth;
mod world;

use thiserror::Error;

use calendar::{Calendar, WorkTime};
use events::Event;
use journey::{Journey, MOST_STEPS};
use objects::Objects;
use people::Person;
use rng::{Rng, Stream};
use schedule::{Crowd, Delivery, Schedule};
use source::PerSource;
use tally::{Tally, Written};

pub use objects::Sink;
pub use plan::{Flaws, Plan, PlanError};
pub use source::Source;
pub use truth::{RefusalCode, SourceTruth, Truth};

/// Why generating stopped.
#[derive(Debug, Error)]
pub enum GenerateError<E: std::error::Error + 'static> {
    #[error("the plan cannot be carried out: {0}")]
    Plan(#[from] PlanError),
    #[error("object {key} could not be handed over: {source}")]
    Sink { key: String, source: E },
}

/// Writes the plan's events into the sink and says what was written.
pub fn generate<S: Sink>(plan: &Plan, sink: &mut S) -> Result<Truth, GenerateError<S::Error>> {
    let calendar = plan.calendar()?;
    let crowd = Crowd::for_plan(plan);
    let mut schedule = Schedule::new(plan, calendar, crowd);
    let mut writer =
        Writer { plan, calendar, sink, objects: PerSource::default(), tally: Tally::new(crowd.people) };
    for day in 0..calendar.days {
        writer.day(&schedule.day(day))?;
    }
    Ok(writer.tally.finish())
}

struct Writer<'a, S> {
    plan: &'a Plan,
    calendar: Calendar,
    sink: &'a mut S,
    objects: PerSource<Objects>,
    tally: Tally,
}

impl<S: Sink> Writer<'_, S> {
    fn day(&mut self, due: &[Delivery]) -> Result<(), GenerateError<S::Error>> {
        let mut records = PerSource::<u64>::default();
        for delivery in due {
            *records.of_mut(delivery.source) += 1;
        }
        for (source, records) in records.into_pairs() {
            self.objects.of_mut(source).begin_day(records, self.plan.events_per_object);
        }
        due.iter().try_for_each(|delivery| self.record(*delivery))
    }

    fn record(&mut self, delivery: Delivery) -> Result<(), GenerateError<S::Error>> {
        let person = Person::of(self.plan, delivery.person);
        let journey = Journey::of(self.plan, delivery.person, &person);
        let Some(step) = journey.steps.get(usize::from(delivery.step)) else {
            return Ok(());
        };
        let number = delivery.person * MOST_STEPS + u64::from(delivery.step);
        let event = Event {
            touch: step.touch,
            defects: step.defects,
            id: person.number * MOST_STEPS + u64::from(delivery.step),
            at: self.calendar.moment(delivery.happened),
        };
        let objects = self.objects.of_mut(delivery.source);
        let account = events::write(
            &mut objects.buffer,
            &person,
            &event,
            Rng::of(self.plan.seed, Stream::Event, number),
        );
        let object = objects.open;
        let full = objects.take_in();
        let late = delivery.happened.day() != delivery.handed_over.day();
        self.tally.record(&Written { person: &person, touch: step.touch, delivery, account, object, late });
        if full { self.close(delivery.source, delivery.handed_over) } else { Ok(()) }
    }

    fn close(&mut self, source: Source, last_record: WorkTime) -> Result<(), GenerateError<S::Error>> {
        let objects = self.objects.of_mut(source);
        let key = objects.key(source, self.calendar.date_of(last_record.day()));
        let arrived = self.calendar.arrival(last_record);
        self.tally.object(source, objects.buffer.len());
        match self.sink.object(&key, arrived, &objects.buffer) {
            Ok(()) => objects.close(),
            Err(source) => return Err(GenerateError::Sink { key, source }),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
