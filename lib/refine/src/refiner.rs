//! One object, from its first byte to its counts.

use std::io::Read;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use leadlake_contract::Contract;
use thiserror::Error;

use crate::columns::{Constants, Rows};
use crate::counts::Counts;
use crate::event_id::Seen;
use crate::field::phone::{PhoneReader, UnknownRegion};
use crate::input::{Input, InputError};
use crate::json::Members;
use crate::judge::{Case, Judge, RefusalPolicy, Verdict};
use crate::quarantine::QuarantineRows;
use crate::reading::{Readers, RecentRanges};
use crate::records::{Fault, Piece, Records};
use crate::refusal::{Refusal, RefusalCode, excerpt};
use crate::schema::{quarantine_schema, silver_schema};

/// What is known of an object before it is read.
#[derive(Debug, Clone, Copy)]
pub struct ObjectInfo<'o> {
    pub key: &'o str,
    pub arrived_micros: i64,
}

/// Takes what refinement yields, batch by batch.
pub trait Sink {
    type Error;

    /// Accepted events, ordered by event time.
    fn accepted(&mut self, batch: &RecordBatch) -> Result<(), Self::Error>;

    fn refused(&mut self, batch: &RecordBatch) -> Result<(), Self::Error>;
}

#[derive(Debug, Error)]
pub enum RefineError<E> {
    #[error("the object could not be read: {0}; try again")]
    Read(#[source] std::io::Error),
    #[error(transparent)]
    Sink(E),
    #[error("rows could not be put into columns: {0}; this is a defect of leadlake")]
    Columns(#[from] ArrowError),
    #[error(
        "records are not accounted for: {input} read, but {accepted} accepted, {refused} refused and {duplicate} duplicate; this is a defect of leadlake"
    )]
    Unbalanced { input: u64, accepted: u64, refused: u64, duplicate: u64 },
}

/// What became of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refined {
    pub counts: Counts,
    /// As stored.
    pub bytes: u64,
    /// Decompressed.
    pub expanded_bytes: u64,
    /// More than the contract's share of the records was refused, and so is the object: what the sink got is void,
    /// and it is to be refined again with [`RefusalPolicy::RefuseAll`].
    pub breaker_tripped: bool,
}

/// Refines the objects of one source, one after the other.
pub struct Refiner<'c> {
    contract: &'c Contract,
    silver: SchemaRef,
    quarantine: SchemaRef,
    judge: Judge<'c>,
    rows: Rows,
    quarantined: QuarantineRows,
    seen: Seen,
    members: Members,
}

impl<'c> Refiner<'c> {
    pub fn new(contract: &'c Contract) -> Result<Self, UnknownRegion> {
        let silver = silver_schema(contract);
        let phone = PhoneReader::new(contract.phone_region.as_deref())?;
        let readers = Readers { phone, ranges: RecentRanges::default() };
        Ok(Self {
            contract,
            judge: Judge::new(contract, &silver, readers),
            rows: Rows::new(silver.clone()),
            silver,
            quarantine: quarantine_schema(),
            quarantined: QuarantineRows::default(),
            seen: Seen::new(),
            members: Members::new(),
        })
    }

