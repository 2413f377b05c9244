//! Compiles the repository's contracts in, so that a new source is a new file and no line of code.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const EXTENSION: &str = ".odcs.yaml";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = folder_of("CARGO_MANIFEST_DIR")?.join("../../contracts").canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let name =
            entry.file_name().into_string().map_err(|_| io::Error::other("a contract's name is no text"))?;
        if name.ends_with(EXTENSION) && !name.starts_with('.') {
            files.push((name, entry.path()));
        }
    }
    files.sort();
    let mut table = String::from("&[\n");
    for (name, path) in files {
        writeln!(table, "({name:?}, include_str!({:?})),", path.display().to_string())
            .map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    fs::write(folder_of("OUT_DIR")?.join("shipped.rs"), table)
}

fn folder_of(variable: &str) -> io::Result<PathBuf> {
    Ok(Path::new(&env::var(variable).map_err(io::Error::other)?).to_owned())
}
