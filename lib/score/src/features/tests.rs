use proptest::prelude::*;

use super::*;
use crate::location::LocationHistory;
use crate::samples::{at, event, events, outcome, purchase, shipped, webinar};

fn features_in<'a>(scoring: &Scoring, events: &[Event<'a>], as_of: Micros) -> Features<'a> {
    FeatureMaker::new(scoring, &rates_of(&[])).features(events, as_of)
}

fn features<'a>(events: &[Event<'a>], days: f64) -> Features<'a> {
    features_in(&shipped(), events, at(days))
}

fn rates_of(decisions: &[Decision<'_>]) -> LocationRates {
    let mut history = LocationHistory::default();
    decisions.iter().for_each(|decision| history.learn(decision));
    history.into_rates(50.0)
}

proptest! {
    #[test]
    fn what_happens_later_changes_nothing(events in events(), others in events(), quarter_days in 0..44_i32) {
        let as_of = at(f64::from(quarter_days) / 4.0);
        let until: Vec<_> = events.iter().copied().filter(|event| event.at <= as_of).collect();
        let scoring = shipped();
        // The cities of other leads, all that was ever decided of them and the lead's own decision.
        let forever = Micros(i64::MAX);
        let decisions = [Decision::of(&others, forever), Decision::of(&events, forever)];
        let decisions: Vec<_> = decisions.into_iter().flatten().collect();
        let then = [Decision::of(&others, as_of), Decision::of(&until, as_of)];
        let then: Vec<_> = then.into_iter().flatten().collect();
        let (rates, rates_then) = (rates_of(&decisions), rates_of(&then));
        let mut maker = FeatureMaker::new(&scoring, &rates);
        let mut maker_then = FeatureMaker::new(&scoring, &rates_then);
        let expected = maker_then.features(&until, as_of);
        // Twice, since the maker keeps its memory.
        maker.features(&others, as_of);
        prop_assert_eq!(maker.features(&events, as_of), expected);
        let profile = Profile::of(scoring.main_currency, &until);
        prop_assert_eq!(maker.features_of(&profile, &events, as_of), expected);
    }

    #[test]
    fn nothing_that_a_model_learns_from_knows_the_outcome(events in events()) {
        let scoring = shipped();
        let rates = rates_of(&[]);
        let mut maker = FeatureMaker::new(&scoring, &rates);
        let forever = Micros(i64::MAX);
        let is_decided =
            events.iter().any(|event| event.outcome.is_some_and(|facts| facts.outcome != Outcome::Open));
        match maker.before_outcome(&events, forever) {
            None => prop_assert!(!is_decided),
            Some(pair) => {
                prop_assert!(pair.features.as_of < pair.decided_at);
                prop_assert!(!pair.features.converted);
                prop_assert_ne!(pair.features.outcome, Some(Outcome::Lost));
                prop_assert_eq!(pair.converted, Profile::of(scoring.main_currency, &events).is_converted());
                let before: Vec<_> = events.iter().copied().filter(|event| event.at < pair.decided_at).collect();
                prop_assert_eq!(maker.features(&before, pair.features.as_of), pair.features);
            }
        }
    }
}

#[test]
fn the_longest_webinars_of_a_day_count() {
    let of_one_day =
        [webinar("1", 1.1, 10), webinar("2", 1.2, 50), webinar("3", 1.3, 20), webinar("4", 1.4, 40)];
    let told = features(&of_one_day, 2.0);
    assert_eq!(told.webinar_minutes, 110);
    assert_eq!(told.average_webinar_minutes, Some(30.0));
    let of_two_days = [of_one_day[0], of_one_day[1], of_one_day[2], webinar("4", 2.0, 40)];
    assert_eq!(features(&of_two_days, 3.0).webinar_minutes, 120);
}

#[test]
fn repeating_the_same_on_one_day_counts_no_more() {
    let mut once = vec![event("roadshow", "r", 1.0)];
    let ids: Vec<String> = (0..50).map(|number| format!("f{number:02}")).collect();
    once.extend(ids.iter().take(3).map(|id| event("online", id, 1.0)));
    let mut often = vec![event("roadshow", "r", 1.0), event("roadshow", "s", 1.0)];
    often.extend(ids.iter().map(|id| event("online", id, 1.0)));
    for events in [&mut once, &mut often] {
        leadlake_lead::profile::distinct(events);
    }
    let (once, often) = (features(&once, 1.0), features(&often, 1.0));
    assert_eq!((once.forms, once.visits, once.decayed_activity), (3, 1, 4.0));
    assert_eq!((often.forms, often.visits, often.decayed_activity), (3, 1, 4.0));
    assert_eq!((once.past_touches, often.past_touches), (4, 52));
}

#[test]
fn so_many_questions_of_a_day_count() {
    let mut curious = [webinar("1", 1.0, 5), webinar("2", 1.5, 5), webinar("3", 2.0, 5)];
    curious.iter_mut().for_each(|event| event.touch.questions_asked = Some(8));
    assert_eq!(features(&curious, 3.0).questions_asked, 18);
}

#[test]
fn activity_halves_with_each_half_life() {
    let told = features(&[event("online", "1", 0.0), event("online", "2", 14.0)], 28.0);
    assert_eq!((told.decayed_activity, told.recency_days), (0.75, Some(14.0)));
}

#[test]
fn the_best_source_counts_whatever_came_first() {
    let touches = [event("online", "1", 1.0), event("roadshow", "2", 2.0), event("webinar", "3", 3.0)];
    let told = features(&touches, 9.0);
    assert_eq!((told.source, told.source_weight), (Some("roadshow"), Points(3_000)));
    let unnamed = features(&[event("online", "1", 1.0), event("kiosk", "2", 2.0)], 9.0);
    assert_eq!((unnamed.source, unnamed.source_weight), (Some("kiosk"), Points(1_000)));
    // What sales say and what is bought is no touch.
    let untouched = features(&[outcome("1", 1.0, Outcome::Open), purchase("t", 2.0, 5)], 9.0);
    assert_eq!((untouched.source, untouched.source_weight), (None, Points::ZERO));
    assert_eq!((untouched.past_events, untouched.recency_days), (2, None));
}

#[test]
fn purchases_are_told_in_numbers() {
    let events = [event("online", "1", 0.0), purchase("a", 10.0, 1_000), purchase("b", 50.0, 2_001)];
    let told = features(&events, 60.0);
    assert_eq!((told.purchases, told.total_spend), (2, Amount(3_001)));
    assert_eq!(told.average_transaction_value, Some(Amount(1_501)));
    assert_eq!((told.purchase_frequency, told.days_since_last_purchase), (1.0, Some(10.0)));
    // Known for less than 30 days.
    assert_eq!(features(&events, 10.0).purchase_frequency, 1.0);
    assert_eq!(features(&events, 9.0).average_transaction_value, None);
}

#[test]
fn conversion_is_timed_from_the_first_touch() {
    let events =
        [event("online", "1", 1.0), outcome("2", 2.0, Outcome::Lost), outcome("3", 5.5, Outcome::Converted)];
    let told = features(&events, 9.0);
    assert_eq!((told.converted, told.conversion_days), (true, Some(4.5)));
    assert_eq!(
        (features(&events, 5.0).converted, features(&events, 5.0).outcome),
        (false, Some(Outcome::Lost))
    );
    let late_touch = [outcome("3", 1.0, Outcome::Converted), event("online", "4", 2.0)];
    assert_eq!(
        (features(&late_touch, 9.0).converted, features(&late_touch, 9.0).conversion_days),
        (true, None)
    );
}

#[test]
fn a_decision_knows_what_was_known_then() {
    let mut events = [
        event("roadshow", "1", 1.0),
        event("online", "2", 2.0),
        outcome("3", 3.0, Outcome::Lost),
        outcome("4", 4.0, Outcome::Converted),
        outcome("5", 5.0, Outcome::Converted),
    ];
    events[0].identity.city = Some("Pune");
    events[1].identity.city = Some("Delhi");
    events[3].identity.city = Some("Agra");
    let decided = |days| Decision::of(&events, at(days));
    assert_eq!(decided(2.5), None);
    assert_eq!(decided(3.0), Some(decision("Delhi", 3.0, None)));
    assert_eq!(decided(9.0), Some(decision("Delhi", 3.0, Some(4.0))));

    let (scoring, rates) = (shipped(), rates_of(&[]));
    let mut maker = FeatureMaker::new(&scoring, &rates);
    let mut label = |days| maker.before_outcome(&events, at(days)).map(|pair| pair.converted);
    assert_eq!([2.5, 3.5, 9.0].map(&mut label), [None, Some(false), Some(true)]);
}

fn decision(city: &str, decided: f64, converted: Option<f64>) -> Decision<'_> {
    Decision { at: at(decided), converted_at: converted.map(at), city: Some(city) }
}

