//! Which contracts a command works with.

use std::path::{Path, PathBuf};

use leadlake_contract::{Contract, SourceName, load_folder, shipped};

use crate::error::CliError;

const USUAL_FOLDER: &str = "contracts";

#[derive(Debug)]
pub struct Contracts {
    pub all: Vec<Contract>,
    pub from: ContractsFrom,
}

#[derive(Debug)]
pub enum ContractsFrom {
    Folder(PathBuf),
    BuiltIn,
}

impl Contracts {
    /// Those of the folder named, of `./contracts`, or the built-in ones.
    pub fn load(named: Option<&Path>) -> Result<Self, CliError> {
        let usual = Path::new(USUAL_FOLDER);
        let folder = named.or_else(|| usual.is_dir().then_some(usual));
        match folder {
            Some(folder) => {
                Ok(Self { all: load_folder(folder)?, from: ContractsFrom::Folder(folder.to_owned()) })
            }
            None => Ok(Self { all: shipped()?, from: ContractsFrom::BuiltIn }),
        }
    }

    pub fn get(&self, source: &SourceName) -> Result<&Contract, CliError> {
        self.all.iter().find(|contract| contract.source == *source).ok_or_else(|| {
            let known: Vec<&str> = self.all.iter().map(|contract| contract.source.as_str()).collect();
            CliError::UnknownSource { wanted: source.clone(), known: known.join(", ") }
        })
    }
}

impl std::fmt::Display for ContractsFrom {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => write!(formatter, "{}", folder.display()),
            Self::BuiltIn => formatter.write_str("built in"),
        }
    }
}
