//! `leadlake contract`

use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use leadlake_contract::compat::{SourceChange, compare};
use leadlake_contract::{Contract, SourceName, load_folder, parse_contract};
use serde::Serialize;

use super::Setting;
use crate::args::ContractCommand;
use crate::error::CliError;
use crate::output::{Ended, Report, print};

pub fn run(ask: &ContractCommand, setting: &Setting) -> Result<Ended, CliError> {
    let contracts = setting.contracts()?;
    match ask {
        ContractCommand::Lint => {
            let sources = contracts.all.iter().map(|contract| contract.source.clone()).collect();
            print(&Linted { contracts: contracts.from.to_string(), sources }, setting.format)?;
            Ok(Ended::Well)
        }
        ContractCommand::Check { against } => {
            let in_force = load_in_force(against, setting)?;
            let breaking: Vec<String> =
                compare(&in_force, &contracts.all).iter().map(SourceChange::to_string).collect();
            let checked = Checked { against: against.clone(), breaking };
            print(&checked, setting.format)?;
            Ok(Ended::well_if(checked.breaking.is_empty()))
        }
        ContractCommand::Show { source: Some(source) } => {
            print(&Shown { contracts: vec![contracts.get(source)?.clone()] }, setting.format)?;
            Ok(Ended::Well)
        }
        ContractCommand::Show { source: None } => {
            print(&Shown { contracts: contracts.all }, setting.format)?;
            Ok(Ended::Well)
        }
    }
}

#[derive(Serialize)]
struct Linted {
    contracts: String,
    sources: Vec<SourceName>,
}

impl Report for Linted {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let sources: Vec<&str> = self.sources.iter().map(SourceName::as_str).collect();
        writeln!(out, "{} contracts are in order ({}): {}", sources.len(), self.contracts, sources.join(", "))
    }
}

#[derive(Serialize)]
struct Checked {
    against: String,
    breaking: Vec<String>,
}

impl Report for Checked {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        for change in &self.breaking {
            writeln!(out, "{change}")?;
        }
        match self.breaking.len() {
            0 => writeln!(out, "nothing that readers of {} rely on is broken", self.against),
            count => writeln!(out, "{count} breaking changes against {}", self.against),
        }
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown {
    contracts: Vec<Contract>,
}

impl Report for Shown {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        for contract in &self.contracts {
            writeln!(out, "{} {}", contract.source, contract.version)?;
            for field in &contract.fields {
                let required = if field.required { "required" } else { "" };
                writeln!(
                    out,
                    "  {:<26} {:<14} {required:<9} {}",
                    field.name,
                    field.reading.column_type(),
                    field.inputs.join(", ")
                )?;
            }
        }
        Ok(())
    }
}

/// The contracts of a folder, or of the contracts folder as it was at a git revision.
fn load_in_force(against: &str, setting: &Setting) -> Result<Vec<Contract>, CliError> {
    if Path::new(against).is_dir() {
        return Ok(load_folder(Path::new(against))?);
    }
    let refused = |reason: String| CliError::Against { against: against.to_owned(), reason };
    if against.starts_with('-') {
        return Err(refused("a revision does not begin with a dash".to_owned()));
    }
    let folder = setting.contracts.as_deref().unwrap_or(Path::new("contracts"));
    let listing = git(folder, &["ls-tree", "--name-only", against, "./"]).map_err(refused)?;
    let files: Vec<&str> = listing.lines().filter(|name| name.ends_with(".odcs.yaml")).collect();
    if files.is_empty() {
        return Err(refused(format!("it has no contracts in {}", folder.display())));
    }
    let mut contracts = Vec::with_capacity(files.len());
    for file in files {
        let text = git(folder, &["show", &format!("{against}:./{file}")]).map_err(refused)?;
        contracts.push(parse_contract(file, &text)?);
    }
    Ok(contracts)
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output()
        .map_err(|error| format!("git could not be run: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    String::from_utf8(output.stdout).map_err(|_| "git printed what is no UTF-8".to_owned())
}
