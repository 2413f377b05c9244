//! The direction of dependency that docs/ARCHITECTURE.md draws.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What each room may use of the others.
const ALLOWED: &[(&str, &[&str])] = &[
    ("leadlake-contract", &[]),
    ("leadlake-refine", &["leadlake-contract"]),
    ("leadlake-lead", &[]),
    ("leadlake-settings", &[]),
    ("leadlake-score", &["leadlake-lead", "leadlake-settings"]),
    ("leadlake-lake", &["leadlake-contract", "leadlake-refine"]),
    ("leadlake-generate", &[]),
    (
        "leadlake-pipeline",
        &["leadlake-contract", "leadlake-refine", "leadlake-lead", "leadlake-score", "leadlake-lake"],
    ),
    ("leadlake-gold", &["leadlake-lake", "leadlake-settings"]),
    ("leadlake-report", &["leadlake-lake", "leadlake-gold"]),
    ("leadlake-query", &["leadlake-contract", "leadlake-refine", "leadlake-lake", "leadlake-gold"]),
    ("leadlake-runtime", &[]),
    ("leadlake-aws", &["leadlake-contract", "leadlake-refine", "leadlake-lake", "leadlake-gold"]),
    (
        "refine",
        &["leadlake-contract", "leadlake-refine", "leadlake-lake", "leadlake-aws", "leadlake-runtime"],
    ),
    (
        "score",
        &[
            "leadlake-contract",
            "leadlake-lead",
            "leadlake-score",
            "leadlake-lake",
            "leadlake-pipeline",
            "leadlake-aws",
            "leadlake-runtime",
        ],
    ),
    (
        "catalog",
        &[
            "leadlake-contract",
            "leadlake-lake",
            "leadlake-pipeline",
            "leadlake-gold",
            "leadlake-aws",
            "leadlake-runtime",
        ],
    ),
    (
        "leadlake",
        &[
            "leadlake-contract",
            "leadlake-refine",
            "leadlake-lead",
            "leadlake-score",
            "leadlake-settings",
            "leadlake-lake",
            "leadlake-generate",
            "leadlake-pipeline",
            "leadlake-gold",
            "leadlake-report",
            "leadlake-query",
            "leadlake-aws",
        ],
    ),
];

/// What would bring I/O, threads of its own or a cloud into a pure room.
const NOT_IN_PURE_ROOMS: &[&str] =
    &["tokio", "reqwest", "hyper", "aws-config", "rand", "datafusion", "parquet"];
const PURE: &[&str] = &[
    "leadlake-contract",
    "leadlake-refine",
    "leadlake-lead",
    "leadlake-score",
    "leadlake-generate",
    "leadlake-settings",
];

/// A lake is filled and scored without a query engine.
const QUERIES: &str = "leadlake-query";

#[test]
fn no_arrow_turns_round() {
    let uses = normal_dependencies();
    for (room, allowed) in ALLOWED {
        let used: Vec<&String> = uses[*room].iter().filter(|name| name.starts_with("leadlake")).collect();
        for other in used {
            assert!(allowed.contains(&other.as_str()), "{room} uses {other}, see docs/ARCHITECTURE.md");
        }
    }
    let rooms: BTreeSet<&str> = ALLOWED.iter().map(|(room, _)| *room).chain(["leadlake-tests"]).collect();
    let found: BTreeSet<&str> = uses.keys().map(String::as_str).collect();
    assert_eq!(found, rooms, "a new room belongs into docs/ARCHITECTURE.md and into this test");
}

#[test]
fn pure_rooms_stay_pure() {
    let uses = normal_dependencies();
    for room in PURE {
        for forbidden in NOT_IN_PURE_ROOMS {
            assert!(!uses[*room].contains(*forbidden), "{room} uses {forbidden}");
        }
    }
}

#[test]
fn only_queries_bring_the_query_engine() {
    for (room, uses) in normal_dependencies() {
        let engine: Vec<&String> = uses.iter().filter(|name| name.starts_with("datafusion")).collect();
        assert_eq!(!engine.is_empty(), room == QUERIES, "{room} uses {engine:?}");
    }
}

fn normal_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            let normal = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
            (text(&package["name"]), normal.map(|dependency| text(&dependency["name"])).collect())
        })
        .collect()
}
