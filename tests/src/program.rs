//! The real `leadlake` program.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use crate::lakes::NOW;

/// The program of this workspace, built once per test run into the target folder of the tests.
pub fn leadlake() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(build)
}

/// Cargo sets `CARGO_BIN_EXE_leadlake` for the program's own package only. The tests' executable is
/// `<target folder>/<profile's folder>/deps/<name>`; cargo then says itself where it put the program. With the tests beside
/// it, dependencies have the features that they have under `cargo test`, and none is built a second time.
fn build() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile_folder = tests.parent().and_then(Path::parent).unwrap();
    let target = profile_folder.parent().unwrap();
    let profile = match profile_folder.file_name().and_then(OsStr::to_str).unwrap() {
        "debug" => "dev",
        named => named,
    };
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    // Cargo tells tests about their own package. Build scripts that look at such variables would take them for a change, and
    // everything that lies on them would be built again, here and once more outside.
    let told = std::env::vars_os().map(|(name, _)| name);
    let of_the_package = |name: &OsString| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "OUT_DIR"
    };
    for name in told.filter(of_the_package) {
        cargo.env_remove(name);
    }
    let output = cargo
        .args(["build", "--workspace", "--bin", "leadlake", "--tests", "--quiet"])
        .args(["--message-format", "json-render-diagnostics", "--profile", profile])
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(target)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "leadlake cannot be built");
    let built = String::from_utf8(output.stdout).unwrap();
    let executable = built
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|message| message["target"]["name"] == "leadlake" && message["profile"]["test"] == false)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.expect("cargo names the program it built")
}

/// `leadlake <words> --lake <lake>` at a fixed instant, with the contracts built in.
pub fn command(lake: &Path, words: &[&str]) -> Command {
    command_at(lake, words, NOW)
}

pub fn command_at(lake: &Path, words: &[&str], now: &str) -> Command {
    let mut command = Command::new(leadlake());
    command
        .args(words)
        .arg("--lake")
        .arg(lake)
        .args(["--now", now])
        .env_remove("LEADLAKE_CONTRACTS")
        .env_remove("LEADLAKE_LAKE")
        .current_dir(lake.parent().unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {}", self.out))
    }

    #[must_use]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self
    }
}

pub fn run(lake: &Path, words: &[&str]) -> Ran {
    command(lake, words).output().unwrap().into()
}

/// As [`run`], and how many bytes of memory it had at the most.
pub fn run_measured(lake: &Path, words: &[&str]) -> (Ran, u64) {
    let mut child = command(lake, words).spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(high_water(&child).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    }
    (child.wait_with_output().unwrap().into(), peak)
}

/// The system's own record of the process's peak; none once it has ended.
fn high_water(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// As if it were another instant than that of all other tests.
pub fn run_at(lake: &Path, words: &[&str], now: &str) -> Ran {
    command_at(lake, words, now).output().unwrap().into()
}
