//! Writes the world's numbering plans as a table of constants.
//!
//! The `phonenumber` crate carries them, but at run time it parses every pattern of every country before the first
//! number can be read: 590 million instructions, which a function that starts cold would pay each time.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

use phonenumber::Metadata;
use phonenumber::metadata::{DATABASE, Descriptor};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut regions: Vec<&Metadata> = DATABASE.iter().collect();
    regions.sort_by_key(|region| (region.country_code(), !region.is_main_country_for_code(), region.id()));
    regions.dedup_by_key(|region| (region.country_code(), region.id()));
    let mut table = String::from("[\n");
    for region in regions {
        add_region(&mut table, region).map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let folder = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&folder).join("regions.rs"), table)
}

fn add_region(table: &mut String, region: &Metadata) -> std::fmt::Result {
    let descriptors = region.descriptors();
    // The common kinds first: one that matches is enough.
    let kinds = [
        descriptors.mobile(),
        descriptors.fixed_line(),
        descriptors.toll_free(),
        descriptors.premium_rate(),
        descriptors.shared_cost(),
        descriptors.voip(),
        descriptors.personal_number(),
        descriptors.pager(),
        descriptors.uan(),
        descriptors.voicemail(),
    ];
    writeln!(
        table,
        "Region {{ id: {:?}, code: {}, leading_digits: {:?}, international_prefix: {:?}, national_prefix: {:?}, national_prefix_replacement: {:?}, shape: {:?}, kinds: &[",
        region.id(),
        region.country_code(),
        region.leading_digits().map(|pattern| on_one_line(pattern.as_str())),
        region.international_prefix().map(|pattern| on_one_line(pattern.as_str())),
        region
            .national_prefix_for_parsing()
            .map(|pattern| pattern.as_str())
            .or(region.national_prefix())
            .map(on_one_line),
        region.national_prefix_transform_rule(),
        on_one_line(descriptors.general().national_number().as_str()),
    )?;
    for kind in kinds.into_iter().flatten() {
        let pattern = on_one_line(kind.national_number().as_str());
        writeln!(table, "    NumberKind {{ lengths: &{:?}, pattern: {pattern:?} }},", lengths(kind))?;
    }
    writeln!(table, "] }},")
}

fn lengths(kind: &Descriptor) -> &[u16] {
    kind.possible_length()
}

/// The metadata's patterns are laid out over many lines.
fn on_one_line(pattern: &str) -> String {
    pattern.split_ascii_whitespace().collect()
}
