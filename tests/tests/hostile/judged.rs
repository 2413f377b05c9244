//! Every text in every place that it can have in an object. What serde_json says of the same bytes is the second opinion.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::named::{good, zstd};
use crate::refining::{Accepted, Ended, Refining, check_covered, check_refusals, shown, webinar};
use crate::samples::gzip;
use crate::texts::{Class, Text, classed, mutated};

/// Where we differ from serde_json on purpose: the texts' kind, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    ("nested", "serde_json takes 127 levels and we take 64, so that no reader of silver runs out of stack"),
    (
        "number that no double holds",
        "the grammar has no largest number; it is kept as written, and checked in a column",
    ),
    (
        "half of a surrogate pair",
        "the grammar allows it; it is kept as written, and refused as the text of a column",
    ),
];

const REST: &str = r#""event_id":"h-0","event_type":"webinar_attendance","timestamp":"2025-01-08T05:00:00Z""#;

/// What the text is of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seat {
    Extra,
    Key,
    OptionalText,
    OptionalNumber,
    Required,
    Record,
}

/// What stands around the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Alone,
    Line,
    Element,
    Adjacent,
}

const SEATS: [Seat; 6] =
    [Seat::Extra, Seat::Key, Seat::OptionalText, Seat::OptionalNumber, Seat::Required, Seat::Record];
const PLACES: [Place; 4] = [Place::Alone, Place::Line, Place::Element, Place::Adjacent];

