//! The log against a model of it, whatever is done in whatever order.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::{assert_published, assert_whole, commit, day, log, memory, number, run, written};
use crate::store::Store;
use crate::tables::{EntryKind, Keep, Placement, TableError, TableLog, VersionNumber, VersionSet};

#[derive(Debug, Clone)]
enum Act {
    Write(u64),
    Side(u64),
    Rollback(prop::sample::Index),
    Vacuum(u16),
    Die,
    Wait(i64),
    Publish,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..5_u64).prop_map(Act::Write),
        2 => (0..5_u64).prop_map(Act::Side),
        2 => any::<prop::sample::Index>().prop_map(Act::Rollback),
        2 => (0..6_u16).prop_map(Act::Vacuum),
        1 => Just(Act::Die),
        4 => (1..4_i64).prop_map(Act::Wait),
        1 => Just(Act::Publish),
    ]
}

/// An entry as the model knows it: its version's number and rows, what is current after it, and its day.
#[derive(Debug, Clone)]
struct Modelled {
    version: Option<(u32, u64)>,
    current: Option<u32>,
    day: i64,
}

#[derive(Default)]
struct Model {
    entries: Vec<Modelled>,
    vacuumed: BTreeSet<u32>,
    today: i64,
    runs: u64,
}

impl Model {
    fn current(&self) -> Option<u32> {
        self.entries.last().and_then(|last| last.current)
    }

    fn add(&mut self, version: Option<(u32, u64)>, current: Option<u32>) {
        self.entries.push(Modelled { version, current, day: self.today });
    }

    fn next_number(&self) -> u32 {
        self.entries.len() as u32 + 1
    }

    fn rollback_target(&self, index: usize) -> Option<(u32, u64)> {
        self.entries[index].version.filter(|(version, _)| !self.vacuumed.contains(version))
    }

    /// In use at a day: committed on it, or current at some time of it. Kept is what was in use within the days.
    fn to_vacuum(&self, keep: u16) -> BTreeSet<u32> {
        let first_kept_day = self.today - i64::from(keep.max(1)) + 1;
        let last_day_of = |version: u32| {
            let ends = self.entries.iter().enumerate().filter_map(|(position, entry)| {
                let is_named = entry.version.is_some_and(|(named, _)| named == version);
                if entry.current == Some(version) {
                    return Some(self.entries.get(position + 1).map_or(i64::MAX, |next| next.day));
                }
                is_named.then_some(entry.day)
            });
            ends.max().unwrap()
        };
        let written = self.entries.iter().filter_map(|entry| entry.version).map(|(version, _)| version);
        let old = written.filter(|version| last_day_of(*version) < first_kept_day);
        old.filter(|version| !self.vacuumed.contains(version)).collect()
    }

    fn perform(&mut self, act: &Act, store: &Arc<dyn Store>, log: &TableLog) {
        self.runs += 1;
        let (run_id, today) = (run(self.runs), day(self.today));
        match act {
            Act::Write(rows) => {
                let number = self.next_number();
                commit(log, &run_id, *rows, today, Placement::Current);
                self.add(Some((number, *rows)), Some(number));
            }
            Act::Side(rows) => {
                let number = self.next_number();
                commit(log, &run_id, *rows, today, Placement::Side);
                self.add(Some((number, *rows)), self.current());
            }
            Act::Rollback(index) => self.roll_back(index, log),
            Act::Vacuum(keep) => {
                let versions = self.to_vacuum(*keep);
                let orphans = self.orphans(store);
                let dry = log.plan_vacuum(today, Keep::days(*keep)).unwrap();
                let plan = log.vacuum(&run_id, today, Keep::days(*keep)).unwrap();
                assert_eq!(dry, plan);
                assert_eq!(plan.versions.iter().map(|n| n.get()).collect::<BTreeSet<_>>(), versions);
                assert_eq!(plan.abandoned.len(), orphans);
                if !versions.is_empty() || orphans > 0 {
                    self.add(None, self.current());
                }
                self.vacuumed.extend(versions);
                assert_eq!(self.orphans(store), 0);
            }
            Act::Die => drop(written(log, log.head().unwrap().as_ref(), &run_id, 1).unwrap()),
            Act::Wait(days) => self.today += days,
            Act::Publish if self.entries.is_empty() => {}
            Act::Publish => assert_published(store),
        }
    }

