//! The tables that a run writes: one of cuts, and three that are what a model answers.

pub(crate) mod kpi;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use leadlake_lake::tables::{TableName, TableShape};

use crate::model::{Model, Models};

/// A table that is what a model answers.
pub(crate) struct ModelTable {
    pub name: TableName,
    pub model: &'static str,
    pub key: &'static [&'static str],
    pub sorted_by: &'static [&'static str],
    /// Columns that may be empty.
    pub optional: &'static [&'static str],
    /// Columns whose values hardly repeat.
    pub distinct: &'static [&'static str],
}

pub(crate) static MODEL_TABLES: [ModelTable; 3] = [
    ModelTable {
        name: TableName::CONVERSION_METRICS,
        model: "conversion_metrics",
        key: &["day", "source"],
        sorted_by: &["day", "source"],
        optional: &[],
        distinct: &[],
    },
    ModelTable {
        name: TableName::ATTRIBUTION,
        model: "attribution",
        key: &["day", "model", "source"],
        sorted_by: &["day", "model", "source"],
        optional: &[],
        distinct: &[],
    },
    ModelTable {
        name: TableName::SALES_DASHBOARD,
        model: "sales_dashboard",
        key: &["lead_id"],
        sorted_by: &["position"],
        optional: &[
            "name",
            "phone",
            "email",
            "city",
            "source",
            "device_interest",
            "budget_low",
            "budget_high",
            "purchase_timeframe_days",
            "last_touch_at",
            "days_since_last_touch",
        ],
        distinct: &["position", "lead_id", "name", "phone", "email", "last_touch_at"],
    },
];

/// Every table that a run writes, with its columns.
pub fn written_tables() -> Vec<(TableName, SchemaRef)> {
    // A model that cannot be read has no columns to tell of; whoever runs it is told why.
    let models = Models::shipped().map(|models| models.tables).unwrap_or_default();
    let of_models = MODEL_TABLES.iter().filter_map(|table| {
        let model = models.iter().find(|model| model.name == table.model)?;
        Some((table.name.clone(), table.schema(model)))
    });
    std::iter::once((TableName::KPI, kpi::schema())).chain(of_models).collect()
}

pub(crate) fn kpi_shape() -> TableShape {
    TableShape::version(kpi::schema(), &kpi::SORTED_BY, &[])
}

impl ModelTable {
    pub fn schema(&self, model: &Model) -> SchemaRef {
        let schema = model.schema();
        let field = |field: &Arc<Field>| {
            let may_be_empty = self.optional.contains(&field.name().as_str());
            field.as_ref().clone().with_nullable(may_be_empty)
        };
        Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
    }

    pub fn shape(&self, model: &Model) -> TableShape {
        TableShape::version(self.schema(model), self.sorted_by, self.distinct)
    }
}
