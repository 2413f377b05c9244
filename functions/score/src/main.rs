//! Lambda: silver becomes people, features and scores.

mod handler;
mod request;
mod scoring;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

fn main() -> ExitCode {
    leadlake_runtime::run::<handler::Score>()
}