    fn roll_back(&mut self, index: &prop::sample::Index, log: &TableLog) {
        if self.entries.is_empty() {
            let answer = log.rollback(VersionNumber::FIRST, &run(self.runs), day(self.today));
            assert!(matches!(answer, Err(TableError::NoVersions { .. })));
            return;
        }
        let index = index.index(self.entries.len());
        let to = number(index as u32 + 1);
        let answer = log.rollback(to, &run(self.runs), day(self.today));
        match self.rollback_target(index) {
            Some((version, _)) if self.current() == Some(version) => {
                assert_eq!(answer.unwrap().number.get() as usize, self.entries.len());
            }
            Some((version, rows)) => {
                assert_eq!(answer.unwrap().kind, EntryKind::Rollback);
                self.add(Some((version, rows)), Some(version));
            }
            None => assert!(matches!(
                answer,
                Err(TableError::Vacuumed { number, .. } | TableError::HoldsNothing { number, .. }) if number == to
            )),
        }
    }

    /// Folders that no entry names.
    fn orphans(&self, store: &Arc<dyn Store>) -> usize {
        let entries = log(store).entries().unwrap();
        let named = |key: &str| {
            entries
                .iter()
                .filter_map(|entry| entry.content.as_ref())
                .any(|c| key.starts_with(c.prefix.as_str()))
        };
        let files = store.list("silver/leads").unwrap().map(|facts| facts.unwrap().key);
        let unnamed = files.filter(|key| key.as_str().contains("/snap=") && !named(key.as_str()));
        unnamed
            .filter_map(|key| Some(key.as_str().rsplit_once('/')?.0.to_owned()))
            .collect::<BTreeSet<_>>()
            .len()
    }

    fn assert_agrees(&self, store: &Arc<dyn Store>) {
        let log = log(store);
        let current = log.current().unwrap();
        assert_eq!(current.as_ref().map(|version| version.number.get()), self.current());
        let watermark = current.and_then(|version| version.content.inputs.watermark);
        assert_eq!(log.head().unwrap().and_then(|head| head.watermark), watermark);
        for (position, modelled) in self.entries.iter().enumerate() {
            let found = log.version(number(position as u32 + 1));
            match modelled.version {
                None => assert!(matches!(found, Err(TableError::HoldsNothing { .. }))),
                Some((version, _)) if self.vacuumed.contains(&version) => {
                    assert!(matches!(found, Err(TableError::Vacuumed { .. })));
                }
                Some((version, rows)) => {
                    let found = found.unwrap();
                    assert_eq!((found.number.get(), found.content.rows), (version, rows));
                    assert_whole(store, &found);
                }
            }
        }
        let beyond = number(self.next_number());
        assert!(matches!(
            log.version(beyond),
            Err(TableError::NoVersions { .. } | TableError::NoSuchVersion { .. })
        ));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_log_is_what_was_done_to_it(acts in proptest::collection::vec(act(), 1..24)) {
        let store = memory();
        // One log lives through all, one is new each time.
        let log = log(&store);
        let mut model = Model::default();
        for act in &acts {
            model.perform(act, &store, &log);
            model.assert_agrees(&store);
        }
        if !model.entries.is_empty() {
            assert_published(&store);
        }
    }

    #[test]
    fn a_set_of_versions_is_a_set(numbers in proptest::collection::btree_set(1..60_u32, 0..40)) {
        let set: VersionSet = numbers.iter().rev().map(|n| number(*n)).collect();
        prop_assert_eq!(set.iter().map(VersionNumber::get).collect::<BTreeSet<_>>(), numbers.clone());
        prop_assert!((1..=61).all(|n| set.contains(number(n)) == numbers.contains(&n)));
        let json = serde_json::to_string(&set).unwrap();
        prop_assert_eq!(serde_json::from_str::<VersionSet>(&json).unwrap(), set);
        let ranges: Vec<(u32, u32)> = serde_json::from_str(&json).unwrap();
        prop_assert!(ranges.is_sorted_by(|one, next| one.1 + 1 < next.0), "{}", json);
    }
}
