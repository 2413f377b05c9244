//! docs/TABLES.md tells of the columns that there are.

use std::collections::BTreeSet;

use leadlake_lake::tables::{TableName, TableSchema};

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
