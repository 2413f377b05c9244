//! Runs what every store must do, and what only S3 can do, against a real S3 or an emulator:
//! `conformance s3://acme-{layer}-test [NAME...]`, where names choose the checks whose name contains one of them. The buckets are made
//! where they are missing; what is written stays.

// These are tests, though cargo takes them for a program.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod raw;
mod s3;

use std::cell::Cell;
use std::error::Error;
use std::time::{Instant, SystemTime};

use leadlake_aws::{Aws, LakeAddress};
use leadlake_lake::store::conformance::{CHECKS, Subject};

use raw::RawS3;

/// A place where nothing has been.
pub struct Fresh<'a> {
    aws: &'a Aws,
    address: String,
    used: Cell<u32>,
}

impl Fresh<'_> {
    pub fn lake(&self) -> LakeAddress {
        self.used.set(self.used.get() + 1);
        format!("{}/{}", self.address, self.used.get()).parse().unwrap()
    }

    fn subject(&self) -> Subject {
        Subject::new(self.aws.store(&self.lake()), ())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().ok_or("usage: conformance s3://acme-{layer}-test [NAME...]")?;
    let chosen: Vec<String> = arguments.collect();
    let is_chosen = |name: &str| chosen.is_empty() || chosen.iter().any(|part| name.contains(part));
    let layered: LakeAddress = address.parse()?;
    let run = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    let aws = Aws::connect_blocking()?;
    let raw = RawS3::connect();
    layered.buckets().iter().for_each(|bucket| raw.make_bucket(bucket));

    let fresh = |address: String| Fresh { aws: &aws, address, used: Cell::new(0) };
    let one = fresh(format!("s3://{}/{run:x}-one", layered.bronze_bucket()));
    let each = fresh(format!("{address}/{run:x}-each"));
    for (place, fresh) in [("one bucket", &one), ("a bucket for each layer", &each)] {
        for (name, check) in CHECKS.iter().filter(|(name, _)| is_chosen(name)) {
            timed(&format!("{place}: {name}"), || check(&|| fresh.subject()));
        }
    }
    for (name, check) in s3::CHECKS.iter().filter(|(name, _)| is_chosen(name)) {
        timed(name, || check(&each, &raw));
    }
    for bucket in layered.buckets() {
        assert_eq!(raw.unfinished_uploads(&bucket), 0, "uploads left in {bucket}");
    }
    println!("everything holds");
    Ok(())
}

fn timed(name: &str, check: impl FnOnce()) {
    let begun = Instant::now();
    check();
    println!("{name}: {} ms", begun.elapsed().as_millis());
}
