use super::*;
use proptest::prelude::*;
use test_case::test_case;

/// What each piece was: `Ok(record)` or `Err(code: bytes)`, behind its line.
fn pieces_in_chunks(object: &[u8], largest: usize, chunk: usize) -> Vec<String> {
    struct Chunks<'a>(&'a [u8], usize);
    impl Read for Chunks<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let length = self.1.min(into.len());
            (&mut self.0).take(length as u64).read(&mut into[..length])
        }
    }
    let input = Input::open(Chunks(object, chunk)).unwrap();
    let mut records = Records::new(input, largest);
    let mut members = Members::new();
    let mut pieces = Vec::new();
    while let Some(piece) = records.next(&mut members).unwrap() {
        let text = String::from_utf8_lossy(piece.bytes);
        let at = piece.offset as usize;
        if piece.length == piece.bytes.len() as u64 && !object.starts_with(&[0x1f, 0x8b]) {
            assert_eq!(&object[at..at + piece.bytes.len()], piece.bytes, "offset");
        }
        pieces.push(match piece.fault {
            None => format!("{} {text}", piece.line),
            Some(fault) => format!("{} {}: {text}", piece.line, fault.code),
        });
    }
    pieces
}

fn pieces(object: &str) -> Vec<String> {
    pieces_in_chunks(object.as_bytes(), 1_000, usize::MAX)
}

#[test_case("", &[]; "empty")]
#[test_case(" \r\n\n", &[]; "blank")]
#[test_case("{\"a\":1}", &["1 {\"a\":1}"]; "one object")]
#[test_case("\u{feff}{\"a\":1}\r\n\r\n{\"a\":2}\r\n", &["1 {\"a\":1}", "3 {\"a\":2}"]; "lines with mark and carriage returns")]
#[test_case("[{\"a\":1},{\"a\":2}]", &["1 {\"a\":1}", "1 {\"a\":2}"]; "array")]
#[test_case("[\n{\"a\":1}\n,\n{\"a\":2}\n]\n", &["2 {\"a\":1}", "4 {\"a\":2}"]; "array over lines")]
#[test_case("[{\"a\":1}]\n[{\"a\":2}]{\"a\":3}", &["1 {\"a\":1}", "2 {\"a\":2}", "2 {\"a\":3}"]; "arrays one after another")]
#[test_case("{\n \"a\": 1\n}\n{\n \"a\": [\n{}]\n}", &["1 {\n \"a\": 1\n}", "4 {\n \"a\": [\n{}]\n}"]; "pretty printed")]
#[test_case("{\"a\":1}{\"a\":2}", &["1 {\"a\":1}", "1 {\"a\":2}"]; "concatenated")]
#[test_case("{\"a\":1}\n{\"a\":\n{\"a\":3}\n", &["1 {\"a\":1}", "2 not_json: {\"a\":", "3 {\"a\":3}"]; "a cut line takes no neighbour with it")]
#[test_case("{\"a\":1}\n{\"a\":\"x\n{\"a\":3}\n", &["1 {\"a\":1}", "2 not_json: {\"a\":\"x", "3 {\"a\":3}"]; "a line cut inside text")]
#[test_case("{\"a\":\n{\"b\":1}\n{\"a\":3}\n", &["1 not_json: {\"a\":\n{\"b\":1}", "3 {\"a\":3}"]; "a first line cut where an object may follow")]
#[test_case("{\"a\":1,\n{\"a\":2}\n", &["1 not_json: {\"a\":1,", "2 {\"a\":2}"]; "a first line cut after a comma")]
#[test_case("{\n \"a\": 1,\n}\n{\n \"a\": 2\n}", &["1 not_json: {\n \"a\": 1,\n}", "4 {\n \"a\": 2\n}"]; "pretty printed with trailing comma")]
#[test_case("[{\"a\":1,},{\"a\":2}]", &["1 not_json: {\"a\":1,}", "1 {\"a\":2}"]; "array with a bad element")]
#[test_case("[1,\"x\",[{}],{\"a\":2}]", &["1 not_an_object: 1", "1 not_an_object: \"x\"", "1 not_an_object: [{}]", "1 {\"a\":2}"]; "array with other values")]
#[test_case("[{\"a\":1},", &["1 {\"a\":1}", "1 unterminated_array: "]; "array without end")]
#[test_case("[{\"a\":1},{\"a\":", &["1 {\"a\":1}", "1 truncated: {\"a\":"]; "array cut inside a record")]
#[test_case("{\"a\":1}\n{\"a\":", &["1 {\"a\":1}", "2 truncated: {\"a\":"]; "cut inside a record")]
#[test_case("nonsense\n{\"a\":1}\n<xml/>", &["1 not_json: nonsense", "2 {\"a\":1}", "3 not_json: <xml/>"]; "garbage between")]
#[test_case("}\n]\n{\"a\":1}", &["1 not_json: }", "2 not_json: ]", "3 {\"a\":1}"]; "lone closers")]
#[test_case("null\n-12\n\"x\"\n{}", &["1 not_an_object: null", "2 not_an_object: -12", "3 not_an_object: \"x\"", "4 {}"]; "scalars")]
#[test_case("\0\0\n{\"a\":1}", &["1 unsupported_encoding: \0\0\n{\"a\":1}"]; "wide encoding without mark")]
fn records_are_told_apart(object: &str, expected: &[&str]) {
    assert_eq!(pieces(object), expected);
}

