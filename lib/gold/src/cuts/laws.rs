//! What holds whatever is measured, in whatever order days and values come and go.

use jiff::SignedDuration;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;

const FIRST: Date = Date::constant(2025, 1, 1);
const DAYS: i8 = 6;

/// Later runs of a lake: how many hours after the one before, how many days it looks back, and what it measures.
type Steps = Vec<(u8, u8, BTreeMap<(i8, u8), Option<i8>>)>;

fn steps() -> impl Strategy<Value = Steps> {
    let measured = btree_map((0..DAYS, 0..2u8), proptest::option::of(-2..3i8), 0..10);
    vec((0..40u8, 0..6u8, measured), 1..8)
}

fn date(day: i8) -> Date {
    FIRST.saturating_add(SignedDuration::from_hours(24 * i64::from(day)))
}

fn key(day: i8, source: u8) -> CutKey {
    let dimensions = match source {
        0 => BTreeMap::new(),
        _ => BTreeMap::from([("source".to_owned(), source.to_string())]),
    };
    CutKey { kpi: "lead_volume".to_owned(), measure: "records".to_owned(), dimensions, date: date(day) }
}

fn origin(hours: i64) -> Origin {
    let as_of = Timestamp::from_second(1_735_689_600 + hours * 3600 - 1).unwrap();
    Origin { as_of, computed_at: as_of, model_version: None }
}

fn measured(value: Option<i8>) -> Measured {
    let value = value.map(f64::from);
    Measured { value, numerator: value, denominator: None }
}

fn why(_: &CutKey) -> (Because, String) {
    (Because::LateData, "1 object arrived since".to_owned())
}

/// What a run at so many hours measures: nothing after its own day, nothing before it begins to look.
fn fresh(origin: &Origin, back: u8, values: &BTreeMap<(i8, u8), Option<i8>>) -> Fresh {
    let to = day::of_instant(origin.as_of);
    let days = (day::before(to, u32::from(back)), to);
    let within = values.iter().filter(|((day, _), _)| (days.0..=days.1).contains(&date(*day)));
    let values = within.map(|((day, source), value)| (key(*day, *source), measured(*value))).collect();
    Fresh { values, looked_at: BTreeMap::from([("lead_volume".to_owned(), days)]), ..Fresh::default() }
}

fn assert_sound(history: &History) {
    for (key, cuts) in history {
        let numbers: Vec<i64> = cuts.iter().map(|cut| cut.number).collect();
        let first = numbers[0];
        assert!(first == 1 || (first == 0 && numbers.len() == 1), "{key:?}: {numbers:?}");
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{key:?}: {numbers:?}");
        assert!(cuts.windows(2).all(|pair| !pair[0].measured.is_same(&pair[1].measured)));
        assert!(cuts.iter().all(|cut| (cut.number > 1) == cut.because.is_some()));
        assert!(cuts.iter().all(|cut| (cut.number > 0) == day::is_over(key.date, cut.as_of)));
    }
}

