//! Of the tables that a score run writes, only events, leads and their history say what people are called and how they
//! are reached.

use std::fs;
use std::path::Path;

use leadlake_lake::tables::TableName;
use leadlake_tests::folder::{files_below, write_bronze};
use leadlake_tests::lakes::RawObject;
use leadlake_tests::program::run;

use crate::privacy::{EMAIL, NAME, PHONE, assert_private, assert_says_nothing};
use crate::samples::{ARRIVED, line};
use crate::scored::as_text;
use crate::tables::read_parquet;

/// People who are joined, kept for review, converted and scored, all of them with names, addresses and phones to look for.
fn objects() -> Vec<RawObject> {
    let [_, family] = NAME.split(' ').collect::<Vec<_>>()[..] else { panic!("{NAME} has two parts") };
    let (email, phone, name) =
        (format!(r#""email":"{EMAIL}""#), format!(r#""phone":"{PHONE}""#), format!(r#""name":"{NAME}""#));
    let other = EMAIL.replace("@gmail", "@work.quillon");
    let time = "2025-01-08T05:00:00Z";
    let met = |id: &str, who: &[&str]| line(id, "roadshow_lead", time, &who.join(","));
    let sold = |id: &str, who: &[&str], outcome: &str| {
        line(
            id,
            "conversion_outcome",
            time,
            &format!(r#"{},"outcome":"{outcome}","revenue":10"#, who.join(",")),
        )
    };
    let bought = line(
        "t-1",
        "transaction",
        time,
        &format!(r#"{email},{phone},"transaction_id":"t-1","price":5,"quantity":1,"status":"completed""#),
    );
    let object = |source: &str, lines: &[String]| {
        RawObject::new(&format!("bronze/{source}/2025/01/08/some.json"), ARRIVED, lines.join("\n"))
    };
    let city = r#""city":"Pune""#;
    let someone_of_the_family = format!(r#""name":"Balthasar {family}""#);
    vec![
        object(
            "roadshow",
            &[
                met("whole", &[&email, &phone, &name, city]),
                met("without-email", &[&phone, &name]),
                met("phone-only", &[&phone]),
                met("other-email", &[&format!(r#""email":"{other}""#), &phone, &name, city]),
                met("household", &[r#""email":"b@gmail.com""#, &phone, &someone_of_the_family, city]),
                met(EMAIL, &[&email]),
                met(PHONE, &[&email, r#""device_interest":"A7""#]),
            ],
        ),
        object(
            "crm",
            &[
                sold("c-1", &[&email, r#""crm_id":"c-77""#], "converted"),
                sold("c-2", &[r#""email":"d@gmail.com""#, r#""crm_id":"c-77""#, &phone], "lost"),
            ],
        ),
        object("transactions", &[bought]),
    ]
}

/// Each with somebody's address, phone or name where the fault is and on the lines around it.
fn rules_that_are_wrong() -> Vec<String> {
    let rule = |identifier: &str| {
        format!(
            "# {NAME}\nignore:\n  - identifier: {identifier}\n    reason: {NAME}\n  - identifier: {{email: {EMAIL}}}\n    reason: {EMAIL}\n"
        )
    };
    let identifiers = [
        format!("{{mail: {EMAIL}}}"),
        format!("{{{EMAIL}: {PHONE}}}"),
        format!("{{lead: {EMAIL}}}"),
        format!("{{phone: 0{NAME}}}"),
        format!("{{email: [{EMAIL}]}}"),
        EMAIL.to_owned(),
        format!("*{}", NAME.replace(' ', "")),
        format!("!{} x", NAME.replace(' ', "")),
        format!("{{email: \"{EMAIL}"),
        format!("{{email: {EMAIL}, {EMAIL}: 1, {EMAIL}: 2}}"),
    ];
    let whole = [format!("{EMAIL}: []"), format!("{NAME}: []\n{NAME}: []"), EMAIL.to_owned()];
    identifiers.iter().map(|identifier| rule(identifier)).chain(whole).collect()
}

fn knows_people(name: &str) -> bool {
    let raw = ["bronze/", "quarantine/", "silver/roadshow/", "silver/crm/", "silver/transactions/"];
    let tables =
        [TableName::LEAD_EVENTS, TableName::LEADS, TableName::LEAD_HISTORY, TableName::SALES_DASHBOARD];
    let is_rows_of_people = name.ends_with(".parquet")
        && tables.iter().any(|table| name.starts_with(&format!("{}/", table.folder())));
    is_rows_of_people || raw.iter().any(|folder| name.starts_with(folder))
}

/// Says how many files of each kind were looked through: with rows, and with text.
fn assert_the_rest_is_private(lake: &Path) -> (usize, usize) {
    let (mut with_rows, mut with_text) = (0, 0);
    for file in files_below(lake) {
        let name = file.strip_prefix(lake).unwrap().to_str().unwrap().to_owned();
        assert_private(&name, "a file's name");
        if knows_people(&name) {
            continue;
        }
        let bytes = fs::read(&file).unwrap();
        assert_private(&String::from_utf8_lossy(&bytes), &name);
        if name.ends_with(".parquet") {
            read_parquet(&bytes).iter().flat_map(as_text).for_each(|row| assert_private(&row, &name));
            with_rows += 1;
        } else {
            assert!(std::str::from_utf8(&bytes).is_ok(), "{name} cannot be looked through");
            with_text += 1;
        }
    }
    (with_rows, with_text)
}

#[test]
fn scores_aliases_logs_and_messages_tell_nobodys_name_address_or_phone() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    write_bronze(&lake, &objects());
    let told = run(&lake, &["run", "--format", "json"]).expect_code(0);
    assert_says_nothing(&told, &["run"]);
    let told = told.json();
    let told = told.get("score").unwrap_or(&told);
    let counted = |path: &str| told.pointer(path).and_then(serde_json::Value::as_u64).unwrap_or_default();
    for path in ["/leads", "/converted", "/identity/joins", "/identity/reviews"] {
        assert!(counted(path) > 0, "no {path} in {told}");
    }
    for words in [
        &["score"][..],
        &["score", "--full", "--format", "json"],
        &["score", "--as-of", "2025-01-08"],
        &["history", "silver_leads"],
        &["history", "gold_lead_scores", "--format", "json"],
        &["verify"],
        &["vacuum"],
    ] {
        assert_says_nothing(&run(&lake, words).expect_code(0), words);
    }
    for rules in rules_that_are_wrong() {
        let file = folder.path().join("identity.yaml");
        fs::write(&file, &rules).unwrap();
        let told = run(&lake, &["score"]).expect_code(1);
        assert_says_nothing(&told, &["score", "with wrong rules"]);
        assert!(told.err.contains("identity.yaml holds no rules of identity: line "), "{}", told.err);
        assert_eq!(told.err.lines().count(), 1, "{}", told.err);
        fs::remove_file(file).unwrap();
    }
    let (with_rows, with_text) = assert_the_rest_is_private(&lake);
    assert!(with_rows > 12 && with_text > 20, "{with_rows} files with rows and {with_text} with text");

    // Files that cannot be read, or not as what they are.
    let silver = files_below(&lake.join("silver/roadshow")).remove(0);
    let whole = fs::read(&silver).unwrap();
    let events = files_below(&lake.join("silver/lead_events"));
    let events = events.iter().find(|file| file.extension().is_some_and(|it| it == "parquet")).unwrap();
    let (middle, events) = (whole.len() / 2, fs::read(events).unwrap());
    let scrambled = [&whole[middle..], &whole[..middle]].concat();
    let mut failed = 0;
    for damaged in [&whole[..middle], &whole[middle..], &scrambled, &events, NAME.repeat(900).as_bytes()] {
        fs::write(&silver, damaged).unwrap();
        for words in [&["score", "--full"][..], &["score", "--full", "--format", "json"]] {
            let ran = run(&lake, words);
            failed += u32::from(ran.code != Some(0));
            assert_says_nothing(&ran, words);
        }
        assert_says_nothing(&run(&lake, &["verify"]).expect_code(1), &["verify"]);
    }
    assert_eq!(failed, 8, "all but a file with events of others cannot be read");
}
