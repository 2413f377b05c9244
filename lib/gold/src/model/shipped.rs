//! The models that are compiled in.

use super::{Model, ModelError, Models};

macro_rules! files {
    ($($file:literal),+ $(,)?) => {
        [$(($file, include_str!(concat!("../../../../", $file)))),+]
    };
}

const KPIS: [(&str, &str); 10] = files![
    "models/kpi/01_lead_volume.sql",
    "models/kpi/02_data_quality.sql",
    "models/kpi/03_processing_success_rate.sql",
    "models/kpi/04_lead_source_distribution.sql",
    "models/kpi/05_enrichment_coverage.sql",
    "models/kpi/06_lead_score_accuracy.sql",
    "models/kpi/07_high_intent_lead_ratio.sql",
    "models/kpi/08_processing_latency.sql",
    "models/kpi/09_duplicate_reduction.sql",
    "models/kpi/10_conversion_by_band.sql",
];

/// The KPIs in the order of their numbers.
pub const KPI_NAMES: [&str; 10] = [
    "lead_volume",
    "data_quality",
    "processing_success_rate",
    "lead_source_distribution",
    "enrichment_coverage",
    "lead_score_accuracy",
    "high_intent_lead_ratio",
    "processing_latency",
    "duplicate_reduction",
    "conversion_by_band",
];

const TABLES: [(&str, &str); 3] =
    files!["models/conversion_metrics.sql", "models/attribution.sql", "models/sales_dashboard.sql"];

const REPORT: [(&str, &str); 7] = files![
    "models/report/funnel.sql",
    "models/report/sources.sql",
    "models/report/score_bands.sql",
    "models/report/reliability.sql",
    "models/report/quarantine.sql",
    "models/report/quarantine_samples.sql",
    "models/report/freshness.sql",
];

impl Models {
    /// The models as shipped.
    pub fn shipped() -> Result<Self, ModelError> {
        Ok(Self { kpis: parsed(&KPIS)?, tables: parsed(&TABLES)?, report: parsed(&REPORT)? })
    }
}

fn parsed(files: &[(&str, &str)]) -> Result<Vec<Model>, ModelError> {
    files.iter().map(|(file, text)| Model::parse(file, text)).collect()
}