/// The cuts that stay are a beginning of what they become.
fn assert_kept(before: &History, after: &History) {
    for (key, cuts) in before {
        let kept: Vec<&Cut> = cuts.iter().filter(|cut| cut.number > 0).collect();
        let now = after.get(key).map(Vec::as_slice).unwrap_or_default();
        assert!(now.iter().zip(&kept).all(|(now, before)| now == *before));
        assert!(now.len() >= kept.len(), "{key:?}");
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_and_the_latest_is_what_was_measured(steps in steps()) {
        let mut history = History::new();
        let mut hours = 0;
        for (later, back, values) in steps {
            hours += i64::from(later);
            let origin = origin(hours);
            let fresh = fresh(&origin, back, &values);
            let merged = merge(history.clone(), &fresh, &origin, &why);
            assert_sound(&merged.history);
            assert_kept(&history, &merged.history);

            let (_, (from, to)) = fresh.looked_at.iter().next().unwrap();
            for key in history.keys().chain(fresh.values.keys()) {
                let now = merged.history.get(key).and_then(|cuts| cuts.last());
                if !(*from..=*to).contains(&key.date) {
                    prop_assert_eq!(now, history[key].last(), "other days stay as they are");
                    continue;
                }
                let measured = fresh.values.get(key);
                match (now, measured) {
                    (Some(now), Some(measured)) => prop_assert!(now.measured.is_same(measured)),
                    (Some(now), None) => prop_assert_eq!(now.measured, Measured::NOTHING),
                    (None, measured) => prop_assert!(measured.is_none(), "{:?} was measured", key),
                }
            }

            let again = merge(merged.history.clone(), &fresh, &origin, &why);
            prop_assert_eq!(&again.history, &merged.history, "the same again changes nothing");
            prop_assert_eq!((again.cuts, again.corrections.len()), (0, 0));
            let added: usize = merged.history.values().flatten().filter(|cut| cut.number > 0).count();
            let there: usize = history.values().flatten().filter(|cut| cut.number > 0).count();
            prop_assert_eq!(merged.cuts, (added - there) as u64);
            let corrected = merged.history.values().flatten().filter(|cut| cut.number > 1).count();
            let before = history.values().flatten().filter(|cut| cut.number > 1).count();
            prop_assert_eq!(merged.corrections.len(), corrected - before);
            history = merged.history;
        }
    }

    /// What knows only of the day itself: of each day that is over the last value stays as it was, as cut 1.
    #[test]
    fn what_knows_only_now_is_closed_as_it_is(
        steps in vec((0..40u8, btree_map(0..2u8, -2..3i8, 0..3)), 1..10),
    ) {
        let mut history = History::new();
        let (mut hours, mut closed) = (0, 0);
        for (later, values) in steps {
            hours += i64::from(later);
            let origin = origin(hours);
            let today = day::of_instant(origin.as_of);
            let on = (today.duration_since(FIRST).as_hours() / 24) as i8;
            let measured = |(source, value): (&u8, &i8)| (key(on, *source), measured(Some(*value)));
            let fresh = Fresh {
                values: values.iter().map(measured).collect(),
                looked_at: values.keys().map(|_| ("lead_volume".to_owned(), (today, today))).collect(),
                only_now: BTreeSet::from(["lead_volume".to_owned()]),
            };
            let merged = merge(history.clone(), &fresh, &origin, &why);
            assert_kept(&history, &merged.history);
            for (key, cuts) in &merged.history {
                let is_over = day::is_over(key.date, origin.as_of);
                prop_assert!(cuts.iter().all(|cut| (cut.number > 0) == is_over), "{:?}", key);
                let before = history.get(key).and_then(|cuts| cuts.last());
                if let Some(before) = before.filter(|_| key.date != today) {
                    let closed = Cut { number: 1, ..before.clone() };
                    prop_assert_eq!(cuts, &[if before.number == 0 { closed } else { before.clone() }]);
                }
            }
            for key in history.keys().filter(|key| key.date != today) {
                prop_assert!(merged.history.contains_key(key), "{:?} was known", key);
            }
            closed += merged.cuts;
            history = merged.history;
        }
        let kept = history.values().flatten().filter(|cut| cut.number > 0).count();
        prop_assert_eq!(closed, kept as u64);
    }

    /// Two runs of one instant that see different days come to the same, whoever is first.
    #[test]
    fn the_order_of_rows_has_no_say(values in btree_map((0..DAYS, 0..2u8), -2..3i8, 1..10), seed in any::<u64>()) {
        let origin = origin(24 * i64::from(DAYS));
        let row = |((day, source), value): (&(i8, u8), &i8)| {
            let CutKey { measure, dimensions, date, .. } = key(*day, *source);
            let value = Some(f64::from(*value));
            KpiRow { measure, dimensions, day: Some(date), value, numerator: value, denominator: None }
        };
        let mut rows: Vec<KpiRow> = values.iter().map(row).collect();
        let days = Some((FIRST, date(DAYS)));
        let of = |rows: Vec<KpiRow>| {
            let mut fresh = Fresh::default();
            fresh.take("lead_volume", rows, days);
            merge(History::new(), &fresh, &origin, &why).history
        };
        let in_order = of(rows.clone());
        let turn = (seed % rows.len() as u64) as usize;
        rows.rotate_left(turn);
        rows.reverse();
        prop_assert_eq!(of(rows), in_order);
    }
}

#[test]
fn a_value_that_vanishes_and_comes_back_has_three_cuts() {
    let origin = origin(48);
    let there = BTreeMap::from([((0, 0), Some(2))]);
    let first = merge(History::new(), &fresh(&origin, 5, &there), &origin, &why);
    let gone = merge(first.history, &fresh(&origin, 5, &BTreeMap::new()), &origin, &why);
    assert_eq!((gone.corrections[0].from, gone.corrections[0].to), (Some(2.0), None));
    assert_eq!(gone.corrections[0].detail, "1 object arrived since; there is no such value any more");
    let back = merge(gone.history, &fresh(&origin, 5, &there), &origin, &why);
    let cuts = &back.history[&key(0, 0)];
    let told: Vec<_> = cuts.iter().map(|cut| (cut.number, cut.measured.value, cut.change)).collect();
    assert_eq!(told, [(1, Some(2.0), None), (2, None, None), (3, Some(2.0), None)]);
}

#[test]
fn counts_differ_by_one_and_shares_not_by_rounding() {
    let same = |before: f64, now: f64| is_same(Some(before), Some(now));
    assert!(!same(1e15, 1e15 + 1.0));
    assert!(same(0.1 + 0.2, 0.3) && same(0.0, -0.0) && same(1e-17, 0.0));
    assert!(!same(0.3, 0.300_000_1) && !is_same(Some(0.0), None) && is_same(None, None));
    assert!(same(60_000.000_000_000_01, 60_000.000_000_000_02));
}
