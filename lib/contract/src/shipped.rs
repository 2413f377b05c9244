//! The contracts of this version, so that a program works on its own.

use std::path::Path;

use crate::contract::Contract;
use crate::load::{load_folder, parse_contract};
use crate::problem::ContractError;

/// Name and text of each file in the repository's folder.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// The contracts as shipped, in the order of their files. Anybody may edit them before a build: so they are checked too.
pub fn shipped() -> Result<Vec<Contract>, ContractError> {
    FILES.iter().map(|(file, text)| parse_contract(file, text)).collect()
}

/// Those of the folder, where one is named.
pub fn shipped_unless(folder: Option<&Path>) -> Result<Vec<Contract>, ContractError> {
    folder.map_or_else(shipped, load_folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_the_repository() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts");
        assert_eq!(shipped().unwrap(), load_folder(&folder).unwrap());
    }
}
