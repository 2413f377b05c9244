//! Ranges of money, as people and forms write them.

use super::literal::Literal;
use super::phrase::Phrase;
use super::{Fault, Misread, Scalar, Wanted};

/// A range with at least one end; both ends belong to it. Unscaled decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range(Ends);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Both { low: i128, high: i128 },
    Low(i128),
    High(i128),
}

impl Range {
    /// `None` when the range is open below.
    pub fn low(self) -> Option<i128> {
        match self.0 {
            Ends::Both { low, .. } | Ends::Low(low) => Some(low),
            Ends::High(_) => None,
        }
    }

    /// `None` when the range is open above.
    pub fn high(self) -> Option<i128> {
        match self.0 {
            Ends::Both { high, .. } | Ends::High(high) => Some(high),
            Ends::Low(_) => None,
        }
    }
}

/// The columns' decimal type.
#[derive(Debug, Clone, Copy)]
struct Shape {
    precision: u8,
    scale: i8,
}

/// The powers of ten that words for amounts stand for.
const UNITS: &[(&[&str], u8)] = &[
    (&["k", "thousand"], 3),
    (&["l", "lakh", "lakhs", "lac", "lacs"], 5),
    (&["m", "mn", "million"], 6),
    (&["cr", "crore", "crores"], 7),
];
const CURRENCY_WORDS: &[&str] = &["INR", "Rs", "rupees", "USD", "EUR"];
const CURRENCY_SIGNS: &[char] = &['₹', '$', '€'];

/// Reads `80k-100k`, `₹80,000 – ₹1,00,000`, `80-100k` (both thousands), `1.5 lakh`, `80k+`, `under 50k`, or one
/// amount, which is a range of itself. Which currency is not looked at.
pub fn read(scalar: Scalar, precision: u8, scale: i8) -> Result<Option<Range>, Misread> {
    let Some(written) = scalar.written(Wanted::Range)? else {
        return Ok(None);
    };
    let range = parse(written, Shape { precision, scale }).map_err(|fault| Wanted::Range.misread(fault))?;
    Ok(Some(Range(range)))
}

fn parse(written: &str, shape: Shape) -> Result<Ends, Fault> {
    if let Some(literal) = Literal::parse(written) {
        let value = shape.fit(literal)?;
        return Ok(Ends::Both { low: value, high: value });
    }
    let mut phrase = Phrase::new(written);
    let ends = parse_ends(&mut phrase, shape)?;
    if !phrase.is_at_end() {
        return Err(Fault::NotARange);
    }
    Ok(ends)
}

fn parse_ends(phrase: &mut Phrase, shape: Shape) -> Result<Ends, Fault> {
    let starts_plainly = phrase.next_is_number();
    if !starts_plainly && takes_at_most(phrase) {
        return Ok(Ends::High(shape.fit(parse_amount(phrase)?.value())?));
    }
    if !starts_plainly && takes_at_least(phrase) {
        return Ok(Ends::Low(shape.fit(parse_amount(phrase)?.value())?));
    }
    let first = parse_amount(phrase)?;
    if phrase.mark(&['+']) || takes_and_above(phrase) {
        return Ok(Ends::Low(shape.fit(first.value())?));
    }
    if !phrase.dash_or_to() {
        let value = shape.fit(first.value())?;
        return Ok(Ends::Both { low: value, high: value });
    }
    let second = parse_amount(phrase)?;
    let high = shape.fit(second.value())?;
    let low = low_end(first, second, high, shape)?;
    if low > high {
        return Err(Fault::RangeReversed);
    }
    Ok(Ends::Both { low, high })
}

/// In `80-100k` the unit is said once for both; in `50000-1 lakh` it is not, or the range would be reversed.
fn low_end(first: Amount, second: Amount, high: i128, shape: Shape) -> Result<i128, Fault> {
    if let (None, Some(unit)) = (first.unit, second.unit)
        && let Ok(low) = shape.fit(first.number.times_ten_to(unit))
        && low <= high
    {
        return Ok(low);
    }
    shape.fit(first.value())
}

fn takes_at_most(phrase: &mut Phrase) -> bool {
    if phrase.mark(&['<']) {
        phrase.mark(&['=']);
        return true;
    }
    phrase.mark(&['≤'])
        || phrase.word(&["under", "below", "upto", "within"])
        || phrase.words("up", "to")
        || phrase.words("less", "than")
        || phrase.words("at", "most")
}

fn takes_at_least(phrase: &mut Phrase) -> bool {
    if phrase.mark(&['>']) {
        phrase.mark(&['=']);
        return true;
    }
    phrase.mark(&['≥'])
        || phrase.word(&["over", "above"])
        || phrase.words("more", "than")
        || phrase.words("at", "least")
}

fn takes_and_above(phrase: &mut Phrase) -> bool {
    phrase.word(&["plus", "onwards"])
        || phrase.words("and", "above")
        || phrase.words("or", "above")
        || phrase.words("or", "more")
}

#[derive(Debug, Clone, Copy)]
struct Amount<'a> {
    number: Literal<'a>,
    /// A power of ten.
    unit: Option<u8>,
}

impl<'a> Amount<'a> {
    fn value(self) -> Literal<'a> {
        self.number.times_ten_to(self.unit.unwrap_or(0))
    }
}

fn parse_amount<'a>(phrase: &mut Phrase<'a>) -> Result<Amount<'a>, Fault> {
    skip_currency(phrase);
    let number = phrase.number().and_then(Literal::parse_grouped).ok_or(Fault::NotARange)?;
    let unit = phrase.meaning(UNITS);
    skip_currency(phrase);
    skip_nothing_after_the_rupees(phrase);
    Ok(Amount { number, unit })
}

