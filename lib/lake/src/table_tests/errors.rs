//! What is told when something is wrong, and what is taken for wrong.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, TimeUnit};
use insta::assert_snapshot;
use test_case::test_case;

use super::{TABLE, commit, day, log, memory, number, run, written};
use crate::Lake;
use crate::key::ObjectKey;
use crate::ledger::{ArrivalsError, newest_arrivals};
use crate::store::Store;
use crate::tables::{
    Keep, NewVersion, Placement, RunId, TableError, TableLayer, TableLog, TableName, TableSchema,
    VersionNumber,
};

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(name).unwrap()
}

#[test]
fn a_ledger_that_does_not_say_when_its_objects_arrived_is_told() {
    let store = memory();
    let lake = Lake::local(Arc::clone(&store));
    assert!(newest_arrivals(&lake).unwrap().is_empty(), "there is none");
    let log = TableLog::new(Arc::clone(&store), TableName::LEDGER);
    commit(&log, &run(1), 1, day(0), Placement::Current);
    assert_snapshot!(newest_arrivals(&lake).unwrap_err(), @"ops/ledger/snap=00000001-21000101T000000Z-0000000000000001/part-00000.parquet does not say when its objects arrived: Parquet error: column source is not what it should be; run score, which writes it anew, or `leadlake verify`, which says what is wrong");
    store.delete(&log.current().unwrap().unwrap().content.files[0].key).unwrap();
    assert!(matches!(newest_arrivals(&lake), Err(ArrivalsError::Store(_))));
}

fn refusal(spoil: impl FnOnce(&mut NewVersion, &dyn Store)) -> String {
    let store = memory();
    let log = log(&store);
    let mut new = written(&log, None, &run(1), 4).unwrap();
    spoil(&mut new, &store);
    let error = log.commit(None, &new).unwrap_err();
    assert_eq!(log.head().unwrap(), None);
    error.to_string()
}

