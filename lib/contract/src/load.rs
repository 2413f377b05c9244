//! Reading contracts from files.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::MergeKeyPolicy;
use serde_saphyr::{Error, UserMessageFormatter};

use crate::check::check;
use crate::contract::Contract;
use crate::odcs::{Document, type_fault};
use crate::problem::{ContractError, Findings, Problem, Reason};

const EXTENSION: &str = ".odcs.yaml";
const SHORT_EXTENSION: &str = ".odcs.yml";

/// No honest contract comes near it, and nothing larger is even read.
const LARGEST_FILE_BYTES: u64 = 1024 * 1024;
/// A contract of the standard nests less than ten levels.
const DEEPEST_NESTING: usize = 32;
/// Enough for a thousand columns; a contract of this lake has about six hundred values.
const MOST_VALUES: usize = 20_000;

/// Reads and checks every `<source>.odcs.yaml` of a folder, in the order of their names. Tells all that is
/// wrong with all of them.
pub fn load_folder(folder: &Path) -> Result<Vec<Contract>, ContractError> {
    let mut problems = Vec::new();
    let mut contracts: Vec<(String, Contract)> = Vec::new();
    for path in contract_paths(folder)? {
        let file = path.display().to_string();
        match read_text(&path, &file).and_then(|text| parse(&file, &text)) {
            Err(found) => problems.extend(found),
            Ok(contract) => {
                problems.extend(file_name_problem(&path, &file, &contract));
                problems.extend(repeated_source_problem(&contracts, &file, &contract));
                contracts.push((file, contract));
            }
        }
    }
    if !problems.is_empty() {
        return Err(ContractError::Wrong(problems));
    }
    Ok(contracts.into_iter().map(|(_, contract)| contract).collect())
}

/// The contract files of a folder with their text, in the order of their names, without a look at what they say.
pub fn contract_files(folder: &Path) -> Result<Vec<(PathBuf, String)>, ContractError> {
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for path in contract_paths(folder)? {
        match read_text(&path, &path.display().to_string()) {
            Ok(text) => files.push((path, text)),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(ContractError::Wrong(problems)) }
}

/// Checks one contract; the file is its name in messages.
pub fn parse_contract(file: &str, text: &str) -> Result<Contract, ContractError> {
    parse(file, text).map_err(ContractError::Wrong)
}

fn contract_paths(folder: &Path) -> Result<Vec<PathBuf>, ContractError> {
    let unlisted = |error: std::io::Error| ContractError::Folder {
        folder: folder.display().to_string(),
        fault: error.to_string(),
    };
    let mut paths = Vec::new();
    let mut problems = Vec::new();
    for entry in fs::read_dir(folder).map_err(unlisted)? {
        let path = entry.map_err(unlisted)?.path();
        // Hidden files are what editors leave while they write.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        if let Some(stem) = name.strip_suffix(SHORT_EXTENSION) {
            let expected = format!("{stem}{EXTENSION}");
            problems.push(Problem::of_file(&path.display().to_string(), Reason::ShortExtension { expected }));
        }
        if name.ends_with(EXTENSION) {
            paths.push(path);
        }
    }
    if !problems.is_empty() {
        return Err(ContractError::Wrong(problems));
    }
    if paths.is_empty() {
        return Err(ContractError::NoContract { folder: folder.display().to_string() });
    }
    paths.sort();
    Ok(paths)
}

fn read_text(path: &Path, file: &str) -> Result<String, Vec<Problem>> {
    let refused = |reason: Reason| vec![Problem::of_file(file, reason)];
    let unreadable = |error: std::io::Error| refused(Reason::Unreadable { fault: error.to_string() });
    let metadata = fs::metadata(path).map_err(unreadable)?;
    // A pipe would keep us waiting for a writer.
    if !metadata.is_file() {
        return Err(refused(Reason::Unreadable { fault: "it is not a file".to_owned() }));
    }
    check_length(metadata.len()).map_err(refused)?;
    let mut bytes = Vec::new();
    let opened = File::open(path).map_err(unreadable)?;
    opened.take(LARGEST_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|_| refused(Reason::NotText))
}

fn check_length(bytes: u64) -> Result<(), Reason> {
    if bytes > LARGEST_FILE_BYTES {
        return Err(Reason::TooLarge { bytes, most: LARGEST_FILE_BYTES });
    }
    Ok(())
}

