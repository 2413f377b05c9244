//! A decimal number as written, turned into integers exactly: never by way of a float.

use super::Fault;

/// The most decimal digits that an `i128` column can promise.
const MOST_DIGITS: i64 = 38;

/// A number split into its parts; digits are ASCII.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i64,
}

impl<'a> Literal<'a> {
    /// Reads an optional sign, digits with an optional point, and an optional exponent.
    pub fn parse(written: &'a str) -> Option<Self> {
        let (negative, unsigned) = split_sign(written);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return None,
            None => (mantissa, ""),
        };
        let bare_fraction = whole.is_empty() && !fraction.is_empty();
        (bare_fraction || is_digits(whole)).then_some(Self { negative, whole, fraction, exponent })
    }

    /// Reads an unsigned amount whose thousands may be grouped, in the western (1,000,000) or the Indian
    /// (10,00,000) way.
    pub fn parse_grouped(written: &'a str) -> Option<Self> {
        let (whole, fraction) = match written.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return None,
            None => (written, ""),
        };
        is_grouped(whole).then_some(Self { negative: false, whole, fraction, exponent: 0 })
    }

    pub fn times_ten_to(self, power: u8) -> Self {
        Self { exponent: self.exponent.saturating_add(i64::from(power)), ..self }
    }

    /// The value times ten to the `scale`, when that is whole and has at most `precision` digits.
    pub fn unscaled(self, precision: u8, scale: i8) -> Result<i128, Fault> {
        let mut significant: u128 = 0;
        let mut count: i64 = 0;
        let mut zeros: i64 = 0;
        for digit in self.digits() {
            if digit == 0 {
                zeros += 1;
                continue;
            }
            // Zeros count only once a digit follows: leading ones mean nothing, trailing ones are part of the power.
            let step = if count == 0 { 1 } else { zeros + 1 };
            zeros = 0;
            count = count.saturating_add(step);
            if count <= MOST_DIGITS {
                significant = significant * power_of_ten(step) + u128::from(digit);
            }
        }
        if count == 0 {
            return Ok(0);
        }
        let fraction_digits = i64::try_from(self.fraction.len()).unwrap_or(i64::MAX);
        let power = self
            .exponent
            .saturating_sub(fraction_digits)
            .saturating_add(i64::from(scale))
            .saturating_add(zeros);
        if power < 0 {
            return Err(Fault::TooPrecise);
        }
        if count.saturating_add(power) > MOST_DIGITS.min(i64::from(precision)) {
            return Err(Fault::OutOfRange);
        }
        let magnitude =
            i128::try_from(significant * power_of_ten(power)).map_err(|_too_large| Fault::OutOfRange)?;
        Ok(if self.negative { -magnitude } else { magnitude })
    }

    fn digits(self) -> impl Iterator<Item = u8> {
        let written = self.whole.bytes().chain(self.fraction.bytes());
        written.filter(u8::is_ascii_digit).map(|digit| digit - b'0')
    }
}

/// Ten to a `power` of at most [`MOST_DIGITS`], which fits.
fn power_of_ten(power: i64) -> u128 {
    u32::try_from(power).ok().and_then(|power| 10_u128.checked_pow(power)).unwrap_or(u128::MAX)
}

fn split_sign(written: &str) -> (bool, &str) {
    match written.as_bytes().first() {
        Some(b'-') => (true, written.get(1..).unwrap_or_default()),
        Some(b'+') => (false, written.get(1..).unwrap_or_default()),
        _ => (false, written),
    }
}

