//! Queries over small lakes: the truth is found, only what is needed is read, and nothing is changed or given away.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bounds;
mod bronze;
mod common;
mod printing;
mod pruning;
mod truth;
mod unnest;
mod versions;
