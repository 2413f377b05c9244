use leadlake_lake::tables::TableSchema;

use super::*;

const DOCUMENT: &str = include_str!("../../../../docs/TABLES.md");

/// The columns that the document tells of under the table's heading.
fn documented(table: &str) -> Vec<(String, String)> {
    let heading = format!("## {table}\n");
    let section = DOCUMENT.split_once(&heading).unwrap_or_else(|| panic!("{table} has no heading")).1;
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        (cells[1].to_owned(), cells[2].to_owned())
    })
    .collect()
}

fn written(schema: &SchemaRef) -> Vec<(String, String)> {
    let columns = TableSchema::of(schema).unwrap().columns.into_iter();
    columns
        .map(|column| {
            let may_be_empty = if column.nullable { "?" } else { "" };
            (column.name, format!("{}{may_be_empty}", column.data_type))
        })
        .collect()
}

#[test]
fn the_document_tells_of_every_column() {
    let tables = written_tables();
    assert_eq!(tables.len(), 4);
    for (table, schema) in tables {
        assert_eq!(documented(&table.sql_name()), written(&schema), "{table}");
        let comments = TableSchema::of(&schema).unwrap().columns.into_iter().map(|column| column.comment);
        assert!(comments.into_iter().all(|comment| comment.is_some()), "{table}");
    }
}

#[test]
fn what_is_said_of_columns_is_said_of_columns_there_are() {
    let models = Models::shipped().unwrap();
    for table in &MODEL_TABLES {
        let schema = models.get(table.model).unwrap().schema();
        let named = [table.key, table.sorted_by, table.optional, table.distinct].concat();
        assert!(named.iter().all(|name| schema.index_of(name).is_ok()), "{}", table.name);
        assert!(!table.key.iter().any(|name| table.optional.contains(name)), "{}", table.name);
    }
}
