//! Features and scores of each lead, put aside until it is known how all leads fared: how often a city's leads and a
//! score band's leads convert.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef, Decimal128Array, Float64Array, Int64Array, PrimitiveArray, RecordBatch};
use leadlake_lake::tables::VersionNumber;
use leadlake_lead::event::{Event, Micros};
use leadlake_lead::profile::Profile;
use leadlake_score::location::LocationRates;
use leadlake_score::{
    BandHistory, BandRates, Category, Decision, FeatureMaker, LocationHistory, Points, Scoring,
};

use crate::error::PipelineError;
use crate::fold::Folding;
use crate::outputs::Part;
use crate::rows::Rows;
use crate::spill::Spill;
use crate::tables::features::{LEADS_SNAPSHOT, LOCATION_CONVERSION_RATE};
use crate::tables::scores::{
    CONVERSION_PROBABILITY, DECIDED_AT, FINAL_SCORE, PROBABILITY_BASIS, PROBABILITY_BEFORE_OUTCOME,
    SCORE_BEFORE_OUTCOME, ScoreRow,
};
use crate::tables::{features, scores};

/// Rows put aside at once, and later written as one row group.
const ROWS_AT_ONCE: usize = 16_384;

/// The leads of one shard, scored but for what depends on other leads.
pub struct Scored {
    pub number: usize,
    pub tally: Tally,
    features: Spill,
    scores: Spill,
}

/// What the leads have in common.
#[derive(Debug, Clone)]
pub struct Tally {
    pub events: u64,
    pub leads: u64,
    pub converted: u64,
    pub hot: u64,
    pub warm: u64,
    pub cold: u64,
    pub locations: LocationHistory,
    pub bands: BandHistory,
}

impl Tally {
    pub fn new(scoring: &Scoring) -> Self {
        Self {
            events: 0,
            leads: 0,
            converted: 0,
            hot: 0,
            warm: 0,
            cold: 0,
            locations: LocationHistory::default(),
            bands: BandHistory::new(&scoring.probability),
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.leads += other.leads;
        self.converted += other.converted;
        self.hot += other.hot;
        self.warm += other.warm;
        self.cold += other.cold;
        self.locations.merge(other.locations);
        self.bands.merge(other.bands);
    }
}

/// Scores one lead after the other.
pub struct Scorer<'f, 'b> {
    folding: &'f Folding<'f>,
    maker: FeatureMaker<'f, 'b>,
    feature_rows: Rows,
    score_rows: Rows,
    scored: Scored,
}

impl<'f, 'b> Scorer<'f, 'b> {
    pub fn new(folding: &'f Folding<'f>, number: usize) -> Self {
        let feature_rows = Rows::new("features_leads", features::columns());
        let score_rows = Rows::new("gold_lead_scores", scores::columns());
        let scored = Scored {
            number,
            tally: Tally::new(folding.scoring),
            features: Spill::new(feature_rows.schema().clone(), folding.held_bytes),
            scores: Spill::new(score_rows.schema().clone(), folding.held_bytes),
        };
        let maker = FeatureMaker::new(folding.scoring, folding.no_rates);
        Self { folding, maker, feature_rows, score_rows, scored }
    }

    /// `profile` is that of exactly these events.
    pub fn push(
        &mut self,
        lead_id: &str,
        events: &[&Event<'b>],
        profile: &Profile<'b>,
    ) -> Result<(), PipelineError> {
        let Folding { model, as_of, .. } = *self.folding;
        let features = self.maker.features_of(profile, events, as_of);
        let decision = Decision::of(events, as_of);
        let before = self.maker.before_outcome(events, as_of);
        let before_outcome = before.map(|pair| model.score(&pair.features));
        let score = model.score(&features);

        features::push(&mut self.feature_rows, lead_id, &features, decision.as_ref());
        let row = ScoreRow {
            lead_id,
            model_version: model.version(),
            features: &features,
            score: &score,
            decision: decision.as_ref(),
            before_outcome: before_outcome.as_ref(),
            first_touch: profile.first_touch.map(|touch| (touch.event.source, touch.at)),
            last_touch_at: profile.last_touch.map(|touch| touch.at),
        };
        scores::push(&mut self.score_rows, &row);

        let tally = &mut self.scored.tally;
        tally.events += events.len() as u64;
        tally.leads += 1;
        tally.converted += u64::from(features.converted);
        match score.category {
            Category::Hot => tally.hot += 1,
            Category::Warm => tally.warm += 1,
            Category::Cold => tally.cold += 1,
        }
        if let Some(decision) = &decision {
            tally.locations.learn(decision);
            if let Some(score) = &before_outcome {
                tally.bands.learn(score.final_score, decision);
            }
        }
        if self.feature_rows.len() >= ROWS_AT_ONCE { self.put_aside() } else { Ok(()) }
    }

    fn put_aside(&mut self) -> Result<(), PipelineError> {
        let scratch = self.folding.scratch;
        self.scored.features.push(self.feature_rows.finish()?, scratch)?;
        self.scored.scores.push(self.score_rows.finish()?, scratch)
    }

    pub fn finish(mut self) -> Result<Scored, PipelineError> {
        self.put_aside()?;
        Ok(self.scored)
    }
}

/// What the last columns are filled with.
pub struct AllLeads<'r> {
    pub leads_snapshot: VersionNumber,
    pub rates: &'r LocationRates,
    pub bands: &'r BandRates,
    pub as_of: Micros,
}

impl Scored {
    /// Fills the last columns and writes the rows.
    pub fn write(
        self,
        all: &AllLeads<'_>,
        scratch: &Path,
        features: &mut Part<'_>,
        scores: &mut Part<'_>,
    ) -> Result<(), PipelineError> {
        let spilled = |source| PipelineError::Spill { folder: scratch.to_owned(), source };
        for batch in self.features.read(scratch)? {
            features.write(&all.with_location_rate(&batch.map_err(spilled)?)?)?;
        }
        for batch in self.scores.read(scratch)? {
            scores.write(&all.with_probability(&batch.map_err(spilled)?)?)?;
        }
        Ok(())
    }
}

impl AllLeads<'_> {
    fn with_location_rate(&self, batch: &RecordBatch) -> Result<RecordBatch, PipelineError> {
        let text = |name| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        let (cities, decided_in) = (text("city"), text("city_when_decided"));
        let (decided, converted) = (times(batch, DECIDED_AT), times(batch, "converted_at"));
        let rates: Float64Array = (0..batch.num_rows())
            .map(|row| {
                let text = |column: Option<_>| cell_text(column, row);
                let time = |column: Option<_>| cell_time(column, row);
                let own = time(decided).map(|at| Decision {
                    at,
                    converted_at: time(converted),
                    city: text(decided_in),
                });
                self.rates.rate(text(cities), self.as_of, own.as_ref())
            })
            .collect();
        let snapshot = self.snapshot_column(batch);
        replaced(batch, vec![(LOCATION_CONVERSION_RATE, Arc::new(rates)), (LEADS_SNAPSHOT, snapshot)])
    }

