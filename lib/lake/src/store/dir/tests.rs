use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{self, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::key::KeyError;

fn lake() -> (TempDir, DirStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = DirStore::create(folder.path().join("lake")).unwrap();
    (folder, store)
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(name).unwrap()
}

fn files_in(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn no_key_leads_out_of_the_lake() {
    let (folder, store) = lake();
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), b"secret").unwrap();
    symlink(&outside, store.root().join("folder")).unwrap();
    symlink(outside.join("secret"), store.root().join("file")).unwrap();
    symlink(outside.join("new"), store.root().join("dangling")).unwrap();

    let is_refused = |answer: Result<(), StoreError>| {
        matches!(answer, Err(StoreError::Foreign { found: Foreign::SymbolicLink, .. }))
    };
    for name in ["folder/secret", "folder/new", "folder", "file", "dangling", "dangling/a"] {
        let key = key(name);
        assert!(is_refused(store.open(&key).map(drop)), "open {name}");
        assert!(is_refused(store.open_range(&key, 0..1).map(drop)), "open_range {name}");
        assert!(is_refused(store.head(&key).map(drop)), "head {name}");
        assert!(is_refused(store.put(&key, b"x")), "put {name}");
        assert!(is_refused(store.put_if_absent(&key, b"x").map(drop)), "put_if_absent {name}");
        assert!(is_refused(store.writer(&key).map(drop)), "writer {name}");
        assert!(is_refused(store.delete(&key)), "delete {name}");
        assert!(is_refused(store.list(name).map(drop)), "list {name}");
        assert!(is_refused(store.folders(name).map(drop)), "folders {name}");
    }

    symlink(&outside, store.root().join(TEMPORARY_FOLDER)).unwrap();
    assert!(is_refused(store.put(&key("a"), b"x")));
    assert_eq!(files_in(&outside), 1);
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret");
}

