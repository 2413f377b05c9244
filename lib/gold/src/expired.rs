//! Days of which less is left than was counted. What was measured of them cannot be measured again.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use arrow_schema::{Field, Schema};
use jiff::civil::Date;

use crate::cuts::{Cut, CutKey, History};
use crate::engine::SqlEngine;
use crate::error::GoldError;
use crate::model::ColumnType;
use crate::{answer, day, literal};

const SOURCE: &str = "source";

/// Objects that are left, by source and day of arrival.
type Left = BTreeMap<(String, Date), i64>;

/// The first day, before `until` or that itself, from which on no source has fewer objects than were counted.
pub(crate) fn first_whole_day(
    engine: &dyn SqlEngine,
    history: &History,
    until: Date,
) -> Result<Option<Date>, GoldError> {
    let left = objects_left(engine, until)?;
    Ok(after_expired(history, &left, until))
}

fn after_expired(history: &History, left: &Left, until: Date) -> Option<Date> {
    let expired = history.iter().filter(|(key, _)| key.date < until).filter_map(|(key, cuts)| {
        let counted = count_of_objects(key, cuts)?;
        let source = key.dimensions.get(SOURCE)?;
        let left = left.get(&(source.clone(), key.date)).copied().unwrap_or_default();
        ((left as f64) < counted).then_some(key.date)
    });
    expired.max()?.tomorrow().ok()
}

fn count_of_objects(key: &CutKey, cuts: &[Cut]) -> Option<f64> {
    let is_count = key.kpi == "lead_volume" && key.measure == "objects";
    cuts.last().filter(|_| is_count)?.measured.value
}

fn objects_left(engine: &dyn SqlEngine, until: Date) -> Result<Left, GoldError> {
    let until = literal::date(until);
    let sql = format!(
        "SELECT source, dt AS day, count(*) AS objects
FROM ops_ledger
WHERE dt < {until}
GROUP BY source, dt"
    );
    let schema = Schema::new(vec![
        Field::new(SOURCE, ColumnType::String.arrow(), true),
        Field::new("day", ColumnType::Date.arrow(), true),
        Field::new("objects", ColumnType::Bigint.arrow(), true),
    ]);
    let batch = answer::ask(engine, "objects that are left", &sql, &Arc::new(schema))?;
    let [Some(sources), Some(days), Some(objects)] =
        [SOURCE, "day", "objects"].map(|name| batch.column_by_name(name))
    else {
        return Ok(Left::new());
    };
    let days = days.as_primitive::<Date32Type>().iter();
    let objects = objects.as_primitive::<Int64Type>().iter();
    let rows = sources.as_string::<i32>().iter().zip(days).zip(objects);
    let left = |((source, day), objects): ((Option<&str>, Option<i32>), Option<i64>)| {
        Some(((source?.to_owned(), day::of_number(day?)), objects?))
    };
    Ok(rows.filter_map(left).collect())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::cuts::Measured;

    fn date(day: i8) -> Date {
        Date::constant(2025, 1, day)
    }

    /// Objects of a source by day, where none stands for all sources.
    fn history(objects: &[(Option<&str>, i8, f64)]) -> History {
        let value = |(source, day, count): &(Option<&str>, i8, f64)| {
            let source = source.map(|source| (SOURCE.to_owned(), source.to_owned()));
            let key = CutKey {
                kpi: "lead_volume".to_owned(),
                measure: "objects".to_owned(),
                dimensions: source.into_iter().collect(),
                date: date(*day),
            };
            let cut = Cut {
                number: 1,
                measured: Measured { value: Some(*count), numerator: Some(*count), denominator: None },
                as_of: Timestamp::UNIX_EPOCH,
                change: None,
                because: None,
                detail: None,
                state: None,
                computed_at: Timestamp::UNIX_EPOCH,
                model_version: None,
            };
            (key, vec![cut])
        };
        objects.iter().map(value).collect()
    }

    #[test]
    fn a_day_is_whole_while_no_source_has_fewer_objects_than_were_counted() {
        let history = history(&[
            (None, 1, 9.0),
            (Some("crm"), 1, 2.0),
            (Some("crm"), 5, 2.0),
            (Some("webinar"), 2, 7.0),
            (Some("webinar"), 4, 7.0),
            (Some("webinar"), 6, 7.0),
            // A silent day, of which nothing can be lost.
            (Some("webinar"), 7, 0.0),
        ]);
        let all = [("crm", 1, 2), ("crm", 5, 2), ("webinar", 2, 7), ("webinar", 4, 7), ("webinar", 6, 7)];
        // Of the source on the day so many are left, where none stands for all that were counted.
        let whole_from = |changed: &[(&str, i8, i64)], until: i8| {
            let mut left: Left = all
                .iter()
                .map(|(source, day, objects)| (((*source).to_owned(), date(*day)), *objects))
                .collect();
            for (source, day, objects) in changed {
                left.insert(((*source).to_owned(), date(*day)), *objects);
            }
            left.retain(|_, objects| *objects > 0);
            after_expired(&history, &left, date(until))
        };
        assert_eq!(whole_from(&[], 10), None, "all that was counted is there");
        assert_eq!(whole_from(&[("crm", 1, 3), ("online", 1, 1)], 10), None, "more than was counted");
        assert_eq!(whole_from(&[("crm", 1, 0)], 10), Some(date(2)));
        assert_eq!(whole_from(&[("crm", 1, 0), ("webinar", 2, 0), ("webinar", 4, 0)], 10), Some(date(5)));
        assert_eq!(
            whole_from(&[("webinar", 4, 1)], 10),
            Some(date(5)),
            "one that came late into an expired day"
        );
        assert_eq!(
            whole_from(&[("webinar", 6, 0), ("crm", 1, 0)], 6),
            Some(date(2)),
            "later days are measured anew"
        );
        assert_eq!(after_expired(&History::new(), &Left::new(), date(9)), None);
    }
}
