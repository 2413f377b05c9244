//! Arbitrary bytes as an object of the online source: every record is accounted for, however the bytes arrive.

#![no_main]

use std::cell::RefCell;
use std::convert::Infallible;
use std::io::{self, Read};
use std::sync::LazyLock;

use arrow_array::RecordBatch;
use leadlake_contract::{Contract, parse_contract};
use leadlake_refine::{ObjectInfo, Refined, Refiner, RefusalPolicy, Sink};
use libfuzzer_sys::fuzz_target;

const ONLINE: &str = include_str!("../../../../contracts/online.odcs.yaml");

/// Records of the contract's own limit never fit into an input of the fuzzer, so one that they pass is tried as well.
const FEW_BYTES: usize = 100;

/// 2025-01-10T00:00:00Z
const OBJECT: ObjectInfo<'static> =
    ObjectInfo { key: "bronze/online/2025/01/10/fuzz.json", arrived_micros: 1_736_467_200_000_000 };

/// Compressed inputs may expand a thousandfold; batches beyond this many rows are counted but not kept.
const MOST_ROWS_KEPT: usize = 20_000;

/// Larger objects are only read in one go: in chunks of a few bytes they would take seconds.
const MOST_BYTES_IN_CHUNKS: u64 = 1 << 20;

static CONTRACTS: LazyLock<[Contract; 2]> = LazyLock::new(|| {
    let usual = parse_contract("online.odcs.yaml", ONLINE).expect("the contract is in order");
    let mut strict = usual.clone();
    strict.limits.largest_record_bytes = FEW_BYTES;
    [usual, strict]
});

thread_local! {
    static REFINERS: RefCell<Vec<Refiner<'static>>> = RefCell::new(
        CONTRACTS.iter().map(|contract| Refiner::new(contract).expect("the region is known")).collect(),
    );
}

fuzz_target!(|object: &[u8]| {
    REFINERS.with_borrow_mut(|refiners| refiners.iter_mut().for_each(|refiner| check(refiner, object)));
});

fn check(refiner: &mut Refiner<'_>, object: &[u8]) {
    let (whole, rows) = refine(refiner, object, RefusalPolicy::RecordByRecord);
    if whole.expanded_bytes <= MOST_BYTES_IN_CHUNKS {
        let chunks = Chunks { rest: object, longest: 1 + object.len() % 7 };
        let (chunked, chunked_rows) = refine(refiner, chunks, RefusalPolicy::RecordByRecord);
        assert_eq!(whole, chunked, "counts depend on how the bytes arrive");
        assert!(rows == chunked_rows, "rows depend on how the bytes arrive: {rows:?} and {chunked_rows:?}");
    }
    if whole.breaker_tripped {
        let (refused, _) = refine(refiner, object, RefusalPolicy::RefuseAll);
        assert_eq!(refused.counts.accepted, 0, "records of a refused object are accepted");
        assert_eq!(refused.counts.input, whole.counts.input, "records of a refused object are lost");
        assert_eq!(refused.counts.duplicate, whole.counts.duplicate, "duplicates differ in a refused object");
    }
}

fn refine(refiner: &mut Refiner<'_>, object: impl Read, policy: RefusalPolicy) -> (Refined, Rows) {
    let mut rows = Rows::default();
    let refined = match refiner.refine(OBJECT, object, &mut rows, policy) {
        Ok(refined) => refined,
        Err(error) => panic!("bytes in memory can be read and rows can be counted: {error}"),
    };
    let counts = &refined.counts;
    let refused: u64 = counts.refused.values().sum();
    assert_eq!(counts.input, counts.accepted + refused + counts.duplicate, "{counts:?}");
    assert_eq!(counts.accepted, rows.accepted as u64, "accepted rows");
    assert_eq!(refused, rows.refused as u64, "refused rows");
    (refined, rows)
}

#[derive(Debug, Default, PartialEq)]
struct Rows {
    accepted: usize,
    refused: usize,
    kept: Vec<RecordBatch>,
}

impl Rows {
    fn keep(&mut self, batch: &RecordBatch) {
        if self.accepted + self.refused <= MOST_ROWS_KEPT {
            self.kept.push(batch.clone());
        }
    }
}

impl Sink for Rows {
    type Error = Infallible;

    fn accepted(&mut self, batch: &RecordBatch) -> Result<(), Infallible> {
        self.accepted += batch.num_rows();
        self.keep(batch);
        Ok(())
    }

    fn refused(&mut self, batch: &RecordBatch) -> Result<(), Infallible> {
        self.refused += batch.num_rows();
        self.keep(batch);
        Ok(())
    }
}

/// Gives at most a few bytes at a time, as a slow network does.
struct Chunks<'o> {
    rest: &'o [u8],
    longest: usize,
}

impl Read for Chunks<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.longest.min(into.len());
        self.rest.read(&mut into[..most])
    }
}
