//! The real program, killed without warning.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use leadlake_generate::Plan;
use leadlake_lake::store::{DirStore, Store};
use leadlake_tests::folder::{files_below, made_in, write_bronze};
use leadlake_tests::lakes::{assert_same_lake, generated};
use leadlake_tests::program::{command, leadlake, run};

const EVENTS: u64 = 20_000;
const LAKES: usize = 4;
const KILLS_EACH: usize = 3;

/// Numbers from 0 to 1, the same in every run.
struct Shares(u64);

impl Iterator for Shares {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Some(f64::from((self.0 >> 33) as u32) / f64::from(1_u32 << 31))
    }
}

enum Ended {
    Killed,
    Finished,
}

fn ingest_until(lake: &Path, delay: Duration) -> Ended {
    let mut child = command(lake, &["ingest"]).spawn().unwrap();
    std::thread::sleep(delay);
    let has_ended = child.try_wait().unwrap();
    child.kill().unwrap();
    child.wait_with_output().unwrap();
    match has_ended {
        Some(_) => Ended::Finished,
        None => Ended::Killed,
    }
}

#[test]
fn a_killed_process_leaves_nothing_that_the_next_does_not_finish() {
    leadlake();
    let folder = tempfile::tempdir().unwrap();
    let (objects, _) = generated(&Plan::new(EVENTS, 5));
    let undisturbed = folder.path().join("undisturbed");
    write_bronze(&undisturbed, &objects);
    let started = Instant::now();
    let _ = run(&undisturbed, &["ingest"]).expect_code(0);
    let duration = started.elapsed();
    let expected = made_in(&undisturbed);
    let raw = raw_files(&undisturbed);

    let mut shares = Shares(42);
    let (mut landed, mut midway, mut left_over) = (0, 0, 0);
    for number in 0..LAKES {
        let lake = folder.path().join(format!("killed-{number}"));
        write_bronze(&lake, &objects);
        for (kill, share) in (0..KILLS_EACH).zip(&mut shares) {
            // A lake's kills share one run's duration, so that most find the work half done.
            let delay = duration.mul_f64(share * if kill == 0 { 0.9 } else { 0.5 });
            if let Ended::Killed = ingest_until(&lake, delay) {
                landed += 1;
                let made = made_in(&lake).len();
                midway += u32::from(made > 0 && made < expected.len());
            }
            assert_nothing_unfinished_is_listed(&lake);
        }
        left_over += files_below(&lake.join(".tmp")).len();
        let _ = run(&lake, &["ingest"]).expect_code(0);
        assert_same_lake(&expected, &made_in(&lake), &format!("kills of lake {number}"));
        assert_eq!(raw_files(&lake), raw, "bronze is never touched");
        assert_nothing_unfinished_is_listed(&lake);
        let _ = run(&lake, &["verify"]).expect_code(0);
        fs::remove_dir_all(&lake).unwrap();
    }
    println!(
        "{landed} of {} kills landed, {midway} of them midway; {left_over} unfinished files were left",
        LAKES * KILLS_EACH
    );
    assert!(landed >= LAKES && midway > 0, "{landed} kills landed, {midway} of them midway");
}

/// Whatever a dead process had begun lies in a folder that no listing enters.
fn assert_nothing_unfinished_is_listed(lake: &Path) {
    let store = DirStore::open(lake).unwrap();
    for facts in store.list("").unwrap() {
        let key = facts.unwrap().key;
        let first = key.segments().next().unwrap();
        assert!(["bronze", "silver", "quarantine", "ledger"].contains(&first), "{key} is listed");
    }
}

fn raw_files(lake: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    files_below(&lake.join("bronze"))
        .into_iter()
        .map(|path| {
            let metadata = fs::metadata(&path).unwrap();
            let name = path.strip_prefix(lake).unwrap().to_owned();
            (name, (metadata.len(), metadata.modified().unwrap()))
        })
        .collect()
}
