//! `leadlake verify`

use std::io::{self, Write};

use leadlake_lake::verify::{Verification, verify};

use super::{Setting, open_lake};
use crate::args::Verify;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};

pub fn run(ask: &Verify, setting: &Setting) -> Result<Ended, CliError> {
    let contracts = setting.contracts()?;
    let lake = open_lake(&ask.lake)?;
    let verification = verify(&lake, &contracts.all)?;
    print(&verification, setting.format)?;
    Ok(Ended::well_if(verification.faults.is_empty()))
}

impl Report for Verification {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        for fault in &self.faults {
            writeln!(out, "{fault}")?;
        }
        writeln!(
            out,
            "{} objects, {} files: {} records = {} accepted + {} refused + {} duplicate; {} faults",
            grouped(self.objects),
            grouped(self.files),
            grouped(self.counts.input),
            grouped(self.counts.accepted),
            grouped(self.counts.refused_total()),
            grouped(self.counts.duplicate),
            grouped(self.faults.len() as u64)
        )?;
        for (table, number) in &self.tables {
            writeln!(out, "{table}: version {number}")?;
        }
        if !self.left_over.is_empty() {
            let folders = grouped(self.left_over.len() as u64);
            writeln!(out, "{folders} folders of runs that were not finished, which vacuum will delete")?;
        }
        Ok(())
    }
}
