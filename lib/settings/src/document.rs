//! The YAML document as it was written, each value with its line, before anything is believed about it.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::MergeKeyPolicy;
use serde_saphyr::{Error, Spanned, UserMessageFormatter};

use crate::problem::{Problem, Reason};

/// The shipped files have a few thousand.
const MOST_BYTES: usize = 256 * 1024;

#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Written>),
    Map(Vec<(String, Written)>),
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub node: Node,
    pub line: u64,
}

/// What is no YAML, or YAML that refers to itself, is refused as a whole.
pub fn read(text: &str) -> Result<Written, Problem> {
    let refused = |reason| Problem { place: None, reason };
    if text.len() > MOST_BYTES {
        return Err(refused(Reason::TooLarge { bytes: text.len(), most: MOST_BYTES }));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_documents: 1,
            max_depth: 16,
            max_nodes: 5_000,
        },
        emit_comments: false,
        merge_keys: MergeKeyPolicy::Error,
        // `yes` is a truth value to some readers and a text to others.
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| refused(yaml_refusal(&error)))
}

fn yaml_refusal(error: &Error) -> Reason {
    match error {
        Error::MergeKeyNotAllowed { .. }
        | Error::Budget { breach: BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. }, .. } => {
            Reason::YamlAlias
        }
        _ => Reason::NotYaml { fault: fault_of(error) },
    }
}

fn fault_of(error: &Error) -> String {
    if quotes_words_at_most(error) {
        return error.render_with_formatter(&UserMessageFormatter);
    }
    match error.location() {
        Some(place) => {
            format!("something else is expected at line {}, column {}", place.line(), place.column())
        }
        None => "something else is expected".to_owned(),
    }
}

/// An error that is not known here may quote anything.
fn quotes_words_at_most(error: &Error) -> bool {
    match error {
        Error::DuplicateMappingKey { key: Some(text), .. }
        | Error::UnsupportedTag { tag: text, .. }
        | Error::NonFiniteFloat { value: text, .. } => is_word(text.trim_start_matches('!')),
        // The scanner names a bracket or another single character.
        Error::ExternalMessage { .. }
        | Error::DuplicateMappingKey { key: None, .. }
        | Error::Budget { .. }
        | Error::Eof { .. }
        | Error::IndentationError { .. }
        | Error::InvalidBooleanStrict { .. }
        | Error::MultipleDocuments { .. }
        | Error::UnknownAnchor { .. } => true,
        _ => false,
    }
}

const LONGEST_WORD: usize = 40;
/// Longer ones may be a phone, and no setting is so large.
const MOST_DIGITS: usize = 7;

/// Whether a message may quote it. In the place of settings may lie any file, with names, addresses and phones of people, and
/// functions log what is wrong with settings. Their own words and numbers look like this.
pub(crate) fn is_word(text: &str) -> bool {
    let is_usual = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || b"_-.".contains(&sign);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (1..=LONGEST_WORD).contains(&text.len()) && text.bytes().all(is_usual) && digits <= MOST_DIGITS
}

/// What was found, for messages.
impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => write!(formatter, "empty"),
            Self::Bool(truth) => write!(formatter, "{truth}"),
            Self::Number(number) if is_word(&number.to_string()) => write!(formatter, "{number}"),
            Self::Number(_) => write!(formatter, "a number with many digits"),
            Self::Text(text) if is_word(text) => write!(formatter, "{text:?}"),
            Self::Text(text) => match text.chars().count() {
                1 => write!(formatter, "a text of 1 character"),
                length => write!(formatter, "a text of {length} characters"),
            },
            Self::List(_) => write!(formatter, "a list"),
            Self::Map(_) => write!(formatter, "a mapping"),
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Node>::deserialize(deserializer)?;
        Ok(Self { node: spanned.value, line: spanned.referenced.line() })
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("settings")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Node, E> {
        Ok(Node::Bool(truth))
    }

    // Whole numbers that a double cannot hold are far out of every range here.
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number as f64))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number as f64))
    }

    fn visit_i128<E: de::Error>(self, number: i128) -> Result<Node, E> {
        Ok(Node::Number(number as f64))
    }

    fn visit_u128<E: de::Error>(self, number: u128) -> Result<Node, E> {
        Ok(Node::Number(number as f64))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Number(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}
