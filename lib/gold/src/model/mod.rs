//! SQL models: files with a header that says what they answer.

mod column;
mod error;
mod header;
mod query;
mod shipped;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Fields, Schema, SchemaRef};

pub use column::{ColumnType, ModelColumn};
pub use error::{ModelError, ModelProblem};
pub use shipped::KPI_NAMES;

use crate::answer;
use crate::engine::{Asked, SqlEngine};
use crate::error::GoldError;
use query::{Placeholder, Query};

/// What every KPI answers beside its dimensions.
pub(crate) const KPI_COLUMNS: [(&str, ColumnType); 5] = [
    ("day", ColumnType::Date),
    ("measure", ColumnType::String),
    ("value", ColumnType::Double),
    ("numerator", ColumnType::Double),
    ("denominator", ColumnType::Double),
];

/// The models that leadlake is shipped with.
#[derive(Debug, Clone)]
pub struct Models {
    /// In the order of their numbers.
    pub kpis: Vec<Model>,
    /// Tables of gold that are queries.
    pub tables: Vec<Model>,
    /// What only the report asks.
    pub report: Vec<Model>,
}

#[derive(Debug, Clone)]
pub struct Model {
    /// Such as `lead_volume`, `attribution` and `funnel`.
    pub name: String,
    /// Of a KPI its place among the KPIs, else 0.
    pub number: u8,
    pub title: String,
    pub question: String,
    pub grain: String,
    pub columns: Vec<ModelColumn>,
    query: Query,
}

/// Which tables' changes can change what a model answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    /// Its days are those on which something arrived, not those on which it happened.
    pub arrival: bool,
    pub people: bool,
    pub scores: bool,
}

impl Models {
    pub fn get(&self, name: &str) -> Option<&Model> {
        self.kpis.iter().chain(&self.tables).chain(&self.report).find(|model| model.name == name)
    }
}

impl Model {
    /// The file is its name in messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, ModelError> {
        let refused = |(line, problem)| ModelError { file: file.to_owned(), line, problem };
        let (number, name) = named(file).map_err(|problem| refused((1, problem)))?;
        let header = header::read(text).map_err(refused)?;
        let query = Query::parse(header.query, header.query_line).map_err(refused)?;
        if number > 0 {
            check_kpi(&header.columns).map_err(|problem| refused((header.query_line - 1, problem)))?;
        }
        Ok(Self {
            name: name.to_owned(),
            number,
            title: header.title,
            question: header.question,
            grain: header.grain,
            columns: header.columns,
            query,
        })
    }

    /// The query about this instant and these days.
    pub fn sql(&self, asked: &Asked) -> String {
        self.query.render(asked)
    }

    /// The columns of [`Model::ask`]: `Utf8`, `Int64`, `Float64`, `Boolean`, `Date32`, `Timestamp(us, UTC)`, `Decimal128`.
    pub fn schema(&self) -> SchemaRef {
        let fields: Fields = self.columns.iter().map(ModelColumn::field).collect();
        Arc::new(Schema::new(fields))
    }

    /// Asks, holds the answer against the header and gives it in the types of [`Model::schema`].
    pub fn ask(&self, engine: &dyn SqlEngine, asked: &Asked) -> Result<RecordBatch, GoldError> {
        answer::ask(engine, &self.name, &self.sql(asked), &self.schema())
    }

    /// Whether it is about each day of the range. One that does not ask where the range begins tells how things stand at
    /// the instant.
    pub(crate) fn covers_days(&self) -> bool {
        self.query.asks_for(Placeholder::FromDay)
    }

    /// Whether values are told apart by it.
    pub(crate) fn has_dimension(&self, name: &str) -> bool {
        let is_fixed = KPI_COLUMNS.iter().any(|(fixed, _)| *fixed == name);
        !is_fixed && self.columns.iter().any(|column| column.name == name)
    }

    pub(crate) fn reads(&self) -> Reads {
        let names = |tables: &[&str]| tables.iter().any(|table| self.query.names(table));
        let scores = names(&["gold_lead_scores", "features_leads"]);
        Reads {
            arrival: names(&["ops_ledger", "quarantine_records", "silver_lead_history"]),
            people: scores || names(&["silver_lead_events", "silver_leads", "silver_lead_history"]),
            scores,
        }
    }
}

fn named(file: &str) -> Result<(u8, &str), ModelProblem> {
    let refused = || ModelProblem::FileName { found: file.to_owned() };
    let stem = file.rsplit('/').next().and_then(|name| name.strip_suffix(".sql")).ok_or_else(refused)?;
    let (number, name) = match stem.split_once('_') {
        Some((digits, name)) if digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            (digits.parse().map_err(|_| refused())?, name)
        }
        _ => (0, stem),
    };
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if is_name { Ok((number, name)) } else { Err(refused()) }
}

fn check_kpi(columns: &[ModelColumn]) -> Result<(), ModelProblem> {
    for (name, data_type) in KPI_COLUMNS {
        if !columns.iter().any(|column| column.name == name && column.data_type == data_type) {
            return Err(ModelProblem::KpiColumn { column: name, data_type });
        }
    }
    let is_fixed = |column: &ModelColumn| KPI_COLUMNS.iter().any(|(name, _)| *name == column.name);
    match columns.iter().find(|column| !is_fixed(column) && column.data_type != ColumnType::String) {
        Some(column) => Err(ModelProblem::Dimension { column: column.name.clone() }),
        None => Ok(()),
    }
}
