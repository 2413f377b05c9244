//! The tables that a query sees.

mod bronze;
mod catalog;
mod ledger;
mod parquet;
mod provider;
mod rows;
mod versions;

pub(crate) use catalog::LakeTables;
