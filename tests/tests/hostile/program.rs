//! The real program on a folder of the worst objects: what becomes of them, in how much memory, and in how much time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use leadlake_tests::folder::write_raw;
use leadlake_tests::program::{run, run_measured};
use serde_json::Value;
use std::io::Write;

use crate::named::good;
use crate::packed::{repeated_block, zstd_head};
use crate::samples::{ARRIVED, gzip, webinar_line};

const MOST_RESIDENT: u64 = 256 << 20;
/// A program that is not optimised, on a machine that does other things too, takes a tenth of it.
const LONGEST: Duration = Duration::from_secs(180);
const MIB: usize = 1 << 20;

/// Ten gibibytes in ten mebibytes.
fn gzip_bomb(begins: &[u8], filler: u8) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![filler; 16 * MIB]).unwrap();
    [gzip(begins), encoder.finish().unwrap().repeat(640)].concat()
}

/// Ten gibibytes in 320 kB: a block of four bytes for each 128 KiB.
fn zstd_bomb() -> Vec<u8> {
    [zstd_head(17), repeated_block(false).repeat(80_000), repeated_block(true).to_vec()].concat()
}

/// A kilobyte that would be ten gibibytes, if it were unpacked as often as it was packed.
fn nested_bomb() -> Vec<u8> {
    let mut packed = gzip_bomb(b"", b' ');
    while packed.len() > 1_000 {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&packed).unwrap();
        let again = encoder.finish().unwrap();
        if again.len() >= packed.len() {
            break;
        }
        packed = again;
    }
    packed
}

/// With as many other events as keep an object from being refused whole.
fn beside(events: u32, hostile: &[u8]) -> Vec<u8> {
    let events: Vec<u8> = (0..events).flat_map(|number| [good(number), b"\n".to_vec()].concat()).collect();
    [events, hostile.to_vec()].concat()
}

fn event_with(name: &str, value: &str) -> Vec<u8> {
    let event = webinar_line(900).replace("\"duration_minutes\":0,", "");
    event.replacen('{', &format!("{{\"{name}\":{value},"), 1).into_bytes()
}

/// Objects with what must be counted: accepted, duplicate, and refused by code.
type Case = (&'static str, Vec<u8>, u64, u64, &'static [(&'static str, u64)]);

fn worst() -> Vec<Case> {
    let same = [good(0), b"\n".to_vec()].concat();
    let digits = "9".repeat(900_000);
    let members: String = (0..990).map(|number| format!("\"{number}{}\":1,", "k".repeat(900))).collect();
    let mut state = 1_u64;
    let noise = (0..2 * MIB).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    });
    let noise: Vec<u8> = noise.collect();
    vec![
        (
            "10-gb-of-text.json.gz",
            gzip_bomb(b"{\"a\":\"", b'x'),
            0,
            0,
            &[("expands_too_far", 1), ("too_large", 1)],
        ),
        ("10-gb-of-space.json.zst", zstd_bomb(), 0, 0, &[("expands_too_far", 1)]),
        ("10-gb-packed-again.json.gz", nested_bomb(), 0, 0, &[("compressed_twice", 1)]),
        ("the-same-event.json.gz", gzip(&same.repeat(50_000)), 1, 49_999, &[]),
        ("opening.json", b"[".repeat(8 * MIB), 0, 0, &[("too_large", 1), ("unterminated_array", 1)]),
        ("objects-in-objects.json", b"{\"a\":".repeat(2 * MIB), 0, 0, &[("too_deep", 1)]),
        ("quotes.json", b"\"".repeat(8 * MIB), 0, 0, &[("too_large", 1)]),
        (
            "backslashes.json",
            [b"{\"a\":\"".to_vec(), b"\\".repeat(8 * MIB)].concat(),
            0,
            0,
            &[("too_large", 1)],
        ),
        ("zeros.json", vec![0; 8 * MIB], 0, 0, &[("unsupported_encoding", 1)]),
        ("one-line-of-wrong-objects.json", b"{]".repeat(30_000), 0, 0, &[("not_json", 30_000)]),
        ("lines-of-nothing.json", b"{\n".repeat(30_000), 0, 0, &[("not_json", 29_999), ("truncated", 1)]),
        ("empty-objects.json", b"{}".repeat(30_000), 0, 0, &[("missing", 30_000)]),
        ("commas.json", b"[,".repeat(4 * MIB), 0, 0, &[("too_large", 1), ("unterminated_array", 1)]),
        ("noise.bin", noise, 0, 0, &[]),
        ("long-number.json", beside(9, &event_with("duration_minutes", &digits)), 10, 0, &[]),
        (
            "long-exponent.json",
            beside(9, &event_with("duration_minutes", &format!("1e{digits}"))),
            10,
            0,
            &[],
        ),
        (
            "long-extra.json",
            beside(9, &event_with("x", &format!("-{digits}e{}", &digits[..100_000]))),
            10,
            0,
            &[],
        ),
        ("long-key.json", beside(9, &event_with(&"k".repeat(900_000), "1")), 10, 0, &[]),
        ("long-keys.json", beside(9, &event_with("x", &format!("1,{members}\"y\":1"))), 10, 0, &[]),
        ("long-webinar.json", beside(9, &event_with("webinar_id", &format!("\"{digits}\""))), 10, 0, &[]),
    ]
}

#[test]
fn the_worst_objects_end_within_bounds_of_memory_and_time() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let cases = worst();
    for (name, bytes, ..) in &cases {
        write_raw(&lake, &format!("bronze/webinar/2025/01/08/{name}"), bytes, ARRIVED.parse().unwrap());
    }
    let began = Instant::now();
    let (ran, peak) = run_measured(&lake, &["ingest", "--format", "json"]);
    let took = began.elapsed();
    let told = ran.expect_code(0).json();
    println!("{} objects took {took:?} and at most {} MB", cases.len(), peak / 1_000_000);
    assert!(peak > 0 && peak <= MOST_RESIDENT, "{peak} bytes resident");
    assert!(took < LONGEST, "{took:?}");

    let entries = leadlake_tests::folder::files_below(&lake.join("ledger"));
    let entries: Vec<Value> =
        entries.iter().map(|file| serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()).collect();
    assert_eq!(entries.len(), cases.len());
    let mut wrong = String::new();
    for (name, _, accepted, duplicate, refused) in &cases {
        let is_of = |entry: &&Value| entry["object_key"].as_str().unwrap().ends_with(&format!("/{name}"));
        let counts = &entries.iter().find(is_of).unwrap()["counts"];
        let found: BTreeMap<String, u64> = serde_json::from_value(counts["refused"].clone()).unwrap();
        let total = accepted + duplicate + found.values().sum::<u64>();
        assert_eq!(counts["input"], total, "{name}");
        let expected: BTreeMap<String, u64> =
            refused.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect();
        let is_as_expected = (&counts["accepted"], &counts["duplicate"])
            == (&(*accepted).into(), &(*duplicate).into())
            && (expected == found || *name == "noise.bin");
        if !is_as_expected {
            wrong += &format!("{name}: {counts}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(told["total"]["accepted"], cases.iter().map(|case| case.2).sum::<u64>());
    let verified = run(&lake, &["verify", "--format", "json"]).expect_code(0).json();
    assert_eq!(verified["faults"], serde_json::json!([]));
}
