//! The real program, killed by the system at instants that nobody chose.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use leadlake_generate::Plan;
use leadlake_lake::Lake;
use leadlake_lake::store::{DirStore, Store};
use leadlake_tests::folder::{copy_lake, files_below, write_bronze};
use leadlake_tests::lakes::{NOW, contracts, generated};
use leadlake_tests::program::{command_at, leadlake, run_at};
use leadlake_tests::scores::SALT;
use leadlake_tests::shares::Shares;
use tempfile::TempDir;

use crate::act::{Survived, Truth};
use crate::ground::{assert_nothing_unfinished_is_listed, clear_litter, new_folder};
use crate::refining::Files;
use crate::rounds::{Form, Told, caught, in_threads};
use crate::tables::Tables;

/// Later than what any store writes down, so that everything is old.
const LATER: &str = "2100-01-01T00:00:00Z";

/// What is typed, and how often it is killed.
pub struct Typed {
    pub name: &'static str,
    words: &'static [&'static str],
    now: &'static str,
    lake: fn(&Path, u64),
    truth: fn(&Lake, &Lake) -> Box<dyn Truth>,
    usual_lakes: u64,
    kills_of_a_lake: usize,
    /// Whether it takes long enough to be met with some of its files made, and not all.
    is_met_midway: bool,
}

/// On a busy machine kills come too early or too late. So many times more lakes are tried then.
const MOST_LAKES: u64 = 6;
/// Fewer might be chance.
const FEWEST_MIDWAY: u64 = 2;

/// The long form has so many times more lakes.
const LONG_FORM: u64 = 8;

pub const TYPED: [Typed; 4] = [
    Typed {
        name: "program-ingest",
        words: &["ingest"],
        now: NOW,
        lake: with_many_objects,
        truth: |before, finished| Box::new(Files::of(contracts(), before, finished)),
        usual_lakes: 4,
        kills_of_a_lake: 3,
        is_met_midway: true,
    },
    Typed {
        name: "program-run",
        words: &["run"],
        now: NOW,
        lake: with_a_run_behind_it,
        truth: |before, finished| Box::new(Tables::new(contracts(), before, finished).where_some_is_to_do()),
        usual_lakes: 4,
        kills_of_a_lake: 2,
        is_met_midway: true,
    },
    Typed {
        name: "program-rollback",
        words: &["rollback", "silver/leads", "--to", "1"],
        now: NOW,
        lake: with_two_runs_behind_it,
        truth: same_versions,
        usual_lakes: 3,
        kills_of_a_lake: 1,
        is_met_midway: false,
    },
    Typed {
        name: "program-vacuum",
        words: &["vacuum"],
        now: LATER,
        lake: with_two_runs_behind_it,
        truth: same_versions,
        usual_lakes: 3,
        kills_of_a_lake: 1,
        is_met_midway: false,
    },
];

/// Of what says something about the versions that are there, and writes none.
fn same_versions(before: &Lake, finished: &Lake) -> Box<dyn Truth> {
    Box::new(Tables::new(contracts(), before, finished).writing_no_version(finished))
}

/// Every lake has the same leads by the same secret.
fn with_salt(lake: &Path) {
    fs::create_dir_all(lake.join("ops")).unwrap();
    fs::write(lake.join("ops/salt"), "07".repeat(SALT.0.len())).unwrap();
}

fn with_many_objects(lake: &Path, seed: u64) {
    write_bronze(lake, &generated(&Plan::new(6_000, seed + 4)).0);
}

fn with_a_run_behind_it(lake: &Path, seed: u64) {
    let (mut objects, _) = generated(&Plan { events_per_object: 12, days: 6, ..Plan::new(240, seed + 4) });
    let later = objects.split_off(objects.len() / 2);
    with_salt(lake);
    write_bronze(lake, &objects);
    let _ = run_at(lake, &["run"], NOW).expect_code(0);
    write_bronze(lake, &later);
}

fn with_two_runs_behind_it(lake: &Path, seed: u64) {
    with_a_run_behind_it(lake, seed);
    let _ = run_at(lake, &["run"], NOW).expect_code(0);
}

fn opened(lake: &Path) -> Lake {
    let store: Arc<dyn Store> = Arc::new(DirStore::open(lake).unwrap());
    Lake::local(store)
}

struct Scene<'t> {
    typed: &'t Typed,
    folder: TempDir,
    truth: Box<dyn Truth>,
    raw: Raw,
    duration: Duration,
    /// Objects before it and after it.
    objects: [usize; 2],
    midway: AtomicU64,
}

