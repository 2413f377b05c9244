//! What happened since the run before, and hence why a value is another now.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::PrimitiveArray;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use arrow_schema::{Field, Schema, SchemaRef};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::engine::SqlEngine;
use crate::error::GoldError;
use crate::model::{ColumnType, Reads};
use crate::report::Because;
use crate::{answer, day, literal};

/// The run before, as the version that it wrote tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LastRun {
    pub as_of: Timestamp,
    /// It knew of no object that was done later.
    pub seen_at: Timestamp,
    pub model_version: Option<String>,
}

/// What happened since the run before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Since {
    /// By the day on which they arrived.
    objects: BTreeMap<Date, Objects>,
    /// By the day on which they happened.
    events: BTreeMap<Date, Events>,
    /// Before and now, where they differ.
    scoring: Option<(String, String)>,
}

/// Objects that were done since.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Objects {
    late: i64,
    late_records: i64,
    again: i64,
    again_records: i64,
    /// Those that were not done since included.
    of_the_day: i64,
}

/// Events of objects that were done since.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Events {
    late: i64,
    again: i64,
}

impl Since {
    pub fn ask(
        engine: &dyn SqlEngine,
        last: &LastRun,
        model_version: Option<&str>,
        known_objects: &dyn Fn(Date) -> Option<f64>,
    ) -> Result<Self, GoldError> {
        let scoring = match (last.model_version.as_deref(), model_version) {
            (Some(before), Some(now)) if before != now => Some((before.to_owned(), now.to_owned())),
            _ => None,
        };
        let mut since =
            Self { objects: objects_since(engine, last)?, events: events_since(engine, last)?, scoring };
        since.tell_new_from_known(known_objects);
        Ok(since)
    }

    /// A copy into bronze may keep the time of its original, and then seems to have arrived long ago. Where there are as
    /// many more objects than the run before counted, none was refined again.
    fn tell_new_from_known(&mut self, known_objects: &dyn Fn(Date) -> Option<f64>) {
        for (day, objects) in &mut self.objects {
            let Some(known) = known_objects(*day) else { continue };
            let are_new = (objects.of_the_day - objects.late - objects.again) as f64 >= known;
            if are_new {
                objects.late += std::mem::take(&mut objects.again);
                objects.late_records += std::mem::take(&mut objects.again_records);
            }
        }
        if self.objects.values().all(|objects| objects.again == 0) {
            for events in self.events.values_mut() {
                events.late += std::mem::take(&mut events.again);
            }
        }
    }

    /// The oldest day on which something arrived or happened that was done since.
    pub fn first_day(&self) -> Option<Date> {
        let days = [self.objects.keys().next(), self.events.keys().next()];
        days.into_iter().flatten().min().copied()
    }

    /// Of all that happened since, what is closest to the value: first what came of its own day, then how leads are
    /// scored, then what came of days before. What is told did happen; that it is the cause is likely, not proved.
    pub fn why(&self, reads: Reads, date: Date) -> (Because, String) {
        if let Some(known) = self.because_of_the_day(reads, date) {
            return known;
        }
        if let Some((before, now)) = self.scoring.as_ref().filter(|_| reads.scores) {
            return (Because::ScoringChanged, format!("leads are scored by {now}, before by {before}"));
        }
        if !reads.people {
            let detail = "nothing of the day arrived since; objects were taken out, \
                          or this leadlake computes it otherwise";
            return (Because::RefinedAgain, detail.to_owned());
        }
        if let Some(known) = self.because_of_days_before(reads, date) {
            return known;
        }
        let again: i64 = self.objects.values().map(|objects| objects.again).sum();
        if !reads.arrival && again > 0 {
            // Events that are no more, because their record is refused now, cannot be counted.
            let detail = format!("{} that had arrived before got refined since", counted(again, "object"));
            return (Because::RefinedAgain, detail);
        }
        let detail = "nothing of the day or before it arrived since; who is one person, \
                      or what became of them, is known better";
        (Because::PeopleChanged, detail.to_owned())
    }

    fn because_of_the_day(&self, reads: Reads, date: Date) -> Option<(Because, String)> {
        match reads.arrival {
            true => self.objects.get(&date)?.told("the day"),
            false => self.events.get(&date)?.told("the day"),
        }
    }

    /// They tell more of leads that the day is about.
    fn because_of_days_before(&self, reads: Reads, date: Date) -> Option<(Because, String)> {
        if reads.arrival {
            let before = self.objects.range(..date).map(|(_, objects)| *objects);
            return before.fold(Objects::default(), Objects::and).told("days before");
        }
        let before = self.events.range(..date).map(|(_, events)| *events);
        before.fold(Events::default(), Events::and).told("days before")
    }
}

impl Objects {
    fn and(self, other: Self) -> Self {
        Self {
            late: self.late + other.late,
            late_records: self.late_records + other.late_records,
            again: self.again + other.again,
            again_records: self.again_records + other.again_records,
            of_the_day: self.of_the_day + other.of_the_day,
        }
    }

