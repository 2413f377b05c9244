//! The columns of the tables that a score run writes, and how a row of each is filled. One file per table.

pub mod features;
pub mod history;
pub mod identity;
pub mod lead_events;
pub mod leads;
pub mod ledger;
pub mod profile;
pub mod scores;

use arrow_schema::SchemaRef;
use leadlake_lake::ledger::ledger_schema;
use leadlake_lake::tables::TableName;

use crate::rows::schema_of;
use crate::vocabulary::lead_events_schema;

/// Every table that a score run writes, with its columns.
pub fn written_tables() -> Vec<(TableName, SchemaRef)> {
    vec![
        (TableName::LEDGER, ledger_schema()),
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