    pub fn contract(&self) -> &'c Contract {
        self.contract
    }

    pub fn silver_schema(&self) -> &SchemaRef {
        &self.silver
    }

    pub fn quarantine_schema(&self) -> &SchemaRef {
        &self.quarantine
    }

    /// Reads the object to its end.
    pub fn refine<S: Sink>(
        &mut self,
        object: ObjectInfo<'_>,
        source: impl Read,
        sink: &mut S,
        policy: RefusalPolicy,
    ) -> Result<Refined, RefineError<S::Error>> {
        let constants = Constants {
            object_key: object.key.to_owned(),
            contract_version: self.contract.version.to_string(),
            arrived_micros: object.arrived_micros,
        };
        self.forget_last_object(&constants)?;
        let mut counts = Counts::default();
        let input = Input::open(source).map_err(read_error)?;
        let mut records = Records::new(input, self.contract.limits.largest_record_bytes);
        while let Some(piece) = records.next(&mut self.members).map_err(read_error)? {
            counts.input += 1;
            let verdict = match piece.fault {
                Some(fault) => Verdict::Refused(Refusal::of_record(
                    fault.code,
                    fault.expected,
                    what_stands_there(&piece, fault),
                )),
                None => {
                    let case = Case {
                        piece: &piece,
                        members: &self.members,
                        arrived_micros: object.arrived_micros,
                        policy,
                    };
                    self.judge.judge(&case, &mut self.seen, &mut self.rows, &mut counts)
                }
            };
            match verdict {
                Verdict::Accepted => counts.accepted += 1,
                Verdict::Duplicate => counts.duplicate += 1,
                Verdict::Refused(refusal) => {
                    counts.refuse(refusal.code);
                    self.quarantined.push(&piece, &refusal);
                }
            }
            if self.rows.is_full() {
                self.flush_accepted(&constants, sink)?;
            }
            if self.quarantined.is_full() {
                self.flush_refused(&constants, sink)?;
            }
        }
        self.flush_accepted(&constants, sink)?;
        self.flush_refused(&constants, sink)?;
        self.judge.add_tallies(&mut counts);
        self.seen.forget_all();
        if !counts.is_balanced() {
            return Err(RefineError::Unbalanced {
                input: counts.input,
                accepted: counts.accepted,
                refused: counts.refused_total(),
                duplicate: counts.duplicate,
            });
        }
        Ok(Refined {
            breaker_tripped: policy == RefusalPolicy::RecordByRecord && self.trips_breaker(&counts),
            counts,
            bytes: records.input().compressed_bytes(),
            expanded_bytes: records.input().expanded_bytes(),
        })
    }

    /// An object that failed midway leaves rows behind.
    fn forget_last_object(&mut self, constants: &Constants) -> Result<(), ArrowError> {
        self.seen.forget_all();
        self.judge.add_tallies(&mut Counts::default());
        self.rows.finish(constants)?;
        self.quarantined.finish(&self.quarantine, constants)?;
        Ok(())
    }

    fn trips_breaker(&self, counts: &Counts) -> bool {
        let Some(breaker) = self.contract.limits.breaker else {
            return false;
        };
        // Exact up to 2^53 records.
        let share = counts.refused_total() as f64 / counts.input.max(1) as f64;
        counts.input >= breaker.from_records && share > breaker.above_share
    }

    fn flush_accepted<S: Sink>(
        &mut self,
        constants: &Constants,
        sink: &mut S,
    ) -> Result<(), RefineError<S::Error>> {
        match self.rows.finish(constants)? {
            Some(batch) => sink.accepted(&batch).map_err(RefineError::Sink),
            None => Ok(()),
        }
    }

    fn flush_refused<S: Sink>(
        &mut self,
        constants: &Constants,
        sink: &mut S,
    ) -> Result<(), RefineError<S::Error>> {
        match self.quarantined.finish(&self.quarantine, constants)? {
            Some(batch) => sink.refused(&batch).map_err(RefineError::Sink),
            None => Ok(()),
        }
    }
}

/// Enough to recognise the place.
const SHOWN_OF_END: usize = 40;

fn what_stands_there(piece: &Piece<'_>, fault: Fault) -> String {
    if fault.code == RefusalCode::TOO_LARGE {
        return format!("{} bytes", piece.length);
    }
    // Where nothing stands any more, what stood before tells the place.
    let is_at_end = fault.at >= piece.bytes.len();
    let from = if is_at_end { piece.bytes.len().saturating_sub(SHOWN_OF_END) } else { fault.at };
    excerpt(&String::from_utf8_lossy(piece.bytes.get(from..).unwrap_or_default()))
}

fn read_error<E>(error: InputError) -> RefineError<E> {
    match error {
        InputError::Source(source) | InputError::Damaged(source) => RefineError::Read(source),
        InputError::Bomb => RefineError::Read(std::io::Error::other(error)),
    }
}
