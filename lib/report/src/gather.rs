//! What the page asks the tables.

use arrow_array::RecordBatch;
use jiff::Timestamp;
use leadlake_gold::{Asked, KpiFigures, KpiSettings, Models, SqlEngine};
use leadlake_lake::tables::TableName;

use crate::data::{
    CorrectedDay, Corrections, Freshness, FunnelStep, RefusedRecords, RefusedSample, ReliabilityBin,
    ReportData, SalesLead, SalesList, ScoreBand, SourceResult, TableVersion,
};
use crate::error::ReportError;
use crate::mask::Vocabulary;
use crate::rows::Answer;

/// Whom to call is a page's worth; the table has all.
const MOST_LEADS: usize = 50;
/// Of a refused record, which may be large.
const MOST_BYTES_OF_A_SAMPLE: usize = 2_000;
const CORRECTIONS: &str = include_str!("corrections.sql");

/// Everything that the page is made from; nothing else is asked.
pub struct Questions<'q> {
    pub engine: &'q dyn SqlEngine,
    pub models: &'q Models,
    pub settings: &'q KpiSettings,
    pub asked: Asked,
    /// What the lake is called.
    pub lake: String,
    /// The currency of revenue.
    pub currency: String,
    pub made_at: Timestamp,
    /// The versions that the engine answers from. Corrections are asked for where `gold_kpi` is one of them.
    pub versions: Vec<TableVersion>,
    /// Words of refused records that are shown as they are.
    pub vocabulary: Vocabulary,
}

impl ReportData {
    pub fn gather(questions: Questions<'_>, figures: KpiFigures) -> Result<Self, ReportError> {
        let has_kpis = questions.versions.iter().any(|version| version.table == TableName::KPI);
        Ok(Self {
            funnel: questions.funnel()?,
            quarantine: questions.quarantine()?,
            samples: questions.samples()?,
            score_bands: questions.score_bands()?,
            reliability: questions.reliability()?,
            sources: questions.sources()?,
            freshness: questions.freshness()?,
            sales: questions.sales()?,
            corrections: if has_kpis { questions.corrections()? } else { Corrections::default() },
            settings: questions.settings.clone(),
            lake: questions.lake,
            currency: questions.currency,
            made_at: questions.made_at,
            versions: questions.versions,
            vocabulary: questions.vocabulary,
            figures,
        })
    }
}

