//! Records as they were received, with anything anywhere: in values, in names of fields, in what is no JSON.

use std::collections::BTreeSet;

const SHORTENED: char = '…';

/// Words that are nobody's own: names of fields, kinds of events, the values that a contract lists.
#[derive(Clone, Default)]
pub struct Vocabulary {
    words: BTreeSet<String>,
}

impl Vocabulary {
    /// Takes texts apart into words. What has no letter in it is none.
    pub fn new<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        // JSON's own, and what stands for a value that is not there.
        let mut words = BTreeSet::from(["true", "false", "null", "none"].map(str::to_owned));
        for text in texts {
            let of_text = text.as_ref().split(|letter| !is_of_word(letter));
            let with_letters = of_text.filter(|word| word.chars().any(char::is_alphabetic));
            words.extend(with_letters.map(str::to_owned));
        }
        Self { words }
    }

    fn knows(&self, word: &str) -> bool {
        self.words.contains(word)
    }
}

/// The beginning of a text, so many letters of it, with every control character to be seen.
pub fn excerpt(text: &str, most_letters: usize) -> String {
    let mut shown: String = text.chars().take(most_letters).map(visible).collect();
    if text.chars().nth(most_letters).is_some() {
        shown.push(SHORTENED);
    }
    shown
}

impl Vocabulary {
    /// The same with every letter as `x` and every digit as `9`, but for words that are known. What is
    /// neither letter nor digit stays if it is ASCII: JSON keeps its form.
    pub fn mask(&self, text: &str, most_letters: usize) -> String {
        let text = excerpt(text, most_letters);
        let mut masked = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let word_ends = rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(word_ends);
            // A word that the excerpt cuts off may be the beginning of a longer one.
            let is_cut = behind.len() == SHORTENED.len_utf8() && behind.starts_with(SHORTENED);
            if self.knows(word) && !is_cut {
                masked.push_str(word);
            } else {
                masked.extend(word.chars().map(hidden));
            }
            let gap_ends = behind.find(is_of_word).unwrap_or(behind.len());
            let (gap, next) = behind.split_at(gap_ends);
            masked.push_str(gap);
            rest = next;
        }
        masked
    }
}

/// Everything beyond ASCII counts as part of a word, whatever it is, but for this file's own marks.
fn is_of_word(letter: char) -> bool {
    let is_own_mark = matches!(letter, SHORTENED | '␀'..='␡');
    letter.is_ascii_alphanumeric() || letter == '_' || (!letter.is_ascii() && !is_own_mark)
}

fn hidden(letter: char) -> char {
    match letter {
        '_' => '_',
        _ if letter.is_numeric() => '9',
        _ => 'x',
    }
}

/// Control characters as their pictures; those beyond ASCII, and what turns the direction of text, as a mark.
fn visible(letter: char) -> char {
    match letter {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or('␀'),
        '\x7f' => '␡',
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn vocabulary() -> Vocabulary {
        Vocabulary::new([
            "event_type",
            "email",
            "timestamp",
            "online_form",
            "name",
            "outcome",
            "google ads",
            "2025",
        ])
    }

    #[test]
    fn a_record_keeps_its_form() {
        let record =
            r#"{"event_type":"online_form","email":"amit@gmail.com","Amit K":[1,true],"outcome":"wön"}"#;
        assert_snapshot!(
            vocabulary().mask(record, 200),
            @r#"{"event_type":"online_form","email":"xxxx@xxxxx.xxx","xxxx x":[9,true],"outcome":"xxx"}"#
        );
    }

    #[test]
    fn what_is_no_json_is_masked_as_well() {
        let broken = "{\"name\":\"Am\0it\tKu\u{202e}mar\",\"email:amit@g\n\u{1b}[31m +91 98765 अमित";
        assert_snapshot!(
            vocabulary().mask(broken, 200),
            @r#"{"name":"xx␀xx␉xxxxxx","email:xxxx@x␊␛[99x +99 99999 xxxx"#
        );
        assert_snapshot!(
            excerpt(broken, 200),
            @r#"{"name":"Am␀it␉Ku�mar","email:amit@g␊␛[31m +91 98765 अमित"#
        );
    }

    #[test]
    fn a_cut_word_is_not_taken_for_a_known_one() {
        assert_snapshot!(vocabulary().mask("email,namesake", 10), @"email,xxxx…");
    }

    #[test]
    fn numbers_are_never_known() {
        assert_snapshot!(vocabulary().mask("2025 timestamp google", 100), @"9999 timestamp google");
    }

    proptest! {
        /// Also of broken records, and of known words inside longer ones.
        #[test]
        fn no_word_survives_that_is_not_known(
            pieces in proptest::collection::vec(
                prop_oneof!["\\PC{0,12}", "[a-zA-Z0-9]{1,9}", "[\\x00-\\x7f]{0,8}",
                    Just("email".to_owned()), Just("\"event_type\":".to_owned())],
                0..12,
            ),
            most in 0_usize..80,
        ) {
            let text = pieces.concat();
            let masked = vocabulary().mask(&text, most);
            prop_assert!(masked.chars().count() <= most + 1);
            prop_assert!(!masked.chars().any(char::is_control));
            for word in masked.split(|letter: char| !letter.is_alphanumeric() && letter != '_') {
                let is_hidden = word.chars().all(|letter| matches!(letter, 'x' | '9' | '_'));
                prop_assert!(is_hidden || vocabulary().knows(word), "{word:?} of {text:?}");
            }
        }
    }
}