    fn told(self, of: &str) -> Option<(Because, String)> {
        let objects = |count, records, what: &str| {
            format!("{} of {of} with {} {what}", counted(count, "object"), counted(records, "record"))
        };
        told(
            (self.late > 0).then(|| objects(self.late, self.late_records, "arrived since")),
            (self.again > 0)
                .then(|| objects(self.again, self.again_records, "had arrived before and got refined since")),
        )
    }
}

impl Events {
    fn and(self, other: Self) -> Self {
        Self { late: self.late + other.late, again: self.again + other.again }
    }

    fn told(self, of: &str) -> Option<(Because, String)> {
        let events = |count, what: &str| format!("{} of {of} {what}", counted(count, "event"));
        told(
            (self.late > 0).then(|| events(self.late, "arrived since")),
            (self.again > 0).then(|| events(self.again, "had arrived before and got refined since")),
        )
    }
}

fn told(late: Option<String>, again: Option<String>) -> Option<(Because, String)> {
    let because = if late.is_some() { Because::LateData } else { Because::RefinedAgain };
    let told: Vec<String> = [late, again].into_iter().flatten().collect();
    (!told.is_empty()).then(|| (because, told.join("; ")))
}

fn counted(count: i64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn objects_since(engine: &dyn SqlEngine, last: &LastRun) -> Result<BTreeMap<Date, Objects>, GoldError> {
    let (as_of, seen_at) = (literal::timestamp(last.as_of), literal::timestamp(last.seen_at));
    let sql = format!(
        "SELECT dt AS day,
       count(*) FILTER (WHERE completed_at > {seen_at} AND arrived_at > {as_of}) AS late,
       coalesce(sum(records) FILTER (WHERE completed_at > {seen_at} AND arrived_at > {as_of}), 0) AS late_records,
       count(*) FILTER (WHERE completed_at > {seen_at} AND arrived_at <= {as_of}) AS again,
       coalesce(sum(records) FILTER (WHERE completed_at > {seen_at} AND arrived_at <= {as_of}), 0) AS again_records,
       count(*) AS of_the_day
FROM ops_ledger
GROUP BY dt
HAVING max(completed_at) > {seen_at}"
    );
    let counts = ["late", "late_records", "again", "again_records", "of_the_day"];
    let batch = answer::ask(engine, "objects since the run before", &sql, &schema(&counts))?;
    let [late, late_records, again, again_records, of_the_day] = counts.map(|name| column(&batch, name));
    let row = |(row, day)| {
        let at = |column: Option<&PrimitiveArray<Int64Type>>| column.map_or(0, |column| column.value(row));
        let objects = Objects {
            late: at(late),
            late_records: at(late_records),
            again: at(again),
            again_records: at(again_records),
            of_the_day: at(of_the_day),
        };
        (day, objects)
    };
    Ok(days(&batch).map(row).collect())
}

/// Only of objects that were done since: when an object arrived is said by the store, and a store that was copied says
/// that all of them arrived just now.
fn events_since(engine: &dyn SqlEngine, last: &LastRun) -> Result<BTreeMap<Date, Events>, GoldError> {
    let (as_of, seen_at) = (literal::timestamp(last.as_of), literal::timestamp(last.seen_at));
    let sql = format!(
        "WITH done AS (
    SELECT DISTINCT source, dt, arrived_at
    FROM ops_ledger
    WHERE completed_at > {seen_at}
)
SELECT CAST(event_time AS date) AS day,
       count(*) FILTER (WHERE events.arrived_at > {as_of}) AS late_events,
       count(*) FILTER (WHERE events.arrived_at <= {as_of}) AS events_again
FROM silver_lead_events AS events
JOIN done ON done.source = events.source AND done.dt = events.dt AND done.arrived_at = events.arrived_at
WHERE lead_id IS NOT NULL
GROUP BY CAST(event_time AS date)"
    );
    let counts = ["late_events", "events_again"];
    let batch = answer::ask(engine, "events since the run before", &sql, &schema(&counts))?;
    let [late, again] = counts.map(|name| column(&batch, name));
    let row = |(row, day)| {
        let at = |column: Option<&PrimitiveArray<Int64Type>>| column.map_or(0, |column| column.value(row));
        (day, Events { late: at(late), again: at(again) })
    };
    Ok(days(&batch).map(row).collect())
}

/// The first day on which anything arrived or, as far as is known of leads, happened.
pub(crate) fn first_day(engine: &dyn SqlEngine, as_of: Timestamp) -> Result<Option<Date>, GoldError> {
    let as_of = literal::timestamp(as_of);
    let sql = format!(
        "SELECT min(day) AS day
FROM (
    SELECT min(dt) AS day
    FROM ops_ledger
    UNION ALL
    SELECT min(CAST(event_time AS date))
    FROM silver_lead_events
    WHERE lead_id IS NOT NULL AND event_time <= {as_of}
) AS days"
    );
    let batch = answer::ask(engine, "the first day", &sql, &schema(&[]))?;
    Ok(days(&batch).map(|(_, day)| day).min())
}

