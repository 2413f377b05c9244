//! Text, trimmed and in one Unicode form, so that what looks equal is equal.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{Fault, Misread, Scalar, Wanted, present};

/// Reads text, and numbers and booleans as they are written. Tabs and line ends may stand inside; other control
/// characters are refused, because they are damage and corrupt what shows them.
pub fn read(scalar: Scalar<'_>) -> Result<Option<Cow<'_, str>>, Misread> {
    let text = match scalar {
        Scalar::Null => return Ok(None),
        Scalar::Bool(true) => return Ok(Some(Cow::Borrowed("true"))),
        Scalar::Bool(false) => return Ok(Some(Cow::Borrowed("false"))),
        Scalar::Number(written) => return Ok(Some(Cow::Borrowed(written))),
        Scalar::Text(text) => text,
        Scalar::Nested => return Err(Wanted::Text.misread(Fault::WrongType)),
    };
    if is_plain(text) {
        return Ok(Some(Cow::Borrowed(text)));
    }
    let Some(trimmed) = present(text) else {
        return Ok(None);
    };
    if trimmed.bytes().any(is_refused_control) {
        return Err(Wanted::Text.misread(Fault::ControlCharacter));
    }
    Ok(Some(composed(trimmed)))
}

/// Printable ASCII without space around it, which nearly all text is. Folded, not searched, so that it is done for
/// many bytes at once.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has_space_around = !matches!((bytes.first(), bytes.last()), (Some(b'!'..), Some(b'!'..)));
    !has_space_around && bytes.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
}

/// Normalisation form C: `é` is one character, whichever keyboard wrote it.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

/// Of UTF-8, only ASCII characters have bytes below 0x80.
fn is_refused_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;
    use test_case::test_case;
    use unicode_normalization::UnicodeNormalization;

    use super::read;
    use crate::field::{Fault, Misread, Scalar, Wanted};

    #[test_case("Amit Kumar", "Amit Kumar")]
    #[test_case("\u{2003} Amit \u{a0}\r\n", "Amit"; "every space of Unicode is trimmed")]
    #[test_case("two\tcells\r\nand lines", "two\tcells\r\nand lines")]
    #[test_case("Jose\u{301}", "Jos\u{e9}"; "composed")]
    #[test_case("\u{212b}ngstr\u{f6}m", "\u{c5}ngstr\u{f6}m"; "compatible sign")]
    #[test_case("अमित कुमार", "अमित कुमार")]
    #[test_case("👩\u{200d}💻", "👩\u{200d}💻"; "joined emoji")]
    fn tidies_text(text: &str, expected: &str) {
        assert_eq!(read(Scalar::Text(text)).unwrap().as_deref(), Some(expected));
    }

    #[test_case("a\0b")]
    #[test_case("\u{1b}[31mred")]
    #[test_case("del\u{7f}ete")]
    #[test_case("प\u{8}"; "after other scripts too")]
    fn refuses_control_characters(text: &str) {
        assert_eq!(read(Scalar::Text(text)).map_err(|misread| misread.code()), Err("control_character"));
    }

    #[test_case(Scalar::Number("48.0"), "48.0")]
    #[test_case(Scalar::Number("1e400"), "1e400")]
    #[test_case(Scalar::Bool(true), "true")]
    #[test_case(Scalar::Bool(false), "false")]
    fn takes_other_scalars_as_written(scalar: Scalar, expected: &str) {
        assert_eq!(read(scalar).unwrap().as_deref(), Some(expected));
    }

    /// What [`read`] means, character by character.
    fn meaning(text: &str) -> Result<Option<String>, Misread> {
        let trimmed = text.trim_matches(char::is_whitespace);
        if trimmed.chars().any(|c| (c < ' ' || c == '\u{7f}') && !['\t', '\n', '\r'].contains(&c)) {
            return Err(Wanted::Text.misread(Fault::ControlCharacter));
        }
        Ok(Some(trimmed.nfc().collect()).filter(|text: &String| !text.is_empty()))
    }

    proptest! {
        #[test]
        fn reads_as_meant_and_only_once(text in "[ -~\\t\\n]{0,20}|[a-zé\u{301}\u{a0}\u{0}ｅé\u{1161}\u{1100}]{0,8}|(?s:.{0,20})") {
            let first = read(Scalar::Text(&text));
            prop_assert_eq!(first.clone().map(|text| text.map(Cow::into_owned)), meaning(&text));
            if let Ok(Some(once)) = first {
                prop_assert_eq!(read(Scalar::Text(&once)), Ok(Some(Cow::Borrowed(once.as_ref()))));
            }
        }

        #[test]
        fn plain_ascii_is_never_copied(text in "[!-~][ -~]{0,30}[!-~]") {
            prop_assert!(matches!(read(Scalar::Text(&text)), Ok(Some(Cow::Borrowed(_)))));
        }
    }
}