#[test]
fn a_listing_names_what_is_no_object_and_goes_on() {
    let (_folder, store) = lake();
    for name in ["a/1", "b/2", "c"] {
        store.put(&key(name), b"").unwrap();
    }
    let root = store.root();
    symlink(root, root.join("a/loop")).unwrap();
    let _socket = UnixListener::bind(root.join("b/socket")).unwrap();
    fs::write(root.join("b/line\nbreak"), b"").unwrap();
    fs::create_dir(root.join("b\\c")).unwrap();
    fs::write(root.join("b\\c/hidden"), b"").unwrap();
    fs::write(root.join(".tmp/left"), b"").unwrap();

    let (found, problems): (Vec<_>, Vec<_>) = store.list("").unwrap().partition(Result::is_ok);
    let found: Vec<String> = found.into_iter().map(|facts| facts.unwrap().key.into()).collect();
    assert_eq!(found, ["a/1", "b/2", "c"]);
    assert_eq!(store.folders("").unwrap(), ["a", "b"]);
    assert_eq!(store.folders("a").unwrap(), [""; 0]);
    let mut problems: Vec<String> =
        problems.into_iter().map(|problem| problem.unwrap_err().to_string()).collect();
    problems.sort();
    let [link, socket, file, folder] = &problems[..] else { panic!("{problems:#?}") };
    assert!(link.starts_with("a/loop is a symbolic link"), "{link}");
    assert!(socket.starts_with("b/socket is a pipe, socket or device"), "{socket}");
    assert!(file.contains(r#"key "b/line\nbreak" holds a control character"#), "{file}");
    assert!(folder.contains(r#"key "b\\c" holds a backslash"#), "{folder}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_text_is_an_error() {
    let (_folder, store) = lake();
    store.put(&key("bronze/a"), b"").unwrap();
    fs::write(store.root().join("bronze").join(OsStr::from_bytes(b"caf\xe9")), b"").unwrap();
    let items: Vec<_> = store.list("bronze").unwrap().collect();
    let [Err(StoreError::InvalidKey(error)), Ok(facts)] = &items[..] else { panic!("{items:?}") };
    assert_eq!(*error, KeyError::NotUtf8 { key: r"bronze/caf\xe9".into() });
    assert_eq!(facts.key, key("bronze/a"));
}

#[test]
fn a_listing_reads_a_folder_when_it_comes_to_it() {
    let (_folder, store) = lake();
    for name in ["a/1", "b/1", "c/1"] {
        store.put(&key(name), b"").unwrap();
    }
    let mut listing = store.list("").unwrap();
    assert_eq!(listing.next().unwrap().unwrap().key, key("a/1"));
    fs::remove_dir_all(store.root().join("b")).unwrap();
    store.put(&key("c/2"), b"").unwrap();
    let rest: Vec<_> = listing.map(|facts| facts.unwrap().key).collect();
    assert_eq!(rest, [key("c/1"), key("c/2")]);
}

#[test]
fn an_object_and_a_folder_cannot_share_a_name() {
    let (_folder, store) = lake();
    store.put(&key("a/b"), b"").unwrap();
    let taken = |answer: Result<(), StoreError>| match answer {
        Err(StoreError::NameTaken { taken, by, .. }) => (taken, by),
        other => panic!("{other:?}"),
    };
    for (name, expected) in [("a", ("a", TakenBy::Folder)), ("a/b/c/d", ("a/b", TakenBy::Object))] {
        let expected = (expected.0.to_owned(), expected.1);
        assert_eq!(taken(store.put(&key(name), b"")), expected);
        assert_eq!(taken(store.put_if_absent(&key(name), b"").map(drop)), expected);
        assert_eq!(taken(store.writer(&key(name)).map(drop)), expected);
        assert_eq!(store.head(&key(name)).unwrap(), None);
        assert!(matches!(store.open(&key(name)), Err(StoreError::NotFound { .. })));
        store.delete(&key(name)).unwrap();
    }

    // The folder may appear between the check and the link.
    let late = Temporary::create(&store, &key("late")).unwrap();
    store.put(&key("late/a"), b"").unwrap();
    assert_eq!(taken(late.link().map(drop)), ("late".to_owned(), TakenBy::Folder));
    assert_eq!(files_in(&store.temporary_folder()), 0);
}

#[test]
fn an_object_is_the_same_in_a_copy_of_the_folder() {
    let (folder, store) = lake();
    let name = key("bronze/crm/a.json");
    store.put(&name, &[b'x'; 300]).unwrap();
    let modified = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_736_154_000_123_456_789);
    File::options().write(true).open(store.path(&name)).unwrap().set_modified(modified).unwrap();
    let facts = store.head(&name).unwrap().unwrap();
    assert_eq!(facts.modified.to_string(), "2025-01-06T09:00:00.123456789Z");

    let copy = DirStore::create(folder.path().join("copy")).unwrap();
    fs::create_dir_all(copy.root().join("bronze/crm")).unwrap();
    fs::copy(store.path(&name), copy.path(&name)).unwrap();
    let copied = copy.head(&name).unwrap().unwrap();
    assert_ne!(copied.modified, facts.modified);
    assert_eq!((copied.key, copied.etag), (facts.key, "12c".to_owned()));
}

#[test]
fn a_lake_that_is_not_there_is_not_made_by_accident() {
    let (folder, store) = lake();
    let missing = folder.path().join("missing");
    assert!(matches!(DirStore::open(&missing), Err(StoreError::Root { .. })));
    assert!(!missing.exists());
    fs::write(&missing, b"").unwrap();
    assert!(matches!(DirStore::create(&missing), Err(StoreError::Root { .. })));

    fs::remove_dir(store.root()).unwrap();
    assert!(matches!(store.put(&key("a/b"), b""), Err(StoreError::Io { .. })));
    assert!(!store.root().exists());
}

#[test]
fn cleaning_takes_what_is_older_and_nothing_else() {
    let (_folder, store) = lake();
    assert_eq!(store.clean_temporary(Timestamp::MAX).unwrap(), 0);
    store.put(&key("a"), b"").unwrap();
    let left = store.temporary_folder().join("1-dead-0");
    let modified: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    File::create(&left).unwrap().set_modified(modified.into()).unwrap();
    let mut living = store.writer(&key("b")).unwrap();

    assert_eq!(store.clean_temporary(modified).unwrap(), 0);
    assert!(left.exists());
    let hour_later = modified + jiff::SignedDuration::from_hours(1);
    assert_eq!(store.clean_temporary(hour_later).unwrap(), 1);
    assert!(!left.exists());
    Write::write_all(&mut living, b"x").unwrap();
    living.finish().unwrap();
    assert_eq!(store.list("").unwrap().count(), 2);
}

const CHILD_WORKS_IN: &str = "LEADLAKE_TEST_STORE";

/// Even a child whose parent was killed must come to an end.
const CHILD_LIVES_AT_MOST: Duration = Duration::from_secs(20);

/// A process that ends with the test, whether the test passes or fails.
struct Child(process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the named test of this file again in a process of its own, which works in `root`.
fn child(test: &str, root: &Path) -> Child {
    let (_, module) = module_path!().split_once("::").unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("{module}::{test}"), "--nocapture", "--test-threads=1"]);
    command.env(CHILD_WORKS_IN, root).stdout(Stdio::piped()).stderr(Stdio::null());
    Child(command.spawn().unwrap())
}

fn child_store() -> Option<DirStore> {
    std::env::var_os(CHILD_WORKS_IN).map(|root| DirStore::open(root).unwrap())
}

#[test]
fn of_many_processes_one_writes() {
    const OBJECTS: usize = 300;
    if let Some(store) = child_store() {
        let me = process::id().to_string().repeat(1000);
        let put = |n| store.put_if_absent(&key(&format!("_log/{n}.json")), me.as_bytes()).unwrap();
        let written = (0..OBJECTS).filter(|n| put(*n) == Put::Written).count();
        println!("\nwritten {written}");
        return;
    }
    let (_folder, store) = lake();
    let children: Vec<_> = (0..4).map(|_| child("of_many_processes_one_writes", store.root())).collect();
    let written_by = |mut child: Child| {
        let mut text = String::new();
        child.0.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("written ")).unwrap();
        line.parse::<usize>().unwrap()
    };
    assert_eq!(children.into_iter().map(written_by).sum::<usize>(), OBJECTS);
    assert_eq!(store.list("_log").unwrap().count(), OBJECTS);
}

/// Each process counts up one number; some are killed at any instruction, and none of them may leave a lock behind.
#[test]
fn many_processes_count_without_losing_any() {
    let counter = key("catalog/count.json");
    let count_on = |store: &DirStore| {
        let there = store.read_versioned(&counter).unwrap().unwrap();
        let count: u32 = std::str::from_utf8(&there.bytes).unwrap().parse().unwrap();
        let next = format!("{:08}", count + 1);
        store.put_if_match(&counter, next.as_bytes(), &there.token).unwrap() == PutIfMatch::Written
    };
    if let Some(store) = child_store() {
        let mut told = io::stdout();
        let born = Instant::now();
        while born.elapsed() < CHILD_LIVES_AT_MOST {
            if count_on(&store) {
                told.write_all(b"\ncounted\n").unwrap();
            }
        }
        return;
    }
    let (_folder, store) = lake();
    store.put(&counter, b"00000000").unwrap();
    let counted = || {
        let there = store.read_versioned(&counter).unwrap().unwrap();
        std::str::from_utf8(&there.bytes).unwrap().parse::<usize>().unwrap()
    };
    let told_by = |mut child: Child| {
        child.0.kill().unwrap();
        let mut text = String::new();
        child.0.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        text.lines().filter(|line| *line == "counted").count()
    };
    let (mut told, mut killed) = (0, 0);
    while killed < 12 {
        let children: Vec<_> =
            (0..4).map(|_| child("many_processes_count_without_losing_any", store.root())).collect();
        let (goal, patience) = (counted() + 100, Instant::now() + CHILD_LIVES_AT_MOST);
        while counted() < goal && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(1));
        }
        for child in children {
            told += told_by(child);
            killed += 1;
        }
        assert!((0..1000).any(|_| count_on(&store)), "a dead process left its lock behind");
        told += 1;
    }
    // A process may be killed after it counted and before it told so.
    assert!((told..=told + killed).contains(&counted()), "{} counted, {told} told", counted());
    assert!(counted() > 300, "{} counted", counted());
}