fn schema(counts: &[&str]) -> SchemaRef {
    let counts = counts.iter().map(|name| Field::new(*name, ColumnType::Bigint.arrow(), true));
    let day = Field::new("day", ColumnType::Date.arrow(), true);
    Arc::new(Schema::new(std::iter::once(day).chain(counts).collect::<Vec<_>>()))
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b PrimitiveArray<Int64Type>> {
    batch.column_by_name(name).map(|column| column.as_primitive())
}

/// The rows that have a day.
fn days(batch: &RecordBatch) -> impl Iterator<Item = (usize, Date)> {
    let days = batch.column_by_name("day").map(|column| column.as_primitive::<Date32Type>().clone());
    let days = days.into_iter().flat_map(|days| days.iter().collect::<Vec<_>>()).enumerate();
    days.filter_map(|(row, day)| Some((row, day::of_number(day?))))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::model::Models;

    const LEDGER: Reads = Reads { arrival: true, people: false, scores: false };
    const ARRIVED_PEOPLE: Reads = Reads { arrival: true, people: true, scores: false };
    const PEOPLE: Reads = Reads { arrival: false, people: true, scores: false };
    const SCORES: Reads = Reads { arrival: false, people: true, scores: true };

    fn since() -> Since {
        let day = |day| Date::constant(2025, 1, day);
        let late = Objects { late: 3, late_records: 120, ..Objects::default() };
        let again = Objects { again: 1, again_records: 1, ..Objects::default() };
        Since {
            objects: BTreeMap::from([(day(5), late), (day(6), again)]),
            events: BTreeMap::from([
                (day(2), Events { late: 1, again: 0 }),
                (day(4), Events { late: 0, again: 7 }),
                (day(8), Events { late: 12, again: 0 }),
            ]),
            scoring: Some(("rules-1".to_owned(), "rules-2".to_owned())),
        }
    }

    #[test]
    fn the_closest_reason_is_told() {
        let told = |reads, day| {
            let (because, detail) = since().why(reads, Date::constant(2025, 1, day));
            format!("{}: {detail}", because.as_str())
        };
        assert_snapshot!(told(LEDGER, 5), @"late_data: 3 objects of the day with 120 records arrived since");
        assert_snapshot!(told(LEDGER, 6), @"refined_again: 1 object of the day with 1 record had arrived before and got refined since");
        assert_snapshot!(told(LEDGER, 8), @"refined_again: nothing of the day arrived since; objects were taken out, or this leadlake computes it otherwise");
        assert_snapshot!(told(ARRIVED_PEOPLE, 5), @"late_data: 3 objects of the day with 120 records arrived since");
        assert_snapshot!(told(ARRIVED_PEOPLE, 8), @"late_data: 3 objects of days before with 120 records arrived since; 1 object of days before with 1 record had arrived before and got refined since");
        assert_snapshot!(told(ARRIVED_PEOPLE, 4), @"people_changed: nothing of the day or before it arrived since; who is one person, or what became of them, is known better");
        assert_snapshot!(told(SCORES, 8), @"late_data: 12 events of the day arrived since");
        assert_snapshot!(told(SCORES, 5), @"scoring_changed: leads are scored by rules-2, before by rules-1");
        assert_snapshot!(told(PEOPLE, 4), @"refined_again: 7 events of the day had arrived before and got refined since");
        assert_snapshot!(told(PEOPLE, 3), @"late_data: 1 event of days before arrived since");
        assert_snapshot!(told(PEOPLE, 1), @"refined_again: 1 object that had arrived before got refined since");
    }

    /// A reason that counts something must count what the day's clock counts.
    #[test]
    fn shipped_models_are_told_by_their_clock() {
        let models = Models::shipped().unwrap();
        let by_arrival = models.kpis.iter().filter(|model| model.reads().arrival).map(|model| model.number);
        assert_eq!(by_arrival.collect::<Vec<_>>(), [1, 2, 3, 5, 8, 9]);
    }

    #[test]
    fn the_first_day_is_that_of_the_oldest_event_too() {
        let mut since = since();
        assert_eq!(since.first_day(), Some(Date::constant(2025, 1, 2)));
        since.events.clear();
        assert_eq!(since.first_day(), Some(Date::constant(2025, 1, 5)));
        assert_eq!(Since::default().first_day(), None);
    }

    #[test]
    fn objects_that_were_not_there_before_came_late() {
        let told = |known: f64| {
            let mut since = since();
            since.objects.values_mut().for_each(|objects| objects.of_the_day = 6);
            since.tell_new_from_known(&|_| Some(known));
            let of = |reads, day| since.why(reads, Date::constant(2025, 1, day)).0;
            (of(LEDGER, 6), of(PEOPLE, 4))
        };
        assert_eq!(told(5.0), (Because::LateData, Because::LateData), "both days had so few before");
        assert_eq!(told(6.0), (Because::RefinedAgain, Because::RefinedAgain), "there were as many before");
    }

    #[test]
    fn without_anything_new_people_are_known_better() {
        let nothing = Since::default();
        let because = |reads| nothing.why(reads, Date::constant(2025, 1, 5)).0;
        assert_eq!((because(SCORES), because(LEDGER)), (Because::PeopleChanged, Because::RefinedAgain));
    }
}
