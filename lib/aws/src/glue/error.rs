//! What keeps tables from standing in Glue.

use aws_sdk_glue::error::BuildError;
use leadlake_lake::catalog::{CatalogError, PublishError};
use leadlake_lake::key::KeyError;
use leadlake_lake::store::StoreError;
use leadlake_lake::tables::{ColumnTypeError, TableName};
use thiserror::Error;

use crate::refusal::Refusal;

#[derive(Debug, Error)]
pub enum GlueError {
    #[error(
        "Glue could not {operation} {what}: {refusal}; check that the role may do that in database {database}, then run again"
    )]
    Service { operation: &'static str, what: String, database: String, refusal: Refusal },
    #[error("Glue did not take the partition {partition} of {table}: {reason}; run again")]
    Partition { table: String, partition: String, reason: String },
    #[error(
        "{table} was changed in Glue {attempts} times while this run tried to; stop what changes it and run again"
    )]
    Contended { table: String, attempts: u32 },
    #[error(
        "{table} in Glue is of the lake {other}, and this is {lake}: give each lake a database of its own; if the lake has moved, delete its tables from Glue first"
    )]
    OtherLake { table: String, other: String, lake: String },
    #[error(
        "{table} in Glue is not leadlake's: it {place}, which is not in the lake {lake}; choose another database, or delete the table from Glue if nobody needs it"
    )]
    Foreign { table: String, place: String, lake: String },
    #[error("what Glue is to know of a table is incomplete: {0}; this is a defect of leadlake")]
    Incomplete(#[from] BuildError),
    #[error(transparent)]
    Column(#[from] ColumnTypeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl GlueError {
    /// As those say it who know of catalogs, and not of Glue.
    pub(super) fn about(self, operation: &'static str, table: &TableName) -> CatalogError {
        CatalogError::Service { operation, table: table.clone(), source: Box::new(self) }
    }
}
