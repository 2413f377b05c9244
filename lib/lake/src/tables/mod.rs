//! Tables with versions: each version is a folder of Parquet files, and a log says which one readers use.
//!
//! `<table>/snap=<number>-<run id>/part-00000.parquet` and `<table>/_log/<number>.json`.

mod commit;
mod entry;
mod error;
mod log;
mod name;
mod number;
mod pinned;
mod rollback;
mod run;
mod schema;
mod snapshot;
mod vacuum;

pub use commit::{Claim, Commit, NewVersion, Placement};
pub use entry::{Content, EntryKind, Inputs, LogEntry, Version};
pub use error::{Mismatch, TableError};
pub use log::TableLog;
pub use name::{TableLayer, TableName, TableNameError};
pub use number::{VersionNumber, VersionNumberError, VersionSet};
pub use pinned::{current_versions, versions_as_of};
pub use run::{RunId, RunIdError};
pub use schema::{ColumnTypeError, TableColumn, TableSchema};
pub use snapshot::{PartWriter, Snapshot, SnapshotWriter};
pub use vacuum::{Keep, KeepTooShort, VacuumPlan};

pub(crate) use log::{LOG_FOLDER, number_of};
pub(crate) use snapshot::{BESIDE, snapshot_folder_of};

pub use crate::output::{DataFile, TableShape};
