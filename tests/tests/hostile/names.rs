//! Files that somebody laid into bronze under names that no key can have, or that look like something else.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use leadlake_lake::ingest::{Selection, find_pending};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::made_of;
use leadlake_lake::store::DirStore;
use leadlake_lake::verify::{Fault, verify};
use leadlake_tests::folder::{files_below, write_raw};
use leadlake_tests::lakes::{contracts, lake, refine};

use crate::named::good;
use crate::samples::{ARRIVED, gzip};

/// Each is data, whatever it is called and whatever its extension says.
const DATA: &[&str] = &[
    "...",
    "..x",
    ".hidden",
    ".json",
    "no-extension",
    "x.csv",
    "x.json.gz",
    "x.parquet",
    "x.zst",
    "%2e%2e%2fx.json",
    "%00",
    "a+b c&d=e;f?g#h!",
    "$(reboot)`reboot`|x",
    "-rf",
    "--help",
    "~",
    "*",
    "con.json",
    "\u{202e}nosj.exe",
    "x\u{200b}.json",
    "e\u{301}.json",
    "\u{e9}.json",
    "_log/00000001.json",
    ".tmp/x.json",
    "silver/webinar/dt=2025-01-08/00000000000000000000000000000000.parquet",
    "ledger/webinar/x.json",
    "dt=2025-01-08/x.json",
    "2025/02/30/x.json",
];

/// None can be a key.
const NO_KEYS: &[&[u8]] = &[
    b"x\n.json",
    b"x\r.json",
    b"x\t.json",
    b"\x1b[2J.json",
    b"x\x7f.json",
    b"x\xc2\x85.json",
    b"back\\slash.json",
    b"..\\..\\x.json",
    b"caf\xe9.json",
    b"\xff\xfe",
    b"\xed\xa0\x80.json",
    b"\xc0\xae\xc0\xae",
];

fn as_file(name: &[u8]) -> PathBuf {
    PathBuf::from(std::ffi::OsString::from_vec(name.to_vec()))
}

fn all_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = files_below(folder);
    files.sort();
    files
}

#[test]
fn a_name_is_data_or_is_told_of_and_nothing_is_written_outside_of_its_layer() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("lake");
    let day = "bronze/webinar/2025/01/08";
    let arrived = ARRIVED.parse().unwrap();
    for (number, name) in (0..).zip(DATA) {
        write_raw(&root, &format!("{day}/{name}"), &good(number), arrived);
    }
    // What it says it is, is not asked.
    write_raw(&root, &format!("{day}/plain.json.gz"), &good(900), arrived);
    write_raw(&root, &format!("{day}/packed.json"), &gzip(&good(901)), arrived);
    let longest = format!("{day}/{}", "n".repeat(255));
    write_raw(&root, &longest, &good(902), arrived);
    // Deeper than a key is long, though each name is short.
    let deep = vec!["d".repeat(100); 11].join("/");
    write_raw(&root, &format!("{day}/{deep}"), &good(903), arrived);
    for name in NO_KEYS {
        fs::write(root.join(day).join(as_file(name)), good(904)).unwrap();
    }
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.json"), good(905)).unwrap();
    symlink(&outside, root.join(day).join("to-a-folder")).unwrap();
    symlink(outside.join("secret.json"), root.join(day).join("to-a-file.json")).unwrap();
    symlink("/dev/zero", root.join(day).join("to-no-end.json")).unwrap();
    symlink(root.join(day), root.join(day).join("to-itself")).unwrap();
    let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
    fs::rename(folder.path().join("socket"), root.join(day).join("socket.json")).unwrap();
    let foreign = NO_KEYS.len() + 6;
    let before = all_below(&outside);

    let store = DirStore::open(&root).unwrap();
    let lake = lake(store);
    let pending = find_pending(&lake, contracts(), &Selection::default()).unwrap();
    assert_eq!(
        (pending.objects.len(), pending.strays.len()),
        (DATA.len() + 3, foreign),
        "{:#?}",
        pending.strays
    );
    for stray in &pending.strays {
        let told = stray.to_string();
        assert!(told.chars().all(|character| !character.is_control()) && told.len() < 600, "{told:?}");
    }
    for outcome in refine(&lake, contracts(), &pending.objects, 2) {
        let entry = outcome.result.unwrap();
        assert_eq!((entry.counts.accepted, entry.counts.input), (1, 1), "{}", entry.object_key);
    }

    assert_eq!(all_below(&outside), before);
    let beside: Vec<PathBuf> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
    for layer in fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()) {
        if layer == OsStr::new("bronze") {
            continue;
        }
        for file in files_below(&root.join(&layer)) {
            let key = file.strip_prefix(&root).unwrap().as_os_str().as_bytes().to_vec();
            let key = ObjectKey::new(String::from_utf8(key).unwrap()).unwrap();
            assert!(layer == OsStr::new(".tmp") || made_of(&key).is_ok(), "{key}");
        }
    }
    let faults = verify(&lake, contracts()).unwrap().faults;
    assert!(
        faults.len() == foreign && faults.iter().all(|fault| matches!(fault, Fault::Stray { .. })),
        "{faults:#?}"
    );
}
