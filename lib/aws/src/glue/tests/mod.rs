//! The lake in a Glue that enforces its rules.

mod fake;
mod publishing;
mod syncing;
