//! SQL over the lake's tables, on an embedded engine.
//!
//! [`QueryEngine`] shows every table of a lake as `<layer>_<name>` and answers queries about them, and queries only:
//! it reads the lake and nothing else, and writes nothing. Reading goes through the lake's `Store`, so a directory, memory
//! and S3 are one code path.

mod closest;
mod engine;
mod error;
mod files;
mod functions;
pub mod print;
mod result;
mod statement;
mod store;
mod tables;
mod unnest;

pub use engine::{KnownTable, QueryEngine, Settings};
pub use error::QueryError;
pub use leadlake_lake::tables::{current_versions, versions_as_of};
pub use result::QueryResult;
