//! What must be true of tables with versions, whatever dies.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use leadlake_contract::Contract;
use leadlake_lake::Lake;
use leadlake_lake::catalog::LocalCatalog;
use leadlake_lake::tables::{DataFile, TableError, TableLog, TableName, VersionNumber};
use leadlake_lake::verify::verify;
use leadlake_tests::lakes::{Made, assert_same_lake, content, is_unfinished, raw, refined};
use leadlake_tests::scored::{Rows, as_text, assert_old_or_new_rows, assert_same_rows};
use leadlake_tests::tables::read_parquet;

use crate::act::Truth;

/// Every table is as it was or as it shall be, and all that readers may find is there.
pub struct Tables {
    contracts: &'static [Contract],
    old: Rows,
    new: Rows,
    /// What ingest made before and after, and bronze.
    refined: [Made; 2],
    raw: Made,
    /// Files of versions that are left, where that does not depend on who wrote them.
    files: Option<BTreeSet<String>>,
    may_be_unfinished: bool,
    read: Read,
}

impl Tables {
    pub fn new(contracts: &'static [Contract], before: &Lake, finished: &Lake) -> Self {
        let read = Read::default();
        let (old, new) = (read.current_rows(before), read.current_rows(finished));
        let refined = [before, finished].map(|lake| refined(lake.store.as_ref()));
        let raw = raw(before.store.as_ref());
        Self { contracts, old, new, refined, raw, files: None, may_be_unfinished: false, read }
    }

    /// The act refines objects too, and death may leave some of them to be done.
    pub fn where_some_is_to_do(self) -> Self {
        Self { may_be_unfinished: true, ..self }
    }

    /// The act writes no version, so what is left in the end is always the same.
    pub fn writing_no_version(self, finished: &Lake) -> Self {
        Self { files: Some(files_of_versions(finished)), ..self }
    }
}

impl Tables {
    fn assert_objects_are_whole(&self, lake: &Lake) {
        let found = refined(lake.store.as_ref());
        let [before, finished] = &self.refined;
        if !self.may_be_unfinished {
            return assert_same_lake(before, &found, "death");
        }
        for (key, bytes) in &found {
            let is_one_of_both = [before, finished].iter().any(|known| known.get(key) == Some(bytes));
            assert!(is_one_of_both, "{key} is torn");
        }
        assert!(before.keys().all(|key| found.contains_key(key)), "death took away what ingest had made");
    }
}

impl Truth for Tables {
    fn check_remains(&self, lake: &Lake) {
        let mut faults = verify(lake, self.contracts).unwrap().faults;
        faults.retain(|fault| !(self.may_be_unfinished && is_unfinished(fault)));
        assert_eq!(faults, []);
        assert_old_or_new_rows(&self.old, &self.new, &self.read.current_rows(lake), "death");
        self.assert_objects_are_whole(lake);
        assert_versions_are_whole(lake);
        assert_no_file_is_torn(lake);
    }

    fn check_finished(&self, lake: &Lake) {
        assert_eq!(verify(lake, self.contracts).unwrap().faults, []);
        assert_same_rows(&self.new, &self.read.current_rows(lake), "all");
        let [_, finished] = &self.refined;
        assert_same_lake(finished, &refined(lake.store.as_ref()), "all");
        assert_same_lake(&self.raw, &raw(lake.store.as_ref()), "all, in bronze,");
        assert_versions_are_whole(lake);
        assert_published(lake);
        if let Some(files) = &self.files {
            assert_eq!(*files, files_of_versions(lake), "files of versions");
        }
    }
}

/// Engines are shown what readers of the logs use, and by its number every version that is left.
fn assert_published(lake: &Lake) {
    let catalog = LocalCatalog::new(Arc::clone(&lake.store));
    for table in TableName::OWN {
        let log = TableLog::new(Arc::clone(&lake.store), table.clone());
        let head = log.head().unwrap().map(|head| (head.number, head.current));
        let shown = catalog.publication(&table).unwrap();
        let shown = shown.map(|shown| (shown.number, Some(shown.version.version)));
        assert_eq!(shown, head, "what engines see of {table}");
        let Some((newest, _)) = head else { continue };
        let known = catalog.versions(&table).unwrap();
        let known: Vec<VersionNumber> = known.iter().map(|version| version.version).collect();
        let is_left = |number: &VersionNumber| log.version(*number).is_ok_and(|left| left.number == *number);
        let left: Vec<VersionNumber> = VersionNumber::FIRST.up_to(newest).filter(is_left).collect();
        assert_eq!(known, left, "versions of {table} that engines know");
    }
}

/// Also those that readers reach by their number only, unless the log says that they are given up.
fn assert_versions_are_whole(lake: &Lake) {
    for table in TableName::OWN {
        let log = TableLog::new(Arc::clone(&lake.store), table.clone());
        for entry in log.entries().unwrap() {
            let version = match log.version(entry.number) {
                Ok(version) => version,
                Err(TableError::Vacuumed { .. } | TableError::HoldsNothing { .. }) => continue,
                Err(failure) => panic!("{failure}"),
            };
            for file in &version.content.files {
                let found = lake.store.head(&file.key).unwrap().map(|facts| facts.size);
                assert_eq!(found, Some(file.bytes), "{} of version {} of {table}", file.key, entry.number);
            }
        }
    }
}

/// Not even one that no version names.
fn assert_no_file_is_torn(lake: &Lake) {
    const END: &[u8] = b"PAR1";
    for facts in lake.store.list("").unwrap().map(Result::unwrap) {
        if facts.key.as_str().ends_with(".parquet") {
            let end = facts.size.saturating_sub(END.len() as u64)..facts.size;
            assert_eq!(lake.store.open_range(&facts.key, end).unwrap(), END, "{} is torn", facts.key);
        }
    }
}

fn files_of_versions(lake: &Lake) -> BTreeSet<String> {
    let keys = lake.store.list("").unwrap().map(|facts| facts.unwrap().key.to_string());
    keys.filter(|key| key.contains("/snap=")).collect()
}

/// Rows of files, each read once: kills leave the same few files again and again. `verify` has compared their checksums.
#[derive(Default)]
struct Read(Mutex<HashMap<String, Arc<Vec<String>>>>);

impl Read {
    fn current_rows(&self, lake: &Lake) -> Rows {
        let mut rows = Rows::new();
        for table in TableName::OWN {
            let log = TableLog::new(Arc::clone(&lake.store), table.clone());
            let Some(version) = log.current().unwrap() else { continue };
            let files = version.content.files.iter();
            let mut of_table: Vec<String> =
                files.flat_map(|file| self.rows(lake, file).as_ref().clone()).collect();
            assert_eq!(of_table.len() as u64, version.content.rows, "rows of {table}");
            // Events without a lead are spread over the shards, of which there may be more or fewer.
            if table == TableName::LEAD_EVENTS {
                of_table.sort_unstable();
            }
            rows.insert(table, of_table);
        }
        rows
    }

    fn rows(&self, lake: &Lake, file: &DataFile) -> Arc<Vec<String>> {
        if let Some(rows) = self.0.lock().unwrap().get(&file.blake3) {
            return Arc::clone(rows);
        }
        let batches = read_parquet(&content(lake.store.as_ref(), &file.key));
        let rows = Arc::new(batches.iter().flat_map(as_text).collect::<Vec<_>>());
        self.0.lock().unwrap().insert(file.blake3.clone(), Arc::clone(&rows));
        rows
    }
}