#[test]
fn an_utf16_object_is_refused_whole() {
    let utf16: Vec<u8> = "\u{feff}{\"a\":1}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let pieces = pieces_in_chunks(&utf16, 1_000, 3);
    assert_eq!(pieces.len(), 1);
    assert!(pieces[0].starts_with("1 unsupported_encoding"), "{pieces:?}");
}

#[test]
fn an_utf16_array_without_mark_is_refused_whole() {
    let utf16: Vec<u8> = "[{\"a\":1},{\"a\":2}]".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let pieces = pieces_in_chunks(&utf16, 1_000, 1);
    assert_eq!(pieces.len(), 1, "{pieces:?}");
    assert!(pieces[0].starts_with("1 unsupported_encoding"), "{pieces:?}");
}

/// However its bytes come, and however often it was compressed: what is unpacked again and again may have no end.
#[test]
fn what_was_compressed_twice_is_refused_whole() {
    use std::io::Write;
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let lines = "{\"a\":1}\n".repeat(1_000);
    let twice = gzip(&gzip(lines.as_bytes()));
    for packed in [&twice, &gzip(&twice), &gzip(&zstd::encode_all(lines.as_bytes(), 1).unwrap())] {
        for chunk in [1, 5, usize::MAX] {
            let pieces = pieces_in_chunks(packed, 1_000, chunk);
            assert!(pieces.len() == 1 && pieces[0].starts_with("1 compressed_twice"), "{pieces:?}");
        }
    }
}

#[test]
fn a_record_too_large_is_refused_without_its_neighbours() {
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(100_000));
    for object in [
        format!("{{\"a\":1}}\n{large}\n{{\"a\":3}}\n"),
        format!("[{{\"a\":1}},\n{large},\n{{\"a\":3}}]"),
        format!("[{{\"a\":1}},{large},{{\"a\":3}}]"),
    ] {
        let pieces = pieces_in_chunks(object.as_bytes(), 1_000, 64 * 1024);
        assert_eq!(pieces.len(), 3, "{}", object.len());
        assert!(pieces[1].contains("too_large: {\"a\":\"xxx"));
        assert!(pieces[1].len() < KEPT_OF_TOO_LARGE + 100);
        assert!(pieces[2].ends_with(" {\"a\":3}"));
    }
}

#[test]
fn a_cut_gzip_gives_what_can_be_had_and_says_that_more_is_missing() {
    use std::io::Write;
    let lines: String =
        (0..20_000).map(|number| format!("{{\"a\":{}}}\n", number * 7919 % 100_003)).collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(lines.as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    let pieces = pieces_in_chunks(&whole[..whole.len() / 2], 1_000, usize::MAX);
    assert!(pieces.len() > 5_000, "{}", pieces.len());
    let damaged = pieces.iter().filter(|piece| piece.contains("damaged_object")).count();
    assert_eq!(damaged, 1);
    assert!(pieces.last().unwrap().contains("damaged_object"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// A store hands bytes over in pieces of any size; the lake must come out the same.
    #[test]
    fn the_size_of_chunks_changes_nothing(
        parts in proptest::collection::vec(prop_oneof![
            Just("{\"a\":1}"), Just("\n"), Just("{\n\"a\":\n1}"), Just("["), Just("]"), Just(","),
            Just("{\"a\":\""), Just("\"}"), Just("{\"a\":[1,{\"b\":"), Just("xx"), Just("\u{feff}"), Just("\\"),
            Just("{\"long\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"}"),
        ], 0..24),
        chunk in 1usize..9,
    ) {
        let object = parts.concat();
        let whole = pieces_in_chunks(object.as_bytes(), 60, usize::MAX);
        let chunked = pieces_in_chunks(object.as_bytes(), 60, chunk);
        prop_assert_eq!(whole, chunked);
    }

    /// Nothing but separators lies between pieces.
    #[test]
    fn every_byte_is_accounted_for(object in "[{}\\[\\]\",:a1 \n\\\\]{0,60}") {
        let input = Input::open(object.as_bytes()).unwrap();
        let mut records = Records::new(input, 1_000);
        let mut members = Members::new();
        let mut behind = 0usize;
        while let Some(piece) = records.next(&mut members).unwrap() {
            let between = &object.as_bytes()[behind..piece.offset as usize];
            prop_assert!(between.iter().all(|byte| b" \n,[]".contains(byte)), "{:?}", between);
            behind = (piece.offset + piece.length) as usize;
        }
        prop_assert!(object.as_bytes()[behind..].iter().all(|byte| b" \n,[]".contains(byte)));
    }
}
