//! Who is one person, and what is known of them. Pure: no I/O, no clock, no randomness.

pub mod event;
pub mod history;
pub mod identity;
pub mod lead_id;
pub mod profile;
