//! Glue, as far as it is used here, with the rules that it enforces.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::faked::{Answer, Call, aws};
use crate::glue::GlueCatalog;

const PAGE: usize = 3;
const MOST_PARTITIONS: usize = 100;

#[derive(Clone, Default)]
pub(super) struct FakeGlue(Arc<Mutex<Database>>);

#[derive(Default)]
pub(super) struct Database {
    pub is_there: bool,
    pub tables: BTreeMap<String, FakeTable>,
    pub calls: Vec<String>,
    /// One in so many calls is done without an answer.
    pub loses_each: usize,
}

#[derive(Default)]
pub(super) struct FakeTable {
    pub version: u64,
    pub input: Value,
    pub partitions: BTreeMap<Vec<String>, Value>,
}

impl FakeGlue {
    pub(super) fn catalog(&self) -> GlueCatalog {
        self.catalog_of("s3://acme-{layer}-dev")
    }

    pub(super) fn catalog_of(&self, lake: &str) -> GlueCatalog {
        let glue = self.clone();
        let aws = aws(move |call| glue.answer(call));
        aws.glue("acme_lake".parse().unwrap(), lake.parse().unwrap())
    }

    pub(super) fn state(&self) -> MutexGuard<'_, Database> {
        self.0.lock().unwrap()
    }

    fn answer(&self, call: &Call) -> Answer {
        let mut database = self.state();
        database.calls.push(call.operation.clone());
        let answer = database.answer(call);
        let is_lost = database.loses_each > 0 && database.calls.len().is_multiple_of(database.loses_each);
        if is_lost { Answer::Lost } else { answer }
    }
}

fn text(input: &Value, member: &str) -> String {
    input[member].as_str().unwrap_or_default().to_owned()
}

fn values(input: &Value) -> Vec<String> {
    input.as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

/// The items of the page that the token names, and the token of the next.
fn page(items: Vec<Value>, input: &Value) -> (Vec<Value>, Value) {
    let from: usize = text(input, "NextToken").parse().unwrap_or_default();
    let next = if from + PAGE < items.len() { json!((from + PAGE).to_string()) } else { Value::Null };
    (items.into_iter().skip(from).take(PAGE).collect(), next)
}

impl Database {
    pub(super) fn count(&self, operation: &str) -> usize {
        self.calls.iter().filter(|call| *call == operation).count()
    }

    fn answer(&mut self, Call { operation, input }: &Call) -> Answer {
        let absent = || Answer::refused("EntityNotFoundException");
        match operation.as_str() {
            "GetDatabase" if self.is_there => Answer::Done(json!({"Database": {"Name": "acme_lake"}})),
            "CreateDatabase" if self.is_there => Answer::refused("AlreadyExistsException"),
            "CreateDatabase" => {
                self.is_there = true;
                Answer::Done(json!({}))
            }
            _ if !self.is_there => absent(),
            "GetTables" => {
                let (tables, next) = page(self.tables.values().map(FakeTable::shown).collect(), input);
                Answer::Done(json!({"TableList": tables, "NextToken": next}))
            }
            "GetTable" => match self.tables.get(&text(input, "Name")) {
                Some(table) => Answer::Done(json!({"Table": table.shown()})),
                None => absent(),
            },
            "CreateTable" => self.create(&input["TableInput"]),
            "UpdateTable" => self.update(input),
            _ => match self.tables.get_mut(&text(input, "TableName")) {
                Some(table) => table.answer(operation, input),
                None => absent(),
            },
        }
    }

    fn create(&mut self, input: &Value) -> Answer {
        let name = text(input, "Name");
        if self.tables.contains_key(&name) {
            return Answer::refused("AlreadyExistsException");
        }
        self.tables.insert(name, FakeTable { input: input.clone(), ..FakeTable::default() });
        Answer::Done(json!({}))
    }

    /// What is not in the input is gone, as on AWS.
    fn update(&mut self, input: &Value) -> Answer {
        let Some(table) = self.tables.get_mut(&text(&input["TableInput"], "Name")) else {
            return Answer::refused("EntityNotFoundException");
        };
        if input["VersionId"] != json!(table.version.to_string()) {
            return Answer::refused("ConcurrentModificationException");
        }
        assert_eq!(input["SkipArchive"], json!(true));
        table.version += 1;
        table.input = input["TableInput"].clone();
        Answer::Done(json!({}))
    }
}

impl FakeTable {
    fn shown(&self) -> Value {
        let mut shown = self.input.clone();
        shown["VersionId"] = json!(self.version.to_string());
        shown["DatabaseName"] = json!("acme_lake");
        shown
    }

    fn answer(&mut self, operation: &str, input: &Value) -> Answer {
        match operation {
            "GetPartitions" => {
                let partitions = self.partitions.iter().map(|(values, partition)| {
                    json!({"Values": values, "StorageDescriptor": partition["StorageDescriptor"]})
                });
                let (partitions, next) = page(partitions.collect(), input);
                Answer::Done(json!({"Partitions": partitions, "NextToken": next}))
            }
            "GetPartition" => match self.partitions.get(&values(&input["PartitionValues"])) {
                Some(_) => Answer::Done(json!({"Partition": {}})),
                None => Answer::refused("EntityNotFoundException"),
            },
            "BatchCreatePartition" => {
                let partitions = input["PartitionInputList"].as_array().unwrap();
                assert!((1..=MOST_PARTITIONS).contains(&partitions.len()));
                let mut errors = Vec::new();
                for partition in partitions {
                    let values = values(&partition["Values"]);
                    match self.partitions.entry(values) {
                        Entry::Vacant(free) => {
                            free.insert(partition.clone());
                        }
                        Entry::Occupied(taken) => {
                            let detail = json!({"ErrorCode": "AlreadyExistsException"});
                            errors.push(json!({"PartitionValues": taken.key(), "ErrorDetail": detail}));
                        }
                    }
                }
                Answer::Done(json!({"Errors": errors}))
            }
            "DeletePartition" => match self.partitions.remove(&values(&input["PartitionValues"])) {
                Some(_) => Answer::Done(json!({})),
                None => Answer::refused("EntityNotFoundException"),
            },
            other => panic!("{other} is not played"),
        }
    }
}