    fn with_probability(&self, batch: &RecordBatch) -> Result<RecordBatch, PipelineError> {
        let (Some(scores), Some(scores_before), Some(decided)) =
            (points(batch, FINAL_SCORE), points(batch, SCORE_BEFORE_OUTCOME), times(batch, DECIDED_AT))
        else {
            return Err(PipelineError::Lost { what: "a score" });
        };
        let mut values = Vec::with_capacity(batch.num_rows());
        let mut bases = StringBuilder::new();
        for score in scores.values() {
            let probability = self.bands.probability(points_of(*score));
            values.push(probability.value);
            // Writing to a text cannot fail.
            let _ = write!(bases, "{}", probability.basis);
            bases.append_value("");
        }
        let before = self.probabilities_before(scores_before, decided);
        let snapshot = self.snapshot_column(batch);
        replaced(
            batch,
            vec![
                (CONVERSION_PROBABILITY, Arc::new(Float64Array::from(values))),
                (PROBABILITY_BASIS, Arc::new(bases.finish())),
                (PROBABILITY_BEFORE_OUTCOME, Arc::new(before)),
                (LEADS_SNAPSHOT, snapshot),
            ],
        )
    }

    fn probabilities_before(&self, scores: &Decimal128Array, decided: &Times) -> Float64Array {
        let mut rows: Vec<(i64, usize, i128)> = scores
            .iter()
            .zip(decided)
            .enumerate()
            .filter_map(|(row, (score, at))| Some((at?, row, score?)))
            .collect();
        // One instant after the other is looked up several times faster than in the order of leads.
        rows.sort_unstable();
        let mut values = vec![None; scores.len()];
        for (at, row, score) in rows {
            if let Some(value) = values.get_mut(row) {
                *value = Some(self.bands.probability_before(points_of(score), Micros(at)).value);
            }
        }
        Float64Array::from(values)
    }

    fn snapshot_column(&self, batch: &RecordBatch) -> ArrayRef {
        Arc::new(Int64Array::from_value(i64::from(self.leads_snapshot.get()), batch.num_rows()))
    }
}

type Times = PrimitiveArray<TimestampMicrosecondType>;

fn times<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b Times> {
    batch.column_by_name(name).and_then(|column| column.as_primitive_opt())
}

fn points<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b Decimal128Array> {
    batch.column_by_name(name).and_then(|column| column.as_primitive_opt())
}

fn points_of(hundredths: i128) -> Points {
    Points(i64::try_from(hundredths).unwrap_or(i64::MAX))
}

fn cell_text(column: Option<&arrow_array::StringArray>, row: usize) -> Option<&str> {
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

fn cell_time(column: Option<&Times>, row: usize) -> Option<Micros> {
    column.filter(|column| column.is_valid(row)).map(|column| Micros(column.value(row)))
}

fn replaced(
    batch: &RecordBatch,
    columns: Vec<(&'static str, ArrayRef)>,
) -> Result<RecordBatch, PipelineError> {
    let mut arrays = batch.columns().to_vec();
    for (name, column) in columns {
        let place = batch.schema().index_of(name).ok().and_then(|at| arrays.get_mut(at));
        *place.ok_or(PipelineError::Lost { what: "a column" })? = column;
    }
    RecordBatch::try_new(batch.schema(), arrays)
        .map_err(|source| PipelineError::Rows { table: "gold_lead_scores", source })
}
