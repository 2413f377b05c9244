//! What a KPI's model answers.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, Float64Array, RecordBatch, StringArray};
use jiff::civil::Date;
use serde::Serialize;

use crate::day;
use crate::engine::{Asked, SqlEngine};
use crate::error::GoldError;
use crate::model::{KPI_COLUMNS, Model};

/// One number of a KPI.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KpiRow {
    pub measure: String,
    /// What it is about, such as a source. One that is not named is all.
    pub dimensions: BTreeMap<String, String>,
    /// None for the whole range.
    pub day: Option<Date>,
    pub value: Option<f64>,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
}

impl KpiRow {
    /// Whether it is about all there is.
    pub fn is_total(&self) -> bool {
        self.dimensions.is_empty()
    }
}

/// Asks a KPI. The rows come in the order of measure, dimensions and day.
pub(crate) fn kpi_rows(
    engine: &dyn SqlEngine,
    model: &Model,
    asked: &Asked,
) -> Result<Vec<KpiRow>, GoldError> {
    let batch = model.ask(engine, asked)?;
    let mut rows = read(model, &batch)?;
    let is_elsewhere = |day: &Date| model.covers_days() && !(asked.from..=asked.to).contains(day);
    if let Some(day) = rows.iter().filter_map(|row| row.day).find(is_elsewhere) {
        let (from, to) = (asked.from, asked.to);
        return Err(GoldError::OtherDay { query: model.name.clone(), day, from, to });
    }
    let mut seen = BTreeSet::new();
    if let Some(row) = rows.iter().find(|row| !seen.insert((&row.measure, &row.dimensions, row.day))) {
        return Err(GoldError::Twice { query: model.name.clone(), measure: row.measure.clone() });
    }
    rows.sort_by(|one, other| {
        (&one.measure, &one.dimensions, one.day).cmp(&(&other.measure, &other.dimensions, other.day))
    });
    Ok(rows)
}

fn read(model: &Model, batch: &RecordBatch) -> Result<Vec<KpiRow>, GoldError> {
    let missing = |column: &str| GoldError::Empty { query: model.name.clone(), column: column.to_owned() };
    let column = |name: &'static str| batch.column_by_name(name).ok_or_else(|| missing(name));
    let days = column("day")?.as_primitive::<Date32Type>();
    let measures: &StringArray = column("measure")?.as_string();
    let values = column("value")?.as_primitive::<Float64Type>();
    let numerators = column("numerator")?.as_primitive::<Float64Type>();
    let denominators = column("denominator")?.as_primitive::<Float64Type>();
    if measures.null_count() > 0 {
        return Err(missing("measure"));
    }
    let dimensions = dimensions(model, batch);
    let row = |row| KpiRow {
        measure: measures.value(row).to_owned(),
        dimensions: dimensions
            .iter()
            .filter(|(_, values)| values.is_valid(row))
            .map(|(name, values)| ((*name).to_owned(), values.value(row).to_owned()))
            .collect(),
        day: days.is_valid(row).then(|| day::of_number(days.value(row))),
        value: finite(values, row),
        numerator: finite(numerators, row),
        denominator: finite(denominators, row),
    };
    Ok((0..batch.num_rows()).map(row).collect())
}

/// Of an answer whose columns are a day, a value and its cut.
pub(crate) fn day_values(batch: &RecordBatch) -> Vec<(Date, Option<f64>, i64)> {
    let [days, values, cuts] = batch.columns() else { return Vec::new() };
    let (days, values) = (days.as_primitive::<Date32Type>(), values.as_primitive::<Float64Type>());
    let cuts = cuts.as_primitive::<Int64Type>();
    let row = |row| (day::of_number(days.value(row)), finite(values, row), cuts.value(row));
    (0..batch.num_rows()).map(row).collect()
}

