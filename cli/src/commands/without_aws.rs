//! What stands in for the commands on AWS in a program that was built without it.

use std::ffi::OsString;

use clap::Args;

use super::Setting;
use crate::aws::WithoutAws;
use crate::error::CliError;
use crate::output::Ended;

#[derive(Debug, Args)]
#[command(after_help = WithoutAws.to_string())]
pub struct Ask {
    /// Whatever the command is told where it can be carried out.
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    _words: Vec<OsString>,
}

pub fn run(_: &Ask, _: &Setting) -> Result<Ended, CliError> {
    Err(WithoutAws.into())
}