#[test]
fn a_citys_rate_is_drawn_towards_that_of_all() {
    let mut decisions = vec![decision("Delhi", 1.0, None); 60];
    decisions.extend([decision("pune", 1.0, Some(1.0)); 40]);
    let rates = rates_of(&decisions);
    let rate = |city, days| rates.rate(city, at(days), None);
    assert_eq!(rate(Some(" Pune"), 2.0), Some((40.0 + 50.0 * 0.4) / 90.0));
    assert_eq!(rate(Some("DELHI"), 2.0), Some((50.0 * 0.4) / 110.0));
    assert_eq!((rate(Some("Agra"), 2.0), rate(None, 2.0)), (Some(0.4), Some(0.4)));
    assert_eq!(rate(Some("Pune"), 0.5), None);
}

#[test]
fn a_leads_own_outcome_is_left_out_of_its_citys_rate() {
    let others = vec![
        decision("Pune", 1.0, Some(1.0)),
        decision("Pune", 1.0, None),
        decision("Pune", 1.0, Some(3.0)),
        decision("Delhi", 1.0, Some(1.0)),
        decision("Delhi", 1.0, None),
    ];
    // It converts after it was lost.
    let own = decision("Pune", 2.0, Some(4.0));
    let without = rates_of(&others);
    let with = rates_of(&[&others[..], &[own]].concat());
    for days in [1.5, 2.5, 3.5, 4.5] {
        for city in ["Pune", "Delhi"] {
            let expected = without.rate(Some(city), at(days), None);
            assert_eq!(with.rate(Some(city), at(days), Some(&own)), expected, "{city} {days}");
        }
    }
    assert_eq!(rates_of(&[own]).rate(Some("Pune"), at(5.0), Some(&own)), None);
}

#[test]
fn histories_merge() {
    let decisions =
        [decision("Pune", 1.0, None), decision("Delhi", 2.0, Some(3.0)), decision("Pune", 0.5, Some(1.0))];
    let mut parts = [LocationHistory::default(), LocationHistory::default()];
    decisions.iter().enumerate().for_each(|(number, decision)| parts[number % 2].learn(decision));
    let [mut merged, other] = parts;
    merged.merge(other);
    assert_eq!(merged.into_rates(50.0), rates_of(&decisions));
}