impl<'t> Scene<'t> {
    fn of(typed: &'t Typed, seed: u64) -> Self {
        leadlake();
        let folder = new_folder();
        let [before, finished] = ["before", "finished"].map(|name| folder.path().join(name));
        fs::create_dir(&before).unwrap();
        (typed.lake)(&before, seed);
        copy_lake(&before, &finished);
        let began = Instant::now();
        let _ = run_at(&finished, typed.words, typed.now).expect_code(0);
        let duration = began.elapsed();
        let truth = (typed.truth)(&opened(&before), &opened(&finished));
        truth.check_finished(&opened(&finished));
        let raw = raw_files(&before);
        let objects = [&before, &finished].map(|lake| objects_of(lake));
        Self { typed, folder, truth, raw, duration, objects, midway: AtomicU64::default() }
    }

    fn survive(&self, KilledLake { seed, number, .. }: &KilledLake) -> Survived {
        let lake = self.folder.path().join(format!("killed-{number}"));
        let mut shares = Shares::new(seed * 1_000 + number);
        copy_lake(&self.folder.path().join("before"), &lake);
        let mut landed = 0;
        for kill in 0..self.typed.kills_of_a_lake {
            // A lake's kills share one run's duration, so that most find the work half done.
            let delay = self.duration.mul_f64(shares.next_share() * if kill == 0 { 0.9 } else { 0.5 });
            match self.run_until(&lake, delay) {
                Ended::Killed => {
                    landed += 1;
                    self.midway.fetch_add(u64::from(self.is_midway(&lake)), Ordering::Relaxed);
                    self.truth.check_remains(&opened(&lake));
                }
                Ended::Finished => self.truth.check_finished(&opened(&lake)),
            }
            assert_nothing_unfinished_is_listed(opened(&lake).store.as_ref());
        }
        let _ = run_at(&lake, self.typed.words, self.typed.now).expect_code(0);
        let litter = clear_litter(&DirStore::open(&lake).unwrap());
        self.truth.check_finished(&opened(&lake));
        assert_eq!(raw_files(&lake), self.raw, "bronze is never touched");
        fs::remove_dir_all(&lake).unwrap();
        Survived { kills: landed, litter, ..Survived::default() }
    }

    /// Something was made, and not all.
    fn is_midway(&self, lake: &Path) -> bool {
        let [before, finished] = self.objects;
        (before + 1..finished).contains(&objects_of(lake))
    }

    fn is_proof(&self, kills: u64, lakes: u64) -> bool {
        let midway = self.midway.load(Ordering::Relaxed);
        kills >= lakes && (midway >= FEWEST_MIDWAY || !self.typed.is_met_midway)
    }

    fn run_until(&self, lake: &Path, delay: Duration) -> Ended {
        let mut child = command_at(lake, self.typed.words, self.typed.now).spawn().unwrap();
        std::thread::sleep(delay);
        let has_ended = child.try_wait().unwrap();
        child.kill().unwrap();
        let told = child.wait_with_output().unwrap();
        match has_ended {
            Some(status) => {
                assert!(status.success(), "{}", String::from_utf8_lossy(&told.stderr));
                Ended::Finished
            }
            None => Ended::Killed,
        }
    }
}

enum Ended {
    Killed,
    Finished,
}

struct KilledLake {
    name: &'static str,
    seed: u64,
    number: u64,
}

impl Display for KilledLake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: lake {} of seed {}", self.name, self.number, self.seed)
    }
}

pub fn kill_all(typed: &Typed, seed: u64, form: Form) -> Told {
    let told = Told::of(typed.name, "process");
    let scene = match caught(|| Scene::of(typed, seed)) {
        Ok(scene) => scene,
        Err(why) => return told.undisturbed_failed(seed, &why),
    };
    let lakes = match form {
        Form::Usual => typed.usual_lakes,
        Form::Long => typed.usual_lakes * LONG_FORM,
    };
    let mut told = told;
    for round in 0..MOST_LAKES {
        let numbers = round * lakes..(round + 1) * lakes;
        let lakes_of_round: Vec<KilledLake> =
            numbers.map(|number| KilledLake { name: typed.name, seed, number }).collect();
        told = in_threads(&lakes_of_round, told, |lake| scene.survive(lake));
        if told.lost > 0 || scene.is_proof(told.kills, lakes) {
            return told;
        }
    }
    told.lost += 1;
    told.losses.push(format!(
        "{}: of runs of {:?} only {} were killed, {} of them midway",
        typed.name,
        scene.duration,
        told.kills,
        scene.midway.load(Ordering::Relaxed)
    ));
    told
}

fn objects_of(lake: &Path) -> usize {
    opened(lake).store.list("").unwrap().count()
}

type Raw = BTreeMap<PathBuf, (u64, SystemTime)>;

fn raw_files(lake: &Path) -> Raw {
    let facts = |path: PathBuf| {
        let metadata = fs::metadata(&path).unwrap();
        (path.strip_prefix(lake).unwrap().to_owned(), (metadata.len(), metadata.modified().unwrap()))
    };
    files_below(&lake.join("bronze")).into_iter().map(facts).collect()
}
