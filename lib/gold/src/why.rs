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
    pub computed_at: Timestamp,
    pub model_version: Option<String>,
}

/// What happened since the run before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Since {
    objects: BTreeMap<Date, Objects>,
    /// By the day on which they happened.
    events: BTreeMap<Date, i64>,
    /// Before and now, where they differ.
    scoring: Option<(String, String)>,
}

/// Objects of one day of arrival that were done since.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Objects {
    late: i64,
    late_records: i64,
    again: i64,
    again_records: i64,
}

impl Since {
    pub fn ask(
        engine: &dyn SqlEngine,
        last: &LastRun,
        model_version: Option<&str>,
    ) -> Result<Self, GoldError> {
        let scoring = match (last.model_version.as_deref(), model_version) {
            (Some(before), Some(now)) if before != now => Some((before.to_owned(), now.to_owned())),
            _ => None,
        };
        Ok(Self { objects: objects_since(engine, last)?, events: events_since(engine, last)?, scoring })
    }

    /// The oldest day of arrival of which something was done since.
    pub fn first_day(&self) -> Option<Date> {
        self.objects.keys().next().copied()
    }

    /// Of all that happened since, what is closest to the value: first what came of its own day, then how leads are
    /// scored, then what came of other days.
    pub fn why(&self, reads: Reads, date: Date) -> (Because, String) {
        let of_arrivals = || self.because_of_objects(date);
        let of_events = || self.because_of_events(date);
        let of_the_day = match (reads.ledger, reads.people) {
            (true, true) => of_arrivals().or_else(of_events),
            (true, false) => of_arrivals(),
            (false, _) => of_events().or_else(of_arrivals),
        };
        if let Some(known) = of_the_day {
            return known;
        }
        if let Some((before, now)) = self.scoring.as_ref().filter(|_| reads.scores) {
            return (Because::ScoringChanged, format!("leads are scored by {now}, before by {before}"));
        }
        let earlier: i64 = self.events.range(..date).map(|(_, events)| events).sum();
        if reads.people && earlier > 0 {
            let events = counted(earlier, "event");
            let detail = format!("{events} of earlier days arrived since, which says more of the same leads");
            return (Because::LateData, detail);
        }
        let again: i64 = self.objects.values().map(|objects| objects.again).sum();
        if again > 0 {
            let objects = counted(again, "object");
            return (Because::RefinedAgain, format!("{objects} of other days got refined again since"));
        }
        if reads.people {
            let detail = "nothing of the day arrived since; who is one person, or what became of them, is known better";
            return (Because::PeopleChanged, detail.to_owned());
        }
        let detail = "nothing of the day arrived since; objects were taken out, or this leadlake computes it otherwise";
        (Because::RefinedAgain, detail.to_owned())
    }

    fn because_of_objects(&self, date: Date) -> Option<(Because, String)> {
        let Objects { late, late_records, again, again_records } = *self.objects.get(&date)?;
        let came = (late > 0).then(|| told("arrived since", late, late_records));
        let refined =
            (again > 0).then(|| told("had arrived before and got refined since", again, again_records));
        let because = if late > 0 { Because::LateData } else { Because::RefinedAgain };
        let told: Vec<String> = [came, refined].into_iter().flatten().collect();
        (!told.is_empty()).then(|| (because, told.join("; ")))
    }

    fn because_of_events(&self, date: Date) -> Option<(Because, String)> {
        let events = self.events.get(&date).filter(|events| **events > 0)?;
        Some((Because::LateData, format!("{} of the day arrived since", counted(*events, "event"))))
    }
}

fn told(what: &str, objects: i64, records: i64) -> String {
    format!("{} of the day with {} {what}", counted(objects, "object"), counted(records, "record"))
}

