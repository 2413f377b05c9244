//! Athena as the engine that answers SQL: each query is begun, waited for, and its rows read page by page.

mod engine;
mod error;
mod pin;
#[cfg(test)]
mod pin_tests;
mod reason;
mod rows;
mod settings;
#[cfg(test)]
mod tests;
mod tokens;
mod usage;

pub use engine::Athena;
pub use error::{AthenaError, PinError};
pub use pin::Pin;
pub use settings::{AthenaSettings, OutputLocation, OutputLocationError, Workgroup, WorkgroupError};
pub use usage::AthenaUsage;
