//! What nobody should send: hostile records, objects, names, and a store on a bad day.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod chaos;
mod judged;
mod limits;
mod named;
mod names;
mod packed;
mod program;
mod refining;
mod texts;

use leadlake_tests::{samples, tables};
