//! The whole lake: counts, order, death at any point, hostile objects, privacy, the program and its memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod hostile;
mod kill;
mod order;
mod process_kill;
mod samples;
mod tables;
mod truth;
