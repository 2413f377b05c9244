//! Where a lake lies while processes die on it: in memory, or in a folder.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use leadlake_lake::store::{DirDeath, DirProcess, DirStore, Fault, FaultyStore, MemoryStore, Store};
use leadlake_tests::folder::{files_below, write_raw};
use leadlake_tests::lakes::{content, copy};
use tempfile::TempDir;

use crate::blow::{Blow, Manner};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Memory,
    Folder,
}

pub const KINDS: [Kind; 2] = [Kind::Memory, Kind::Folder];

impl Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Memory => "memory",
            Self::Folder => "folder",
        })
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        KINDS.into_iter().find(|kind| kind.to_string() == text).ok_or(())
    }
}

/// The lake that every process of an act finds. Nothing changes it.
pub enum Ground {
    Memory(MemoryStore),
    Folder(Template),
}

impl Ground {
    pub fn new(kind: Kind, before: &MemoryStore) -> Self {
        match kind {
            Kind::Memory => Self::Memory(copy(before)),
            Kind::Folder => Self::Folder(Template::of(before)),
        }
    }

    pub fn lake(&self) -> Remains {
        match self {
            Self::Memory(before) => Remains::Memory(copy(before)),
            Self::Folder(template) => template.lake(),
        }
    }

    /// Lakes in folders share the files of their template, so a store that wrote into one would change it too.
    pub fn assert_untouched(&self) {
        if let Self::Folder(template) = self {
            assert_eq!(template.facts, facts_of(template.folder.path()), "files were written to in place");
        }
    }
}

pub struct Template {
    folder: TempDir,
    folders: Vec<PathBuf>,
    facts: Facts,
}

type Facts = BTreeMap<PathBuf, (Vec<u8>, SystemTime)>;

impl Template {
    fn of(before: &MemoryStore) -> Self {
        let folder = new_folder();
        for facts in before.list("").unwrap() {
            let facts = facts.unwrap();
            write_raw(folder.path(), facts.key.as_str(), &content(before, &facts.key), facts.modified);
        }
        let facts = facts_of(folder.path());
        let mut folders: Vec<PathBuf> = facts.keys().map(|file| file.parent().unwrap().to_owned()).collect();
        folders.dedup();
        Self { folder, folders, facts }
    }

    /// Links instead of copies: a store never writes into a file that is there.
    fn lake(&self) -> Remains {
        let lake = new_folder();
        for folder in &self.folders {
            fs::create_dir_all(lake.path().join(folder)).unwrap();
        }
        for file in self.facts.keys() {
            fs::hard_link(self.folder.path().join(file), lake.path().join(file)).unwrap();
        }
        let store = DirStore::open(lake.path()).unwrap();
        Remains::Folder { _folder: lake, store }
    }
}

fn facts_of(folder: &Path) -> Facts {
    let facts = |file: PathBuf| {
        let modified = fs::metadata(&file).unwrap().modified().unwrap();
        (file.strip_prefix(folder).unwrap().to_owned(), (fs::read(&file).unwrap(), modified))
    };
    files_below(folder).into_iter().map(facts).collect()
}

/// In memory where the system has such a place.
pub fn new_folder() -> TempDir {
    static PLACE: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let place = PLACE.get_or_init(|| {
        let shared = PathBuf::from("/dev/shm");
        if tempfile::tempfile_in(&shared).is_ok() { shared } else { std::env::temp_dir() }
    });
    tempfile::Builder::new().prefix("leadlake-survival-").tempdir_in(place).unwrap()
}

/// A lake that processes work on and die on.
pub enum Remains {
    Memory(MemoryStore),
    Folder { _folder: TempDir, store: DirStore },
}

impl Remains {
    /// What the living see.
    pub fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Memory(store) => Arc::new(store.clone()),
            Self::Folder { store, .. } => Arc::new(store.clone()),
        }
    }

    pub fn process(&self, blow: Option<Blow>) -> Process {
        match self {
            Self::Memory(store) => {
                let fault = blow.map_or(Fault::Never, Blow::on_calls);
                Process::OfCalls(Arc::new(FaultyStore::new(store.clone(), fault)))
            }
            Self::Folder { store, .. } => {
                let death = blow.map_or(DirDeath::Never, Blow::on_files);
                Process::OfFiles(store.clone(), DirProcess::new(death))
            }
        }
    }

    /// How many files the dead began and nobody finished. They are gone after it.
    pub fn clear_litter(&self) -> usize {
        match self {
            Self::Memory(_) => 0,
            Self::Folder { store, .. } => clear_litter(store),
        }
    }
}

pub fn clear_litter(store: &DirStore) -> usize {
    let litter = store.clean_temporary(Timestamp::MAX).unwrap();
    let temporary = fs::read_dir(store.root().join(".tmp")).into_iter().flatten();
    let left = temporary.filter(|file| file.as_ref().unwrap().file_type().unwrap().is_file()).count();
    assert_eq!(left, 0, "unfinished files stay for ever");
    litter
}

/// Whatever a dead process had begun lies in a folder that no listing enters.
pub fn assert_nothing_unfinished_is_listed(store: &dyn Store) {
    const LAYERS: [&str; 8] =
        ["bronze", "silver", "quarantine", "ledger", "features", "gold", "ops", "catalog"];
    for facts in store.list("").unwrap() {
        let key = facts.unwrap().key;
        assert!(LAYERS.contains(&key.segments().next().unwrap()), "{key} is listed");
    }
}

/// Who works on the lake, and dies at its step.
pub enum Process {
    OfCalls(Arc<FaultyStore<MemoryStore>>),
    OfFiles(DirStore, DirProcess),
}

impl Process {
    pub fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::OfCalls(store) => Arc::<FaultyStore<MemoryStore>>::clone(store),
            Self::OfFiles(store, process) => Arc::new(store.clone().worked_on_by(process)),
        }
    }

    pub fn steps(&self) -> u64 {
        match self {
            Self::OfCalls(store) => store.steps(),
            Self::OfFiles(_, process) => process.steps(),
        }
    }

    /// Every death that a process of as many steps can die. What is done in the same order each time leaves the same after one
    /// step as before the next, so that the one is enough.
    pub fn deaths(&self, is_ordered: bool) -> Vec<Blow> {
        let steps = self.steps();
        let (writes, loses_answers) = match self {
            Self::OfCalls(_) => (Vec::new(), true),
            Self::OfFiles(_, process) => (process.writes(), false),
        };
        let is_possible = |Blow { manner, step }: &Blow| match manner {
            Manner::Before => true,
            Manner::Midway => writes.contains(step),
            Manner::After => !is_ordered || *step == steps,
            Manner::AnswerLost => loses_answers,
        };
        let manners = [Manner::Before, Manner::Midway, Manner::After, Manner::AnswerLost];
        let every = (1..=steps).flat_map(|step| manners.map(|manner| Blow { manner, step }));
        every.filter(is_possible).collect()
    }
}
