//! Results as people and machines want them.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::args::Format;
use crate::error::CliError;

/// Whether all went well.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Well,
    WithFaults,
}

impl Ended {
    pub fn well_if(all_is_well: bool) -> Self {
        if all_is_well { Self::Well } else { Self::WithFaults }
    }
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Well => Self::SUCCESS,
            Ended::WithFaults => Self::FAILURE,
        }
    }
}

/// A result that a command prints.
pub trait Report: Serialize {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()>;
}

pub fn print(report: &impl Report, format: Format) -> Result<(), CliError> {
    read_enough(write(report, format, &mut io::stdout().lock()))
}

/// For what is neither text nor JSON.
#[cfg(feature = "query")]
pub fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    read_enough(write(&mut out).and_then(|()| out.flush()).map_err(CliError::Print))
}

/// Whoever reads has read enough, as `head` does.
fn read_enough(written: Result<(), CliError>) -> Result<(), CliError> {
    match written {
        Err(CliError::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn write(report: &impl Report, format: Format, out: &mut impl Write) -> Result<(), CliError> {
    match format {
        Format::Text => report.write_text(out)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Format::Csv => return Err(CliError::NoRows),
    }
    Ok(out.flush()?)
}

/// 1234567 as 1,234,567.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 12_345_678].map(grouped), ["0", "999", "1,000", "12,345,678"]);
    }
}
