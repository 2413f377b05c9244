//! Where an object lies in the lake: one text that means the same on S3, in a directory and in memory.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What S3 accepts, in bytes of UTF-8.
pub const LONGEST_KEY: usize = 1024;

/// A directory keeps its unfinished files here. It is refused everywhere, so that a lake can move between stores.
pub(crate) const TEMPORARY_FOLDER: &str = ".tmp";

const MOST_CHARACTERS_SHOWN: usize = 120;

/// Why a text cannot be the key of an object. `key` is shortened and escaped, safe for a terminal and a log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("a key is empty; name a file such as bronze/webinar/2025/01/01/events.json")]
    Empty,
    #[error(
        "key \"{key}\" is {length} bytes long, at most {LONGEST_KEY} are possible; shorten its folders or name"
    )]
    TooLong { key: String, length: usize },
    #[error("key \"{key}\" starts with /; write it from the lake's root, without a leading /")]
    LeadingSlash { key: String },
    #[error("key \"{key}\" has an empty part; leave exactly one / between parts and none at the end")]
    EmptySegment { key: String },
    #[error("key \"{key}\" has a part {segment}; write the whole way from the lake's root, without . and ..")]
    DotSegment { key: String, segment: &'static str },
    #[error("key \"{key}\" holds a control character; rename the object without it")]
    ControlCharacter { key: String },
    #[error("key \"{key}\" holds a backslash; parts are separated by /")]
    Backslash { key: String },
    #[error("key \"{key}\" is not UTF-8; rename the object")]
    NotUtf8 { key: String },
    #[error("key \"{key}\" lies in {TEMPORARY_FOLDER}, which is for unfinished files; choose another folder")]
    Temporary { key: String },
}

/// An object's key below the lake's root, such as `silver/webinar/dt=2025-01-01/5f2a.parquet`. Ordered by bytes, as S3 lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectKey(String);

impl ObjectKey {
    pub fn new(key: impl Into<String>) -> Result<Self, KeyError> {
        let key = key.into();
        check(&key)?;
        Ok(Self(key))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of `below` (one part or several) in the folder that this key names.
    pub fn join(&self, below: &str) -> Result<Self, KeyError> {
        if below.starts_with('/') {
            return Err(KeyError::LeadingSlash { key: shown(below) });
        }
        Self::new(format!("{self}/{below}"))
    }

    /// Whether the object lies in `folder` or deeper. A folder may end with `/`; the empty one is the whole lake.
    pub fn starts_with_folder(&self, folder: &str) -> bool {
        let folder = without_last_slash(folder);
        folder.is_empty() || self.0.strip_prefix(folder).is_some_and(|below| below.starts_with('/'))
    }

    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The file name without its last extension: `day.json` of `day.json.gz`, and `.hidden` of `.hidden`.
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => name,
        }
    }
}

fn check(key: &str) -> Result<(), KeyError> {
    if key.is_empty() {
        return Err(KeyError::Empty);
    }
    if key.len() > LONGEST_KEY {
        return Err(KeyError::TooLong { key: shown(key), length: key.len() });
    }
    if key.chars().any(char::is_control) {
        return Err(KeyError::ControlCharacter { key: shown(key) });
    }
    if key.contains('\\') {
        return Err(KeyError::Backslash { key: shown(key) });
    }
    if key.starts_with('/') {
        return Err(KeyError::LeadingSlash { key: shown(key) });
    }
    for segment in key.split('/') {
        match segment {
            "" => return Err(KeyError::EmptySegment { key: shown(key) }),
            "." => {
                return Err(KeyError::DotSegment { key: shown(key), segment: "." });
            }
            ".." => {
                return Err(KeyError::DotSegment { key: shown(key), segment: ".." });
            }
            _ => {}
        }
    }
    if key.split('/').next() == Some(TEMPORARY_FOLDER) {
        return Err(KeyError::Temporary { key: shown(key) });
    }
    Ok(())
}

/// A lone `/` stays, because it is no name of the lake's root: keys have no leading `/`.
pub(crate) fn without_last_slash(folder: &str) -> &str {
    match folder.strip_suffix('/') {
        Some(name) if !name.is_empty() => name,
        _ => folder,
    }
}

/// `text` as it may stand in a message: controls escaped, and not longer than a line or two.
pub(crate) fn shown(text: &str) -> String {
    shown_bytes(text.as_bytes())
}

