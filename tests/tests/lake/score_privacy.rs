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

/// Of somebody whom sales may call.
const OPEN: &str = "open.zq9417@gmail.com";

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
                met("open", &[&format!(r#""email":"{OPEN}""#)]),
                met("quoted", &[&email, &format!(r#""name":"{NAME} O'{family} (\"{EMAIL}\": {PHONE}""#)]),
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

/// Each fails at a value of a person, once rows are read.
const QUERIES_THAT_FAIL: &[&str] = &[
    "SELECT CAST(name AS bigint) FROM silver_roadshow",
    "SELECT CAST(name AS date) FROM silver_leads",
    "SELECT CAST(email AS timestamp) FROM silver_roadshow",
    "SELECT CAST(name AS interval) FROM silver_roadshow",
    "SELECT CAST(CAST(phone AS bigint) AS int) FROM silver_crm",
    "SELECT CAST(CAST(phone AS bigint) AS decimal(5, 2)) FROM silver_roadshow",
    "SELECT regexp_like('a', name) FROM silver_roadshow",
    "SELECT regexp_count('a', name) FROM silver_roadshow",
    "SELECT regexp_replace('a', name, 'b') FROM silver_roadshow",
    "SELECT map(ARRAY[name, name], ARRAY[1, 1]) FROM silver_roadshow",
    "SELECT element_at(ARRAY[1], CAST(phone AS bigint)) FROM silver_roadshow",
    "SELECT from_unixtime(CAST(phone AS bigint) * 100000) FROM silver_roadshow",
];

/// In the place of a file that the lake has made.
fn json_that_is_wrong() -> Vec<String> {
    vec![
        format!("\"{EMAIL}\""),
        format!("[\"{NAME}\"]"),
        format!(r#"{{"object_id":"{EMAIL}","number":"{PHONE}","table":"{NAME}","email":"{EMAIL}"}}"#),
        format!("{NAME},{EMAIL},{PHONE}"),
    ]
}

/// Contacts in the place of settings.
fn settings_that_are_wrong() -> Vec<String> {
    vec![
        format!("name,email,phone\n{NAME},{EMAIL},{PHONE}\n"),
        format!("{EMAIL}: \"{NAME}\"\n\"{PHONE}\": 1\n"),
        format!("version: {{{EMAIL}: 1, {EMAIL}: 2}}\n"),
        format!("version: !{EMAIL} x\n"),
        format!("{NAME}: x\nversion: {NAME}\nmain_currency: {NAME}\nkpis: {{{NAME}: {NAME}}}\n"),
        format!("source: {{weights: {{{NAME}: {NAME}}}, other: {NAME}}}\n"),
        format!("{NAME}: 1\n{NAME}: 2\n"),
        format!("version: !{} x\n", NAME.replace(' ', "")),
        format!("version: *{}\n", NAME.replace(' ', "")),
    ]
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
    assert_commands_that_read_say_nothing(&lake);
    assert_wrong_settings_say_nothing(&lake);
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
    fs::write(&silver, &whole).unwrap();
    assert_damaged_files_of_the_lake_say_nothing(&lake);
}

/// And who asks for a person is told.
fn assert_commands_that_read_say_nothing(lake: &Path) {
    let folder = lake.parent().unwrap();
    for words in [
        &["kpi"][..],
        &["kpi", "--format", "json"],
        &["gold", "--format", "json"],
        &["report", "--out", "masked.html"],
        &["report", "--out", "revealed.html", "--reveal"],
        &["rollback", "gold/lead_scores", "--to", "1"],
        &["query", "SELECT * FROM gold_lead_scores, features_leads, gold_kpi LIMIT 100"],
        &["query", "SELECT * FROM gold_conversion_metrics"],
        &["query", "SELECT * FROM gold_attribution"],
        &["query", "SELECT * FROM ops_ledger"],
    ] {
        assert_says_nothing(&run(lake, words).expect_code(0), words);
    }
    let page = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    // The script that draws charts has numbers of its own.
    let written =
        page("masked.html").replace(include_str!("../../../lib/report/assets/charts.min.js").trim(), "");
    assert!(!written.contains("echarts") && written.contains("lead-"), "{} bytes", written.len());
    assert_private(&written, "the page");
    assert!(page("revealed.html").contains(OPEN));
    for (words, email) in [
        (&["lead", EMAIL][..], EMAIL),
        (&["query", "SELECT email FROM silver_roadshow"], EMAIL),
        (&["query", "SELECT email FROM gold_sales_dashboard"], OPEN),
    ] {
        let told = run(lake, words).expect_code(0);
        assert!(told.out.contains(email), "{words:?}: {}", told.out);
        assert_private(&told.err, &format!("the messages of {words:?}"));
    }
    let unknown = EMAIL.replace("gmail", "nowhere");
    for words in [&["lead", unknown.as_str()][..], &["query", "SELECT nmae FROM silver_leads"]] {
        let told = run(lake, words).expect_code(1);
        assert_says_nothing(&told, words);
        assert!(told.err.starts_with("error: "), "{words:?}: {}", told.err);
    }
    for sql in QUERIES_THAT_FAIL {
        let told = run(lake, &["query", sql]).expect_code(1);
        assert!(told.err.starts_with("error: the query failed: "), "{sql}: {}", told.err);
        assert_says_nothing(&told, &["query", sql]);
    }
}

fn assert_wrong_settings_say_nothing(lake: &Path) {
    let folder = lake.parent().unwrap();
    let refused = |name: &str, content: &str| {
        let file = folder.join(name);
        fs::write(&file, content).unwrap();
        let words = if name == "kpi.yaml" { &["kpi"][..] } else { &["score"] };
        let told = run(lake, words).expect_code(1);
        assert_says_nothing(&told, &[words[0], "with a wrong", name]);
        assert!(told.err.contains(name), "{}", told.err);
        fs::remove_file(file).unwrap();
        told
    };
    for rules in rules_that_are_wrong() {
        let told = refused("identity.yaml", &rules);
        assert!(told.err.contains("identity.yaml holds no rules of identity: line "), "{}", told.err);
        assert_eq!(told.err.lines().count(), 1, "{}", told.err);
    }
    for content in settings_that_are_wrong() {
        for name in ["scoring.yaml", "kpi.yaml"] {
            refused(name, &content);
        }
    }
}

/// Ledger, logs and catalog, with something else in their place.
fn assert_damaged_files_of_the_lake_say_nothing(lake: &Path) {
    let entries = files_below(&lake.join("ledger/roadshow"));
    let files = [
        (entries[0].clone(), &["ingest"][..]),
        (entries[0].clone(), &["score", "--full"]),
        (lake.join("gold/lead_scores/_log/00000001.json"), &["history", "gold/lead_scores"]),
        (lake.join("catalog/gold_lead_scores.json"), &["score"]),
    ];
    for (file, words) in files {
        let whole = fs::read(&file).unwrap();
        for content in json_that_is_wrong() {
            fs::write(&file, content).unwrap();
            let told = run(lake, &["verify"]).expect_code(1);
            assert_says_nothing(&told, &["verify"]);
            assert!(format!("{}{}", told.out, told.err).contains("cannot be read"), "{}", told.out);
            // Which may mend it.
            assert_says_nothing(&run(lake, words), words);
        }
        fs::write(&file, whole).unwrap();
    }
}