fn parse(file: &str, text: &str) -> Result<Contract, Vec<Problem>> {
    let refused = |reason: Reason| vec![Problem::of_file(file, reason)];
    check_length(u64::try_from(text.len()).unwrap_or(u64::MAX)).map_err(refused)?;
    let value = parse_yaml(text).map_err(refused)?;
    let document =
        Document::deserialize(value).map_err(|error| refused(Reason::Type { fault: type_fault(&error) }))?;
    let mut findings = Findings::default();
    match check(&mut findings, document) {
        Some(contract) if findings.is_empty() => Ok(contract),
        _ => Err(findings.into_problems(file)),
    }
}

fn parse_yaml(text: &str) -> Result<Value, Reason> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_documents: 1,
            max_depth: DEEPEST_NESTING,
            max_nodes: MOST_VALUES,
        },
        emit_comments: false,
        merge_keys: MergeKeyPolicy::Error,
        // `yes` is a truth value to some readers and a text to others.
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| yaml_refusal(&error))
}

fn yaml_refusal(error: &Error) -> Reason {
    match error {
        Error::MergeKeyNotAllowed { .. }
        | Error::Budget { breach: BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. }, .. } => {
            Reason::YamlAlias
        }
        Error::Budget { breach: BudgetBreach::Documents { .. }, .. } => Reason::SeveralDocuments,
        Error::Budget { breach: BudgetBreach::Nodes { .. }, .. } => {
            Reason::TooManyValues { most: MOST_VALUES }
        }
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => Reason::TooDeep { most: DEEPEST_NESTING },
        _ => Reason::NotYaml { fault: error.render_with_formatter(&UserMessageFormatter) },
    }
}

fn file_name_problem(path: &Path, file: &str, contract: &Contract) -> Option<Problem> {
    let source_name = contract.source.to_string();
    let is_named = path.file_name().is_some_and(|name| *name == *format!("{source_name}{EXTENSION}"));
    (!is_named).then(|| Problem::of_file(file, Reason::FileName { source_name }))
}