/// An exponent too large for 64 bits is as good as the largest: the value is out of range either way, or zero.
fn parse_exponent(written: &str) -> Option<i64> {
    let (negative, digits) = split_sign(written);
    if !is_digits(digits) {
        return None;
    }
    let magnitude: i64 = digits.parse().unwrap_or(i64::MAX);
    Some(if negative { -magnitude } else { magnitude })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_grouped(whole: &str) -> bool {
    let Some((front, last)) = whole.rsplit_once(',') else {
        return is_digits(whole);
    };
    let mut groups = front.split(',');
    let first_fits = groups.next().is_some_and(|first| is_digits(first) && first.len() <= 3);
    let mut middle = groups.clone();
    let western = middle.all(|group| is_digits(group) && group.len() == 3);
    let indian = groups.all(|group| is_digits(group) && group.len() == 2);
    first_fits && (western || indian) && is_digits(last) && last.len() == 3
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::Literal;
    use crate::field::Fault;

    #[test_case("0", Ok(0))]
    #[test_case("-0.0e9999999999999999999999", Ok(0); "zero whatever its exponent")]
    #[test_case("134.0", Ok(13_400))]
    #[test_case("+1290.5", Ok(129_050))]
    #[test_case("-0.01", Ok(-1))]
    #[test_case(".5", Ok(50))]
    #[test_case("1.2345e2", Ok(12_345))]
    #[test_case("1000000e-4", Ok(10_000))]
    #[test_case("00000000000000000000000000000000000000000000007", Ok(700); "leading zeros")]
    #[test_case("7.00000000000000000000000000000000000000000000", Ok(700); "trailing zeros")]
    #[test_case("9999999999999999.99", Ok(999_999_999_999_999_999))]
    #[test_case("10000000000000000", Err(Fault::OutOfRange))]
    #[test_case("1e400", Err(Fault::OutOfRange))]
    #[test_case("1e99999999999999999999999", Err(Fault::OutOfRange); "exponent past 64 bits")]
    #[test_case("1e-99999999999999999999999", Err(Fault::TooPrecise); "negative exponent past 64 bits")]
    #[test_case("0.001", Err(Fault::TooPrecise))]
    #[test_case("123456789012345678901234567890123456789012345", Err(Fault::OutOfRange); "more digits than fit")]
    fn is_exact_in_two_places_and_eighteen_digits(written: &str, expected: Result<i128, Fault>) {
        assert_eq!(Literal::parse(written).unwrap().unscaled(18, 2), expected);
    }

    #[test_case("99999999999999999999999999999999999999", 38, 0, Ok(10_i128.pow(38) - 1); "the widest decimal")]
    #[test_case("-1e37", 38, 0, Ok(-10_i128.pow(37)))]
    #[test_case("1e38", 38, 0, Err(Fault::OutOfRange))]
    #[test_case("1e38", 255, 0, Err(Fault::OutOfRange); "no precision goes past 38")]
    #[test_case("1200", 5, -2, Ok(12))]
    #[test_case("1250", 5, -2, Err(Fault::TooPrecise))]
    fn keeps_to_the_columns_shape(written: &str, precision: u8, scale: i8, expected: Result<i128, Fault>) {
        assert_eq!(Literal::parse(written).unwrap().unscaled(precision, scale), expected);
    }

    #[test_case("")]
    #[test_case("-")]
    #[test_case(".")]
    #[test_case("48.")]
    #[test_case("1.2.3")]
    #[test_case("1e")]
    #[test_case("1e+")]
    #[test_case("e5")]
    #[test_case("--1")]
    #[test_case("1,000")]
    #[test_case("0x10")]
    #[test_case("1_000")]
    #[test_case("١٢"; "digits of another script")]
    #[test_case("NaN")]
    #[test_case("inf")]
    #[test_case("1 2")]
    fn refuses_what_is_not_a_plain_number(written: &str) {
        assert!(Literal::parse(written).is_none());
    }

    #[test_case("80,000", Some(8_000_000))]
    #[test_case("1,00,000", Some(10_000_000))]
    #[test_case("12,34,56,789.5", Some(12_345_678_950))]
    #[test_case("1,234,567", Some(123_456_700))]
    #[test_case("1,5", None)]
    #[test_case("1,00,00", None)]
    #[test_case("1,00,000,000", None; "groups of both kinds")]
    #[test_case("1000,000", None)]
    #[test_case(",000", None)]
    #[test_case("1,,000", None)]
    #[test_case("-1,000", None)]
    fn groups_thousands_in_one_way_at_a_time(written: &str, expected: Option<i128>) {
        let read = Literal::parse_grouped(written).map(|literal| literal.unscaled(18, 2).unwrap());
        assert_eq!(read, expected);
    }
}
