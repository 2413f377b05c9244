//! Writes a page about a lake that does not exist, for whoever works on how it looks:
//! `cargo run -p leadlake-report --example sample_page -- sample.html [masked|revealed|empty]`

mod invented;

use std::error::Error;

use leadlake_report::{Reveal, render};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (path, data, reveal) = match arguments.as_slice() {
        [path] | [path, "masked"] => (path, invented::full()?, Reveal::Nothing),
        [path, "revealed"] => (path, invented::full()?, Reveal::Everything),
        [path, "empty"] => (path, invented::empty()?, Reveal::Nothing),
        _ => return Err("usage: sample_page FILE [masked|revealed|empty]".into()),
    };
    std::fs::write(path, render(&data, reveal)?)?;
    Ok(())
}
