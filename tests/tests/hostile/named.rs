//! Objects that nobody should send, and what becomes of each of their records.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write as _};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use leadlake_lake::layout::Layer;
use leadlake_lake::store::MemoryStore;
use leadlake_refine::Counts;
use leadlake_tests::lakes::{RawObject, bronze, contracts, ingest_well, lake};

use crate::samples::{ARRIVED, gzip, webinar_line};
use crate::tables::{Quarantined, quarantined, read_table};

/// An object of webinar events and what must be counted in it.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    accepted: u64,
    duplicate: u64,
    refused: &'static [(&'static str, u64)],
    invalid: &'static [(&'static str, u64)],
}

impl Case {
    fn new(name: &'static str, bytes: impl Into<Vec<u8>>, accepted: u64) -> Self {
        Self { name, bytes: bytes.into(), accepted, duplicate: 0, refused: &[], invalid: &[] }
    }

    fn refused(self, refused: &'static [(&'static str, u64)]) -> Self {
        Self { refused, ..self }
    }

    fn invalid(self, invalid: &'static [(&'static str, u64)]) -> Self {
        Self { invalid, ..self }
    }

    fn key(&self) -> String {
        format!("bronze/webinar/2025/01/08/{}", self.name)
    }

    fn expected(&self) -> String {
        let refused: BTreeMap<&str, u64> = self.refused.iter().copied().collect();
        let invalid: BTreeMap<&str, u64> = self.invalid.iter().copied().collect();
        format!(
            "accepted {}, duplicate {}, refused {refused:?}, invalid {invalid:?}",
            self.accepted, self.duplicate
        )
    }
}

fn counted(counts: &Counts) -> String {
    let refused: BTreeMap<&str, u64> =
        counts.refused.iter().map(|(code, count)| (code.as_str(), *count)).collect();
    format!(
        "accepted {}, duplicate {}, refused {refused:?}, invalid {:?}",
        counts.accepted, counts.duplicate, counts.invalid
    )
}

pub fn good(number: u32) -> Vec<u8> {
    webinar_line(number).into_bytes()
}

fn goods(numbers: std::ops::Range<u32>) -> Vec<u8> {
    lines(&numbers.map(good).collect::<Vec<_>>())
}

fn lines(lines: &[Vec<u8>]) -> Vec<u8> {
    lines.join(&b'\n')
}

/// A good event with these members as well.
pub fn with(number: u32, members: &str) -> Vec<u8> {
    webinar_line(number).replacen('{', &format!("{{{members},"), 1).into_bytes()
}

/// A good event with a part of it replaced.
fn but(number: u32, from: &str, to: &str) -> Vec<u8> {
    let line = webinar_line(number);
    assert!(line.contains(from), "{from} in {line}");
    line.replace(from, to).into_bytes()
}

pub fn nested(levels: usize) -> String {
    format!("\"deep\":{}{}", "[".repeat(levels), "]".repeat(levels))
}

pub fn many_members(count: usize) -> String {
    (0..count).map(|number| format!("\"m{number}\":1")).collect::<Vec<_>>().join(",")
}

/// gzip that holds its content as it is, so that a cut is a cut of the content.
fn stored_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn utf16(text: &str, bom: &[u8], bytes_of: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(bytes_of);
    bom.iter().copied().chain(units).collect()
}

