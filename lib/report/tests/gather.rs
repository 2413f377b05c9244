//! What the page asks, and what it makes of the answers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../examples/sample_page/invented/mod.rs"]
mod invented;

use std::cell::RefCell;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, new_null_array};
use arrow_schema::{DataType, Field, Schema};
use jiff::civil::date;
use leadlake_gold::{Asked, EngineError, KpiSettings, Model, Models, SqlEngine};
use leadlake_lake::tables::TableName;
use leadlake_report::mask::Vocabulary;
use leadlake_report::{Questions, ReportData, Reveal, TableVersion, render};

/// Answers every model with its columns and few rows, and remembers what it was asked.
struct Engine {
    models: Models,
    asked: Asked,
    heard: RefCell<Vec<String>>,
}

fn funnel() -> RecordBatch {
    let columns: [(&str, ArrayRef); 3] = [
        ("position", Arc::new(Int64Array::from(vec![3, 1, 2]))),
        ("step", Arc::new(StringArray::from(vec!["leads", "records", "events"]))),
        ("amount", Arc::new(Int64Array::from(vec![10, 100, 90]))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn score_bands() -> RecordBatch {
    let columns: [(&str, ArrayRef, bool); 4] = [
        ("band_from", Arc::new(Float64Array::from(vec![Some(20.0), None, Some(0.0)])), true),
        ("decided", Arc::new(Int64Array::from(vec![10, 20, 30])), true),
        ("converted", Arc::new(Int64Array::from(vec![5, 0, 3])), true),
        ("conversion_rate", Arc::new(Float64Array::from(vec![0.5, 0.0, 0.1])), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn without_rows(model: &Model, more: &[Field]) -> RecordBatch {
    let schema = model.schema();
    let fields: Vec<Field> =
        schema.fields().iter().map(|field| field.as_ref().clone()).chain(more.iter().cloned()).collect();
    RecordBatch::new_empty(Arc::new(Schema::new(fields)))
}

/// One of two.
fn corrections() -> RecordBatch {
    let text = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text])) };
    let number = |number: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![number])) };
    let columns = [
        ("kpi", text("lead_volume")),
        ("measure", text("records")),
        ("date", text("2025-01-24")),
        ("value", number(164.0)),
        ("value_before", number(131.0)),
        ("corrections", number(2.0)),
        ("changed_because", text("late_data")),
        ("detail", text("1 event of the day arrived since")),
        ("computed_at", text("2025-01-28T06:30:04")),
        ("source", text("online")),
        ("field", new_null_array(&DataType::Utf8, 1)),
        ("band", new_null_array(&DataType::Utf8, 1)),
    ];
    let nullable = columns.into_iter().map(|(name, values)| (name, values, true));
    RecordBatch::try_from_iter_with_nullable(nullable).unwrap()
}

impl SqlEngine for Engine {
    fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>, EngineError> {
        self.heard.borrow_mut().push(sql.to_owned());
        if sql.contains("FROM gold_kpi") {
            return Ok(vec![corrections()]);
        }
        let all = self.models.report.iter().chain(&self.models.tables);
        let model = all.into_iter().find(|model| sql.contains(model.sql(&self.asked).trim()));
        let model = model.ok_or_else(|| EngineError::new("this is no model"))?;
        Ok(vec![match model.name.as_str() {
            "funnel" => funnel(),
            "score_bands" => score_bands(),
            "sales_dashboard" => without_rows(model, &[Field::new("open_leads", DataType::Int64, false)]),
            _ => without_rows(model, &[]),
        }])
    }
}

fn gather(versions: Vec<TableVersion>) -> (ReportData, Vec<String>) {
    let as_of = "2025-01-31T23:59:59.999999Z".parse().unwrap();
    let asked = Asked { as_of, from: date(2025, 1, 1), to: date(2025, 1, 31) };
    let models = Models::shipped().unwrap();
    let engine = Engine { models: models.clone(), asked, heard: RefCell::default() };
    let questions = Questions {
        engine: &engine,
        models: &models,
        settings: &KpiSettings::shipped().unwrap(),
        asked,
        lake: "lake".to_owned(),
        currency: "INR".to_owned(),
        made_at: as_of,
        versions,
        vocabulary: Vocabulary::default(),
    };
    let data = ReportData::gather(questions, invented::full().unwrap().figures).unwrap();
    (data, engine.heard.into_inner())
}

#[test]
fn answers_come_in_any_order_and_are_put_into_theirs() {
    let (data, _) = gather(Vec::new());
    let steps: Vec<(&str, f64)> = data.funnel.iter().map(|step| (step.step.as_str(), step.amount)).collect();
    assert_eq!(steps, [("records", 100.0), ("events", 90.0), ("leads", 10.0)]);
    let bands: Vec<Option<f64>> = data.score_bands.iter().map(|band| band.from).collect();
    assert_eq!(bands, [None, Some(0.0), Some(20.0)]);
    let page = render(&data, Reveal::Nothing).unwrap();
    assert!(page.contains("There is no open lead.") && page.contains("below 0"));
}

#[test]
fn lists_are_asked_for_in_part() {
    let (_, heard) = gather(Vec::new());
    assert!(heard.iter().any(|sql| sql.contains("WHERE position <= 50")));
    assert!(heard.iter().any(|sql| sql.contains("substr(original, 1, 2000)")));
}

#[test]
fn corrections_are_asked_for_once_there_can_be_any() {
    let of_kpis = |heard: &[String]| heard.iter().filter(|sql| sql.contains("FROM gold_kpi")).count();
    assert_eq!(of_kpis(&gather(Vec::new()).1), 0);
    let as_of = "2025-01-31T23:59:59Z".parse().unwrap();
    let (data, heard) = gather(vec![TableVersion { table: TableName::KPI, number: 2, as_of }]);
    assert_eq!(of_kpis(&heard), 1);
    let of_days: Vec<_> = data.corrections.days.iter().map(|day| (day.day, day.before, day.now)).collect();
    assert_eq!(of_days, [(date(2025, 1, 24), Some(131.0), Some(164.0))]);
    assert!(render(&data, Reveal::Nothing).unwrap().contains("These are the newest 1 of 2."));
}
