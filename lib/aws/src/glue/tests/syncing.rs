use std::collections::BTreeMap;
use std::sync::Arc;

use leadlake_contract::{Contract, shipped};
use leadlake_lake::Lake;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{MemoryStore, Store};
use serde_json::{Value, json};

use super::fake::FakeGlue;
use crate::glue::SyncReport;

fn contract(source: &str) -> Contract {
    shipped().unwrap().into_iter().find(|contract| contract.source.as_str() == source).unwrap()
}

fn lake_with(keys: &[&str]) -> Lake {
    let store = MemoryStore::new();
    for key in keys {
        store.put(&ObjectKey::new(*key).unwrap(), b"{}").unwrap();
    }
    Lake { store: Arc::new(store), bucket: "acme-bronze-dev".to_owned() }
}

fn day(table: &str, values: &[&str], glue: &FakeGlue) -> Option<String> {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let partition = glue.state().tables[table].partitions.get(&values)?.clone();
    Some(partition["StorageDescriptor"]["Location"].as_str().unwrap().to_owned())
}

#[test]
fn tables_and_days_are_shown_and_what_is_no_day_is_told() {
    let lake = lake_with(&[
        "bronze/webinar/2025/01/02/a.json",
        "bronze/webinar/2025/02/30/a.json",
        "bronze/webinar/2025/1/02/a.json",
        "bronze/webinar/misc/a.json",
        "bronze/webinar/b.json",
        "silver/webinar/dt=2025-01-02/a.parquet",
        "silver/webinar/dt=2025-1-2/a.parquet",
        "silver/leads/snap=00000001-x/part-00000.parquet",
        "quarantine/webinar/dt=2025-01-02/a.parquet",
        "quarantine/earlier/dt=2025-01-03/a.parquet",
        "ledger/webinar/dt=2025-01-02/a.json",
    ]);
    let glue = FakeGlue::default();
    let report = glue.catalog().sync(&lake, &[contract("webinar")]).unwrap();
    let tables = ["silver_webinar", "bronze_webinar", "quarantine_records", "ops_ledger_entries"];
    let counts =
        [("bronze_webinar", 1), ("ops_ledger_entries", 1), ("quarantine_records", 2), ("silver_webinar", 1)];
    assert_eq!(
        report,
        SyncReport {
            created: tables.map(str::to_owned).to_vec(),
            updated: Vec::new(),
            partitions: counts.map(|(table, days)| (table.to_owned(), days)).into(),
            passed_over: [
                "silver/webinar/dt=2025-1-2",
                "bronze/webinar/misc",
                "bronze/webinar/2025/1",
                "bronze/webinar/2025/02/30",
            ]
            .map(str::to_owned)
            .to_vec(),
        }
    );
    let at = |table, values: &[&str]| day(table, values, &glue).unwrap();
    assert_eq!(at("bronze_webinar", &["2025-01-02"]), "s3://acme-bronze-dev/bronze/webinar/2025/01/02/");
    assert_eq!(at("silver_webinar", &["2025-01-02"]), "s3://acme-silver-dev/silver/webinar/dt=2025-01-02/");
    assert_eq!(
        at("quarantine_records", &["earlier", "2025-01-03"]),
        "s3://acme-silver-dev/quarantine/earlier/dt=2025-01-03/"
    );
    assert_eq!(
        at("ops_ledger_entries", &["webinar", "2025-01-02"]),
        "s3://acme-ops-dev/ledger/webinar/dt=2025-01-02/"
    );

    let calls = glue.state().calls.len();
    let again = glue.catalog().sync(&lake, &[contract("webinar")]).unwrap();
    assert_eq!(again, SyncReport { passed_over: report.passed_over, ..SyncReport::default() });
    let state = glue.state();
    assert!(state.calls.iter().skip(calls).all(|call| call.starts_with("Get")), "{:?}", state.calls);
}

/// Types and comments are the contract's; raw records are texts under each spelling that the contract reads.
#[test]
fn columns_are_those_of_the_contract() {
    let glue = FakeGlue::default();
    let mut contract = contract("webinar");
    let email = contract.fields.iter_mut().find(|field| field.name == "email").unwrap();
    email.inputs.extend(["E-Mail", "email", "EMAIL", "Dt"].map(str::to_owned));
    glue.catalog().sync(&lake_with(&[]), &[contract.clone()]).unwrap();
    let state = glue.state();
    let columns = |table: &str| -> BTreeMap<String, String> {
        let columns = state.tables[table].input["StorageDescriptor"]["Columns"].as_array().unwrap();
        let text = |column: &Value, of: &str| column[of].as_str().unwrap().to_owned();
        columns.iter().map(|column| (text(column, "Name"), text(column, "Type"))).collect()
    };
    for field in &contract.fields {
        assert_eq!(columns("silver_webinar")[&field.name], field.reading.column_type());
    }
    let raw = columns("bronze_webinar");
    assert!(raw.values().all(|kind| kind == "string"));
    assert!(["email", "e_mail", "dt_"].iter().all(|name| raw.contains_key(*name)) && !raw.contains_key("dt"));
    let serde = &state.tables["bronze_webinar"].input["StorageDescriptor"]["SerdeInfo"]["Parameters"];
    let expected = json!({"ignore.malformed.json": "true", "mapping.e_mail": "e-mail", "mapping.dt_": "dt"});
    assert_eq!(*serde, expected);
    let ledger = &state.tables["ops_ledger_entries"].input["StorageDescriptor"]["SerdeInfo"]["Parameters"];
    assert_eq!(*ledger, json!({"ignore.malformed.json": "true", "case.insensitive": "false"}));
    let silver = &state.tables["silver_webinar"].input;
    assert_eq!(silver["Parameters"]["leadlake.contract_version"], json!(contract.version.to_string()));
    let comments = silver["StorageDescriptor"]["Columns"].as_array().unwrap();
    let longest =
        comments.iter().filter_map(|column| column["Comment"].as_str()).map(|text| text.chars().count());
    assert!((100..=255).contains(&longest.max().unwrap()));
}

