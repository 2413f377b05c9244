//! Yes and no.

use super::{Fault, Misread, Scalar, Wanted};

const TRUE: [&str; 3] = ["true", "yes", "1"];
const FALSE: [&str; 3] = ["false", "no", "0"];

/// Reads JSON's booleans, the numbers 0 and 1, and the words for both in any case.
pub fn read(scalar: Scalar) -> Result<Option<bool>, Misread> {
    if let Scalar::Bool(value) = scalar {
        return Ok(Some(value));
    }
    let Some(written) = scalar.written(Wanted::Boolean)? else {
        return Ok(None);
    };
    let is_one_of = |words: [&str; 3]| words.iter().any(|word| written.eq_ignore_ascii_case(word));
    if is_one_of(TRUE) {
        return Ok(Some(true));
    }
    if is_one_of(FALSE) {
        return Ok(Some(false));
    }
    Err(Wanted::Boolean.misread(Fault::NotABoolean))
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::read;
    use crate::field::Scalar;

    #[test_case(Scalar::Bool(true), Ok(true))]
    #[test_case(Scalar::Bool(false), Ok(false))]
    #[test_case(Scalar::Number("1"), Ok(true))]
    #[test_case(Scalar::Number("0"), Ok(false))]
    #[test_case(Scalar::Text(" TRUE "), Ok(true))]
    #[test_case(Scalar::Text("No"), Ok(false))]
    #[test_case(Scalar::Text("yes"), Ok(true))]
    #[test_case(Scalar::Number("2"), Err("not_a_boolean"))]
    #[test_case(Scalar::Number("-1"), Err("not_a_boolean"))]
    #[test_case(Scalar::Text("maybe"), Err("not_a_boolean"))]
    #[test_case(Scalar::Text("truefalse"), Err("not_a_boolean"))]
    fn reads_what_is_plainly_yes_or_no(scalar: Scalar, expected: Result<bool, &str>) {
        assert_eq!(read(scalar).map_err(|misread| misread.code()), expected.map(Some));
    }
}
