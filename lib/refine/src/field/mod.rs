//! One JSON scalar in, one typed value out. Pure, and without allocation for the spellings that are common.
//!
//! Every reader answers `Ok(None)` for a missing value (null, or text that is empty once trimmed), and a [`Misread`]
//! that says what was expected but never repeats the value: values are personal data, refusals are read by many.

pub mod boolean;
pub mod days;
pub mod decimal;
pub mod disposable;
pub mod double;
pub mod email;
pub mod integer;
mod literal;
mod misread;
pub mod phone;
mod phrase;
pub mod range;
pub mod text;
pub mod time;

pub use misread::{Fault, Misread, Wanted};

/// A JSON value as it stood in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar<'a> {
    Null,
    Bool(bool),
    /// As written, in JSON's own grammar.
    Number(&'a str),
    /// With its escapes resolved.
    Text(&'a str),
    /// An object or an array.
    Nested,
}

impl<'a> Scalar<'a> {
    /// The written form of a number or text, trimmed; `None` when it is missing.
    fn written(self, wanted: Wanted) -> Result<Option<&'a str>, Misread> {
        match self {
            Self::Null => Ok(None),
            Self::Number(written) => Ok(Some(written)),
            Self::Text(text) => Ok(present(text)),
            Self::Bool(_) | Self::Nested => Err(wanted.misread(Fault::WrongType)),
        }
    }

    /// As [`Scalar::written`], where a number would be a guess.
    fn text(self, wanted: Wanted) -> Result<Option<&'a str>, Misread> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => Ok(present(text)),
            Self::Number(_) | Self::Bool(_) | Self::Nested => Err(wanted.misread(Fault::WrongType)),
        }
    }
}

fn present(text: &str) -> Option<&str> {
    let trimmed = text.trim();
    (!trimmed.is_empty()).then_some(trimmed)
}

#[cfg(test)]
mod tests {
    use super::{
        Fault, Misread, Scalar, boolean, days, decimal, double, email, integer, phone, range, text, time,
    };

    /// Every reader with its answer's value thrown away.
    fn all(scalar: Scalar) -> Vec<(&'static str, Result<Option<()>, Misread>)> {
        let phones = phone::PhoneReader::new(Some("IN")).unwrap();
        vec![
            ("text", text::read(scalar).map(|value| value.map(drop))),
            ("integer", integer::read(scalar).map(|value| value.map(drop))),
            ("decimal", decimal::read(scalar, 18, 2).map(|value| value.map(drop))),
            ("double", double::read(scalar).map(|value| value.map(drop))),
            ("boolean", boolean::read(scalar).map(|value| value.map(drop))),
            ("timestamp", time::timestamp(scalar).map(|value| value.map(drop))),
            ("date", time::date(scalar).map(|value| value.map(drop))),
            ("email", email::read(scalar).map(|value| value.map(drop))),
            ("phone", phones.read(scalar).map(|value| value.map(drop))),
            ("range", range::read(scalar, 18, 2).map(|value| value.map(drop))),
            ("days", days::read(scalar).map(|value| value.map(drop))),
        ]
    }

    #[test]
    fn null_and_blank_text_are_missing_to_every_reader() {
        for blank in [Scalar::Null, Scalar::Text(""), Scalar::Text(" \t\r\n\u{a0}\u{2003}")] {
            for (reader, answer) in all(blank) {
                assert_eq!(answer, Ok(None), "{reader} {blank:?}");
            }
        }
    }

    #[test]
    fn objects_and_arrays_are_the_wrong_type_for_every_reader() {
        for (reader, answer) in all(Scalar::Nested) {
            assert_eq!(answer.map_err(|misread| misread.fault), Err(Fault::WrongType), "{reader}");
        }
    }

    #[test]
    fn only_text_and_booleans_are_read_from_true() {
        for (reader, answer) in all(Scalar::Bool(true)) {
            let readable = ["text", "boolean"].contains(&reader);
            assert_eq!(answer.is_ok(), readable, "{reader}");
        }
    }

    #[test]
    fn an_epoch_is_not_guessed_to_be_seconds_or_milliseconds() {
        for (reader, answer) in all(Scalar::Number("1735726530")) {
            if ["timestamp", "date", "email"].contains(&reader) {
                assert_eq!(answer.map_err(|misread| misread.code()), Err("wrong_type"), "{reader}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_reader_panic_or_a_refusal_repeat_it(text in "\\PC{0,40}|[-+0-9.,eEkKlLT:Z<>~@ ]{0,30}") {
            for (reader, answer) in all(Scalar::Text(&text)) {
                if let Err(misread) = answer && text.trim().len() > 8 {
                    proptest::prop_assert!(!misread.to_string().contains(text.trim()), "{}", reader);
                }
            }
        }
    }
}
