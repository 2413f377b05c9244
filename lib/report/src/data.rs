//! All that the page shows.

use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_gold::{KpiFigures, KpiSettings};
use leadlake_lake::tables::TableName;

use crate::mask::Vocabulary;

/// The rows are as the lake has them: masked is what the page shows of them, and they are not `Debug`.
pub struct ReportData {
    /// What the lake is called.
    pub lake: String,
    pub made_at: Timestamp,
    /// The currency of revenue.
    pub currency: String,
    pub figures: KpiFigures,
    /// Thresholds and breakdowns of the KPIs.
    pub settings: KpiSettings,
    pub funnel: Vec<FunnelStep>,
    pub quarantine: Vec<RefusedRecords>,
    pub samples: Vec<RefusedSample>,
    /// Words of samples that are shown as they are.
    pub vocabulary: Vocabulary,
    pub score_bands: Vec<ScoreBand>,
    pub reliability: Vec<ReliabilityBin>,
    pub sources: Vec<SourceResult>,
    pub freshness: Vec<Freshness>,
    pub sales: SalesList,
    pub corrections: Corrections,
    /// The versions of the tables that were asked.
    pub versions: Vec<TableVersion>,
}

pub struct FunnelStep {
    pub step: String,
    pub amount: f64,
}

pub struct RefusedRecords {
    pub source: String,
    pub code: String,
    pub records: f64,
}

/// A refused record, with what was wrong with it.
pub struct RefusedSample {
    pub code: String,
    pub source: String,
    pub path: String,
    pub expected: String,
    pub actual: String,
    pub original: String,
    pub object_key: String,
    pub object_line: Option<i64>,
}

pub struct ScoreBand {
    /// None is below zero.
    pub from: Option<f64>,
    pub decided: f64,
    pub converted: f64,
    pub conversion_rate: Option<f64>,
}

pub struct ReliabilityBin {
    /// 0 for probabilities below 0.1, and so on.
    pub bin: i64,
    pub decided: f64,
    pub predicted: Option<f64>,
    pub observed: Option<f64>,
}

pub struct SourceResult {
    pub source: String,
    pub leads: f64,
    pub hot_leads: f64,
    pub converted_leads: f64,
    pub conversion_rate: Option<f64>,
    pub average_score: Option<f64>,
    pub revenue: Option<f64>,
    pub first_touch_conversions: f64,
    pub last_touch_conversions: f64,
}

pub struct Freshness {
    pub source: String,
    pub objects: f64,
    pub last_day: Option<Date>,
    pub last_arrived_at: Option<Timestamp>,
    pub last_refined_at: Option<Timestamp>,
    pub last_event_at: Option<Timestamp>,
}

/// The first of the open leads.
#[derive(Default)]
pub struct SalesList {
    pub leads: Vec<SalesLead>,
    /// How many there are in all.
    pub open_leads: f64,
}

pub struct SalesLead {
    pub position: i64,
    pub lead_id: String,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub city: Option<String>,
    pub lead_category: String,
    pub final_score: Option<f64>,
    pub conversion_probability: Option<f64>,
    pub recommended_action: String,
    pub why: Option<String>,
    pub source: Option<String>,
    pub device_interest: Option<String>,
    pub budget_low: Option<f64>,
    pub budget_high: Option<f64>,
    pub purchase_timeframe_days: Option<i64>,
    pub last_touch_at: Option<Timestamp>,
    pub days_since_last_touch: Option<f64>,
}

/// The newest of the corrections, the newest first.
#[derive(Default)]
pub struct Corrections {
    pub days: Vec<CorrectedDay>,
    /// How many there are in all.
    pub all: f64,
}

/// A value of a day that was over, and is another now.
pub struct CorrectedDay {
    pub kpi: String,
    pub measure: String,
    /// Such as `online` or `HOT`; empty for all together.
    pub about: Vec<String>,
    /// As records name it, where it is about one field.
    pub field: Option<String>,
    pub day: Date,
    pub before: Option<f64>,
    pub now: Option<f64>,
    pub because: String,
    pub detail: Option<String>,
    pub noticed_at: Timestamp,
}

pub struct TableVersion {
    pub table: TableName,
    pub number: u32,
    pub as_of: Timestamp,
}