fn dimensions<'b>(model: &'b Model, batch: &'b RecordBatch) -> Vec<(&'b str, &'b StringArray)> {
    let names = model.columns.iter().map(|column| column.name.as_str());
    let of_rows = names.filter(|name| KPI_COLUMNS.iter().all(|(fixed, _)| fixed != name));
    of_rows.filter_map(|name| Some((name, batch.column_by_name(name)?.as_string()))).collect()
}

/// What is no number is no value, and zero has no sign.
fn finite(values: &Float64Array, row: usize) -> Option<f64> {
    values.is_valid(row).then(|| values.value(row)).and_then(tidy)
}

pub(crate) fn tidy(value: f64) -> Option<f64> {
    value.is_finite().then_some(value + 0.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Date32Array};
    use insta::assert_snapshot;

    use super::*;
    use crate::engine::EngineError;
    use crate::model::Models;

    /// Day of January, measure, source, value.
    type Given = (Option<i8>, Option<&'static str>, Option<&'static str>, f64);

    struct Scripted(Vec<Given>);

    impl SqlEngine for Scripted {
        fn rows(&self, _: &str) -> Result<Vec<RecordBatch>, EngineError> {
            let number = |day: Option<i8>| day.map(|day| day::to_number(Date::constant(2025, 1, day)));
            let values = || self.0.iter().map(|row| Some(row.3)).collect::<Float64Array>();
            let columns: Vec<(&str, ArrayRef)> = vec![
                ("day", Arc::new(self.0.iter().map(|row| number(row.0)).collect::<Date32Array>())),
                ("measure", Arc::new(self.0.iter().map(|row| row.1).collect::<StringArray>())),
                ("source", Arc::new(self.0.iter().map(|row| row.2).collect::<StringArray>())),
                ("value", Arc::new(values())),
                ("numerator", Arc::new(values())),
                ("denominator", Arc::new(values())),
            ];
            let columns = columns.into_iter().map(|(name, column)| (name, column, true));
            RecordBatch::try_from_iter_with_nullable(columns)
                .map_err(EngineError::new)
                .map(|batch| vec![batch])
        }
    }

    fn asked(rows: Vec<Given>) -> Result<Vec<KpiRow>, String> {
        let asked = Asked {
            as_of: "2025-01-05T23:59:59.999999Z".parse().unwrap(),
            from: Date::constant(2025, 1, 2),
            to: Date::constant(2025, 1, 5),
        };
        let models = Models::shipped().unwrap();
        kpi_rows(&Scripted(rows), models.get("lead_volume").unwrap(), &asked)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn rows_come_in_order_and_with_numbers_only() {
        let records = Some("records");
        let rows = asked(vec![
            (Some(3), records, Some("online"), f64::NAN),
            (Some(3), records, None, f64::INFINITY),
            (None, records, None, -0.0),
            (Some(2), records, None, 1.5),
        ]);
        let rows = rows.unwrap();
        let told: Vec<_> =
            rows.iter().map(|row| (row.day.map(Date::day), row.is_total(), row.value)).collect();
        let expected = [
            (None, true, Some(0.0)),
            (Some(2), true, Some(1.5)),
            (Some(3), true, None),
            (Some(3), false, None),
        ];
        assert_eq!(told, expected);
        assert!(rows[0].value.unwrap().is_sign_positive());
        assert_eq!(rows[3].dimensions["source"], "online");
    }

    #[test]
    fn an_answer_that_contradicts_itself_is_refused() {
        let records = Some("records");
        let refusal = |rows| asked(rows).unwrap_err();
        assert_snapshot!(refusal(vec![(Some(1), records, None, 1.0)]), @"lead_volume answers a row about 2025-01-01, it was asked about 2025-01-02 to 2025-01-05; mend the query");
        assert_snapshot!(refusal(vec![(Some(2), records, None, 1.0), (Some(2), records, None, 2.0)]), @"lead_volume answers records of one day and the same dimensions twice; mend the query");
        assert_snapshot!(refusal(vec![(Some(2), None, None, 1.0)]), @"column measure of lead_volume is empty in a row, which it never may be; mend the query");
    }
}
