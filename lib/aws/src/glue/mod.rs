//! The lake's tables in Glue: what Athena, Redshift Spectrum and Spark look tables up in.

mod catalog;
mod client;
mod database;
mod error;
mod shown;
mod sync;
mod table;
#[cfg(test)]
mod tests;

use crate::address::LakeAddress;
use crate::connect::Aws;

pub use database::{GlueDatabase, GlueDatabaseError};
pub use error::GlueError;
pub use sync::SyncReport;

use client::GlueClient;

/// One lake in one database of Glue.
pub struct GlueCatalog {
    client: GlueClient,
    address: LakeAddress,
}

impl Aws {
    pub fn glue(&self, database: GlueDatabase, address: LakeAddress) -> GlueCatalog {
        GlueCatalog { client: GlueClient::new(self, database), address }
    }
}
