//! placeholder
mod contract;
mod names;
pub use contract::*;
pub use names::*;