fn compressed_and_encoded() -> Vec<Case> {
    let ten = goods(0..10);
    let cut = stored_gzip(&ten);
    let cut = cut[..cut.len() - 8 - ten.len() / 2].to_vec();
    let mut wrong_sum = gzip(&ten);
    let sum = wrong_sum.len() - 8;
    wrong_sum[sum] ^= 0xff;
    let short_zstd = zstd(&ten);
    let short_zstd = short_zstd[..short_zstd.len() - 5].to_vec();
    let text = format!("{}\n{}", webinar_line(0), webinar_line(1));
    let mut bad_byte = good(1);
    bad_byte[35] = 0xff;
    vec![
        Case::new("gzip-cut", cut, 5).refused(&[("damaged_object", 1)]),
        Case::new("gzip-wrong-sum", wrong_sum, 10).refused(&[("damaged_object", 1)]),
        Case::new("gzip-members", [gzip(&goods(0..3)), gzip(b"\n"), gzip(&goods(3..5))].concat(), 5),
        Case::new("gzip-then-garbage", [gzip(&goods(0..3)), b"garbage".to_vec()].concat(), 3)
            .refused(&[("damaged_object", 1)]),
        Case::new("zstd-frames", [zstd(&goods(0..3)), zstd(b"\n"), zstd(&goods(3..5))].concat(), 5),
        Case::new("zstd-cut", short_zstd, 0).refused(&[("damaged_object", 1)]),
        Case::new("utf16-le", utf16(&text, b"\xff\xfe", u16::to_le_bytes), 0)
            .refused(&[("unsupported_encoding", 1)]),
        Case::new("utf16-be-no-bom", utf16(&text, b"", u16::to_be_bytes), 0)
            .refused(&[("unsupported_encoding", 1)]),
        Case::new("bom-crlf", [b"\xef\xbb\xbf".to_vec(), text.replace('\n', "\r\n").into()].concat(), 2),
        Case::new("cr-only", text.replace('\n', "\r"), 2),
        Case::new("bad-utf8", lines(&[good(0), bad_byte, good(2)]), 2).refused(&[("invalid_utf8", 1)]),
    ]
}

fn shapes() -> Vec<Case> {
    let pretty = webinar_line(0).replace(',', ",\n  ").replace('{', "{\n  ");
    let (first, second) = (webinar_line(0), webinar_line(1));
    let huge = with(1, &format!("\"blob\":\"{}\"", "x".repeat(20 << 20)));
    vec![
        Case::new("empty", "", 0),
        Case::new("only-whitespace", " \r\n\t\n  ", 0),
        Case::new("only-an-empty-array", "[]", 0),
        Case::new("pretty", format!("{pretty}\n{}\n", pretty.replace("w-0", "w-1")), 2),
        Case::new("array", format!("[{first},\n{second}]"), 2),
        Case::new("array-open", format!("[{first},{second}"), 2).refused(&[("unterminated_array", 1)]),
        Case::new("array-of-brackets", "[".repeat(100_000), 0)
            .refused(&[("not_json", 1), ("unterminated_array", 1)]),
        Case::new("concatenated", format!("{first}{second}{}", webinar_line(2)), 3),
        Case::new("lines-in.txt", goods(0..3), 3),
        Case::new("plain-in.json.gz", goods(0..3), 3),
        Case::new("scalars", "42\n\"text\"\nnull\ntrue\n-1e9", 0).refused(&[("not_an_object", 5)]),
        Case::new("nearly-json", "{'a':1}\n{\"a\":NaN}\n{\"a\":1,}\n{\"a\":01}\n{\"a\":\"\0\"}\nhello", 0)
            .refused(&[("not_json", 6)]),
        Case::new("cut-line", lines(&[good(0), good(1)[..60].to_vec(), good(2)]), 2)
            .refused(&[("not_json", 1)]),
        Case::new("cut-end", lines(&[good(0), good(1)[..60].to_vec()]), 1).refused(&[("truncated", 1)]),
        Case::new("huge-in-array", format!("[{first},{{\"a\":\"{}\"}},{second}]", "x".repeat(2 << 20)), 2)
            .refused(&[("too_large", 1)]),
        Case::new("huge-line", lines(&[good(0), huge, good(2)]), 2).refused(&[("too_large", 1)]),
        Case::new("deep", lines(&[good(0), with(1, &nested(100_000)), good(2)]), 2)
            .refused(&[("too_deep", 1)]),
        Case::new("just-not-too-deep", lines(&[with(0, &nested(63)), with(1, &nested(64))]), 1)
            .refused(&[("too_deep", 1)]),
        Case::new("wide", lines(&[good(0), with(1, &many_members(5_000)), with(2, &many_members(995))]), 2)
            .refused(&[("too_many_fields", 1)]),
    ]
}

