//! `UNNEST` as Athena understands it, where the engine does otherwise or cannot.

mod each_column;
mod in_place;

pub(crate) use each_column::unnest_each_column;
pub(crate) use in_place::unnest_in_place;
