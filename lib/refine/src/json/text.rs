//! Text as meant, from text as written between quotes.

use thiserror::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("half of a surrogate pair stands alone, which is no character")]
pub(crate) struct LoneSurrogate;

/// Resolves the escapes of a string body that the walk has already found well-formed.
pub(crate) fn unescape(body: &str) -> Result<String, LoneSurrogate> {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((plain, tail)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut letters = tail.chars();
        let letter = letters.next().unwrap_or('\\');
        rest = letters.as_str();
        match letter {
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'u' => {
                let (character, tail) = code_point(rest)?;
                text.push(character);
                rest = tail;
            }
            other => text.push(other),
        }
    }
    text.push_str(rest);
    Ok(text)
}

/// After `\u`: one unit, or two that make a pair.
fn code_point(rest: &str) -> Result<(char, &str), LoneSurrogate> {
    let (high, rest) = unit(rest)?;
    if let Some(character) = char::from_u32(high) {
        return Ok((character, rest));
    }
    let (low, rest) = unit(rest.strip_prefix("\\u").ok_or(LoneSurrogate)?)?;
    let is_pair = (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low);
    if !is_pair {
        return Err(LoneSurrogate);
    }
    let scalar = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    char::from_u32(scalar).map(|character| (character, rest)).ok_or(LoneSurrogate)
}

fn unit(rest: &str) -> Result<(u32, &str), LoneSurrogate> {
    let (digits, rest) = rest.split_at_checked(4).ok_or(LoneSurrogate)?;
    let value = u32::from_str_radix(digits, 16).map_err(|_| LoneSurrogate)?;
    Ok((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use test_case::test_case;

    #[test_case(r"a\nb\t\/\\\u0041", "a\nb\t/\\A"; "simple")]
    #[test_case(r"\ud83d\ude00!", "😀!"; "pair")]
    #[test_case(r"\u0000", "\0"; "nul")]
    fn escapes_mean_their_characters(body: &str, text: &str) {
        assert_eq!(unescape(body).unwrap(), text);
    }

    #[test_case(r"\ud83d"; "high alone")]
    #[test_case(r"\ude00"; "low alone")]
    #[test_case(r"\ud83dx"; "high before text")]
    #[test_case(r"\ud83d\u0041"; "high before a letter")]
    fn a_lone_surrogate_is_refused(body: &str) {
        assert_eq!(unescape(body), Err(LoneSurrogate));
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_is_read_back(text in any::<String>()) {
            let written = serde_json::to_string(&text).unwrap();
            let body = &written[1..written.len() - 1];
            prop_assert_eq!(unescape(body).unwrap(), text);
        }
    }
}
