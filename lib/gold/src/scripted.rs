//! An engine that answers from a script, for runs of tests.

// These are tests, though they are compiled as a part of the library.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    StringViewArray, new_empty_array,
};
use arrow_schema::Schema;
use jiff::civil::Date;

use crate::engine::{EngineError, SqlEngine};
use crate::model::{Model, Models};
use crate::{day, literal};

const VOLUME: &str = "\
-- Lead volume
-- How much?
--
-- Grain: day, measure, source.
--
-- day          date    Day of arrival
-- measure      string  records
-- source       string  Empty for all
-- value        double  How many
-- numerator    double  The same
-- denominator  double  Empty
SELECT volume FROM ops_ledger WHERE dt BETWEEN :from_day AND :to_day
";

const HOT: &str = "\
-- High-intent lead ratio
-- How many are hot?
--
-- Grain: day, measure.
--
-- day          date    Day of the scores
-- measure      string  hot
-- value        double  Share
-- numerator    double  Hot leads
-- denominator  double  Leads
SELECT hot FROM gold_lead_scores WHERE event_time <= :as_of
";

/// What the engine knows, as a script.
#[derive(Clone, Default)]
pub struct World {
    /// Records by day of arrival and source.
    pub records: BTreeMap<(Date, &'static str), i64>,
    /// Share of leads that are hot, on the day of the scores.
    pub hot: Option<(Date, f64)>,
    /// Late objects, their records, objects refined again, their records.
    pub objects: BTreeMap<Date, [i64; 4]>,
    /// Late events, events refined again.
    pub events: BTreeMap<Date, [i64; 2]>,
    pub first_event: Option<Date>,
    pub leads: Vec<&'static str>,
    pub asked: RefCell<Vec<String>>,
}

/// Two KPIs that it answers for, and the tables as they are shipped.
pub fn models() -> Models {
    let shipped = Models::shipped().unwrap();
    let kpis = [("01_lead_volume.sql", VOLUME), ("07_high_intent_lead_ratio.sql", HOT)];
    let kpis = kpis.map(|(file, text)| Model::parse(file, text).unwrap()).to_vec();
    Models { kpis, tables: shipped.tables, report: shipped.report }
}

impl World {
    /// Records by day and source.
    pub fn of(records: &[(&str, &'static str, i64)]) -> Self {
        let records =
            records.iter().map(|(day, source, count)| ((day.parse().unwrap(), *source), *count)).collect();
        Self { records, leads: vec!["lead-b", "lead-a"], ..Self::default() }
    }

    /// With other types than the header's, as engines have them.
    fn volume(&self, sql: &str) -> RecordBatch {
        let asks_for = |day: Date| {
            let (from, to) = (literal::date(day), sql);
            let days: Vec<&str> = to.split("DATE ").skip(1).map(|rest| &rest[..12]).collect();
            let quoted = from.strip_prefix("DATE ").unwrap();
            days[0] <= quoted && quoted <= days[1]
        };
        let mut rows: Vec<(Option<Date>, Option<&str>, i64)> = Vec::new();
        let mut totals: BTreeMap<Date, i64> = BTreeMap::new();
        for ((day, source), count) in self.records.iter().filter(|((day, _), _)| asks_for(*day)) {
            rows.push((Some(*day), Some(source), *count));
            *totals.entry(*day).or_default() += count;
        }
        rows.push((None, None, totals.values().sum()));
        rows.extend(totals.into_iter().map(|(day, count)| (Some(day), None, count)));
        let number = |(_, _, count): &(Option<Date>, Option<&str>, i64)| Some(i128::from(*count));
        let values: Decimal128Array = rows.iter().map(number).collect();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("day", days(rows.iter().map(|(day, _, _)| *day))),
            ("measure", Arc::new(rows.iter().map(|_| Some("records")).collect::<StringViewArray>())),
            ("source", Arc::new(rows.iter().map(|(_, source, _)| *source).collect::<StringViewArray>())),
            ("value", Arc::new(values.with_precision_and_scale(38, 0).unwrap())),
            (
                "numerator",
                Arc::new(rows.iter().map(|(_, _, count)| Some(*count as i32)).collect::<Int32Array>()),
            ),
            ("denominator", Arc::new(rows.iter().map(|_| None).collect::<Float64Array>())),
        ];
        RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, column)| (name, column, true)),
        )
        .unwrap()
    }

    /// An object for each source and day with records.
    fn objects_left(&self) -> RecordBatch {
        let (there, sources): (Vec<_>, Vec<_>) =
            self.records.keys().map(|(day, source)| (Some(*day), *source)).unzip();
        let ones = vec![1; there.len()];
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("source", Arc::new(StringViewArray::from(sources))),
            ("day", days(there.into_iter())),
            ("objects", Arc::new(Int32Array::from(ones))),
        ];
        RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, column)| (name, column, true)),
        )
        .unwrap()
    }

    fn hot(&self) -> RecordBatch {
        let shares = || self.hot.iter().map(|(_, share)| Some(*share));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("day", days(self.hot.iter().map(|(day, _)| Some(*day)))),
            ("measure", Arc::new(self.hot.iter().map(|_| Some("hot")).collect::<StringArray>())),
            ("value", Arc::new(shares().collect::<Float64Array>())),
            (
                "numerator",
                Arc::new(shares().map(|share| share.map(|share| share * 10.0)).collect::<Float64Array>()),
            ),
            ("denominator", Arc::new(shares().map(|_| Some(10.0)).collect::<Float64Array>())),
        ];
        RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, column)| (name, column, true)),
        )
        .unwrap()
    }

    fn counts(&self, names: &[&str], rows: &[(Date, Vec<i64>)]) -> RecordBatch {
        let mut columns: Vec<(&str, ArrayRef)> = vec![("day", days(rows.iter().map(|(day, _)| Some(*day))))];
        for (place, name) in names.iter().enumerate() {
            let counts = rows.iter().map(|(_, counts)| Some(counts[place]));
            columns.push((name, Arc::new(counts.collect::<Int64Array>())));
        }
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn dashboard(&self) -> RecordBatch {
        let model = models().get("sales_dashboard").unwrap().clone();
        let (rows, schema) = (self.leads.len(), model.schema());
        let columns = schema.fields().iter().map(|field| -> ArrayRef {
            match field.name().as_str() {
                "position" => Arc::new(Int64Array::from_iter_values((1..=rows as i64).rev())),
                "lead_id" => Arc::new(StringArray::from(self.leads.clone())),
                "conversion_probability" => Arc::new(Float64Array::from(vec![0.5; rows])),
                "final_score" => {
                    let scores = Decimal128Array::from(vec![8_000; rows]);
                    Arc::new(scores.with_precision_and_scale(18, 2).unwrap())
                }
                "lead_category" | "recommended_action" | "why" => {
                    Arc::new(StringArray::from(vec!["HOT"; rows]))
                }
                _ => arrow_array::new_null_array(field.data_type(), rows),
            }
        });
        let columns: Vec<ArrayRef> = columns.collect();
        RecordBatch::try_new(model.schema(), columns).unwrap()
    }

    fn nothing(&self, model: &str) -> RecordBatch {
        let schema = models().get(model).unwrap().schema();
        let columns: Vec<ArrayRef> =
            schema.fields().iter().map(|field| new_empty_array(field.data_type())).collect();
        match columns.is_empty() {
            true => RecordBatch::new_empty(Arc::new(Schema::empty())),
            false => RecordBatch::try_new(schema, columns).unwrap(),
        }
    }
}

