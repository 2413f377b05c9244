//! The columns of the tables that a score run writes, and how a row of each is filled. One file per table.

pub mod features;
pub mod history;
pub mod identity;
pub mod lead_events;
pub mod leads;
pub mod profile;
pub mod scores;
