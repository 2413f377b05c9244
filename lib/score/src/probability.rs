//! How likely a lead is to convert, as long as no model is trained: as often as decided leads of its score band did.

use std::fmt;

use leadlake_lead::event::Micros;

use crate::config::ProbabilitySettings;
use crate::decision::Decision;
use crate::decisions::{Decisions, Share};
use crate::points::Points;

/// The decisions of leads by the score band that each was in just before, as they are gathered.
#[derive(Debug, Clone, PartialEq)]
pub struct BandHistory {
    settings: ProbabilitySettings,
    overall: Decisions,
    /// One more than there are edges: the first is what lies below all of them.
    bands: Vec<Decisions>,
}

/// How often the leads of each band convert: by all that is known, or by what was known at an earlier instant.
#[derive(Debug, Clone, PartialEq)]
pub struct BandRates(BandHistory);

/// Never zero and never one: nobody is certain to buy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probability {
    pub value: f64,
    pub basis: ProbabilityBasis,
}

/// What the probability rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbabilityBasis {
    /// Of no lead is it known what became of it.
    NoOutcomes,
    /// No lead of the band is decided.
    AllDecided {
        decided: usize,
    },
    Band {
        decided: usize,
    },
}

impl BandHistory {
    pub fn new(settings: &ProbabilitySettings) -> Self {
        let bands = vec![Decisions::default(); settings.bands_from.len() + 1];
        Self { settings: settings.clone(), overall: Decisions::default(), bands }
    }

    /// The score is that of just before the decision, so that nothing looks ahead.
    pub fn learn(&mut self, score: Points, decision: &Decision<'_>) {
        let number = self.settings.band_number(score);
        if let Some(band) = self.bands.get_mut(number) {
            band.learn(decision);
            self.overall.learn(decision);
        }
    }

    /// Adds what was learned from other leads, under the same settings.
    pub fn merge(&mut self, other: Self) {
        self.overall.merge(other.overall);
        for (band, more) in self.bands.iter_mut().zip(other.bands) {
            band.merge(more);
        }
    }

    pub fn into_rates(mut self) -> BandRates {
        self.overall.sort();
        self.bands.iter_mut().for_each(Decisions::sort);
        BandRates(self)
    }
}

impl BandRates {
    pub fn probability(&self, score: Points) -> Probability {
        self.probability_by(score, Decisions::all)
    }

    /// What would have been said just before the instant, when later decisions were not known. A lead that was lost
    /// by then and converted since had not converted.
    pub fn probability_before(&self, score: Points, instant: Micros) -> Probability {
        self.probability_by(score, |decisions| decisions.before(instant))
    }

    fn probability_by(&self, score: Points, share_of: impl Fn(&Decisions) -> Share) -> Probability {
        let BandHistory { settings, overall, bands } = &self.0;
        let all = share_of(overall);
        if all.decided == 0 {
            return Probability { value: settings.prior, basis: ProbabilityBasis::NoOutcomes };
        }
        let band = bands.get(settings.band_number(score)).map(share_of).unwrap_or_default();
        let basis = match band.decided {
            0 => ProbabilityBasis::AllDecided { decided: all.decided },
            decided => ProbabilityBasis::Band { decided },
        };
        Probability { value: settings.shrunk(band, settings.shrunk(all, settings.prior)), basis }
    }
}

impl ProbabilitySettings {
    /// As if so many more leads had been seen that convert at the rate that is expected anyway.
    fn shrunk(&self, share: Share, expected: f64) -> f64 {
        let rate =
            (share.converted as f64 + self.shrinkage * expected) / (share.decided as f64 + self.shrinkage);
        // Only rounding could bring it there, with weak shrinkage and very many outcomes.
        rate.clamp(f64::EPSILON, 1.0 - f64::EPSILON)
    }

    fn band_number(&self, score: Points) -> usize {
        self.bands_from.partition_point(|edge| *edge <= score)
    }
}

impl fmt::Display for ProbabilityBasis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOutcomes => write!(formatter, "prior, no outcomes yet"),
            Self::AllDecided { decided } => {
                write!(formatter, "rate of all {decided} decided leads, none of them in the band")
            }
            Self::Band { decided } => write!(formatter, "band rate of {decided} decided leads, shrunk"),
        }
    }
}

#[cfg(test)]
mod tests;
