//! How likely a lead is to convert, as long as no model is trained: as often as decided leads of its score band did.

use std::fmt;

use crate::config::ProbabilitySettings;
use crate::points::Points;

/// How many leads of each score band were decided and how many of them converted. Learns from the score that a
/// lead had just before its outcome, so that nothing looks ahead.
#[derive(Debug, Clone, PartialEq)]
pub struct BandRates {
    settings: ProbabilitySettings,
    /// One more than there are edges: the first is what lies below all of them.
    bands: Vec<Band>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Band {
    pub decided: u64,
    pub converted: u64,
}

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
        decided: u64,
    },
    Band {
        decided: u64,
    },
}

impl BandRates {
    pub fn new(settings: &ProbabilitySettings) -> Self {
        let bands = vec![Band::default(); settings.bands_from.len() + 1];
        Self { settings: settings.clone(), bands }
    }

    pub fn learn(&mut self, score: Points, converted: bool) {
        let number = self.band_number(score);
        if let Some(band) = self.bands.get_mut(number) {
            band.add(Band { decided: 1, converted: u64::from(converted) });
        }
    }

    /// Adds what was learned from other leads, under the same settings.
    pub fn merge(&mut self, other: &Self) {
        for (band, more) in self.bands.iter_mut().zip(&other.bands) {
            band.add(*more);
        }
    }

    pub fn probability(&self, score: Points) -> Probability {
        let all = self.all();
        if all.decided == 0 {
            return Probability { value: self.settings.prior, basis: ProbabilityBasis::NoOutcomes };
        }
        let overall = self.shrunk(all, self.settings.prior);
        let band = self.bands.get(self.band_number(score)).copied().unwrap_or_default();
        let basis = match band.decided {
            0 => ProbabilityBasis::AllDecided { decided: all.decided },
            decided => ProbabilityBasis::Band { decided },
        };
        Probability { value: self.shrunk(band, overall), basis }
    }

    /// Each band with the score it begins at, which the lowest has not.
    pub fn bands(&self) -> impl Iterator<Item = (Option<Points>, Band)> {
        let edges = self.settings.bands_from.iter().copied().map(Some);
        std::iter::once(None).chain(edges).zip(self.bands.iter().copied())
    }

    pub fn all(&self) -> Band {
        let mut all = Band::default();
        self.bands.iter().for_each(|band| all.add(*band));
        all
    }

    /// As if so many more leads had been seen that convert at the rate that is expected anyway.
    fn shrunk(&self, band: Band, expected: f64) -> f64 {
        let strength = self.settings.shrinkage;
        let rate = (band.converted as f64 + strength * expected) / (band.decided as f64 + strength);
        // Only rounding could bring it there, with weak shrinkage and very many outcomes.
        rate.clamp(f64::EPSILON, 1.0 - f64::EPSILON)
    }

    fn band_number(&self, score: Points) -> usize {
        self.settings.bands_from.partition_point(|edge| *edge <= score)
    }
}

impl Band {
    fn add(&mut self, other: Self) {
        self.decided += other.decided;
        self.converted += other.converted;
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::shipped;

    fn rates(settings: &ProbabilitySettings, learned: &[(Points, bool)]) -> BandRates {
        let mut rates = BandRates::new(settings);
        learned.iter().for_each(|(score, converted)| rates.learn(*score, *converted));
        rates
    }

    #[test]
    fn with_no_outcome_the_prior_stands_and_says_so() {
        let told = BandRates::new(&shipped().probability).probability(Points(9_000));
        assert_eq!((told.value, told.basis), (0.1, ProbabilityBasis::NoOutcomes));
        assert_eq!(told.basis.to_string(), "prior, no outcomes yet");
    }

    #[test]
    fn a_band_is_drawn_towards_the_rate_of_all() {
        let settings = shipped().probability;
        let mut learned = vec![(Points(8_000), true); 30];
        learned.extend(vec![(Points(7_999), false); 50]);
        let rates = rates(&settings, &learned);
        let overall = (30.0 + 20.0 * 0.1) / (80.0 + 20.0);
        let hot = rates.probability(Points(9_999));
        assert_eq!(hot.value, (30.0 + 20.0 * overall) / (30.0 + 20.0));
        assert_eq!(hot.basis.to_string(), "band rate of 30 decided leads, shrunk");
        assert_eq!(rates.probability(Points(6_000)).value, (20.0 * overall) / (50.0 + 20.0));
        let empty = rates.probability(Points(-1));
        assert_eq!(empty.value, (20.0 * overall) / 20.0);
        assert_eq!(empty.basis.to_string(), "rate of all 80 decided leads, none of them in the band");
    }

    #[test]
    fn bands_begin_at_their_edges() {
        let settings =
            ProbabilitySettings { bands_from: vec![Points(0), Points(100)], ..shipped().probability };
        let scores = [i64::MIN, -1, 0, 99, 100, i64::MAX].map(|score| (Points(score), true));
        let bands: Vec<_> =
            rates(&settings, &scores).bands().map(|(from, band)| (from, band.decided)).collect();
        assert_eq!(bands, [(None, 2), (Some(Points(0)), 2), (Some(Points(100)), 2)]);
    }

    #[test]
    fn rounding_makes_nobody_certain() {
        let settings = ProbabilitySettings { shrinkage: 1e-9, ..shipped().probability };
        for converted in [true, false] {
            let value = rates(&settings, &[(Points(0), converted)]).probability(Points(0)).value;
            assert!(value > 0.0 && value < 1.0, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_probability_is_certain_and_parts_merge(
            learned in proptest::collection::vec((any::<i64>().prop_map(Points), any::<bool>()), 0..50),
            split in 0..50_usize,
            score in any::<i64>().prop_map(Points),
            shrinkage in 1e-9..1e5,
        ) {
            let settings = ProbabilitySettings { shrinkage, ..shipped().probability };
            let whole = rates(&settings, &learned);
            let value = whole.probability(score).value;
            prop_assert!(value > 0.0 && value < 1.0);
            let (left, right) = learned.split_at(split.min(learned.len()));
            let mut merged = rates(&settings, left);
            merged.merge(&rates(&settings, right));
            prop_assert_eq!(merged, whole);
        }
    }
}
