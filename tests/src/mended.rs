//! A contract that was too narrow, its fix, and objects that the fix mends.

use std::sync::OnceLock;

use leadlake_contract::{Contract, parse_contract};

use crate::lakes::{RawObject, contracts_folder};
use crate::samples::ARRIVED;

/// The contract before the fix knew one of the two event types only.
pub fn contracts_before() -> &'static [Contract] {
    static CONTRACTS: OnceLock<Vec<Contract>> = OnceLock::new();
    CONTRACTS.get_or_init(|| roadshow_contract(&[("                - roadshow_lead\n", "")]))
}

pub fn contracts_after() -> &'static [Contract] {
    static CONTRACTS: OnceLock<Vec<Contract>> = OnceLock::new();
    CONTRACTS.get_or_init(|| roadshow_contract(&[("version: 1.0.0", "version: 1.1.0")]))
}

fn roadshow_contract(changes: &[(&str, &str)]) -> Vec<Contract> {
    let file = contracts_folder().join("roadshow.odcs.yaml");
    let mut text = std::fs::read_to_string(file).unwrap();
    for (from, to) in changes {
        assert_eq!(text.matches(from).count(), 1, "{from:?}");
        text = text.replace(from, to);
    }
    vec![parse_contract("roadshow.odcs.yaml", &text).unwrap()]
}

fn roadshow_line(object: &str, number: u32, event_type: &str) -> String {
    format!(
        r#"{{"event_id":"{object}-{number}","event_type":"{event_type}","email":"v{number}@gmail.com","timestamp":"2025-01-08T05:00:00Z"}}"#
    )
}

/// Objects that the fix mends wholly, partly, not at all, and with and without the breaker.
pub fn roadshow_objects() -> Vec<RawObject> {
    let (good, late, wrong) = ("roadshow_registration", "roadshow_lead", "no_such_type");
    let object = |name: &str, types: &[&str]| {
        let lines: Vec<String> =
            (0..).zip(types).map(|(number, event_type)| roadshow_line(name, number, event_type)).collect();
        RawObject::new(&format!("bronze/roadshow/2025/01/08/{name}.json"), ARRIVED, lines.join("\n"))
    };
    let mostly_late: Vec<&str> = (0..30).map(|number| if number % 6 == 0 { good } else { late }).collect();
    let some_late: Vec<&str> = (0..30).map(|number| if number % 6 == 0 { late } else { good }).collect();
    vec![
        object("all-mended", &[late; 4]),
        object("partly-mended", &[good, late, wrong, good]),
        object("never-mended", &[wrong; 2]),
        object("never-wrong", &[good; 3]),
        object("breaker-mended", &mostly_late),
        object("below-breaker", &some_late),
    ]
}
