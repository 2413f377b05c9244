//! `gold_lead_scores`: the score of each lead, why it is what it is, and what to do.

use std::sync::LazyLock;

use leadlake_lead::event::Micros;
use leadlake_score::{Decision, Features, ReasonValue, Score, Why};

use super::features::LEADS_SNAPSHOT;
use super::profile::outcome_word;
use crate::rows::{Column, Holds, ReasonCell, Rows, optional, required};

/// Filled once the outcomes of all leads are known.
pub const CONVERSION_PROBABILITY: &str = "conversion_probability";
pub const PROBABILITY_BASIS: &str = "probability_basis";
pub const PROBABILITY_BEFORE_OUTCOME: &str = "probability_before_outcome";

/// What these are filled from.
pub const FINAL_SCORE: &str = "final_score";
pub const SCORE_BEFORE_OUTCOME: &str = "score_before_outcome";
pub const DECIDED_AT: &str = "decided_at";

const COLUMNS: [Column; 27] = [
    required("lead_id", Holds::Text, "Who it is"),
    required("as_of", Holds::Time, "Nothing that happened later is in the row"),
    required("event_date", Holds::Day, "The day of as_of"),
    required(LEADS_SNAPSHOT, Holds::Integer, "The version of silver_leads it belongs to"),
    required("model_version", Holds::Text, "What scored it"),
    required("source_score", Holds::Points, "For where they came from"),
    required("engagement_score", Holds::Points, "For what they did"),
    required("intent_score", Holds::Points, "For what they mean to do"),
    required(FINAL_SCORE, Holds::Points, "The sum of the three"),
    required("lead_category", Holds::Text, "HOT, WARM or COLD"),
    required(CONVERSION_PROBABILITY, Holds::Float, "How likely the lead is to convert"),
    required(PROBABILITY_BASIS, Holds::Text, "What the probability rests on"),
    required("reasons", Holds::Reasons, "Signed; their points add up to final_score"),
    required("why", Holds::Text, "The largest reasons in words"),
    required("recommended_action", Holds::Text, "What sales should do"),
    optional("outcome", Holds::Text, "What sales said last by the instant: converted, lost or open"),
    required("converted", Holds::Flag, "Whether they converted by the instant"),
    optional("converted_at", Holds::Time, "When first"),
    optional("conversion_days", Holds::Float, "From the first touch to the conversion"),
    optional(DECIDED_AT, Holds::Time, "When it was first settled: converted or lost"),
    optional(SCORE_BEFORE_OUTCOME, Holds::Points, "final_score just before that, as a fair forecast"),
    optional("category_before_outcome", Holds::Text, "lead_category just before that"),
    optional(
        PROBABILITY_BEFORE_OUTCOME,
        Holds::Float,
        "conversion_probability just before that, from what had become of others by then",
    ),
    optional("source", Holds::Text, "The source with the highest weight"),
    optional("first_touch_source", Holds::Text, "Through which source they came first"),
    optional("first_touch_at", Holds::Time, "When that was"),
    optional("last_touch_at", Holds::Time, "When they were last in touch"),
];

static SCHEMA_COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| COLUMNS.to_vec());

pub fn columns() -> &'static [Column] {
    &SCHEMA_COLUMNS
}

/// What is known of a lead when its score is written.
pub struct ScoreRow<'r> {
    pub lead_id: &'r str,
    pub model_version: &'r str,
    pub features: &'r Features<'r>,
    pub score: &'r Score<'r>,
    pub decision: Option<&'r Decision<'r>>,
    pub before_outcome: Option<&'r Score<'r>>,
    pub first_touch: Option<(&'r str, Micros)>,
    pub last_touch_at: Option<Micros>,
}

/// The snapshot, both probabilities and the basis are left for later.
pub fn push(rows: &mut Rows, row: &ScoreRow<'_>) {
    let ScoreRow { features, score, before_outcome, .. } = row;
    let points = |points: leadlake_score::Points| Some(i128::from(points.0));
    rows.text(Some(row.lead_id))
        .time(Some(features.as_of))
        .day(Some(features.as_of.day()))
        .count(0)
        .text(Some(row.model_version))
        .decimal(points(score.source_score))
        .decimal(points(score.engagement_score))
        .decimal(points(score.intent_score))
        .decimal(points(score.final_score))
        .text(Some(score.category.as_str()))
        .float(Some(0.0))
        .text(Some(""))
        .reasons(score.reasons.iter().map(|reason| ReasonCell {
            reason: reason.code.as_str(),
            points: i128::from(reason.points.0),
            text: match reason.value {
                ReasonValue::Text(text) => Some(text),
                ReasonValue::Number(_) => None,
            },
            number: match reason.value {
                ReasonValue::Text(_) => None,
                ReasonValue::Number(number) => Some(number),
            },
        }))
        .shown(Why(&score.reasons))
        .text(Some(score.recommended_action))
        .text(features.outcome.map(outcome_word))
        .flag(Some(features.converted))
        .time(features.converted_at)
        .float(features.conversion_days)
        .time(row.decision.map(|decision| decision.at))
        .decimal(before_outcome.and_then(|score| points(score.final_score)))
        .text(before_outcome.map(|score| score.category.as_str()))
        .float(None)
        .text(features.source)
        .text(row.first_touch.map(|(source, _)| source))
        .time(row.first_touch.map(|(_, at)| at))
        .time(row.last_touch_at)
        .end_row();
}