impl Seat {
    fn record(self, text: &[u8]) -> Vec<u8> {
        let of_h = r#","email":"h@gmail.com""#;
        let (before, after) = match self {
            Self::Extra => (r#"{"x":"#, format!("{of_h},{REST}}}")),
            Self::Key => ("{", format!(":1{of_h},{REST}}}")),
            Self::OptionalText => (r#"{"webinar_id":"#, format!("{of_h},{REST}}}")),
            Self::OptionalNumber => (r#"{"duration_minutes":"#, format!("{of_h},{REST}}}")),
            Self::Required => (r#"{"email":"#, format!(",{REST}}}")),
            Self::Record => ("", String::new()),
        };
        [before.as_bytes(), text, after.as_bytes()].concat()
    }

    /// Whether a record that is JSON is an event.
    fn accepts(self, text: &[u8]) -> bool {
        match self {
            Self::Record => false,
            Self::Required => serde_json::from_slice::<String>(text)
                .is_ok_and(|email| email.trim().eq_ignore_ascii_case("h@gmail.com")),
            _ => true,
        }
    }
}

struct Placed {
    content: Vec<u8>,
    record: Range<usize>,
    before: Range<usize>,
    after: Range<usize>,
}

impl Place {
    fn around(self, record: &[u8]) -> Placed {
        let (open, between, close): (&str, &str, &str) = match self {
            Self::Alone => {
                return Placed {
                    content: record.to_vec(),
                    record: 0..record.len(),
                    before: 0..0,
                    after: 0..0,
                };
            }
            Self::Line => ("", "\n", "\n"),
            Self::Element => ("[", ",", "]"),
            Self::Adjacent => ("", "", ""),
        };
        let mut content = open.as_bytes().to_vec();
        let mut add = |bytes: &[u8], behind: &str| {
            let start = content.len();
            content.extend_from_slice(bytes);
            let end = content.len();
            content.extend_from_slice(behind.as_bytes());
            start..end
        };
        let before = add(&good(0), between);
        let record = add(record, between);
        let after = add(&good(1), close);
        Placed { content, record, before, after }
    }

    /// A broken record ends with its line, or in an array with the next comma that it has not opened anything before. Elsewhere
    /// it may take the next one with it.
    fn keeps_the_next(self, record: &[u8]) -> bool {
        match self {
            Self::Alone | Self::Line => true,
            Self::Element => !leaves_open(record),
            Self::Adjacent => {
                is_json(record) && matches!(record.trim_ascii_start().first(), Some(b'{' | b'['))
            }
        }
    }
}

/// Of the grammar alone: takes any number and any depth.
fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// Whether brackets or quotes are left open, by the end, at the end of a line or by a bracket that closes nothing, and how
/// deep they were.
fn open_and_deepest(bytes: &[u8]) -> (bool, i32) {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0, 0, false, false);
    let mut is_cut = false;
    for byte in bytes {
        match byte {
            b'\n' => is_cut |= in_text,
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
        is_cut |= depth < 0;
    }
    (is_cut || in_text || escaped || depth != 0, deepest)
}

fn leaves_open(bytes: &[u8]) -> bool {
    open_and_deepest(bytes).0
}

/// JSON has no other white space.
fn trimmed(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| b" \t\r\n".contains(byte);
    let start = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

fn is_expected(seat: Seat, text: &[u8], record: &[u8]) -> bool {
    is_json(record) && open_and_deepest(record).1 <= 64 && seat.accepts(text)
}

fn check(refining: &mut Refining, text: &Text, seat: Seat, place: Place) -> (Placed, Ended) {
    let record = seat.record(&text.bytes);
    let placed = place.around(&record);
    let ended = refining.end_of(&placed.content);
    let what = || format!("{seat:?}, {place:?}, {}: {:?}\n{}", text.kind, shown(&text.bytes), ended.shown());
    let of = |id: &str| ended.accepted.iter().find(|row| row.event_id == id);

    let is_expected = is_expected(seat, &text.bytes, &record);
    assert_eq!(of("h-0").is_some(), is_expected, "{}", what());
    if let Some(row) = of("h-0") {
        check_kept(seat, trimmed(&text.bytes), row);
    } else if is_json(&record) && record.starts_with(b"{") {
        let refusal = ended.refused.iter().find(|row| row.offset == placed.record.start);
        let refusal = refusal.unwrap_or_else(|| panic!("{}", what()));
        let is_deep = open_and_deepest(&record).1 > 64;
        let code = refusal.code.as_str();
        assert!(is_deep == (code == "too_deep") && (is_deep || code != "not_json"), "{}", what());
        assert!(seat != Seat::Required || is_deep || refusal.path == "$.email", "{}", what());
    }
    let neighbours = ["w-0", "w-1"].map(|id| of(id).is_some());
    if place != Place::Alone {
        assert!(neighbours[0] && (neighbours[1] || !place.keeps_the_next(&record)), "{}", what());
    }
    assert_eq!(ended.counts.duplicate, 0, "{}", what());
    check_refusals(&ended, &placed.content);
    let ranges =
        [(neighbours[0], &placed.before), (is_expected, &placed.record), (neighbours[1], &placed.after)];
    let accepted: Vec<Range<usize>> =
        ranges.into_iter().filter(|(is_accepted, _)| *is_accepted).map(|(_, range)| range.clone()).collect();
    check_covered(&ended, &placed.content, &accepted);
    (placed, ended)
}

/// The value stands in the row as it came, in its column or beside it.
fn check_kept(seat: Seat, text: &[u8], row: &Accepted) {
    let text = std::str::from_utf8(text).unwrap();
    let is_nothing =
        text == "null" || serde_json::from_str::<String>(text).is_ok_and(|text| text.trim().is_empty());
    match seat {
        Seat::Extra => assert_eq!(row.extra, Some(format!("{{\"x\":{text}}}"))),
        Seat::Key => assert_eq!(row.extra, Some(format!("{{{text}:1}}"))),
        Seat::OptionalText => {
            let invalid =
                row.invalid.as_ref().map(|invalid| invalid == &format!("{{\"webinar_id\":{text}}}"));
            match (&row.webinar_id, invalid) {
                (None, None) => assert!(is_nothing, "{text} is lost"),
                (None, Some(is_kept)) => assert!(is_kept && !is_nothing, "{row:?}"),
                (Some(column), None) => {
                    let meant = serde_json::from_str::<String>(text);
                    assert_eq!(column, meant.as_deref().unwrap_or(text).trim());
                }
                both => panic!("{both:?}"),
            }
        }
        Seat::OptionalNumber => {
            let invalid =
                row.invalid.as_ref().map(|invalid| invalid == &format!("{{\"duration_minutes\":{text}}}"));
            let meant = serde_json::from_str::<f64>(text).ok();
            match (row.minutes, invalid) {
                (None, None) => assert!(is_nothing, "{text} is lost"),
                (None, Some(is_kept)) => assert!(is_kept && !is_nothing, "{row:?}"),
                (Some(minutes), None) => assert_eq!(Some(minutes as f64), meant, "{text}"),
                both => panic!("{both:?}"),
            }
        }
        Seat::Required | Seat::Record => {}
    }
}

#[test]
fn at_least_10_000_objects_of_hostile_json_are_accounted_for_and_judged_as_serde_json_does() {
    let mut refining = Refining::new();
    let mut distinct: HashSet<Vec<u8>> = HashSet::new();
    let all = classed().into_iter().map(|text| (text, SEATS.as_slice(), PLACES.as_slice()));
    let document = br#"{"k":[1,-2.5e+3,"\u00e9\n",{"":null}],"t":true}"#;
    let seats = [Seat::Extra, Seat::Record].as_slice();
    let places = [Place::Line, Place::Element].as_slice();
    let mutated = mutated(document).into_iter().map(|text| (text, seats, places));
    for (number, (text, seats, places)) in all.chain(mutated).enumerate() {
        for &seat in seats {
            for &place in places {
                let (placed, ended) = check(&mut refining, &text, seat, place);
                if !distinct.insert(placed.content.clone()) {
                    continue;
                }
                let packed = if number % 2 == 0 { gzip(&placed.content) } else { zstd(&placed.content) };
                assert_eq!(refining.end_of(&packed), ended, "compressed {:?}", text.kind);
            }
        }
    }
    println!("{} objects, each plain and compressed", distinct.len());
    assert!(distinct.len() >= 10_000, "{}", distinct.len());
}

/// What is no JSON is no event, however like one it looks. Whether what is left of one says enough is not asked here.
#[test]
fn an_event_with_one_byte_changed_is_accepted_only_where_it_is_json() {
    let mut refining = Refining::new();
    let mut accepted = 0;
    let texts = mutated(&good(57));
    for text in &texts {
        let placed = Place::Line.around(&text.bytes);
        let ended = refining.end_of(&placed.content);
        let is_neighbour = |row: &&Accepted| ["w-0", "w-1"].contains(&row.event_id.as_str());
        let neighbours = ended.accepted.iter().filter(is_neighbour).count();
        let changed = ended.accepted.len() - neighbours;
        assert_eq!(neighbours, 2, "{}", ended.shown());
        let begun = text.bytes.iter().position(|byte| !b" \n,[]}".contains(byte)).unwrap_or_default();
        let first_value =
            serde_json::Deserializer::from_slice(&text.bytes[begun..]).into_iter::<IgnoredAny>().next();
        let is_value = first_value.is_some_and(|value| value.is_ok());
        assert!(changed == 0 || is_value, "{}: {}", shown(&text.bytes), ended.shown());
        assert!(changed <= 1 && (!is_json(&text.bytes) || !ended.shown().contains("not_json")));
        check_refusals(&ended, &placed.content);
        accepted += changed;
    }
    assert!(accepted > 100 && texts.len() > 2 * accepted, "{accepted} of {}", texts.len());
}

#[test]
fn the_classes_of_texts_are_ours_and_where_serde_json_differs_is_listed() {
    let mut refining = Refining::new();
    let mut differ: BTreeSet<&str> = BTreeSet::new();
    let mut texts: HashSet<Vec<u8>> = HashSet::new();
    for text in classed() {
        let record = Seat::Extra.record(&text.bytes);
        let ours = refining.end_of(&record);
        let row = ours.accepted.first();
        let shown = || format!("{}: {:?}", text.kind, shown(&text.bytes));
        let should_be_accepted = matches!(text.class, Class::Json | Class::Kept);
        assert_eq!(row.is_some(), should_be_accepted, "{}", shown());
        assert!(!is_json(&record) || text.class != Class::NotJson, "{}", shown());
        let theirs = serde_json::from_slice::<Value>(&record);
        if theirs.is_ok() != row.is_some() {
            differ.insert(text.kind);
        } else if let (Ok(theirs), Some(row)) = (theirs, row) {
            let kept: Value = serde_json::from_str(row.extra.as_ref().unwrap()).unwrap();
            assert_eq!(kept["x"], theirs["x"], "{}", shown());
        }
        texts.insert(text.bytes);
    }
    let listed: BTreeSet<&str> = DIFFERENCES.iter().map(|(kind, _why)| *kind).collect();
    assert_eq!(differ, listed);
    assert!(texts.len() >= 700, "{}", texts.len());
}

/// Whatever name is given twice, however it is written; what lies deeper is not ours to read.
#[test]
fn a_field_given_twice_refuses_its_record_and_no_other() {
    let mut refining = Refining::new();
    let names: BTreeSet<&str> =
        webinar().fields.iter().flat_map(|field| &field.inputs).map(String::as_str).collect();
    let mut twice = 0;
    for name in names.into_iter().chain(["", "x", "../x", "a\0b", "\u{202e}", "__proto__", "é"]) {
        let plain = serde_json::to_string(name).unwrap();
        let units: String = name.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        for second in [plain.clone(), format!("\"{units}\"")] {
            for values in [["1", "1"], ["null", "2"], ["{}", "\"\""]] {
                let record = format!("{{{plain}:{},\"y\":0,{second}:{},{REST}}}", values[0], values[1]);
                for place in [Place::Line, Place::Element, Place::Adjacent] {
                    let placed = place.around(record.as_bytes());
                    let ended = refining.end_of(&placed.content);
                    assert_eq!(ended.accepted.len(), 2, "{record}");
                    let [refusal] = ended.refused.as_slice() else { panic!("{record}: {}", ended.shown()) };
                    assert_eq!(
                        (refusal.code.as_str(), refusal.original.as_slice()),
                        ("duplicate_key", record.as_bytes())
                    );
                    twice += 1;
                }
            }
        }
        let deeper = Seat::Extra.record(format!("{{{plain}:1,{plain}:2}}").as_bytes());
        assert_eq!(refining.end_of(&deeper).counts.accepted, 1);
    }
    assert!(twice > 200, "{twice}");
}