/// Makes a row of each row of all batches.
fn each<T>(
    asked: &'static str,
    batches: &[RecordBatch],
    mut rows_of: impl FnMut(Answer<'_>, &mut Vec<T>) -> Result<(), ReportError>,
) -> Result<Vec<T>, ReportError> {
    let mut rows = Vec::new();
    for batch in batches {
        rows_of(Answer { asked, batch }, &mut rows)?;
    }
    Ok(rows)
}

impl Questions<'_> {
    /// Models answer in any order.
    fn ask(&self, model: &'static str) -> Result<[RecordBatch; 1], ReportError> {
        let found = self.models.get(model).ok_or(ReportError::NoModel { model })?;
        Ok([found.ask(self.engine, &self.asked)?])
    }

    /// Only a part of what a model answers.
    fn ask_part(
        &self,
        model: &'static str,
        part: impl FnOnce(&str) -> String,
    ) -> Result<Vec<RecordBatch>, ReportError> {
        let found = self.models.get(model).ok_or(ReportError::NoModel { model })?;
        let sql = part(&format!("(\n{}\n) AS answer", found.sql(&self.asked)));
        self.rows(model, &sql)
    }

    fn rows(&self, asked: &'static str, sql: &str) -> Result<Vec<RecordBatch>, ReportError> {
        self.engine.rows(sql).map_err(|source| ReportError::Engine { asked, source })
    }

    fn funnel(&self) -> Result<Vec<FunnelStep>, ReportError> {
        let mut steps = each("funnel", &self.ask("funnel")?, |answer, rows| {
            let (positions, steps) = (answer.whole_numbers("position")?, answer.texts("step")?);
            let amounts = answer.numbers("amount")?;
            for row in 0..answer.batch.num_rows() {
                let step = FunnelStep { step: steps.of(row)?, amount: amounts.at(row).unwrap_or(0.0) };
                rows.push((positions.of(row)?, step));
            }
            Ok(())
        })?;
        steps.sort_by_key(|(position, _)| *position);
        Ok(steps.into_iter().map(|(_, step)| step).collect())
    }

    fn quarantine(&self) -> Result<Vec<RefusedRecords>, ReportError> {
        let mut all = each("quarantine", &self.ask("quarantine")?, |answer, rows| {
            let (sources, codes) = (answer.texts("source")?, answer.texts("code")?);
            let records = answer.numbers("records")?;
            for row in 0..answer.batch.num_rows() {
                let records = records.at(row).unwrap_or(0.0);
                rows.push(RefusedRecords { source: sources.of(row)?, code: codes.of(row)?, records });
            }
            Ok(())
        })?;
        all.sort_by(|left, right| (&left.code, &left.source).cmp(&(&right.code, &right.source)));
        Ok(all)
    }

    fn samples(&self) -> Result<Vec<RefusedSample>, ReportError> {
        let part = |answer: &str| {
            format!(
                "SELECT code, source, path, expected, actual, object_key, object_line, \
                 substr(original, 1, {MOST_BYTES_OF_A_SAMPLE}) AS original \
                 FROM {answer} ORDER BY code, object_key, object_line"
            )
        };
        let batches = self.ask_part("quarantine_samples", part)?;
        each("quarantine_samples", &batches, |answer, rows| {
            let (codes, sources) = (answer.texts("code")?, answer.texts("source")?);
            let (paths, expected) = (answer.texts("path")?, answer.texts("expected")?);
            let (actual, originals) = (answer.texts("actual")?, answer.texts("original")?);
            let (keys, lines) = (answer.texts("object_key")?, answer.whole_numbers("object_line")?);
            for row in 0..answer.batch.num_rows() {
                rows.push(RefusedSample {
                    code: codes.of(row)?,
                    source: sources.of(row)?,
                    path: paths.at(row).unwrap_or_default(),
                    expected: expected.at(row).unwrap_or_default(),
                    actual: actual.at(row).unwrap_or_default(),
                    original: originals.at(row).unwrap_or_default(),
                    object_key: keys.at(row).unwrap_or_default(),
                    object_line: lines.at(row),
                });
            }
            Ok(())
        })
    }

    fn score_bands(&self) -> Result<Vec<ScoreBand>, ReportError> {
        let mut all = each("score_bands", &self.ask("score_bands")?, |answer, rows| {
            let (from, decided) = (answer.numbers("band_from")?, answer.numbers("decided")?);
            let (converted, rates) = (answer.numbers("converted")?, answer.numbers("conversion_rate")?);
            for row in 0..answer.batch.num_rows() {
                rows.push(ScoreBand {
                    from: from.at(row),
                    decided: decided.at(row).unwrap_or(0.0),
                    converted: converted.at(row).unwrap_or(0.0),
                    conversion_rate: rates.at(row),
                });
            }
            Ok(())
        })?;
        let from = |band: &ScoreBand| band.from.unwrap_or(f64::NEG_INFINITY);
        all.sort_by(|left, right| from(left).total_cmp(&from(right)));
        Ok(all)
    }

    fn reliability(&self) -> Result<Vec<ReliabilityBin>, ReportError> {
        let mut all = each("reliability", &self.ask("reliability")?, |answer, rows| {
            let (bins, decided) = (answer.whole_numbers("bin")?, answer.numbers("decided")?);
            let (predicted, observed) = (answer.numbers("predicted")?, answer.numbers("observed")?);
            for row in 0..answer.batch.num_rows() {
                rows.push(ReliabilityBin {
                    bin: bins.of(row)?,
                    decided: decided.at(row).unwrap_or(0.0),
                    predicted: predicted.at(row),
                    observed: observed.at(row),
                });
            }
            Ok(())
        })?;
        all.sort_by_key(|bin| bin.bin);
        Ok(all)
    }

    fn sources(&self) -> Result<Vec<SourceResult>, ReportError> {
        let mut all = each("sources", &self.ask("sources")?, |answer, rows| {
            let (sources, leads) = (answer.texts("source")?, answer.numbers("leads")?);
            let (hot, converted) = (answer.numbers("hot_leads")?, answer.numbers("converted_leads")?);
            let (rates, scores) = (answer.numbers("conversion_rate")?, answer.numbers("average_score")?);
            let revenues = answer.numbers("revenue")?;
            let first = answer.numbers("first_touch_conversions")?;
            let last = answer.numbers("last_touch_conversions")?;
            for row in 0..answer.batch.num_rows() {
                rows.push(SourceResult {
                    source: sources.of(row)?,
                    leads: leads.at(row).unwrap_or(0.0),
                    hot_leads: hot.at(row).unwrap_or(0.0),
                    converted_leads: converted.at(row).unwrap_or(0.0),
                    conversion_rate: rates.at(row),
                    average_score: scores.at(row),
                    revenue: revenues.at(row),
                    first_touch_conversions: first.at(row).unwrap_or(0.0),
                    last_touch_conversions: last.at(row).unwrap_or(0.0),
                });
            }
            Ok(())
        })?;
        all.sort_by(|left, right| {
            right.leads.total_cmp(&left.leads).then_with(|| left.source.cmp(&right.source))
        });
        Ok(all)
    }

    fn freshness(&self) -> Result<Vec<Freshness>, ReportError> {
        let mut all = each("freshness", &self.ask("freshness")?, |answer, rows| {
            let (sources, objects) = (answer.texts("source")?, answer.numbers("objects")?);
            let (days, events) = (answer.days("last_day")?, answer.instants("last_event_at")?);
            let (arrived, refined) =
                (answer.instants("last_arrived_at")?, answer.instants("last_refined_at")?);
            for row in 0..answer.batch.num_rows() {
                rows.push(Freshness {
                    source: sources.of(row)?,
                    objects: objects.at(row).unwrap_or(0.0),
                    last_day: days.at(row),
                    last_arrived_at: arrived.at(row),
                    last_refined_at: refined.at(row),
                    last_event_at: events.at(row),
                });
            }
            Ok(())
        })?;
        all.sort_by(|left, right| left.source.cmp(&right.source));
        Ok(all)
    }

    fn sales(&self) -> Result<SalesList, ReportError> {
        let part = |answer: &str| {
            format!(
                "SELECT * FROM (SELECT answer.*, count(*) OVER () AS open_leads FROM {answer}) AS counted \
                 WHERE position <= {MOST_LEADS} ORDER BY position"
            )
        };
        let batches = self.ask_part("sales_dashboard", part)?;
        let open_leads = each("sales_dashboard", &batches, |answer, rows| {
            rows.extend(answer.numbers("open_leads")?.at(0));
            Ok(())
        })?;
        let leads = each("sales_dashboard", &batches, |answer, rows| {
            for row in 0..answer.batch.num_rows() {
                rows.push(sales_lead(answer, row)?);
            }
            Ok(())
        })?;
        Ok(SalesList { leads, open_leads: open_leads.first().copied().unwrap_or(0.0) })
    }

    fn corrections(&self) -> Result<Corrections, ReportError> {
        let batches = self.rows("gold_kpi", CORRECTIONS)?;
        let all = each("gold_kpi", &batches, |answer, rows| {
            rows.extend(answer.numbers("corrections")?.at(0));
            Ok(())
        })?;
        let days = each("gold_kpi", &batches, |answer, rows| {
            let (kpis, measures) = (answer.texts("kpi")?, answer.texts("measure")?);
            let (days, values) = (answer.days("date")?, answer.numbers("value")?);
            let (before, because) = (answer.numbers("value_before")?, answer.texts("changed_because")?);
            let (details, noticed) = (answer.texts("detail")?, answer.instants("computed_at")?);
            let (sources, fields) = (answer.texts("source")?, answer.texts("field")?);
            let bands = answer.texts("band")?;
            for row in 0..answer.batch.num_rows() {
                rows.push(CorrectedDay {
                    kpi: kpis.of(row)?,
                    measure: measures.of(row)?,
                    about: [sources.at(row), bands.at(row)].into_iter().flatten().collect(),
                    field: fields.at(row),
                    day: days.of(row)?,
                    before: before.at(row),
                    now: values.at(row),
                    because: because.at(row).unwrap_or_default(),
                    detail: details.at(row),
                    noticed_at: noticed.of(row)?,
                });
            }
            Ok(())
        })?;
        Ok(Corrections { days, all: all.first().copied().unwrap_or(0.0) })
    }
}

/// There are few rows: each reads its columns anew.
fn sales_lead(answer: Answer<'_>, row: usize) -> Result<SalesLead, ReportError> {
    let text = |column| answer.texts(column).map(|texts| texts.at(row));
    let number = |column| answer.numbers(column).map(|numbers| numbers.at(row));
    Ok(SalesLead {
        position: answer.whole_numbers("position")?.of(row)?,
        lead_id: answer.texts("lead_id")?.of(row)?,
        name: text("name")?,
        phone: text("phone")?,
        email: text("email")?,
        city: text("city")?,
        lead_category: answer.texts("lead_category")?.of(row)?,
        final_score: number("final_score")?,
        conversion_probability: number("conversion_probability")?,
        recommended_action: text("recommended_action")?.unwrap_or_default(),
        why: text("why")?,
        source: text("source")?,
        device_interest: text("device_interest")?,
        budget_low: number("budget_low")?,
        budget_high: number("budget_high")?,
        purchase_timeframe_days: answer.whole_numbers("purchase_timeframe_days")?.at(row),
        last_touch_at: answer.instants("last_touch_at")?.at(row),
        days_since_last_touch: number("days_since_last_touch")?,
    })
}
