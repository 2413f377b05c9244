//! Where things live and how they become visible.

pub mod catalog;
pub mod ingest;
pub mod instant;
mod json_fault;
pub mod key;
mod lake;
pub mod layout;
pub mod ledger;
mod object;
mod output;
mod parquet_file;
pub mod replay;
mod settings;
pub mod store;
#[cfg(test)]
mod table_tests;
pub mod tables;
pub mod verify;

pub use json_fault::JsonFault;
pub use lake::{Clock, LOCAL_BUCKET, Lake, LakeError, contract_of};
pub use object::{ObjectError, ObjectRefiner};
pub use output::OutputError;
pub use parquet_file::ParquetFile;
pub use settings::{Settings, SettingsFrom, WrittenSettings};