fn counted(count: i64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn objects_since(engine: &dyn SqlEngine, last: &LastRun) -> Result<BTreeMap<Date, Objects>, GoldError> {
    let (as_of, computed_at) = (literal::timestamp(last.as_of), literal::timestamp(last.computed_at));
    let sql = format!(
        "SELECT dt AS day,
       count(*) FILTER (WHERE arrived_at > {as_of}) AS late,
       coalesce(sum(records) FILTER (WHERE arrived_at > {as_of}), 0) AS late_records,
       count(*) FILTER (WHERE arrived_at <= {as_of}) AS again,
       coalesce(sum(records) FILTER (WHERE arrived_at <= {as_of}), 0) AS again_records
FROM ops_ledger
WHERE completed_at > {computed_at}
GROUP BY dt"
    );
    let counts = ["late", "late_records", "again", "again_records"];
    let batch = answer::ask(engine, "objects since the run before", &sql, &schema(&counts))?;
    let [late, late_records, again, again_records] = counts.map(|name| column(&batch, name));
    let row = |(row, day)| {
        let at = |column: Option<&PrimitiveArray<Int64Type>>| column.map_or(0, |column| column.value(row));
        let objects = Objects {
            late: at(late),
            late_records: at(late_records),
            again: at(again),
            again_records: at(again_records),
        };
        (day, objects)
    };
    Ok(days(&batch).map(row).collect())
}

/// Only of objects that were done since: when an object arrived is said by the store, and a store that was copied says
/// that all of them arrived just now.
fn events_since(engine: &dyn SqlEngine, last: &LastRun) -> Result<BTreeMap<Date, i64>, GoldError> {
    let (as_of, computed_at) = (literal::timestamp(last.as_of), literal::timestamp(last.computed_at));
    let sql = format!(
        "WITH done AS (
    SELECT DISTINCT source, dt
    FROM ops_ledger
    WHERE completed_at > {computed_at} AND arrived_at > {as_of}
)
SELECT CAST(event_time AS date) AS day, count(*) AS events
FROM silver_lead_events AS events
JOIN done ON done.source = events.source AND done.dt = events.dt
WHERE lead_id IS NOT NULL AND arrived_at > {as_of}
GROUP BY CAST(event_time AS date)"
    );
    let batch = answer::ask(engine, "events since the run before", &sql, &schema(&["events"]))?;
    let events = column(&batch, "events");
    Ok(days(&batch).map(|(row, day)| (day, events.map_or(0, |events| events.value(row)))).collect())
}

/// The first day on which anything arrived.
pub(crate) fn first_day(engine: &dyn SqlEngine) -> Result<Option<Date>, GoldError> {
    let sql = "SELECT min(dt) AS day FROM ops_ledger";
    let batch = answer::ask(engine, "the first day of arrival", sql, &schema(&[]))?;
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

    const LEDGER: Reads = Reads { ledger: true, people: false, scores: false };
    const PEOPLE: Reads = Reads { ledger: false, people: true, scores: false };
    const SCORES: Reads = Reads { ledger: false, people: true, scores: true };

    fn since() -> Since {
        let day = |day| Date::constant(2025, 1, day);
        let late = Objects { late: 3, late_records: 120, ..Objects::default() };
        let again = Objects { again: 1, again_records: 1, ..Objects::default() };
        Since {
            objects: BTreeMap::from([(day(5), late), (day(6), again)]),
            events: BTreeMap::from([(day(5), 1), (day(8), 12)]),
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
        assert_snapshot!(told(LEDGER, 7), @"refined_again: 1 object of other days got refined again since");
        assert_snapshot!(told(SCORES, 5), @"late_data: 1 event of the day arrived since");
        assert_snapshot!(told(SCORES, 7), @"scoring_changed: leads are scored by rules-2, before by rules-1");
        assert_snapshot!(told(PEOPLE, 7), @"late_data: 1 event of earlier days arrived since, which says more of the same leads");
        assert_snapshot!(told(PEOPLE, 3), @"refined_again: 1 object of other days got refined again since");
    }

    #[test]
    fn without_anything_new_people_are_known_better() {
        let nothing = Since::default();
        let because = |reads| nothing.why(reads, Date::constant(2025, 1, 5)).0;
        assert_eq!((because(SCORES), because(LEDGER)), (Because::PeopleChanged, Because::RefinedAgain));
    }
}