/// Partitions are added in hundreds; a new column of the contract reaches the table, and remarks of others stay.
#[test]
fn a_year_of_days_and_a_new_contract() {
    let glue = FakeGlue::default();
    let mut contract = contract("webinar");
    let dropped = contract.fields.pop().unwrap();
    glue.catalog().sync(&lake_with(&[]), &[contract.clone()]).unwrap();
    glue.state().tables.get_mut("silver_webinar").unwrap().input["Parameters"]["team"] = json!("crm");

    contract.fields.push(dropped.clone());
    let days: Vec<String> = (1..=12)
        .flat_map(|month| {
            (1..=21).map(move |day| format!("silver/webinar/dt=2025-{month:02}-{day:02}/a.parquet"))
        })
        .collect();
    let lake = lake_with(&days.iter().map(String::as_str).collect::<Vec<_>>());
    let report = glue.catalog().sync(&lake, &[contract]).unwrap();
    assert_eq!(report.updated, ["silver_webinar", "bronze_webinar"]);
    assert_eq!(report.partitions, BTreeMap::from([("silver_webinar".to_owned(), 252)]));
    let state = glue.state();
    assert_eq!(state.count("BatchCreatePartition"), 3);
    let table = &state.tables["silver_webinar"];
    assert_eq!((table.partitions.len(), &table.input["Parameters"]["team"]), (252, &json!("crm")));
    let columns = table.input["StorageDescriptor"]["Columns"].as_array().unwrap();
    assert!(columns.iter().any(|column| column["Name"] == json!(dropped.name)));
}

/// Engines know the columns of older days by their places.
#[test]
fn raw_columns_keep_their_places() {
    let glue = FakeGlue::default();
    let mut contract = contract("webinar");
    let columns = || -> Vec<String> {
        let state = glue.state();
        let columns = &state.tables["bronze_webinar"].input["StorageDescriptor"]["Columns"];
        columns.as_array().unwrap().iter().map(|column| column["Name"].as_str().unwrap().to_owned()).collect()
    };
    glue.catalog().sync(&lake_with(&[]), &[contract.clone()]).unwrap();
    let before = columns();
    let dropped = contract.fields.iter().position(|field| field.inputs.len() == 1).unwrap();
    contract.fields.remove(dropped);
    contract.fields[0].inputs.insert(0, "Key Of Event".to_owned());
    let lake = lake_with(&["bronze/webinar/2025/01/02/a.json"]);
    let report = glue.catalog().sync(&lake, &[contract]).unwrap();
    assert_eq!(report.updated, ["silver_webinar", "bronze_webinar"]);
    let after = columns();
    assert_eq!(after, [before, vec!["key_of_event".to_owned()]].concat());
    let state = glue.state();
    let partition = &state.tables["bronze_webinar"].partitions[&vec!["2025-01-02".to_owned()]];
    assert_eq!(partition["StorageDescriptor"]["Columns"].as_array().unwrap().len(), after.len());
}

/// Nothing of it is done twice or not at all, also where answers are lost.
#[test]
fn syncs_at_once_end_in_the_same_tables() {
    let lake = lake_with(&["bronze/crm/2025/01/02/a.json", "silver/crm/dt=2025-01-02/a.parquet"]);
    let contracts = shipped().unwrap();
    let (alone, together) = (FakeGlue::default(), FakeGlue::default());
    alone.catalog().sync(&lake, &contracts).unwrap();
    together.state().loses_each = 5;
    std::thread::scope(|threads| {
        for _ in 0..4 {
            // All of a call's tries may be a fifth one. Whoever failed comes again.
            threads.spawn(|| {
                let well = (0..50).any(|_| together.catalog().sync(&lake, &contracts).is_ok());
                assert!(well, "none of fifty runs came to its end");
            });
        }
    });
    let shown = |glue: &FakeGlue| -> Vec<(String, Value, usize)> {
        let state = glue.state();
        let tables = state.tables.iter();
        tables.map(|(name, table)| (name.clone(), table.input.clone(), table.partitions.len())).collect()
    };
    assert_eq!(shown(&alone), shown(&together));
}
