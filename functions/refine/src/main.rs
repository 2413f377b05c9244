//! Lambda: an object lands in bronze and becomes silver, quarantine and a ledger entry.

mod again;
mod asked;
mod backfill;
mod batch;
mod done;
mod form;
mod handler;
mod parse;
mod patience;
mod refinery;
mod stoppable;
mod tally;
#[cfg(test)]
mod tests;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    leadlake_runtime::run::<handler::Refine>()
}
