//! `leadlake`: the whole lake on one machine.

mod args;
#[cfg_attr(not(feature = "aws"), path = "without_aws.rs")]
mod aws;
mod commands;
mod contracts;
mod error;
mod output;
mod place;
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
