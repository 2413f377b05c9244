//! Every damage that verify finds, and what mends it.

use std::fs;
use std::path::{Path, PathBuf};

use leadlake_tests::folder::{copy_lake, files_below, made_in, set_arrival};
use leadlake_tests::lakes::assert_same_lake;
use leadlake_tests::program::run;

use crate::samples::{ARRIVED, small_lake, without_ids};

/// One way to spoil a lake.
struct Damage {
    name: &'static str,
    spoil: fn(&Path),
    /// What verify then says, up to ids.
    told: &'static str,
    /// All that verify finds: one damage is told once, or advice would contradict advice.
    faults: usize,
    mend: Mend,
}

/// What brings the lake back to what it was.
enum Mend {
    Ingest,
    IngestForced,
    /// Nothing but the object itself, from a copy kept elsewhere.
    Restore,
    Delete(&'static str),
    DeleteAndIngest(fn(&Path) -> PathBuf),
}

fn only_file(lake: &Path, folder: &str) -> PathBuf {
    let mut files = files_below(&lake.join(folder));
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn flip_byte(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at.min(bytes.len() - 1);
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

const SILVER: &str = "silver/webinar/dt=2025-01-08";
const LEDGER: &str = "ledger/webinar/dt=2025-01-08";
const ELSEWHERE: &str = "ledger/webinar/dt=2025-01-09";
const RAW: &str = "bronze/webinar/2025/01/08/events.json";

fn damages() -> Vec<Damage> {
    let damage = |name, spoil, told, mend| Damage { name, spoil, told, faults: 1, mend };
    vec![
        damage(
            "silver deleted",
            |lake| fs::remove_file(only_file(lake, SILVER)).unwrap(),
            "silver/webinar/dt=2025-01-08/<id>.parquet is gone, but ledger/webinar/dt=2025-01-08/<id>.json names it",
            Mend::IngestForced,
        ),
        damage(
            "a bit of silver flipped",
            |lake| flip_byte(&only_file(lake, SILVER), 100),
            "silver/webinar/dt=2025-01-08/<id>.parquet is not what ledger/webinar/dt=2025-01-08/<id>.json says",
            Mend::IngestForced,
        ),
        damage(
            "a bit of quarantine's footer flipped",
            |lake| flip_byte(&only_file(lake, "quarantine/roadshow"), usize::MAX),
            "quarantine/roadshow/dt=2025-01-07/<id>.parquet is not what ledger/roadshow/dt=2025-01-07/<id>.json says",
            Mend::IngestForced,
        ),
        damage(
            "silver emptied",
            |lake| fs::write(only_file(lake, SILVER), "").unwrap(),
            "silver/webinar/dt=2025-01-08/<id>.parquet is not what ledger/webinar/dt=2025-01-08/<id>.json says",
            Mend::IngestForced,
        ),
        // The object, and the silver file that nothing names any more.
        Damage {
            name: "ledger entry deleted",
            spoil: |lake| fs::remove_file(only_file(lake, LEDGER)).unwrap(),
            told: "bronze/webinar/2025/01/08/events.json is not ingested",
            faults: 2,
            mend: Mend::Ingest,
        },
        damage(
            "ledger entry moved to another day",
            |lake| {
                let entry = only_file(lake, LEDGER);
                let other_day = lake.join(ELSEWHERE).join(entry.file_name().unwrap());
                fs::create_dir(other_day.parent().unwrap()).unwrap();
                fs::rename(entry, other_day).unwrap();
            },
            "ledger/webinar/dt=2025-01-09/<id>.json",
            Mend::DeleteAndIngest(|lake| only_file(lake, ELSEWHERE)),
        ),
        damage(
            "ledger entry cut off",
            |lake| fs::write(only_file(lake, LEDGER), "{\"object_id\":").unwrap(),
            "ledger entry ledger/webinar/dt=2025-01-08/<id>.json cannot be read",
            Mend::DeleteAndIngest(|lake| only_file(lake, LEDGER)),
        ),
        damage(
            "counts in the ledger changed",
            |lake| {
                let entry = only_file(lake, LEDGER);
                let text = fs::read_to_string(&entry).unwrap();
                fs::write(entry, text.replacen("\"input\":4", "\"input\":5", 1)).unwrap();
            },
            "ledger/webinar/dt=2025-01-08/<id>.json: input is not accepted + refused + duplicate",
            Mend::IngestForced,
        ),
        damage(
            "bronze edited",
            |lake| {
                flip_byte(&lake.join(RAW), 20);
                set_arrival(&lake.join(RAW), ARRIVED.parse().unwrap());
            },
            "bronze/webinar/2025/01/08/events.json is not what was refined",
            Mend::Restore,
        ),
        damage(
            "bronze deleted",
            |lake| fs::remove_file(lake.join(RAW)).unwrap(),
            "bronze/webinar/2025/01/08/events.json is gone from bronze",
            Mend::Restore,
        ),
        damage(
            "a file that nobody wrote",
            |lake| fs::write(lake.join("silver/webinar/dt=2025-01-08/mine.parquet"), "PAR1").unwrap(),
            "silver/webinar/dt=2025-01-08/mine.parquet has no ledger entry",
            Mend::Delete("silver/webinar/dt=2025-01-08/mine.parquet"),
        ),
        damage(
            "a file of another program in the ledger",
            |lake| fs::write(lake.join("ledger/webinar/.DS_Store"), "Bud1").unwrap(),
            "ledger/webinar/.DS_Store",
            Mend::Delete("ledger/webinar/.DS_Store"),
        ),
    ]
}

#[test]
fn verify_names_every_damage_and_its_advice_mends_it() {
    let (folder, whole) = small_lake();
    let _ = run(&whole, &["ingest"]).expect_code(0);
    let expected = made_in(&whole);
    let mut wrong = Vec::new();
    for Damage { name, spoil, told, faults, mend } in damages() {
        let lake = folder.path().join("spoiled");
        copy_lake(&whole, &lake);
        spoil(&lake);
        let ran = run(&lake, &["verify"]);
        let out = without_ids(&ran.out);
        if ran.code != Some(1) || !out.contains(told) || out.lines().count() != faults + 1 {
            wrong.push(format!("{name}: ended with {:?}\n{out}", ran.code));
        }
        mend.carry_out(&whole, &lake);
        assert_same_lake(&expected, &made_in(&lake), name);
        let _ = run(&lake, &["verify"]).expect_code(0);
        fs::remove_dir_all(&lake).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Mend {
    fn carry_out(self, whole: &Path, lake: &Path) {
        match self {
            Self::Ingest => drop(run(lake, &["ingest"]).expect_code(0)),
            Self::IngestForced => drop(run(lake, &["ingest", "--force"]).expect_code(0)),
            Self::Restore => {
                fs::copy(whole.join(RAW), lake.join(RAW)).unwrap();
                set_arrival(&lake.join(RAW), ARRIVED.parse().unwrap());
            }
            Self::Delete(file) => fs::remove_file(lake.join(file)).unwrap(),
            Self::DeleteAndIngest(file) => {
                fs::remove_file(file(lake)).unwrap();
                let _ = run(lake, &["ingest"]).expect_code(0);
            }
        }
    }
}