fn skip_currency(phrase: &mut Phrase) {
    if phrase.word(CURRENCY_WORDS) {
        phrase.mark(&['.']);
    }
    phrase.mark(CURRENCY_SIGNS);
}

/// `50,000/-`: rupees, and no paise.
fn skip_nothing_after_the_rupees(phrase: &mut Phrase) {
    let mut ahead = phrase.clone();
    if ahead.mark(&['/']) && ahead.mark(&['-']) {
        *phrase = ahead;
    }
}

impl Shape {
    fn fit(self, literal: Literal) -> Result<i128, Fault> {
        literal.unscaled(self.precision, self.scale)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use test_case::test_case;

    use super::read;
    use crate::field::Scalar;

    fn ends(scalar: Scalar) -> Result<(Option<i128>, Option<i128>), &'static str> {
        let range = read(scalar, 18, 0).map_err(|misread| misread.code())?.unwrap();
        Ok((range.low(), range.high()))
    }

    #[test_case("80000-100000", 80_000, 100_000)]
    #[test_case("80k-100k", 80_000, 100_000)]
    #[test_case("80-100k", 80_000, 100_000)]
    #[test_case("80K to 100K", 80_000, 100_000)]
    #[test_case("80,000 - 1,00,000", 80_000, 100_000)]
    #[test_case("₹80k–1L", 80_000, 100_000)]
    #[test_case("₹ 80k — ₹ 1 lakh", 80_000, 100_000)]
    #[test_case("Rs. 80,000/- to Rs. 1,00,000/-", 80_000, 100_000)]
    #[test_case("INR 80000 - INR 100000", 80_000, 100_000)]
    #[test_case("80k INR-100k INR", 80_000, 100_000)]
    #[test_case("$1,000-$2,500", 1_000, 2_500)]
    #[test_case("50000-1 lakh", 50_000, 100_000)]
    #[test_case("500-1k", 500, 1_000)]
    #[test_case("5-10 lakhs", 500_000, 1_000_000)]
    #[test_case("0-50k", 0, 50_000)]
    #[test_case("1.5 lakh", 150_000, 150_000)]
    #[test_case("2 cr", 20_000_000, 20_000_000)]
    #[test_case("1,50,000", 150_000, 150_000)]
    #[test_case(" 80000 ", 80_000, 80_000)]
    #[test_case("8e4", 80_000, 80_000)]
    #[test_case("80k-80k", 80_000, 80_000)]
    fn reads_both_ends(text: &str, low: i128, high: i128) {
        assert_eq!(ends(Scalar::Text(text)), Ok((Some(low), Some(high))));
    }

    #[test_case("80k+", Some(80_000), None)]
    #[test_case(">50000", Some(50_000), None)]
    #[test_case(">= ₹50,000", Some(50_000), None)]
    #[test_case("above 50k", Some(50_000), None)]
    #[test_case("More than 1 Lakh", Some(100_000), None)]
    #[test_case("1 lakh and above", Some(100_000), None)]
    #[test_case("<50k", None, Some(50_000))]
    #[test_case("≤ 50k", None, Some(50_000))]
    #[test_case("under 50k", None, Some(50_000))]
    #[test_case("up to 50k", None, Some(50_000))]
    #[test_case("upto Rs.50,000", None, Some(50_000))]
    #[test_case("less than 50 thousand", None, Some(50_000))]
    fn reads_one_end(text: &str, low: Option<i128>, high: Option<i128>) {
        assert_eq!(ends(Scalar::Text(text)), Ok((low, high)));
    }

    #[test_case("100k-80k", "range_reversed")]
    #[test_case("80k-100", "range_reversed"; "a unit does not carry over to the right")]
    #[test_case("99999999999999999999-2", "out_of_range")]
    #[test_case("1000000000000 cr", "out_of_range")]
    #[test_case("80.5-100", "too_precise")]
    #[test_case("flexible", "not_a_range")]
    #[test_case("80k-", "not_a_range")]
    #[test_case("-80k", "not_a_range")]
    #[test_case("80k-100k-120k", "not_a_range")]
    #[test_case("80k 100k", "not_a_range")]
    #[test_case("80k-100k per month", "not_a_range")]
    #[test_case("1,5 lakh", "not_a_range")]
    #[test_case("8.0.0-9", "not_a_range")]
    #[test_case("under", "not_a_range")]
    #[test_case("<>50k", "not_a_range")]
    #[test_case("up 50k", "not_a_range")]
    #[test_case("80kk", "not_a_range")]
    #[test_case("8e4-9e4", "not_a_range")]
    #[test_case("८०-१००", "not_a_range"; "digits of another script")]
    fn refuses_what_is_no_range(text: &str, code: &str) {
        assert_eq!(ends(Scalar::Text(text)), Err(code));
    }

    #[test]
    fn a_number_is_a_range_of_itself() {
        assert_eq!(ends(Scalar::Number("89900.0")), Ok((Some(89_900), Some(89_900))));
    }

    proptest! {
        #[test]
        fn every_range_is_read_back(low in 0_u32..1_000_000, width in 0_u32..1_000_000) {
            let high = low + width;
            let expected = Ok((Some(i128::from(low)), Some(i128::from(high))));
            prop_assert_eq!(ends(Scalar::Text(&format!("{low}-{high}"))), expected);
            let thousands = Ok((Some(i128::from(low) * 1000), Some(i128::from(high) * 1000)));
            prop_assert_eq!(ends(Scalar::Text(&format!("₹{low}k – ₹{high}K"))), thousands);
            prop_assert_eq!(ends(Scalar::Text(&format!("{low}-{high}k"))), thousands);
        }
    }
}