/// As [`shown`], for names that may not be text: what is not UTF-8 is written as `\xNN`.
pub(crate) fn shown_bytes(bytes: &[u8]) -> String {
    let mut escaped = bytes.utf8_chunks().flat_map(|chunk| {
        let text = chunk.valid().escape_debug();
        text.chain(chunk.invalid().escape_ascii().map(char::from))
    });
    let mut text: String = escaped.by_ref().take(MOST_CHARACTERS_SHOWN).collect();
    if escaped.next().is_some() {
        text.push('…');
    }
    text
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for ObjectKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ObjectKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectKey {
    type Err = KeyError;

    fn from_str(key: &str) -> Result<Self, KeyError> {
        Self::new(key)
    }
}

impl TryFrom<String> for ObjectKey {
    type Error = KeyError;

    fn try_from(key: String) -> Result<Self, KeyError> {
        Self::new(key)
    }
}

impl From<ObjectKey> for String {
    fn from(key: ObjectKey) -> Self {
        key.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use test_case::test_case;

    #[test_case("" => KeyError::Empty)]
    #[test_case("/etc/passwd" => KeyError::LeadingSlash { key: "/etc/passwd".into() })]
    #[test_case("a//b" => KeyError::EmptySegment { key: "a//b".into() })]
    #[test_case("a/" => KeyError::EmptySegment { key: "a/".into() })]
    #[test_case("a/./b" => KeyError::DotSegment { key: "a/./b".into(), segment: "." })]
    #[test_case(".." => KeyError::DotSegment { key: "..".into(), segment: ".." })]
    #[test_case("a/../../b" => KeyError::DotSegment { key: "a/../../b".into(), segment: ".." })]
    #[test_case("a\0b" => KeyError::ControlCharacter { key: "a\\0b".into() })]
    #[test_case("a\u{1b}[2Jb" => KeyError::ControlCharacter { key: "a\\u{1b}[2Jb".into() })]
    #[test_case("a\u{85}b" => KeyError::ControlCharacter { key: "a\\u{85}b".into() }; "a control above ASCII")]
    #[test_case("a\\..\\b" => KeyError::Backslash { key: "a\\\\..\\\\b".into() })]
    #[test_case(".tmp/a" => KeyError::Temporary { key: ".tmp/a".into() })]
    fn is_refused(key: &str) -> KeyError {
        ObjectKey::new(key).unwrap_err()
    }

    #[test_case("a")]
    #[test_case("bronze/webinar/2025/01/01/day one, वेबिनार.json.gz")]
    #[test_case("a/...")]
    #[test_case("a/.tmp/b")]
    fn is_accepted(key: &str) {
        assert_eq!(ObjectKey::new(key).unwrap().as_str(), key);
    }

    #[test]
    fn the_bound_is_in_bytes_and_the_message_stays_short() {
        let longest = "é".repeat(LONGEST_KEY / 2);
        assert!(ObjectKey::new(longest.clone()).is_ok());
        let error = ObjectKey::new(format!("{longest}x")).unwrap_err();
        assert!(matches!(error, KeyError::TooLong { length: 1025, .. }));
        assert!(error.to_string().chars().count() < 250, "{error}");
    }

    #[test]
    fn join_cannot_leave_the_folder() {
        let folder = ObjectKey::new("silver/webinar").unwrap();
        assert_eq!(
            folder.join("dt=2025-01-01/a.parquet").unwrap().as_str(),
            "silver/webinar/dt=2025-01-01/a.parquet"
        );
        assert!(matches!(folder.join("../crm/a"), Err(KeyError::DotSegment { .. })));
        assert!(matches!(folder.join("/a"), Err(KeyError::LeadingSlash { .. })));
        assert!(matches!(folder.join(""), Err(KeyError::EmptySegment { .. })));
    }

    #[test_case("a/b", "a" => true)]
    #[test_case("a/b", "a/" => true)]
    #[test_case("a/b", "" => true)]
    #[test_case("a/b", "/" => false)]
    #[test_case("a/b", "a//" => false)]
    #[test_case("a/b/c", "a/b" => true)]
    #[test_case("ab/c", "a" => false)]
    #[test_case("a", "a" => false; "an object does not lie in itself")]
    fn lies_in_folder(key: &str, folder: &str) -> bool {
        ObjectKey::new(key).unwrap().starts_with_folder(folder)
    }

    #[test_case("bronze/day.json.gz" => ("day.json.gz".to_owned(), "day.json".to_owned()))]
    #[test_case("day" => ("day".to_owned(), "day".to_owned()))]
    #[test_case("a.b/.hidden" => (".hidden".to_owned(), ".hidden".to_owned()))]
    fn name_and_stem(key: &str) -> (String, String) {
        let key = ObjectKey::new(key).unwrap();
        (key.file_name().to_owned(), key.stem().to_owned())
    }

    #[test]
    fn bytes_that_are_not_text_can_be_shown() {
        assert_eq!(shown_bytes(b"caf\xe9\n.json"), "caf\\xe9\\n.json");
    }

    #[test]
    fn json_cannot_smuggle_a_key_past_the_check() {
        let key: ObjectKey = serde_json::from_str(r#""ledger/crm/a.json""#).unwrap();
        assert_eq!(serde_json::to_string(&key).unwrap(), r#""ledger/crm/a.json""#);
        assert!(serde_json::from_str::<ObjectKey>(r#""../a""#).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_stays_below_the_root(key in "[a./\\\\\u{0}\n]{0,12}") {
            let Ok(key) = ObjectKey::new(key) else { return Ok(()) };
            let mut parts = std::path::Path::new(key.as_str()).components();
            prop_assert!(parts.all(|part| matches!(part, std::path::Component::Normal(_))));
        }
    }
}