fn repeated_source_problem(
    earlier: &[(String, Contract)],
    file: &str,
    contract: &Contract,
) -> Option<Problem> {
    let (other, _) = earlier.iter().find(|(_, other)| other.source == contract.source)?;
    let reason = Reason::RepeatedSource { source_name: contract.source.to_string(), other: other.clone() };
    Some(Problem::of_file(file, reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{KIOSK, kiosk_text, refusal_of};
    use insta::assert_snapshot;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    /// What is said about the folder, without where it happens to lie.
    fn refused(folder: &tempfile::TempDir) -> String {
        let error = load_folder(folder.path()).unwrap_err();
        error.to_string().replace(&folder.path().display().to_string(), "contracts")
    }

    fn contract_of(source: &str) -> String {
        KIOSK.replace("kiosk", source)
    }

    #[test]
    fn contracts_come_in_the_order_of_their_names_and_other_files_are_left_alone() {
        let folder = folder(&[
            ("shop.odcs.yaml", &contract_of("shop")),
            ("fair.odcs.yaml", &contract_of("fair")),
            (".fair.odcs.yaml", "half written"),
            ("README.md", "about"),
        ]);
        let contracts = load_folder(folder.path()).unwrap();
        let sources: Vec<_> = contracts.iter().map(|contract| contract.source.as_str()).collect();
        assert_eq!(sources, ["fair", "shop"]);
        let files = contract_files(folder.path()).unwrap();
        assert_eq!(files[1], (folder.path().join("shop.odcs.yaml"), contract_of("shop")));
    }

    #[test]
    fn a_folder_without_contracts_is_refused() {
        let told = refused(&folder(&[("README.md", "about")]));
        assert_snapshot!(told, @"contracts: holds no contract; put one file named <source>.odcs.yaml there for each source");
        let missing = Path::new("/nowhere/contracts");
        let told = load_folder(missing).unwrap_err().to_string();
        assert_snapshot!(told, @"/nowhere/contracts: cannot be listed: No such file or directory (os error 2); name the folder that holds the contracts");
    }

    #[test]
    fn the_problems_of_all_files_are_told() {
        let told = refused(&folder(&[
            ("kiosk.odcs.yaml", KIOSK),
            ("kiosk2.odcs.yaml", KIOSK),
            ("fair.odcs.yaml", &contract_of("fair").replace("value: IN", "value: India")),
            ("shop.odcs.yaml", "schema: ["),
        ]));
        assert_snapshot!(told, @r#"
        contracts/fair.odcs.yaml: schema[0].customProperties[0].value: is "India"; give a country as two upper-case letters such as IN (in quotes: NO alone is a truth value to some)
        contracts/kiosk2.odcs.yaml: is the contract of the source kiosk; name the file kiosk.odcs.yaml
        contracts/kiosk2.odcs.yaml: contracts/kiosk.odcs.yaml is a contract for the source kiosk too; keep one of them
        contracts/shop.odcs.yaml: is not usable YAML: unclosed bracket '[' at line 1, column 9
        "#);
    }

    #[test]
    fn a_contract_with_the_other_yaml_ending_is_not_overlooked() {
        let told = refused(&folder(&[("kiosk.odcs.yml", KIOSK)]));
        assert_snapshot!(told, @"contracts/kiosk.odcs.yml: ends in .yml; name it kiosk.odcs.yaml");
    }

    #[test]
    fn a_file_that_is_no_text_no_file_or_endless_is_refused() {
        let folder = folder(&[]);
        fs::write(folder.path().join("bytes.odcs.yaml"), [0xff, 0xfe, 0x00]).unwrap();
        fs::create_dir(folder.path().join("folder.odcs.yaml")).unwrap();
        // Sparse: 100 GB long without taking up any.
        let long = File::create(folder.path().join("long.odcs.yaml")).unwrap();
        long.set_len(100 * 1024 * 1024 * 1024).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("zero.odcs.yaml")).unwrap();
        let told = refused(&folder);
        assert_snapshot!(told, @"
        contracts/bytes.odcs.yaml: is not UTF-8 text; save it as UTF-8
        contracts/folder.odcs.yaml: cannot be read: it is not a file
        contracts/long.odcs.yaml: is 107374182400 bytes long, a contract has at most 1048576; is this another file?
        contracts/zero.odcs.yaml: cannot be read: it is not a file
        ");
    }

    #[test]
    fn text_that_was_read_elsewhere_is_bounded_too() {
        let told = refusal_of(&kiosk_text(&[("domain: sales", &format!("domain: {}", "x".repeat(1 << 20)))]));
        assert_snapshot!(told, @"kiosk.odcs.yaml: is 1051306 bytes long, a contract has at most 1048576; is this another file?");
    }

    #[test]
    fn yaml_that_blows_up_is_refused() {
        let bomb: String =
            ('b'..='z').fold("a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, name| {
                let before = char::from(u8::try_from(name).unwrap() - 1);
                let elements = format!("*{before}, ").repeat(9);
                format!("{text}{name}: &{name} [{elements}]\n")
            });
        assert_snapshot!(refusal_of(&bomb), @"kiosk.odcs.yaml: uses YAML anchors, aliases or merge keys, which can blow up a small file; write the values out at each place");
        assert_snapshot!(refusal_of(&"[".repeat(100_000)), @"kiosk.odcs.yaml: is not usable YAML: recursion limit exceeded at line 1, column 256");
        assert_snapshot!(refusal_of(&"- x\n".repeat(100_000)), @"kiosk.odcs.yaml: holds more than 20000 values; is this another file?");
        assert_snapshot!(refusal_of(&"- ".repeat(100_000)), @"kiosk.odcs.yaml: nests deeper than 32 levels, a contract needs less than ten; write it flatter");
    }

    #[test]
    fn yaml_that_can_be_read_in_two_ways_is_refused() {
        let twice = kiosk_text(&[("domain: sales", "domain: sales\ndomain: marketing")]);
        assert_snapshot!(refusal_of(&twice), @"kiosk.odcs.yaml: is not usable YAML: duplicate mapping key: domain not allowed here at line 8, column 1");
        let two_documents = format!("{KIOSK}---\n{KIOSK}");
        assert_snapshot!(refusal_of(&two_documents), @"kiosk.odcs.yaml: holds several documents; give each contract a file of its own");
        let tagged = kiosk_text(&[("domain: sales", "domain: !secret sales")]);
        assert_snapshot!(refusal_of(&tagged), @"kiosk.odcs.yaml: is not usable YAML: unsupported tag `!secret` at line 7, column 17");
        let merged = kiosk_text(&[("domain: sales", "<<: {domain: sales}")]);
        assert_snapshot!(refusal_of(&merged), @"kiosk.odcs.yaml: uses YAML anchors, aliases or merge keys, which can blow up a small file; write the values out at each place");
        let endless = kiosk_text(&[("minimum: 0, maximum: 50", "minimum: 0, maximum: .inf")]);
        assert_snapshot!(refusal_of(&endless), @"kiosk.odcs.yaml: is not usable YAML: value `.inf` is not a finite number at line 69, column 51");
    }
}