#[test]
fn a_version_that_is_not_what_it_claims_is_not_committed() {
    let told = [
        refusal(|new, _| new.claim.rows = 5),
        refusal(|new, _| new.claim.distinct_keys = 3),
        refusal(|new, _| new.claim.unique_key = vec!["email".to_owned()]),
        refusal(|new, store| store.delete(&new.snapshot.files()[1].key).unwrap()),
        refusal(|new, store| store.put(&new.snapshot.files()[0].key, b"torn").unwrap()),
        refusal(|new, store| store.put(&new.snapshot.prefix().join("part-7").unwrap(), b"").unwrap()),
    ];
    assert_snapshot!(told.join("\n"), @r"
    a new version of silver/leads is not what it claims: 5 rows were claimed, its files hold 4; nothing was committed, run again
    a new version of silver/leads is not what it claims: 3 distinct keys were claimed for 4 rows; nothing was committed, run again
    a new version of silver/leads is not what it claims: its key column email is not among its columns; nothing was committed, run again
    a new version of silver/leads is not what it claims: silver/leads/snap=00000001-21000101T000000Z-0000000000000001/part-00001.parquet is not there; nothing was committed, run again
    a new version of silver/leads is not what it claims: silver/leads/snap=00000001-21000101T000000Z-0000000000000001/part-00000.parquet has 4 bytes, 492 were written; nothing was committed, run again
    a new version of silver/leads is not what it claims: silver/leads/snap=00000001-21000101T000000Z-0000000000000001/part-7 lies in its folder and is not named; nothing was committed, run again
    ");
}

#[test]
fn what_cannot_be_read_is_told() {
    let store = memory();
    let log = log(&store);
    let none = log.entry(VersionNumber::FIRST).unwrap_err();
    for n in 1..=3 {
        commit(&log, &run(n), n, day(0), Placement::Current);
    }
    log.vacuum(&run(4), day(40), Keep::default()).unwrap();
    let entry_at = |n: u32| key(&format!("silver/leads/_log/{n:08}.json"));
    let json = String::from_utf8(super::bytes_of(&store, &entry_at(2))).unwrap();
    let told = |json: &str| {
        store.put(&entry_at(2), json.as_bytes()).unwrap();
        log.entries().unwrap_err().to_string()
    };
    let mut all = vec![
        none.to_string(),
        log.entry(number(9)).unwrap_err().to_string(),
        log.version(number(2)).unwrap_err().to_string(),
        log.version(number(4)).unwrap_err().to_string(),
        log.rollback(number(1), &run(5), day(41)).unwrap_err().to_string(),
        told("{"),
        told(&json.replace(r#""number":2"#, r#""number":3"#)),
        told(&json.replace(r#""current":2"#, r#""current":1"#)),
        told(&json.replace(r#""kind":"write""#, r#""kind":"side""#)),
        told(&json.replace(r#""kind":"write""#, r#""kind":"vacuum""#)),
        told(&json.replace(r#""vacuumed":[]"#, r#""vacuumed":[[1,2]]"#)),
    ];
    store.delete(&entry_at(2)).unwrap();
    all.push(log.entries().unwrap_err().to_string());
    assert_snapshot!(all.join("\n"), @r"
    silver/leads has no versions; run score to build it
    silver/leads has no version 9, the newest is 4; leadlake history silver/leads lists them
    version 2 of silver/leads was vacuumed, its files are gone; leadlake history silver/leads lists what is left
    entry 4 of silver/leads is a vacuum and holds no rows; leadlake history silver/leads lists the versions that do
    version 1 of silver/leads was vacuumed, its files are gone; leadlake history silver/leads lists what is left
    log entry silver/leads/_log/00000002.json cannot be read: EOF while parsing an object at line 1 column 1; restore it, entries are never changed
    log entry silver/leads/_log/00000002.json contradicts itself: it is of another table or number than its name says; restore it, entries are never changed
    log entry silver/leads/_log/00000002.json contradicts itself: a write is its own content and current; restore it, entries are never changed
    log entry silver/leads/_log/00000002.json contradicts itself: a side version is its own content, not current; restore it, entries are never changed
    log entry silver/leads/_log/00000002.json contradicts itself: a vacuum has no content; restore it, entries are never changed
    log entry silver/leads/_log/00000002.json contradicts itself: the current version is vacuumed; restore it, entries are never changed
    log entry silver/leads/_log/00000002.json is missing, though a later one is there; restore it, entries are never deleted
    ");
}

#[test]
fn a_run_is_told_when_it_never_gets_through() {
    let store = memory();
    let log = log(&store);
    let other = super::log(&store);
    let mut others = 100;
    let build = |base: Option<&_>| {
        others += 1;
        let new = written(&log, base, &run(1), 4)?;
        commit(&other, &run(others), 4, day(0), Placement::Current);
        Ok(new)
    };
    let error = log.commit_with_retry::<TableError>(3, build).unwrap_err();
    assert_snapshot!(error, @"silver/leads was changed by others 3 times while this run tried to commit; run again when they are done");
    assert_eq!(log.entries().unwrap().len(), 3);
}

#[test]
fn an_entry_is_one_line_of_json() {
    let store = memory();
    commit(&log(&store), &run(1), 1, day(0), Placement::Current);
    let json = super::bytes_of(&store, &key("silver/leads/_log/00000001.json"));
    let json = String::from_utf8(json).unwrap();
    let file = &log(&store).current().unwrap().unwrap().content.files[0];
    let json =
        json.replace(&file.blake3, "<blake3>").replace(&format!("\"bytes\":{}", file.bytes), "\"bytes\":0");
    assert_snapshot!(json, @r#"{"table":"silver/leads","number":1,"run_id":"21000101T000000Z-0000000000000001","kind":"write","current":1,"watermark":"silver/leads/snap=00000001-21000101T000000Z-0000000000000001/_watermark.json","vacuumed":[],"committed_at":"2100-01-01T00:00:00Z","content":{"version":1,"prefix":"silver/leads/snap=00000001-21000101T000000Z-0000000000000001","files":[{"key":"silver/leads/snap=00000001-21000101T000000Z-0000000000000001/part-00000.parquet","rows":1,"bytes":0,"blake3":"<blake3>"}],"rows":1,"unique_key":["lead_id"],"schema":{"fingerprint":"658065221bd70870","columns":[{"name":"lead_id","type":"string","nullable":false}]},"inputs":{"tables":{},"watermark":"silver/leads/snap=00000001-21000101T000000Z-0000000000000001/_watermark.json"},"code_version":"0.1.0","model_version":null,"as_of":"2100-01-01T00:00:00Z"}}"#);
}

#[test]
fn strays_in_a_log_hide_no_entry() {
    let store = memory();
    commit(&log(&store), &run(1), 1, day(0), Placement::Current);
    for stray in ["00000007.json~", "7.json", "00000000.json", "notes.txt", "000000ab.json"] {
        store.put(&key(&format!("silver/leads/_log/{stray}")), b"?").unwrap();
    }
    assert_eq!(log(&store).head().unwrap().unwrap().number, VersionNumber::FIRST);
}

#[test_case("silver/leads" => "silver/leads silver_leads")]
#[test_case("silver_lead_history" => "silver/lead_history silver_lead_history")]
#[test_case("features_leads" => "features/leads features_leads")]
#[test_case("gold/lead_scores" => "gold/lead_scores gold_lead_scores")]
#[test_case("ops_ledger" => "ops/ledger ops_ledger")]
fn a_table_is_called(text: &str) -> String {
    let name: TableName = text.parse().unwrap();
    assert!(TableName::OWN.contains(&name));
    assert_eq!(serde_json::from_str::<TableName>(&serde_json::to_string(&name).unwrap()).unwrap(), name);
    format!("{name} {}", name.sql_name())
}

#[test_case("leads" => "\"leads\" names no table with versions; write <layer>/<name>, where the layer is silver, features, gold or ops, such as silver/leads")]
#[test_case("bronze/crm" => "\"bronze/crm\" names no table with versions; write <layer>/<name>, where the layer is silver, features, gold or ops, such as silver/leads")]
#[test_case("silver/" => "\"silver/\" names no table: a name is empty; give it lower-case letters, digits and underscores, starting with a letter")]
#[test_case("gold/../silver" => "\"gold/../silver\" names no table: name \"../silver\" is not usable as a folder, table or column; use lower-case letters, digits and underscores, starting with a letter")]
fn no_table_is_called(text: &str) -> String {
    text.parse::<TableName>().unwrap_err().to_string()
}

/// Else a source's files would lie among a table's.
#[test]
fn no_source_may_be_called_like_a_table_in_silver() {
    let contract = include_str!("../../../../contracts/webinar.odcs.yaml");
    let own = TableName::OWN.into_iter().filter(|table| table.layer() == TableLayer::Silver);
    for table in own {
        let taken = contract.replace("name: webinar\n", &format!("name: {}\n", table.name()));
        let told = leadlake_contract::parse_contract("taken.odcs.yaml", &taken).unwrap_err().to_string();
        assert!(
            told.contains(&format!("{} is the name of a table of the lake itself", table.name())),
            "{told}"
        );
    }
}

#[test_case("0" => "\"0\" is no version; versions are numbered from 1 to 99999999")]
#[test_case("100000000" => "\"100000000\" is no version; versions are numbered from 1 to 99999999")]
#[test_case("-1" => "\"-1\" is no version; versions are numbered from 1 to 99999999")]
fn no_version_is_numbered(text: &str) -> String {
    text.parse::<VersionNumber>().unwrap_err().to_string()
}

#[test]
fn a_run_id_is_a_part_of_a_key_and_nothing_else() {
    let id = RunId::new(day(5), 0xc0ffee);
    assert_eq!(id.as_str(), "21000106T000000Z-0000000000c0ffee");
    assert_eq!(RunId::try_from(id.to_string()).unwrap(), id);
    for wrong in [
        "",
        "../x",
        "21000106T000000Z-c0ffee",
        "21000106T000000-0000000000c0ffee",
        "2100T0Z-0000000000c0ffee",
    ] {
        assert!(RunId::try_from(wrong.to_owned()).is_err(), "{wrong}");
    }
}

#[test]
fn columns_are_told_in_the_words_of_engines() {
    let list = |item| DataType::List(Arc::new(Field::new("item", item, true)));
    let reason = DataType::Struct(
        vec![Field::new("rule", DataType::Utf8, false), Field::new("points", DataType::Int64, false)].into(),
    );
    let columns = [
        DataType::Utf8,
        DataType::Int32,
        DataType::Decimal128(18, 2),
        DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::Date32,
        list(reason),
    ];
    let fields: Vec<Field> = columns
        .into_iter()
        .enumerate()
        .map(|(n, data_type)| Field::new(format!("c{n}"), data_type, true))
        .collect();
    let schema = TableSchema::of(&Schema::new(fields.clone())).unwrap();
    let types: Vec<&str> = schema.columns.iter().map(|column| column.data_type.as_str()).collect();
    assert_eq!(
        types,
        ["string", "int", "decimal(18,2)", "timestamp", "date", "array<struct<rule:string,points:bigint>>"]
    );

    let described = Schema::new(
        fields
            .iter()
            .map(|f| f.clone().with_metadata([("comment".to_owned(), "x".to_owned())].into()))
            .collect::<Vec<_>>(),
    );
    assert_eq!(TableSchema::of(&described).unwrap().fingerprint, schema.fingerprint);
    let renamed = Schema::new(fields[1..].to_vec());
    assert_ne!(TableSchema::of(&renamed).unwrap().fingerprint, schema.fingerprint);
    let nanoseconds = Field::new("at", DataType::Timestamp(TimeUnit::Nanosecond, None), false);
    assert_snapshot!(TableSchema::of(&Schema::new(vec![nanoseconds])).unwrap_err(), @"column at is Timestamp(ns), which not every engine reads; choose another type");
    assert_eq!(TABLE.folder(), "silver/leads");
}
