//! The limits that docs/SEMANTICS.md names are those that are kept, to the last one.

use std::path::Path;

use leadlake_lake::key::LONGEST_KEY;

use crate::named::{good, many_members, nested, with};
use crate::packed::{repeated_block, zstd_head, zstd_of_window};
use crate::refining::{Ended, Refining, webinar};
use crate::samples::gzip;

/// What stands in the table's second column, for each thing that has a limit.
fn documented(thing: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/SEMANTICS.md");
    let text = std::fs::read_to_string(file).unwrap();
    let line = text.lines().find(|line| line.starts_with(&format!("| {thing} |")));
    line.unwrap_or_else(|| panic!("nothing is said of {thing}")).split(" | ").nth(1).unwrap().to_owned()
}

fn code(ended: &Ended) -> Option<&str> {
    ended.refused.first().map(|row| row.code.as_str())
}

/// An event of exactly so many bytes.
fn of_length(length: usize) -> Vec<u8> {
    let empty = with(1, "\"x\":\"\"").len();
    with(1, &format!("\"x\":\"{}\"", "y".repeat(length - empty)))
}

#[test]
fn a_record_at_its_limit_is_accepted_and_one_beyond_is_refused() {
    let mut refining = Refining::new();
    let largest = webinar().limits.largest_record_bytes;
    let limits = [
        ("nesting of a record", "64 levels", with(1, &nested(63)), with(1, &nested(64)), "too_deep"),
        (
            "fields of a record",
            "1,000",
            with(1, &many_members(995)),
            with(1, &many_members(996)),
            "too_many_fields",
        ),
        ("bytes of a record", "1,048,576", of_length(largest), of_length(largest + 1), "too_large"),
        ("layers of compression", "1,", gzip(&good(1)), gzip(&gzip(&good(1))), "compressed_twice"),
        ("window of a zstd frame", "67,108,864", zstd_of_window(26), zstd_of_window(27), "damaged_object"),
    ];
    for (thing, limit, at, beyond, refused) in limits {
        assert!(documented(thing).contains(limit), "{thing}: {}", documented(thing));
        let (at, beyond) = (refining.end_of(&at), refining.end_of(&beyond));
        assert_eq!((code(&at), code(&beyond)), (None, Some(refused)), "{thing}");
        if refused == "too_large" {
            assert_eq!(beyond.refused[0].original.len(), 16_384);
        }
    }
    let growing =
        [zstd_head(17), repeated_block(false).repeat(2_048), repeated_block(true).to_vec()].concat();
    let grown = refining.end_of(&growing);
    assert_eq!(code(&grown), Some("expands_too_far"));
    assert_eq!(grown.refused[0].expected, "at most 500-fold growth beyond 268435456 bytes");
    assert_eq!(documented("growth by decompression"), "500-fold, or 268,435,456 bytes");
    assert_eq!(documented("bytes of an object's key"), "1,024");
    assert_eq!(LONGEST_KEY, 1_024);
}
