//! Bytes of a raw object to accepted, refused and duplicate records.
//!
//! Nothing here does I/O of its own, reads a clock or looks at the environment: [`Refiner`] is given a reader and a
//! sink, and what it yields follows from the object's bytes and the contract alone.

mod columns;
mod counts;
mod event_id;
mod extent;
mod field;
mod input;
mod inputs;
mod json;
mod judge;
mod quarantine;
mod reading;
mod records;
mod refiner;
mod refusal;
mod schema;

pub use counts::Counts;
pub use event_id::MOST_REMEMBERED;
pub use field::phone::{UnknownRegion, e164};
pub use judge::RefusalPolicy;
pub use refiner::{ObjectInfo, RefineError, Refined, Refiner, Sink};
pub use refusal::RefusalCode;
pub use schema::{provenance, quarantine_schema, silver_schema};
