//! Floating-point numbers.

use super::literal::Literal;
use super::{Fault, Misread, Scalar, Wanted};

/// Reads the nearest finite double. Zero has no sign, so that equal values are equal bytes.
pub fn read(scalar: Scalar) -> Result<Option<f64>, Misread> {
    let Some(written) = scalar.written(Wanted::Double)? else {
        return Ok(None);
    };
    let value = parse(written).map_err(|fault| Wanted::Double.misread(fault))?;
    Ok(Some(value))
}

fn parse(written: &str) -> Result<f64, Fault> {
    // The standard parser also takes "inf", "nan" and "1.".
    if Literal::parse(written).is_none() {
        return Err(Fault::NotANumber);
    }
    let value: f64 = written.parse().map_err(|_not_a_float| Fault::NotANumber)?;
    if !value.is_finite() {
        return Err(Fault::OutOfRange);
    }
    Ok(value + 0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use test_case::test_case;

    use super::read;
    use crate::field::Scalar;

    #[test_case("134.0", Ok(134.0))]
    #[test_case("1e3", Ok(1000.0))]
    #[test_case("0.1", Ok(0.1))]
    #[test_case("1e-400", Ok(0.0))]
    #[test_case("1e400", Err("out_of_range"))]
    #[test_case("-1e309", Err("out_of_range"))]
    fn reads_numbers_and_the_same_as_text(written: &str, expected: Result<f64, &str>) {
        for scalar in [Scalar::Number(written), Scalar::Text(written)] {
            assert_eq!(read(scalar).map_err(|misread| misread.code()), expected.map(Some));
        }
    }

    #[test_case("NaN")]
    #[test_case("inf")]
    #[test_case("-Infinity")]
    #[test_case("1,5")]
    #[test_case("1.")]
    fn refuses_other_text(text: &str) {
        assert_eq!(read(Scalar::Text(text)).map_err(|misread| misread.code()), Err("not_a_number"));
    }

    #[test]
    fn zero_has_no_sign() {
        let zero = read(Scalar::Number("-0.0")).unwrap().unwrap();
        assert_eq!(zero.to_bits(), 0.0_f64.to_bits());
    }

    proptest! {
        #[test]
        fn every_double_is_read_back(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            prop_assert_eq!(read(Scalar::Text(&value.to_string())), Ok(Some(value)));
            let exponential = format!("{value:e}");
            prop_assert_eq!(read(Scalar::Number(&exponential)), Ok(Some(value)));
        }
    }
}
