//! Whole numbers, however they are written.

use super::literal::Literal;
use super::{Fault, Misread, Scalar, Wanted};

/// The most digits that always fit into an `i64`.
const SAFE_DIGITS: usize = 18;
const I64_DIGITS: u8 = 19;

/// Reads `48`, `48.0`, `4.8e1` and their spellings as text; nothing is rounded.
pub fn read(scalar: Scalar) -> Result<Option<i64>, Misread> {
    let Some(written) = scalar.written(Wanted::Integer)? else {
        return Ok(None);
    };
    parse(written).map(Some).map_err(|fault| Wanted::Integer.misread(fault))
}

pub(super) fn parse(written: &str) -> Result<i64, Fault> {
    parse_plain(written.as_bytes()).map_or_else(|| parse_any(written), Ok)
}

fn parse_plain(written: &[u8]) -> Option<i64> {
    let digits = written.strip_prefix(b"-").unwrap_or(written);
    if digits.is_empty() || digits.len() > SAFE_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude = digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(if digits.len() == written.len() { magnitude } else { -magnitude })
}

fn parse_any(written: &str) -> Result<i64, Fault> {
    let literal = Literal::parse(written).ok_or(Fault::NotAnInteger)?;
    let value = literal.unscaled(I64_DIGITS, 0).map_err(|fault| match fault {
        Fault::TooPrecise => Fault::NotAnInteger,
        other => other,
    })?;
    i64::try_from(value).map_err(|_too_large| Fault::OutOfRange)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use test_case::test_case;

    use super::{parse_any, parse_plain, read};
    use crate::field::Scalar;

    #[test_case("48", Ok(48))]
    #[test_case("-48", Ok(-48))]
    #[test_case("48.0", Ok(48))]
    #[test_case("4.8e1", Ok(48))]
    #[test_case("480E-1", Ok(48))]
    #[test_case("-0", Ok(0))]
    #[test_case("9223372036854775807", Ok(i64::MAX))]
    #[test_case("-9223372036854775808", Ok(i64::MIN))]
    #[test_case("9007199254740993", Ok(9_007_199_254_740_993); "past what a float holds")]
    #[test_case("9223372036854775808", Err("out_of_range"))]
    #[test_case("1e400", Err("out_of_range"))]
    #[test_case("48.5", Err("not_an_integer"))]
    #[test_case("1e-400", Err("not_an_integer"))]
    fn reads_numbers_and_the_same_as_text(written: &str, expected: Result<i64, &str>) {
        let padded = format!(" {written}\t");
        for scalar in [Scalar::Number(written), Scalar::Text(written), Scalar::Text(&padded)] {
            assert_eq!(read(scalar).map_err(|misread| misread.code()), expected.map(Some));
        }
    }

    #[test_case("+48", Ok(48))]
    #[test_case("007", Ok(7))]
    #[test_case("1,000", Err("not_an_integer"))]
    #[test_case("48 minutes", Err("not_an_integer"))]
    #[test_case("forty", Err("not_an_integer"))]
    #[test_case("true", Err("not_an_integer"))]
    #[test_case("4 8", Err("not_an_integer"))]
    #[test_case("-", Err("not_an_integer"))]
    #[test_case("４８", Err("not_an_integer"); "full-width digits")]
    fn reads_text(text: &str, expected: Result<i64, &str>) {
        assert_eq!(read(Scalar::Text(text)).map_err(|misread| misread.code()), expected.map(Some));
    }

    proptest! {
        #[test]
        fn the_short_way_is_the_long_way(written in "-?[0-9]{0,20}|[-+.0-9e]{0,8}") {
            if let Some(value) = parse_plain(written.as_bytes()) {
                prop_assert_eq!(parse_any(&written), Ok(value));
            }
        }

        #[test]
        fn every_integer_is_read_back(value: i64) {
            prop_assert_eq!(read(Scalar::Number(&value.to_string())), Ok(Some(value)));
        }
    }
}
