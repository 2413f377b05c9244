//! `leadlake`: the whole lake on one machine.

mod args;
mod commands;
mod contracts;
mod error;
mod instant;
mod output;
mod progress;
mod settings;
#[cfg(feature = "query")]
mod view;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    match commands::run(arguments) {
        Ok(ended) => ended.into(),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
