//! What the demo shows of the lake when it has run.

use std::path::{Path, PathBuf};

use leadlake_gold::KpiFigures;
use serde::Serialize;

use super::story::Days;
use crate::commands::kpi::Answered;
use crate::commands::query::{Row, rows};
use crate::error::CliError;

/// One of each kind: whom to call, whom not yet, whom not at all.
const SAMPLE_LEADS: &str = "
    SELECT lead_id, lead_category, final_score, conversion_probability, recommended_action, reasons
    FROM (
        SELECT *, row_number() OVER (PARTITION BY lead_category ORDER BY cardinality(reasons) DESC, final_score DESC, lead_id) AS place
        FROM gold_lead_scores
        WHERE NOT converted AND outcome IS DISTINCT FROM 'lost'
    )
    WHERE place = 1
    ORDER BY final_score DESC, lead_id";

const REFUSED: &str = "
    SELECT code, count(*) AS records, min(source) AS for_example_in, min(path) AS at_path, min(expected) AS expected
    FROM quarantine_records
    GROUP BY code
    ORDER BY records DESC, code";

const COUNTS: &str = "
    SELECT count(*) AS objects, sum(records) AS records, sum(accepted) AS accepted, sum(refused) AS refused,
           sum(duplicate) AS duplicate
    FROM ops_ledger";

#[derive(Debug, Serialize)]
pub struct Outcome {
    pub folder: PathBuf,
    pub days: Days,
    pub counts: Vec<Row>,
    pub kpis: KpiFigures,
    pub leads: Vec<Row>,
    pub refused: Vec<Row>,
    pub report: PathBuf,
}

impl Outcome {
    pub fn gather(answered: &Answered, folder: &Path, days: Days, report: &Path) -> Result<Self, CliError> {
        let engine = &answered.view.engine;
        Ok(Self {
            folder: folder.to_owned(),
            days,
            counts: rows(engine, COUNTS)?,
            kpis: answered.figures.clone(),
            leads: rows(engine, SAMPLE_LEADS)?,
            refused: rows(engine, REFUSED)?,
            report: report.to_owned(),
        })
    }
}
