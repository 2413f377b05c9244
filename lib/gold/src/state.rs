//! Whether a day's value is worth a look.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::settings::{Bound, Check, State};

/// What is usual is seen from so many days.
const DAYS_BEFORE: usize = 7;
const FEWEST_DAYS: usize = 3;

/// A measure of one thing, day by day, with the days that are over.
pub(crate) type Series = BTreeMap<Date, Option<f64>>;

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part<'r> {
    All,
    /// Such as one source.
    One(&'r str),
}

impl<'r> Part<'r> {
    /// Nothing where the check does not look at values of these dimensions.
    pub fn of(check: &Check, dimensions: &'r BTreeMap<String, String>) -> Option<Self> {
        match (&check.by, dimensions.len()) {
            (None, 0) => Some(Self::All),
            (Some(by), 1) => dimensions.get(by).map(|part| Self::One(part)),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judgement {
    pub state: State,
    /// What is wrong, in words; nothing where all is well, or nothing is known.
    pub because: Option<String>,
}

/// The worst of what the checks say about the day. Without checks, a value is well.
pub(crate) fn worst(judgements: &[Judgement], has_value: bool) -> State {
    let of_value = if has_value { State::Ok } else { State::NoData };
    judgements.iter().map(|judgement| judgement.state).max().unwrap_or(of_value)
}

pub(crate) fn judge(check: &Check, part: Part<'_>, series: &Series, day: Date) -> Judgement {
    let unknown = Judgement { state: State::NoData, because: None };
    let Some(value) = series.get(&day).copied().flatten() else { return unknown };
    let (is_below, usual) = match check.bound {
        Bound::BelowValue => (true, None),
        Bound::AboveValue => (false, None),
        Bound::BelowUsual | Bound::AboveUsual => match usual_before(series, day) {
            Some(usual) => (check.bound == Bound::BelowUsual, Some(usual)),
            None => return unknown,
        },
    };
    let compared = value / usual.unwrap_or(1.0);
    let is_beyond = |bound: f64| if is_below { compared < bound } else { compared > bound };
    let (state, bound) = match (is_beyond(check.alarm), is_beyond(check.watch)) {
        (true, _) => (State::Alarm, check.alarm),
        (false, true) => (State::Watch, check.watch),
        (false, false) => return Judgement { state: State::Ok, because: None },
    };
    let side = if is_below { "below" } else { "above" };
    let measure = match part {
        Part::One(part) => format!("{} of {part}", check.measure),
        Part::All => check.measure.clone(),
    };
    let value = number(value);
    let word = state.as_str();
    let because = match usual {
        Some(usual) => format!(
            "{measure} was {value} on {day}, {} times the usual {}: {word} {side} {}",
            number(compared),
            number(usual),
            number(bound)
        ),
        None => format!("{measure} was {value} on {day}: {word} {side} {}", number(bound)),
    };
    Judgement { state, because: Some(because) }
}

/// The median of the last days before that had any. Days without are passed over: nothing is a share of zero, and
/// whoever is silent for long must not come to be usual.
fn usual_before(series: &Series, day: Date) -> Option<f64> {
    let before = series.range(..day).rev().filter_map(|(_, value)| *value);
    let mut values: Vec<f64> = before.filter(|value| *value > 0.0).take(DAYS_BEFORE).collect();
    if values.len() < FEWEST_DAYS {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied()?;
    match values.len() % 2 {
        0 => Some((values.get(middle.checked_sub(1)?)? + upper) / 2.0),
        _ => Some(upper),
    }
}

/// With four digits after the point at most.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" | "" => "0".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use test_case::test_case;

    use super::*;
    use crate::day;

    const DAY: Date = Date::constant(2025, 1, 20);

    fn check(bound: Bound, watch: f64, alarm: f64) -> Check {
        Check { measure: "records".to_owned(), by: None, bound, watch, alarm }
    }

    /// The last value is that of the day, the others are of the days before it.
    fn series(values: &[Option<f64>]) -> Series {
        (0..).zip(values.iter().rev()).map(|(before, value)| (day::before(DAY, before), *value)).collect()
    }

    #[test_case(Bound::BelowValue, 0.9, 0.8, 0.9 => State::Ok; "the bound itself is well")]
    #[test_case(Bound::BelowValue, 0.9, 0.8, 0.8 => State::Watch; "between the bounds")]
    #[test_case(Bound::BelowValue, 0.9, 0.8, 0.7 => State::Alarm; "below both")]
    #[test_case(Bound::AboveValue, 0.8, 0.9, 0.8 => State::Ok; "the upper bound itself is well")]
    #[test_case(Bound::AboveValue, 0.8, 0.9, 0.9 => State::Watch; "between the upper bounds")]
    #[test_case(Bound::AboveValue, 0.8, 0.9, 1.0 => State::Alarm; "above both")]
    fn a_value_is_held_against_bounds(bound: Bound, watch: f64, alarm: f64, value: f64) -> State {
        judge(&check(bound, watch, alarm), Part::All, &series(&[Some(value)]), DAY).state
    }

    #[test_case(&[Some(100.0), Some(120.0), Some(20.0)] => State::NoData; "two days are no habit")]
    #[test_case(&[Some(100.0), None, None, Some(120.0), Some(90.0), Some(20.0)] => State::Alarm; "empty days are passed over")]
    #[test_case(&[Some(0.0), Some(0.0), Some(0.0), Some(0.0)] => State::NoData; "who never had any")]
    #[test_case(&[Some(100.0), Some(100.0), Some(0.0), Some(0.0), Some(0.0)] => State::NoData; "two days with any are no habit")]
    #[test_case(&[Some(1.0), Some(1.0), Some(9.0), Some(9.0), Some(4.0)] => State::Ok; "between two in the middle")]
    #[test_case(&[Some(100.0), Some(100.0), Some(100.0), None] => State::NoData; "a day without a value")]
    fn a_value_is_held_against_what_is_usual(values: &[Option<f64>]) -> State {
        judge(&check(Bound::BelowUsual, 0.6, 0.3), Part::All, &series(values), DAY).state
    }

    #[test]
    fn whoever_falls_silent_stays_an_alarm() {
        let check = Check { by: Some("source".to_owned()), ..check(Bound::BelowUsual, 0.6, 0.3) };
        for silent_days in [1, 4, 7, 30, 90] {
            let mut values = vec![Some(100.0); 3];
            values.extend(vec![Some(0.0); silent_days]);
            let judgement = judge(&check, Part::One("webinar"), &series(&values), DAY);
            let told = "records of webinar was 0 on 2025-01-20, 0 times the usual 100: alarm below 0.3";
            assert_eq!((judgement.state, judgement.because.as_deref()), (State::Alarm, Some(told)));
        }
    }

    #[test]
    fn only_the_last_seven_days_before_are_usual() {
        let mut values = vec![Some(1.0); 5];
        values.extend([Some(100.0); 7]);
        values.push(Some(1.0));
        let judgement = judge(&check(Bound::BelowUsual, 0.6, 0.3), Part::All, &series(&values), DAY);
        assert_snapshot!(judgement.because.unwrap(), @"records was 1 on 2025-01-20, 0.01 times the usual 100: alarm below 0.3");
        let judgement = judge(&check(Bound::AboveValue, 0.5, 2.0), Part::All, &series(&values), DAY);
        assert_snapshot!(judgement.because.unwrap(), @"records was 1 on 2025-01-20: watch above 0.5");
    }

    #[test]
    fn the_worst_wins() {
        let of = |state| Judgement { state, because: None };
        let all = [of(State::Ok), of(State::Alarm), of(State::NoData), of(State::Watch)];
        assert_eq!(worst(&all, true), State::Alarm);
        assert_eq!(worst(&all[2..3], true), State::NoData);
        assert_eq!((worst(&[], true), worst(&[], false)), (State::Ok, State::NoData));
    }
}