#[test]
fn no_link_leads_the_lock_out_of_the_lake() {
    let (folder, store) = lake();
    let outside = folder.path().join("outside");
    store.put(&key("a"), b"1").unwrap();
    let token = store.read_versioned(&key("a")).unwrap().unwrap().token;
    assert_eq!(store.put_if_match(&key("a"), b"2", &token).unwrap(), PutIfMatch::Written);
    let lock = files_below(&store.temporary_folder().join("locks")).pop().unwrap();
    fs::remove_file(&lock).unwrap();
    symlink(&outside, &lock).unwrap();
    let token = store.read_versioned(&key("a")).unwrap().unwrap().token;
    assert!(matches!(store.put_if_match(&key("a"), b"3", &token), Err(StoreError::Foreign { .. })));
    assert!(!outside.exists());
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect()
}

#[test]
fn a_killed_process_leaves_no_torn_object() {
    const SIZE: usize = 1 << 18;
    if let Some(store) = child_store() {
        let born = Instant::now();
        for n in (0_u32..).take_while(|_| born.elapsed() < CHILD_LIVES_AT_MOST) {
            let bytes = vec![u8::try_from(n % 251).unwrap(); SIZE];
            store.put(&key("replaced"), &bytes).unwrap();
            let _ = store.put_if_absent(&key(&format!("created/{}", n % 10)), &bytes).unwrap();
            let mut writer = store.writer(&key(&format!("streamed/{}", n % 10))).unwrap();
            bytes.chunks(70_000).for_each(|part| writer.write_all(part).unwrap());
            writer.finish().unwrap();
        }
        return;
    }
    let (_folder, store) = lake();
    let check_all = || {
        let objects: Vec<_> = store.list("").unwrap().map(Result::unwrap).collect();
        for facts in &objects {
            let mut bytes = Vec::new();
            store.open(&facts.key).unwrap().body.read_to_end(&mut bytes).unwrap();
            let whole = vec![bytes.first().copied().unwrap_or_default(); SIZE];
            assert!(bytes == whole, "{} is torn", facts.key);
        }
        objects.len()
    };
    for round in 0..6 {
        store.clean_temporary(Timestamp::MAX).unwrap();
        let child = child("a_killed_process_leaves_no_torn_object", store.root());
        let patience = Instant::now() + Duration::from_secs(10);
        while files_in(&store.temporary_folder()) == 0 && Instant::now() < patience {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(7_300 * round));
        check_all();
        drop(child);
        check_all();
    }
    assert!(check_all() > 0);
    store.clean_temporary(Timestamp::MAX).unwrap();
    assert_eq!(files_in(&store.temporary_folder()), 0);
}