fn values() -> Vec<Case> {
    // Without an id of its own an event is its content, whatever the order and the white space of its fields.
    let without_id = but(1, r#""event_id":"w-1","#, "");
    let spaced = String::from_utf8(without_id.clone()).unwrap().replace(',', " , ").into_bytes();
    let turned_round = br#"{"timestamp":"2025-01-08T05:01:00Z","duration_minutes":1,"email":"viewer1@gmail.com","event_type":"webinar_attendance"}"#;
    let otherwise_written = lines(&[without_id, spaced, turned_round.to_vec()]);
    let future = |at: &str| but(1, "2025-01-08T05:01:00Z", at);
    let reused = lines(&[good(0), but(1, "w-1", "w-0"), good(0), but(0, "viewer0", "other")]);
    vec![
        Case::new("number-too-large", but(1, ":1,", ":1e400,"), 1).invalid(&[("duration_minutes", 1)]),
        Case::new("number-not-whole", but(1, ":1,", ":1.5,"), 1).invalid(&[("duration_minutes", 1)]),
        Case::new("nul-in-text", with(1, r#""webinar_id":"a\u0000b""#), 1).invalid(&[("webinar_id", 1)]),
        Case::new("nul-in-id", but(1, "w-1", r"w\u0000"), 0).refused(&[("control_character", 1)]),
        Case::new("half-surrogate", with(1, r#""webinar_id":"a\ud800b""#), 1).invalid(&[("webinar_id", 1)]),
        Case::new("half-surrogate-in-id", but(1, "w-1", r"w\udc00"), 0).refused(&[("invalid_unicode", 1)]),
        Case::new("key-twice", with(1, r#""event_id":"w-2""#), 0).refused(&[("duplicate_key", 1)]),
        Case::new("unknown-key-twice", with(1, r#""a":1,"\u0061":2"#), 0).refused(&[("duplicate_key", 1)]),
        Case::new("future", lines(&[future("2025-01-10T06:00:00Z"), future("2025-01-10T06:00:01Z")]), 1)
            .refused(&[("ahead_of_arrival", 1)]),
        Case { duplicate: 2, ..Case::new("same-content-otherwise-written", otherwise_written, 1) },
        Case::new("past", but(1, "2025-", "1999-"), 0).refused(&[("out_of_range", 1)]),
        Case::new("long-id", but(1, "w-1", &"w".repeat(201)), 0).refused(&[("too_long", 1)]),
        Case { duplicate: 1, ..Case::new("id-reused", reused, 1).refused(&[("event_id_reused", 2)]) },
    ]
}

fn odd_names() -> Vec<Case> {
    let names = [
        " leading and trailing ",
        "a+b=c&d%2Fe?f#g;h,i'j\"k",
        "ಬೆಂಗಳೂರು-नमस्ते-🙂.json",
        "e\u{301}-decomposed.json",
        "...json",
        ".hidden",
        "$(rm -rf)`*|<>~",
        "deep/er/2025/13/99/x.json",
    ];
    names.into_iter().map(|name| Case::new(name, good(0), 1)).collect()
}

#[test]
fn every_record_of_a_hostile_object_is_accounted_for() {
    let cases: Vec<Case> =
        [compressed_and_encoded(), shapes(), values(), odd_names()].into_iter().flatten().collect();
    let objects: Vec<RawObject> =
        cases.iter().map(|case| RawObject::new(&case.key(), ARRIVED, case.bytes.clone())).collect();
    let store = bronze(&objects);
    let outcomes = ingest_well(&lake(store.clone()), contracts(), 2);
    assert_eq!(outcomes.len(), cases.len());

    let mut wrong = String::new();
    for case in &cases {
        let outcome =
            outcomes.iter().find(|outcome| outcome.object.facts.key.as_str() == case.key()).unwrap();
        let entry = outcome.result.as_ref().unwrap();
        assert!(entry.counts.is_balanced() && !entry.refused_whole, "{entry:?}");
        let (expected, found) = (case.expected(), counted(&entry.counts));
        if expected != found {
            writeln!(wrong, "{}:\n  expected {expected}\n  found    {found}", case.name).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    check_originals(&store, &cases);
}

/// Quarantine holds the bytes that stood in the object at the place that it names.
fn check_originals(store: &MemoryStore, cases: &[Case]) {
    let rows = quarantined(&read_table(store, Layer::Quarantine, "webinar"));
    let refused: u64 = cases.iter().flat_map(|case| case.refused).map(|(_, count)| count).sum();
    assert_eq!(rows.len() as u64, refused);
    for row in &rows {
        let case = cases.iter().find(|case| case.key() == row.object_key).unwrap();
        let content = expanded(&case.bytes);
        let there = &content[row.offset..row.offset + row.length];
        assert_eq!(row.is_whole, row.original.len() == row.length, "{row:?}");
        assert!(there.starts_with(&row.original), "{} holds other bytes at {}", case.name, row.offset);
        assert!(row.is_whole || row.original.len() >= 16, "too little is kept of {}", case.name);
        if !["cr-only", "pretty"].contains(&case.name) {
            let lines_before = content[..row.offset].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(row.line, i64::try_from(lines_before).unwrap() + 1, "{}", case.name);
        }
    }
}

/// As far as it can be decompressed.
fn expanded(bytes: &[u8]) -> Vec<u8> {
    let mut decoder: Box<dyn Read + '_> = match bytes {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(bytes)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::stream::read::Decoder::new(bytes).unwrap()),
        _ => return bytes.to_vec(),
    };
    let mut content = Vec::new();
    let mut chunk = [0; 64];
    while let Ok(read @ 1..) = decoder.read(&mut chunk) {
        content.extend_from_slice(&chunk[..read]);
    }
    content
}

#[test]
fn a_refusal_says_what_was_expected_and_what_was_there() {
    let records = [
        good(0),
        but(1, "webinar_attendance", "webinar_attendence"),
        but(2, "viewer2@gmail.com", "viewer2@gmail"),
        but(3, r#""email":"viewer3@gmail.com","#, ""),
        but(4, "2025-01-08T05:04:00Z", "yesterday"),
        but(5, "2025-01-08T05:05:00Z", "2025-01-08 05:05:00"),
        but(6, "2025-01-08", "1999-01-08"),
        but(7, "2025-01-08", "2025-02-08"),
        with(8, r#""event_id":"w-8""#),
        but(9, r#""w-9""#, r#"{"id":9}"#),
        but(10, "w-10", &"long".repeat(60)),
        with(11, &nested(70)),
        good(12)[..40].to_vec(),
        b"[1]".to_vec(),
        but(14, "w-14", "w-0"),
        but(15, "\"w-15\"", "\"tab\\there\""),
        b"{\"event_id\": undefined}".to_vec(),
    ];
    // More good ones than wrong ones, so that the object is not refused whole.
    let records = [records.to_vec(), (100..120).map(good).collect()].concat();
    let object = RawObject::new("bronze/webinar/2025/01/08/wrong.json", ARRIVED, lines(&records));
    let store = bronze(&[object]);
    ingest_well(&lake(store.clone()), contracts(), 1);
    let rows = quarantined(&read_table(&store, Layer::Quarantine, "webinar"));
    insta::assert_snapshot!(shown(&rows), @r#"
        2: not_allowed at $.event_type: expected one of webinar_attendance, webinar_registration, actual "webinar_attendence"
        3: not_an_email at $.email: expected an email address, such as name@example.com, actual "viewer2@gmail"
        4: missing at $.email: expected a value, actual none
        5: not_a_timestamp at $.timestamp: expected a time with an offset, such as 2025-01-01T10:15:30Z, actual "yesterday"
        6: timestamp_without_offset at $.timestamp: expected a time with an offset, such as 2025-01-01T10:15:30Z, actual "2025-01-08 05:05:00"
        7: out_of_range at $.timestamp: expected not before 2000-01-01T00:00:00Z, actual "1999-01-08T05:06:00Z"
        8: ahead_of_arrival at $.timestamp: expected not after 2025-01-10T06:00:00Z, actual "2025-02-08T05:07:00Z"
        9: duplicate_key at $.event_id: expected each field once, actual the field twice
        10: wrong_type at $.event_id: expected text, a number or a boolean, actual {"id":9}
        11: too_long at $.event_id: expected at most 200 characters, actual "longlonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglon…
        12: too_deep at $: expected at most 64 levels of nesting, actual [[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],"event_id":"w-11","event_type":"webinar_at…
        13: not_json at $: expected the closing quote on the same line, actual {"event_id":"w-12","event_type":"webinar
        14: not_an_object at $: expected an object, actual 1
        15: event_id_reused at $.event_id: expected an id of its own, actual w-0
        17: not_json at $: expected a value, actual undefined}
        "#);
}

fn shown(rows: &[Quarantined]) -> String {
    let shown = rows.iter().map(|row| {
        format!(
            "{}: {} at {}: expected {}, actual {}",
            row.line, row.code, row.path, row.expected, row.actual
        )
    });
    shown.collect::<Vec<_>>().join("\n")
}