fn days(days: impl Iterator<Item = Option<Date>>) -> ArrayRef {
    Arc::new(days.map(|day| day.map(day::to_number)).collect::<Date32Array>())
}

impl SqlEngine for World {
    fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>, EngineError> {
        self.asked.borrow_mut().push(sql.to_owned());
        let batch = if sql.contains("AS objects\nFROM ops_ledger") {
            self.objects_left()
        } else if sql.contains("min(dt)") {
            let first = self.records.keys().map(|(day, _)| *day).chain(self.first_event).min();
            RecordBatch::try_from_iter_with_nullable([("day", days([first].into_iter()), true)]).unwrap()
        } else if sql.contains("SELECT volume") {
            self.volume(sql)
        } else if sql.contains("SELECT hot") {
            self.hot()
        } else if sql.contains("AS late_events") {
            let rows: Vec<_> = self.events.iter().map(|(day, counts)| (*day, counts.to_vec())).collect();
            self.counts(&["late_events", "events_again"], &rows)
        } else if sql.contains("completed_at >") {
            let of_the_day = |counts: &[i64; 4]| [counts.as_slice(), &[counts[0] + counts[2]]].concat();
            let rows: Vec<_> = self.objects.iter().map(|(day, counts)| (*day, of_the_day(counts))).collect();
            self.counts(&["late", "late_records", "again", "again_records", "of_the_day"], &rows)
        } else if sql.contains("AS days_since_last_touch") {
            self.dashboard()
        } else if sql.contains("AS total_leads") {
            self.nothing("conversion_metrics")
        } else if sql.contains("attributed") {
            self.nothing("attribution")
        } else {
            return Err(EngineError::new(format!("there is no answer to {sql}")));
        };
        Ok(vec![batch])
    }
}
