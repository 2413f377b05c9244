//! How long a million events take, and how much memory.

use std::convert::Infallible;
use std::time::Instant;

use jiff::Timestamp;
use leadlake_generate::{Plan, Sink, generate};

struct Nowhere;

impl Sink for Nowhere {
    type Error = Infallible;

    fn object(&mut self, _key: &str, _arrived: Timestamp, _bytes: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events = std::env::args().nth(1).map_or(Ok(1_000_000), |events| events.parse())?;
    let started = Instant::now();
    let truth = generate(&Plan::new(events, 1), &mut Nowhere)?;
    let seconds = started.elapsed().as_secs_f64();
    println!("{truth:#?}");
    println!("{} bytes in {} objects, {seconds:.2} s", truth.bytes, truth.objects);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("{peak}");
    }
    Ok(())
}
