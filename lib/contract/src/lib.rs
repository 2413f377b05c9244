//! What a source promises.
//!
//! A contract is one Open Data Contract Standard v3 file per source. [`load_folder`] reads and checks
//! them, [`shipped()`] has those of this version, [`Contract`] is what a checked file means, and
//! [`compat`] says which changes would break readers.

mod check;
pub mod compat;
mod contract;
mod load;
mod names;
mod odcs;
mod problem;
#[cfg(test)]
mod samples;
mod shipped;
mod words;

pub use contract::{
    AnyOf, Checks, Classification, Contract, Derivation, Field, FieldIndex, Freshness, IdentityRole, Limits,
    ObjectBreaker, Reading,
};
pub use load::{contract_files, load_folder, parse_contract};
pub use names::{ContractVersion, NameError, SourceName};
pub use problem::{ContractError, Place, Problem, Reason};
pub use shipped::{shipped, shipped_unless};
