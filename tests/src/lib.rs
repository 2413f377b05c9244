//! Shared by the whole-lake tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod folder;
pub mod lakes;
pub mod mended;
pub mod program;
pub mod samples;
pub mod scored;
pub mod scores;
pub mod shares;
pub mod tables;
