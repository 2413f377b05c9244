//! The largest reasons of a score in words for whoever calls the lead.

use std::cmp::Reverse;
use std::fmt;

use crate::model::{Reason, ReasonCode, ReasonValue};
use crate::points::Points;

/// More would not be read.
const MOST_TOLD: usize = 3;

/// The reasons with the most points, up or down; of equal ones those that come first.
#[derive(Debug, Clone, Copy)]
pub struct Why<'r>(pub &'r [Reason<'r>]);

/// One reason, such as `+375 for 250 webinar minutes`.
struct InWords<'r>(&'r Reason<'r>);

/// With their sign and without zeros at the end.
struct Signed(Points);

/// So many of something.
struct Counted<'r> {
    value: ReasonValue<'r>,
    one: &'static str,
    many: &'static str,
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told: [Option<&Reason<'_>>; MOST_TOLD] = [None; MOST_TOLD];
        for reason in self.0 {
            insert(&mut told, reason);
        }
        let mut told = told.into_iter().flatten();
        let Some(first) = told.next() else { return formatter.write_str("no reason yet") };
        InWords(first).fmt(formatter)?;
        for reason in told {
            formatter.write_str(", ")?;
            InWords(reason).fmt(formatter)?;
        }
        Ok(())
    }
}

/// Keeps the largest in order; what falls out at the end is not told.
fn insert<'r>(told: &mut [Option<&'r Reason<'r>>], reason: &'r Reason<'r>) {
    let size = |reason: &Reason<'_>| reason.points.0.unsigned_abs();
    let place = told
        .partition_point(|other| other.is_some_and(|other| Reverse(size(other)) <= Reverse(size(reason))));
    if let Some(moved) = told.get_mut(place..)
        && let Some(last) = moved.last_mut()
    {
        *last = Some(reason);
        moved.rotate_right(1);
    }
}

impl fmt::Display for InWords<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason { code, points, value } = *self.0;
        Signed(points).fmt(formatter)?;
        formatter.write_str(" for ")?;
        let counted = |one, many| Counted { value, one, many };
        match code {
            ReasonCode::Source => {
                formatter.write_str("coming by ")?;
                value.fmt(formatter)
            }
            ReasonCode::WebinarMinutes => counted("webinar minute", "webinar minutes").fmt(formatter),
            ReasonCode::QuestionsAsked => counted("question asked", "questions asked").fmt(formatter),
            ReasonCode::Forms => counted("form sent", "forms sent").fmt(formatter),
            ReasonCode::Visits => counted("visit", "visits").fmt(formatter),
            ReasonCode::PurchaseTimeframe => {
                formatter.write_str("buying within ")?;
                counted("day", "days").fmt(formatter)
            }
            ReasonCode::DisposableAddress => formatter.write_str("a throw-away address"),
        }
    }
}

impl fmt::Display for Counted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, one, many } = self;
        value.fmt(formatter)?;
        formatter.write_str(" ")?;
        formatter.write_str(if *value == ReasonValue::Number(1) { one } else { many })
    }
}

impl fmt::Display for ReasonValue<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Number(number) => number.fmt(formatter),
        }
    }
}

impl fmt::Display for Signed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Points(hundredths)) = self;
        formatter.write_str(if *hundredths < 0 { "-" } else { "+" })?;
        (hundredths.unsigned_abs() / 100).fmt(formatter)?;
        match hundredths.unsigned_abs() % 100 {
            0 => Ok(()),
            rest if rest % 10 == 0 => write!(formatter, ".{}", rest / 10),
            rest => write!(formatter, ".{rest:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use ReasonCode::*;
    use ReasonValue::{Number, Text};

    fn why(reasons: &[(ReasonCode, i64, ReasonValue<'_>)]) -> String {
        let reasons: Vec<Reason<'_>> =
            reasons.iter().map(|(code, points, value)| Reason::of(*code, Points(*points), *value)).collect();
        Why(&reasons).to_string()
    }

    #[test]
    fn reasons_read_as_sales_would_say_them() {
        let told = [
            why(&[]),
            why(&[
                (Source, 2_000, Text("webinar")),
                (WebinarMinutes, 37_500, Number(250)),
                (PurchaseTimeframe, 3_000, Number(30)),
            ]),
            why(&[
                (Source, 2_000, Text("roadshow")),
                (QuestionsAsked, 150, Number(1)),
                (Forms, -2_000, Number(2)),
                (Visits, 2_000, Number(1)),
                (DisposableAddress, -2_000, Text("true")),
            ]),
            why(&[
                (WebinarMinutes, 5, Number(1)),
                (QuestionsAsked, -1_050, Number(7)),
                (PurchaseTimeframe, 300_010, Number(1)),
            ]),
            why(&[
                (Forms, 1, Number(1)),
                (Visits, -90, Number(3)),
                (DisposableAddress, -2_000, Text("true")),
            ]),
        ];
        assert_snapshot!(told.join("\n"), @r"
        no reason yet
        +375 for 250 webinar minutes, +30 for buying within 30 days, +20 for coming by webinar
        +20 for coming by roadshow, -20 for 2 forms sent, +20 for 1 visit
        +3000.1 for buying within 1 day, -10.5 for 7 questions asked, +0.05 for 1 webinar minute
        -20 for a throw-away address, -0.9 for 3 visits, +0.01 for 1 form sent
        ");
    }

    proptest! {
        #[test]
        fn the_largest_are_told_in_their_order(
            points in proptest::collection::vec(select(vec![-300_i64, -200, -100, 100, 200, 300]), 0..8),
        ) {
            let reasons: Vec<Reason<'_>> = (0..)
                .zip(&points)
                .map(|(number, points)| Reason::of(Visits, Points(*points), Number(number)))
                .collect();
            let mut largest = reasons.clone();
            largest.sort_by_key(|reason| Reverse(reason.points.0.unsigned_abs()));
            let told: Vec<String> =
                largest.iter().take(MOST_TOLD).map(|reason| InWords(reason).to_string()).collect();
            let expected = if told.is_empty() { "no reason yet".to_owned() } else { told.join(", ") };
            prop_assert_eq!(Why(&reasons).to_string(), expected);
        }
    }
}
