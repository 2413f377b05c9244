//! An object may be far larger than memory.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use leadlake_generate::{Flaws, Plan, Source};
use leadlake_tests::lakes::generated;
use leadlake_tests::program::{Ran, run_measured};

/// Less than what is read.
const MOST_RESIDENT: u64 = 184 << 20;
const MOST_RESIDENT_FOR_A_LINE: u64 = 64 << 20;

const MEGABYTE: usize = 1_000_000;

/// The long form takes some minutes.
fn is_long() -> bool {
    std::env::var_os("LEADLAKE_LONG").is_some()
}

fn ingest_measured(lake: &Path) -> (Ran, u64) {
    run_measured(lake, &["ingest", "--format", "json"])
}

fn create(lake: &Path, key: &str) -> BufWriter<File> {
    let path = lake.join(key);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    BufWriter::new(File::create(path).unwrap())
}

/// Repeats generated events, each time with other ids, until there are this many bytes of them; says how many.
fn write_events(out: impl Write, bytes: usize) -> u64 {
    let (objects, _) = generated(&Plan { flaws: Flaws::none(), ..Plan::new(20_000, 9) });
    let online = format!("bronze/{}/", Source::Online);
    let text: Vec<String> = objects
        .into_iter()
        .filter(|object| object.key.as_str().starts_with(&online))
        .map(|object| String::from_utf8(object.bytes).unwrap())
        .collect();
    let before_id = "{\"event_id\":\"";
    let rest_of_lines: Vec<&str> = text
        .iter()
        .flat_map(|object| object.lines())
        .map(|line| line.strip_prefix(before_id).unwrap())
        .collect();
    let mut out = GzEncoder::new(out, Compression::fast());
    let (mut written, mut events) = (0, 0);
    for (number, rest) in (0_u64..).zip(rest_of_lines.iter().cycle()) {
        if written >= bytes {
            break;
        }
        let line = format!("{before_id}{number}-{rest}\n");
        out.write_all(line.as_bytes()).unwrap();
        written += line.len();
        events += 1;
    }
    out.finish().unwrap().flush().unwrap();
    events
}

fn assert_small(peak: u64, most: u64, of: &str) {
    println!("{of}: at most {} MB resident", peak / 1_000_000);
    assert!(peak > 0, "nothing was measured of {of}");
    assert!(peak <= most, "{of} took {peak} bytes of memory");
}

#[test]
fn a_large_compressed_object_takes_little_memory() {
    let megabytes = if is_long() { 2_000 } else { 200 };
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let events = write_events(create(&lake, "bronze/online/2025/02/01/large.json.gz"), megabytes * MEGABYTE);
    let (ran, peak) = ingest_measured(&lake);
    let told = ran.expect_code(0).json();
    assert_eq!(told["total"]["accepted"], events, "{told}");
    assert_small(peak, MOST_RESIDENT, &format!("{megabytes} MB of events"));
}

#[test]
fn a_large_line_takes_little_memory() {
    let megabytes = if is_long() { 1_000 } else { 100 };
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let mut out = create(&lake, "bronze/online/2025/02/01/line.json");
    out.write_all(b"{\"a\":\"").unwrap();
    let part = vec![b'x'; MEGABYTE];
    for _ in 0..megabytes {
        out.write_all(&part).unwrap();
    }
    out.write_all(b"\"}\n").unwrap();
    out.flush().unwrap();
    drop(out);
    let (ran, peak) = ingest_measured(&lake);
    let told = ran.expect_code(0).json();
    assert_eq!((&told["total"]["input"], &told["total"]["refused"]["too_large"]), (&1.into(), &1.into()));
    assert_small(peak, MOST_RESIDENT_FOR_A_LINE, &format!("a line of {megabytes} MB"));
}
