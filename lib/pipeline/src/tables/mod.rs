//! The columns of the tables that a score run writes, and how a row of each is filled. One file per table.

pub mod features;
pub mod history;
pub mod identity;
pub mod lead_events;
pub mod leads;
pub mod profile;
pub mod scores;

use arrow_schema::SchemaRef;
use leadlake_lake::tables::TableName;

use crate::rows::schema_of;
use crate::vocabulary::lead_events_schema;

/// Every table that a score run writes, with its columns.
pub fn written_tables() -> Vec<(TableName, SchemaRef)> {
    vec![
        (TableName::LEAD_EVENTS, lead_events_schema()),
        (TableName::LEADS, schema_of(leads::columns())),
        (TableName::LEAD_HISTORY, schema_of(history::columns())),
        (TableName::LEAD_ALIASES, schema_of(identity::ALIASES)),
        (TableName::LEAD_JOINS, schema_of(identity::JOINS)),
        (TableName::LEAD_REVIEW, schema_of(identity::REVIEW)),
        (TableName::FEATURES, schema_of(features::columns())),
        (TableName::LEAD_SCORES, schema_of(scores::columns())),
    ]
}

#[cfg(test)]
mod tests {
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
        for (table, schema) in written_tables() {
            if table != TableName::LEAD_HISTORY {
                assert_eq!(documented(&table.sql_name()), written(&schema), "{table}");
            }
        }
    }

    #[test]
    fn history_has_columns_of_its_own_and_some_of_the_leads() {
        let own = documented("silver_lead_history");
        let leads = documented("silver_leads");
        let written = written(&schema_of(history::columns()));
        assert_eq!(written[..own.len()], own);
        assert!(written[own.len()..].iter().all(|column| leads.contains(column)));
    }
}
