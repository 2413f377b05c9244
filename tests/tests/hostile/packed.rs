//! Compressed objects that are cut, damaged, nested, or far larger than they look.

use std::io::Write;

use flate2::{Compression, Crc, GzBuilder};

use crate::named::{good, zstd};
use crate::refining::{Ended, Refining};
use crate::samples::gzip;

const EVENTS: u32 = 6;

fn content() -> Vec<u8> {
    (0..EVENTS).map(good).collect::<Vec<_>>().join(&b'\n')
}

fn zstd_with_checksum(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn codes(ended: &Ended) -> Vec<&str> {
    ended.refused.iter().map(|row| row.code.as_str()).collect()
}

/// How many events from the first on are as they were sent.
fn events_as_sent(ended: &Ended) -> u64 {
    let mut whole = Refining::new().end_of(&content()).accepted;
    whole.truncate(ended.accepted.len());
    assert_eq!(ended.accepted, whole, "{}", ended.shown());
    whole.len() as u64
}

#[test]
fn cut_at_any_byte_it_gives_the_events_before_the_cut_and_says_that_more_is_missing() {
    let mut refining = Refining::new();
    for packed in [gzip(&content()), zstd_with_checksum(&content()), zstd(&content())] {
        let mut had = 0;
        for length in 0..packed.len() {
            let ended = refining.end_of(&packed[..length]);
            let events = events_as_sent(&ended);
            assert!(events >= had, "{length} bytes give less than one byte fewer");
            had = events;
            let damage = codes(&ended);
            match length {
                0 => assert!(damage.is_empty() && events == 0),
                // Too short to be known as compressed.
                1..=3 => assert_eq!((damage.len(), events), (1, 0), "{}", ended.shown()),
                _ => assert_eq!(damage, ["damaged_object"], "{length} of {}", packed.len()),
            }
        }
        assert_eq!(codes(&refining.end_of(&packed)), [""; 0]);
    }
}

/// An event that is not what was sent may stand before the damage is known; then the damage is told.
#[test]
fn no_bit_can_be_turned_without_a_word() {
    let mut refining = Refining::new();
    let whole = refining.end_of(&content());
    let (mut told, mut harmless) = (0, 0);
    for packed in [gzip(&content()), zstd_with_checksum(&content())] {
        for bit in 0..packed.len() * 8 {
            let mut turned = packed.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            let ended = refining.end_of(&turned);
            if ended == whole {
                // Such as gzip's time, and bits that fill a byte up.
                harmless += 1;
            } else {
                assert!(ended.counts.refused_total() > 0, "bit {bit}: {}", ended.shown());
                told += 1;
            }
        }
    }
    assert!(told > 20 * harmless && told > 2_000, "{told} told, {harmless} harmless");
}

/// A member with every field that its header can have.
fn with_long_header(bytes: &[u8]) -> Vec<u8> {
    let builder =
        GzBuilder::new().extra(vec![0xff; 40_000]).filename("../../etc/passwd").comment("\u{7}\u{1b}[2J");
    let mut encoder = builder.mtime(u32::MAX).operating_system(255).write(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The header's own checksum, which few writers make.
fn with_header_checksum(bytes: &[u8], turn: u8) -> Vec<u8> {
    let mut packed = gzip(bytes);
    packed[3] |= 2;
    let mut crc = Crc::new();
    crc.update(&packed[..10]);
    let [low, high, ..] = crc.sum().to_le_bytes();
    packed.splice(10..10, [low ^ turn, high]);
    packed
}

fn with(mut packed: Vec<u8>, at_end: usize, byte: u8) -> Vec<u8> {
    let at = packed.len() - at_end;
    packed[at] ^= byte;
    packed
}

/// A frame that readers are to pass over.
fn skippable(length: usize) -> Vec<u8> {
    let size = u32::try_from(length).unwrap().to_le_bytes();
    [b"\x5a\x2a\x4d\x18".as_slice(), &size, &vec![b'{'; length]].concat()
}

/// A zstd frame whose window is `2^log` bytes, of one block that repeats a space.
pub fn zstd_of_window(log: u8) -> Vec<u8> {
    [zstd_head(log), repeated_block(true).to_vec()].concat()
}

pub fn zstd_head(window_log: u8) -> Vec<u8> {
    [b"\x28\xb5\x2f\xfd\x00".as_slice(), &[(window_log - 10) << 3]].concat()
}

/// Four bytes for 128 KiB.
pub fn repeated_block(is_last: bool) -> [u8; 4] {
    let header = (128_u32 * 1024) << 3 | 1 << 1 | u32::from(is_last);
    let [low, middle, high, _] = header.to_le_bytes();
    [low, middle, high, b' ']
}

#[test]
fn odd_but_lawful_containers_are_read_and_others_are_refused_whole() {
    let (first, second) = (good(0), good(1));
    let two = [first.clone(), b"\n".to_vec(), second.clone()].concat();
    let members = |parts: &[&[u8]]| parts.iter().flat_map(|part| gzip(part)).collect::<Vec<u8>>();
    let halves = [&two[..50], &two[50..]];
    let (damaged, none): (&[&str], &[&str]) = (&["damaged_object"], &[]);
    let cases: Vec<(&str, Vec<u8>, u64, &[&str])> = vec![
        ("a member in the middle of a record", members(&halves), 2, none),
        ("members of one byte", two.chunks(1).flat_map(gzip).collect(), 2, none),
        ("empty members around", members(&[b"", &two, b"", b""]), 2, none),
        ("an empty member alone", gzip(b""), 0, none),
        ("a long header", with_long_header(&two), 2, none),
        ("a header with a checksum", with_header_checksum(&two, 0), 2, none),
        ("a header with a wrong checksum", with_header_checksum(&two, 1), 0, damaged),
        ("a wrong checksum", with(gzip(&two), 8, 1), 2, damaged),
        ("a wrong length", with(gzip(&two), 4, 1), 2, damaged),
        ("zeros behind", [gzip(&two), vec![0; 512]].concat(), 2, damaged),
        ("a plain event behind", [gzip(&two), b"\n".to_vec(), good(2)].concat(), 2, damaged),
        ("zstd behind gzip", [gzip(&two), zstd(&good(2))].concat(), 2, damaged),
        ("a member of another method", [&[0x1f, 0x8b, 7][..], &gzip(&two)[3..]].concat(), 0, damaged),
        (
            "skippable frames between",
            [zstd(&first), skippable(9), zstd(b"\n"), zstd(&second)].concat(),
            2,
            none,
        ),
        ("a skippable frame behind", [zstd(&two), skippable(0)].concat(), 2, none),
        ("a skippable frame that is cut", [zstd(&two), skippable(70)[..40].to_vec()].concat(), 2, damaged),
        ("gzip behind zstd", [zstd(&two), gzip(&good(2))].concat(), 2, damaged),
        ("a window of 128 KiB", zstd_of_window(17), 0, none),
        ("a window of 128 MiB", zstd_of_window(27), 0, damaged),
        ("a window of 2 TiB", zstd_of_window(41), 0, damaged),
    ];
    let mut refining = Refining::new();
    for (name, packed, accepted, refused) in cases {
        let ended = refining.end_of(&packed);
        assert_eq!(
            (ended.counts.accepted, codes(&ended)),
            (accepted, refused.to_vec()),
            "{name}: {}",
            ended.shown()
        );
    }
}
