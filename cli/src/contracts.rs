//! Which contracts a command works with.

use std::path::{Path, PathBuf};

use leadlake_contract::{Contract, SourceName, load_folder, parse_contract};

use crate::error::CliError;

/// The contracts of this version, so that the program works on its own.
const BUILT_IN: &[(&str, &str)] = &[
    ("crm.odcs.yaml", include_str!("../../contracts/crm.odcs.yaml")),
    ("online.odcs.yaml", include_str!("../../contracts/online.odcs.yaml")),
    ("roadshow.odcs.yaml", include_str!("../../contracts/roadshow.odcs.yaml")),
    ("transactions.odcs.yaml", include_str!("../../contracts/transactions.odcs.yaml")),
    ("webinar.odcs.yaml", include_str!("../../contracts/webinar.odcs.yaml")),
];

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
            None => Self::built_in(),
        }
    }

    fn built_in() -> Result<Self, CliError> {
        let all: Result<Vec<Contract>, _> =
            BUILT_IN.iter().map(|(file, text)| parse_contract(file, text)).collect();
        Ok(Self { all: all?, from: ContractsFrom::BuiltIn })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contract_of_the_repository_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts");
        assert_eq!(Contracts::built_in().unwrap().all, load_folder(&folder).unwrap());
    }
}
