//! Bytes of a raw object to accepted, refused and duplicate records.

mod extent;
mod input;
mod json;
mod records;
mod refusal;
