//! docs/TABLES.md tells of the columns that there are, and what docs/OPERATIONS.md shows is what happens.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use leadlake_lake::tables::{TableName, TableSchema};
use leadlake_tests::folder::copy_lake;
use leadlake_tests::program::leadlake;

const DOCUMENT: &str = include_str!("../../../docs/TABLES.md");

/// Name and type, with a question mark where a value may be empty.
type Column = (String, String);

/// The columns that the document tells of under the table's heading.
fn documented(table: &TableName) -> Vec<Column> {
    let heading = format!("## {}\n", table.sql_name());
    let section = DOCUMENT.split_once(&heading).unwrap_or_else(|| panic!("{table} has no heading")).1;
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        (cells[1].to_owned(), cells[2].to_owned())
    })
    .collect()
}

/// Of every table that is written, with the schema that its versions have.
fn written() -> Vec<(TableName, TableSchema)> {
    let tables = leadlake_pipeline::written_tables().into_iter().chain(leadlake_gold::written_tables());
    tables.map(|(table, schema)| (table, TableSchema::of(&schema).unwrap())).collect()
}

fn columns(schema: &TableSchema) -> Vec<Column> {
    let column = |column: &leadlake_lake::tables::TableColumn| {
        let may_be_empty = if column.nullable { "?" } else { "" };
        (column.name.clone(), format!("{}{may_be_empty}", column.data_type))
    };
    schema.columns.iter().map(column).collect()
}

#[test]
fn the_document_tells_of_every_column() {
    let all = written();
    let tables: BTreeSet<&TableName> = all.iter().map(|(table, _)| table).collect();
    assert_eq!(tables, TableName::OWN.iter().collect());
    for (table, schema) in &all {
        let found = columns(schema);
        assert!(schema.columns.iter().all(|column| column.comment.is_some()), "{table}");
        if *table != TableName::LEAD_HISTORY {
            assert_eq!(documented(table), found, "{table}");
            continue;
        }
        // It has columns of its own, and else those of the leads.
        let (own, leads) = (documented(table), documented(&TableName::LEADS));
        assert_eq!(found[..own.len()], own);
        assert!(found.len() > own.len() && found[own.len()..].iter().all(|column| leads.contains(column)));
    }
}

const OPERATIONS: &str = include_str!("../../../docs/OPERATIONS.md");

/// Stands for the rest of what a command says, which is of no matter there.
const AND_SO_ON: &str = "...";

/// What is typed, and what is said to it.
struct Step {
    typed: String,
    said: Vec<String>,
}

fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in document.split("\n```\n").skip(1).step_by(2).filter(|block| block.starts_with("$ ")) {
        for line in block.lines() {
            if let Some(typed) = line.strip_prefix("$ ") {
                steps.push(Step { typed: typed.to_owned(), said: Vec::new() });
                continue;
            }
            let step = steps.last_mut().unwrap();
            match line.strip_prefix("> ") {
                Some(further) => step.typed += &format!("\n{further}"),
                None => step.said.push(line.to_owned()),
            }
        }
    }
    steps
}

/// What is only hinted at by `...` has to succeed.
fn tells_of_failure(line: &str) -> bool {
    line.starts_with("error: ")
        || line.contains(" breaking changes against ")
        || line.ends_with(" is not ingested; run ingest")
}

#[test]
fn commands_for_a_change_of_schema_say_what_the_document_shows() {
    let folder = tempfile::tempdir().unwrap();
    copy_lake(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts"), &folder.path().join("contracts"));
    let programs = leadlake().parent().unwrap().to_str().unwrap().to_owned();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    let steps = steps(OPERATIONS);
    assert!(steps.len() > 40, "{}", steps.len());
    for Step { typed, said } in steps {
        let ran = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{typed}")])
            .env("PATH", &path)
            .env_remove("LEADLAKE_CONTRACTS")
            .env_remove("LEADLAKE_LAKE")
            .current_dir(&folder)
            .output()
            .unwrap();
        let out = String::from_utf8(ran.stdout).unwrap();
        let mut heard: Vec<&str> = out.lines().map(str::trim_end).collect();
        let mut said: Vec<&str> = said.iter().map(|line| line.trim_end()).collect();
        let code = i32::from(said.iter().any(|line| tells_of_failure(line)));
        assert_eq!(ran.status.code(), Some(code), "{typed}: {out}");
        if said.last() == Some(&AND_SO_ON) {
            said.pop();
            heard.truncate(said.len());
        }
        assert_eq!(said, heard, "{typed}");
    }
}
