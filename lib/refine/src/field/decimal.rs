//! Decimal numbers of a fixed scale, as unscaled integers.

use super::literal::Literal;
use super::{Fault, Misread, Scalar, Wanted};

/// Reads a number, or text that writes one, as its value times ten to the `scale`. Exact: a value with more
/// digits after the point than the scale holds is refused, not rounded.
pub fn read(scalar: Scalar, precision: u8, scale: i8) -> Result<Option<i128>, Misread> {
    let Some(written) = scalar.written(Wanted::Decimal)? else {
        return Ok(None);
    };
    let value = Literal::parse(written)
        .ok_or(Fault::NotANumber)
        .and_then(|literal| literal.unscaled(precision, scale))
        .map_err(|fault| Wanted::Decimal.misread(fault))?;
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use test_case::test_case;

    use super::read;
    use crate::field::Scalar;

    #[test_case("89900", Ok(8_990_000))]
    #[test_case("134.0", Ok(13_400))]
    #[test_case("0.1", Ok(10))]
    #[test_case("8.99e4", Ok(8_990_000))]
    #[test_case("-12.34", Ok(-1_234))]
    #[test_case("134.005", Err("too_precise"))]
    #[test_case("1e17", Err("out_of_range"))]
    fn reads_numbers_and_the_same_as_text(written: &str, expected: Result<i128, &str>) {
        let padded = format!("\u{a0}{written} ");
        for scalar in [Scalar::Number(written), Scalar::Text(&padded)] {
            assert_eq!(read(scalar, 18, 2).map_err(|misread| misread.code()), expected.map(Some));
        }
    }

    #[test_case("1,000.00")]
    #[test_case("₹134")]
    #[test_case("134 INR")]
    #[test_case("NaN")]
    #[test_case("-Infinity")]
    fn refuses_other_text(text: &str) {
        assert_eq!(read(Scalar::Text(text), 18, 2).map_err(|misread| misread.code()), Err("not_a_number"));
    }

    proptest! {
        #[test]
        fn every_decimal_is_read_back(unscaled in -(10_i128.pow(37))..10_i128.pow(37), scale in 0_u32..=20) {
            let one = 10_u128.pow(scale);
            let (whole, fraction) = (unscaled.unsigned_abs() / one, unscaled.unsigned_abs() % one);
            let sign = if unscaled < 0 { "-" } else { "" };
            let width = scale as usize;
            let written = if width == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction:0width$}") };
            let exponential = format!("{unscaled}e-{scale}");
            let scale = i8::try_from(scale).unwrap();
            prop_assert_eq!(read(Scalar::Number(&written), 38, scale), Ok(Some(unscaled)));
            prop_assert_eq!(read(Scalar::Text(&exponential), 38, scale), Ok(Some(unscaled)));
        }
    }
}
