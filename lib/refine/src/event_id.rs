//! An id for an event that came without one, and the events already seen in an object.

use std::borrow::Cow;

use hashbrown::HashMap;
use twox_hash::{XxHash3_64, XxHash3_128};

use crate::inputs::{is_given, key_of};
use crate::json::Member;

/// Prefix of ids made here, so that nobody takes one for a producer's.
const FROM_CONTENT: &str = "content-";

/// The id of an event's content: the same for the same fields and values, whatever their order and the white space
/// between them, and whether a field without a value is left out, null or empty. Values count as written: `1` and `1.0`
/// are different content.
pub(crate) fn content_id(source: &str, record: &str, members: &[Member]) -> String {
    let given = members.iter().filter(|member| is_given(**member, record));
    let mut fields: Vec<(Cow<'_, str>, Member)> =
        given.map(|member| (key_of(*member, record), *member)).collect();
    fields.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut content = Vec::with_capacity(2 * record.len());
    add_part(&mut content, source.as_bytes());
    for (key, member) in &fields {
        add_part(&mut content, key.as_bytes());
        let value = member.written(record);
        if value.bytes().any(|byte| byte.is_ascii_whitespace()) {
            add_part(&mut content, without_layout(value).as_bytes());
        } else {
            add_part(&mut content, value.as_bytes());
        }
    }
    let mut id = String::with_capacity(FROM_CONTENT.len() + 32);
    id.push_str(FROM_CONTENT);
    id.extend(blake3::hash(&content).to_hex().chars().take(32));
    id
}

/// Lengths go first, so that no two lists of parts are the same content.
fn add_part(content: &mut Vec<u8>, part: &[u8]) {
    content.extend_from_slice(&(part.len() as u64).to_le_bytes());
    content.extend_from_slice(part);
}

/// JSON without the white space between its tokens.
fn without_layout(json: &str) -> String {
    let mut in_text = false;
    let mut escaped = false;
    json.chars()
        .filter(|character| {
            let was_in_text = in_text;
            match character {
                _ if escaped => escaped = false,
                '\\' if in_text => escaped = true,
                '"' => in_text = !in_text,
                _ => {}
            }
            was_in_text || !character.is_ascii_whitespace()
        })
        .collect()
}

/// Whether an event was seen before in its object. Exact for the first [`MOST_REMEMBERED`] distinct events; ids
/// beyond are still compared with those, and left for the rest to the readers, who count event ids.
pub(crate) struct Seen {
    content_by_id: HashMap<(u64, u64), u64>,
}

/// What fits into 2^20 places of 25 bytes: 26 MB, and half as much again while the table grows for the last time.
pub const MOST_REMEMBERED: usize = 917_504;

/// A larger table is given back after its object.
const KEPT_BETWEEN_OBJECTS: usize = 65_536;

/// An id made from content is the content: other bytes under it only differ in layout.
const CONTENT_OF_OWN_ID: u64 = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sighting {
    First,
    /// The same id with the same content.
    Again,
    /// The same id with other content.
    Reused,
}

impl Seen {
    pub(crate) fn new() -> Self {
        Self { content_by_id: HashMap::new() }
    }

    pub(crate) fn forget_all(&mut self) {
        if self.content_by_id.capacity() > KEPT_BETWEEN_OBJECTS {
            self.content_by_id = HashMap::new();
        } else {
            self.content_by_id.clear();
        }
    }

    /// An event whose id the producer gave.
    pub(crate) fn look(&mut self, event_id: &str, record: &[u8]) -> Sighting {
        self.compare(event_id, XxHash3_64::oneshot(record))
    }

    /// An event whose id was made from its content.
    pub(crate) fn look_by_content(&mut self, content_id: &str) -> Sighting {
        self.compare(content_id, CONTENT_OF_OWN_ID)
    }

    fn compare(&mut self, event_id: &str, content: u64) -> Sighting {
        let hash = XxHash3_128::oneshot(event_id.as_bytes());
        let halves = ((hash >> 64) as u64, hash as u64);
        if let Some(first) = self.content_by_id.get(&halves) {
            return if *first == content { Sighting::Again } else { Sighting::Reused };
        }
        if self.content_by_id.len() < MOST_REMEMBERED {
            self.content_by_id.insert(halves, content);
        }
        Sighting::First
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Members, walk_object};

    fn id_of(record: &str) -> String {
        let mut members = Members::new();
        walk_object(record.as_bytes(), &mut members).unwrap();
        content_id("webinar", record, &members)
    }

    #[test]
    fn order_and_layout_do_not_matter_and_content_does() {
        let id = id_of(r#"{"a":1,"b":{"c":[1,"x y"]}}"#);
        assert_eq!(id, id_of("{ \"b\" : { \"c\":\n[ 1, \"x y\" ] },\t\"a\":1 }"));
        assert_eq!(id, id_of(r#"{"a":1,"event_id":null,"city":" ","b":{"c":[1,"x y"]}}"#));
        assert_eq!(id, id_of(r#"{"\u0061":1,"b":{"c":[1,"x y"]}}"#));
        assert_ne!(id, id_of(r#"{"a":1,"b":{"c":[1,"xy"]}}"#));
        assert_ne!(id, id_of(r#"{"a":2,"b":{"c":[1,"x y"]}}"#));
        assert_ne!(id_of(r#"{"ab":"c"}"#), id_of(r#"{"a":"bc"}"#));
    }

    #[test]
    fn ids_are_for_ever() {
        assert_eq!(id_of(r#"{"email":"a@b.in"}"#), "content-98afe811d48fb076378bb7344af53122");
    }

    #[test]
    fn the_same_id_is_the_same_event_only_with_the_same_content() {
        let mut seen = Seen::new();
        assert_eq!(seen.look("e-1", b"one"), Sighting::First);
        assert_eq!(seen.look("e-1", b"one"), Sighting::Again);
        assert_eq!(seen.look("e-1", b"two"), Sighting::Reused);
        assert_eq!(seen.look("e-2", b"one"), Sighting::First);
        assert_eq!(seen.look_by_content("content-1"), Sighting::First);
        assert_eq!(seen.look_by_content("content-1"), Sighting::Again);
        assert_eq!(seen.look("content-1", b"three"), Sighting::Reused);
        assert_eq!(seen.look_by_content("e-1"), Sighting::Reused);
    }
}
