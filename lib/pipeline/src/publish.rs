//! Showing engines what the logs hold, as far as the catalog lets.

use std::slice;
use std::sync::Arc;

use leadlake_lake::catalog::{Catalog, CatalogError, PublishError, repair};
use leadlake_lake::store::Store;
use leadlake_lake::tables::TableName;

use crate::error::PipelineError;

/// Publishes every table, and says which ones the catalog's service did not take. The logs are whole without it, and the
/// next run publishes them; a log that has lost entries is an error all the same.
pub fn publish(store: &Arc<dyn Store>, catalog: &dyn Catalog) -> Result<Option<String>, PipelineError> {
    let (mut behind, mut reason) = (Vec::new(), None);
    let mut tables = TableName::OWN.into_iter();
    while let Some(table) = tables.next() {
        let Err(error) = repair(store, catalog, slice::from_ref(&table)) else { continue };
        let PublishError::Catalog(refused @ CatalogError::Service { .. }) = error else {
            return Err(error.into());
        };
        behind.push(table.sql_name());
        reason.get_or_insert(refused);
        // A catalog that does not answer at all would be waited for again with each of the other tables.
        if catalog.published(&table).is_err() {
            behind.extend(tables.by_ref().map(|table| table.sql_name()));
        }
    }
    Ok(reason.map(|reason| format!("engines may see older versions of {}: {reason}", behind.join(", "))))
}
