//! One object through the refiner alone, which is what thousands of them take.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use leadlake_contract::Contract;
use leadlake_refine::{Counts, ObjectInfo, Refiner, RefusalCode, RefusalPolicy, Sink};
use leadlake_tests::lakes::contracts;

use crate::tables::{Quarantined, integers, quarantined, texts};

/// The arrival that the samples have.
const ARRIVED_MICROS: i64 = 1_736_316_000_000_000;

#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    pub event_id: String,
    pub line: i64,
    pub extra: Option<String>,
    pub invalid: Option<String>,
    pub webinar_id: Option<String>,
    pub minutes: Option<i64>,
}

/// What became of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    pub counts: Counts,
    pub accepted: Vec<Accepted>,
    pub refused: Vec<Quarantined>,
}

pub struct Refining {
    refiner: Refiner<'static>,
}

#[derive(Default)]
struct Kept {
    accepted: Vec<RecordBatch>,
    refused: Vec<RecordBatch>,
}

impl Sink for Kept {
    type Error = std::convert::Infallible;

    fn accepted(&mut self, batch: &RecordBatch) -> Result<(), Self::Error> {
        self.accepted.push(batch.clone());
        Ok(())
    }

    fn refused(&mut self, batch: &RecordBatch) -> Result<(), Self::Error> {
        self.refused.push(batch.clone());
        Ok(())
    }
}

pub fn webinar() -> &'static Contract {
    contracts().iter().find(|contract| contract.source.as_str() == "webinar").unwrap()
}

impl Ended {
    pub fn shown(&self) -> String {
        let accepted =
            self.accepted.iter().map(|row| format!("accepted {} on line {}\n", row.event_id, row.line));
        let refused = self.refused.iter().map(|row| {
            format!(
                "{} at {} of {}..+{}: {:?}\n",
                row.code,
                row.path,
                row.offset,
                row.length,
                shown(&row.original)
            )
        });
        accepted.chain(refused).collect()
    }
}

/// Enough to recognise it.
pub fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned()
}

impl Refining {
    pub fn new() -> Self {
        Self { refiner: Refiner::new(webinar()).unwrap() }
    }

    /// The refiner itself fails an object whose records do not add up.
    pub fn end_of(&mut self, object: &[u8]) -> Ended {
        let info = ObjectInfo { key: "bronze/webinar/2025/01/08/x", arrived_micros: ARRIVED_MICROS };
        let mut kept = Kept::default();
        let refined = self.refiner.refine(info, object, &mut kept, RefusalPolicy::RecordByRecord).unwrap();
        let refused = quarantined(&kept.refused);
        let accepted: Vec<Accepted> = kept.accepted.iter().flat_map(accepted_of).collect();
        let counts = refined.counts;
        assert_eq!(counts.input, counts.accepted + counts.refused_total() + counts.duplicate);
        assert_eq!((counts.accepted, counts.refused_total()), (accepted.len() as u64, refused.len() as u64));
        Ended { counts, accepted, refused }
    }
}

fn accepted_of(batch: &RecordBatch) -> Vec<Accepted> {
    let optional = |name: &str| -> Vec<Option<String>> {
        let column = batch.column_by_name(name).unwrap().as_string::<i32>();
        column.iter().map(|value| value.map(str::to_owned)).collect()
    };
    let (ids, lines) = (texts(batch, "event_id"), integers(batch, "object_line"));
    let (extra, invalid, webinar_id) = (optional("extra"), optional("invalid"), optional("webinar_id"));
    let minutes = batch.column_by_name("duration_minutes").unwrap();
    let minutes = minutes.as_primitive::<arrow_array::types::Int64Type>();
    (0..batch.num_rows())
        .map(|row| Accepted {
            event_id: ids[row].clone(),
            line: lines[row],
            extra: extra[row].clone(),
            invalid: invalid[row].clone(),
            webinar_id: webinar_id[row].clone(),
            minutes: minutes.is_valid(row).then(|| minutes.value(row)),
        })
        .collect()
}

/// Whatever is refused has a code and a place, and is kept as it stands in the object.
pub fn check_refusals(ended: &Ended, content: &[u8]) {
    for row in &ended.refused {
        assert!(RefusalCode::parse(&row.code).is_some() && row.path.starts_with('$'), "{row:?}");
        let there = &content[row.offset..row.offset + row.length];
        assert_eq!(row.is_whole, row.original.len() == row.length, "{row:?}");
        assert!(
            there.starts_with(&row.original) && row.original.len() >= row.length.min(16 * 1024),
            "{row:?}"
        );
        let newlines = content[..row.offset].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(row.line, i64::try_from(newlines).unwrap() + 1, "{row:?}");
    }
}

/// Between what was accepted and what was refused lies nothing but what separates records, and nothing counts twice.
pub fn check_covered(ended: &Ended, content: &[u8], accepted: &[Range<usize>]) {
    let refused = ended.refused.iter().map(|row| row.offset..row.offset + row.length);
    let mut covered: Vec<Range<usize>> = refused.chain(accepted.iter().cloned()).collect();
    covered.sort_by_key(|range| (range.start, range.end));
    let mut behind = 0;
    for range in covered.into_iter().chain(std::iter::once(content.len()..content.len())) {
        assert!(range.start >= behind, "{range:?} counts twice in {:?}", shown(content));
        let between = String::from_utf8_lossy(&content[behind..range.start]).replace('\u{feff}', "");
        let is_nothing = between.bytes().all(|byte| b" \t\r\n,[]".contains(&byte));
        assert!(is_nothing, "{between:?} is lost of {:?}", shown(content));
        behind = range.end;
    }
}
