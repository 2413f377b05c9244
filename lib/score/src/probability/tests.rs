use leadlake_lead::event::Micros;
use proptest::prelude::*;

use super::*;
use crate::samples::shipped;

/// A decided lead: its score just before, when it was decided and when it converted.
type Decided = (Points, i64, Option<i64>);

fn history(settings: &ProbabilitySettings, learned: &[Decided]) -> BandHistory {
    let mut history = BandHistory::new(settings);
    for (score, at, converted_at) in learned {
        let decision = Decision { at: Micros(*at), converted_at: converted_at.map(Micros), city: None };
        history.learn(*score, &decision);
    }
    history
}

fn rates(settings: &ProbabilitySettings, learned: &[Decided]) -> BandRates {
    history(settings, learned).into_rates()
}

fn won(score: i64) -> Decided {
    (Points(score), 0, Some(0))
}

fn lost(score: i64) -> Decided {
    (Points(score), 0, None)
}

#[test]
fn with_no_outcome_the_prior_stands_and_says_so() {
    let told = rates(&shipped().probability, &[]).probability(Points(9_000));
    assert_eq!((told.value, told.basis), (0.1, ProbabilityBasis::NoOutcomes));
    assert_eq!(told.basis.to_string(), "prior, no outcomes yet");
}

#[test]
fn a_band_is_drawn_towards_the_rate_of_all() {
    let mut learned = vec![won(8_000); 30];
    learned.extend(vec![lost(7_999); 50]);
    let rates = rates(&shipped().probability, &learned);
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
    let settings = ProbabilitySettings { bands_from: vec![Points(0), Points(100)], ..shipped().probability };
    let rates = rates(&settings, &[i64::MIN, -1, 0, 99, 100].map(won));
    let basis = |score| rates.probability(Points(score)).basis;
    let of_band = |decided| ProbabilityBasis::Band { decided };
    assert_eq!([i64::MIN, -1, 0, 99, 100, i64::MAX].map(basis), [2, 2, 2, 2, 1, 1].map(of_band));
}

#[test]
fn rounding_makes_nobody_certain() {
    let settings = ProbabilitySettings { shrinkage: 1e-9, ..shipped().probability };
    for decided in [won(0), lost(0)] {
        let value = rates(&settings, &[decided]).probability(Points(0)).value;
        assert!(value > 0.0 && value < 1.0, "{value}");
    }
}

#[test]
fn before_its_conversion_a_lost_lead_is_lost() {
    let rates = rates(&shipped().probability, &[(Points(0), 10, Some(20))]);
    let told = |at| {
        let told = rates.probability_before(Points(0), Micros(at));
        (told.basis, told.value > 0.1)
    };
    assert_eq!(told(10), (ProbabilityBasis::NoOutcomes, false));
    assert_eq!(told(20), (ProbabilityBasis::Band { decided: 1 }, false));
    assert_eq!(told(21), (ProbabilityBasis::Band { decided: 1 }, true));
}

fn decided() -> impl Strategy<Value = Decided> {
    let score = prop_oneof![-2_000..20_000_i64, Just(i64::MIN), Just(i64::MAX)].prop_map(Points);
    let later = proptest::option::of(prop_oneof![Just(0), 0..20_i64]);
    (score, 0..30_i64, later).prop_map(|(score, at, later)| (score, at, later.map(|later| at + later)))
}

proptest! {
    #[test]
    fn at_any_instant_only_what_happened_before_counts(
        learned in proptest::collection::vec(decided(), 0..60),
        score in decided().prop_map(|(score, ..)| score),
        at in -1..60_i64,
        shrinkage in 1e-9..1e5,
        split in 0..60_usize,
    ) {
        let settings = ProbabilitySettings { shrinkage, ..shipped().probability };
        let earlier: Vec<Decided> = learned
            .iter()
            .filter(|(_, decided_at, _)| *decided_at < at)
            .map(|(score, decided_at, converted_at)| {
                (*score, *decided_at, converted_at.filter(|converted_at| *converted_at < at))
            })
            .collect();
        let whole = rates(&settings, &learned);
        let told = whole.probability_before(score, Micros(at));
        prop_assert_eq!(told, rates(&settings, &earlier).probability(score));
        prop_assert!(told.value > 0.0 && told.value < 1.0);
        prop_assert_eq!(whole.probability_before(score, Micros(i64::MAX)), whole.probability(score));

        let (left, right) = learned.split_at(split.min(learned.len()));
        for (first, second) in [(left, right), (right, left)] {
            let mut merged = history(&settings, first);
            merged.merge(history(&settings, second));
            prop_assert_eq!(&merged.into_rates(), &whole);
        }
    }
}
