//! `bronze_<source>`: raw records as they lie there, one row each, whatever their framing and compression.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, StringBuilder, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;
use leadlake_contract::{
    Checks, Classification, Contract, ContractVersion, FieldIndex, Limits, Reading, SourceName,
};
use leadlake_refine::{ObjectInfo, RefineError, Refiner, RefusalCode, RefusalPolicy, Sink};

use super::rows::{Out, RowReader};
use crate::error::QueryError;
use crate::files::{Reach, TableFile};

/// Finds records with the reader that refinement uses, so that both see the same ones.
///
/// That reader hands out bytes of refused records only, so it is given a contract that no record can meet: a field is
/// required that is read from nowhere. What is refused for anything else is broken indeed.
#[derive(Debug)]
pub(super) struct BronzeReader {
    nothing_meets: Contract,
    schema: SchemaRef,
}

impl BronzeReader {
    pub(super) fn new(source: SourceName, limits: Limits) -> Self {
        let never_there = leadlake_contract::Field {
            name: "never_there".to_owned(),
            description: None,
            reading: Reading::Text,
            required: true,
            inputs: Vec::new(),
            checks: Checks::default(),
            classification: Classification::default(),
            identity: None,
            keeps_original: false,
            made_from_content: false,
        };
        let nothing_meets = Contract {
            source,
            version: ContractVersion { major: 0, minor: 0, patch: 0 },
            description: None,
            fields: vec![never_there],
            event_id: FieldIndex(0),
            event_time: FieldIndex(0),
            any_of: None,
            phone_region: None,
            limits: Limits { breaker: None, ..limits },
            freshness: None,
        };
        let columns = vec![
            Field::new("record", DataType::Utf8, false),
            Field::new("line", DataType::Int64, false),
            Field::new("fault", DataType::Utf8, true),
            Field::new("object_key", DataType::Utf8, false),
            Field::new("arrived_at", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false),
        ];
        Self { nothing_meets, schema: Arc::new(Schema::new(columns)) }
    }
}

impl RowReader for BronzeReader {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn read(&self, reach: &Reach, file: &TableFile, out: Out<'_>) -> Result<(), QueryError> {
        let failed = |reason: String| QueryError::Failed(format!("{}: {reason}", file.facts.key));
        let mut refiner = Refiner::new(&self.nothing_meets).map_err(|error| failed(error.to_string()))?;
        let object =
            ObjectInfo { key: file.facts.key.as_str(), arrived_micros: file.facts.modified.as_microsecond() };
        let body = reach.lake.store.open(&file.facts.key)?.body;
        let mut rows = RecordRows { schema: Arc::clone(&self.schema), out };
        match refiner.refine(object, body, &mut rows, RefusalPolicy::RecordByRecord) {
            Ok(_) | Err(RefineError::Sink(Stopped::Enough)) => Ok(()),
            Err(RefineError::Sink(Stopped::Columns(error))) => Err(failed(error.to_string())),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("nobody wants further rows")]
    Enough,
    #[error(transparent)]
    Columns(#[from] ArrowError),
}

struct RecordRows<'o> {
    schema: SchemaRef,
    out: Out<'o>,
}

impl Sink for RecordRows<'_> {
    type Error = Stopped;

    /// Never called: nothing meets the contract.
    fn accepted(&mut self, _: &RecordBatch) -> Result<(), Stopped> {
        Ok(())
    }

    fn refused(&mut self, refused: &RecordBatch) -> Result<(), Stopped> {
        let rows = self.rows(refused)?;
        match (self.out)(rows) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stopped::Enough),
        }
    }
}

impl RecordRows<'_> {
    fn rows(&self, refused: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let column = |name: &str| {
            let missing = || ArrowError::SchemaError(format!("refused records have no column {name}"));
            refused.column_by_name(name).cloned().ok_or_else(missing)
        };
        let columns: Vec<ArrayRef> = vec![
            records(&column("original")?),
            column("object_line")?,
            faults(&column("code")?),
            column("object_key")?,
            arrivals(&column("arrived_at")?),
        ];
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

/// A record that is no text is shown as far as it is, with marks where it is not.
fn records(originals: &ArrayRef) -> ArrayRef {
    let originals = originals.as_binary::<i32>();
    let mut records = StringBuilder::with_capacity(originals.len(), originals.value_data().len());
    for original in originals.iter().flatten() {
        records.append_value(String::from_utf8_lossy(original));
    }
    Arc::new(records.finish())
}

fn faults(codes: &ArrayRef) -> ArrayRef {
    let codes = codes.as_string::<i32>();
    let is_fault = |code: &&str| *code != RefusalCode::MISSING.as_str();
    Arc::new(
        codes.iter().map(|code| code.filter(is_fault)).collect::<datafusion::arrow::array::StringArray>(),
    )
}

fn arrivals(instants: &ArrayRef) -> ArrayRef {
    let instants: &TimestampMicrosecondArray = instants.as_primitive();
    Arc::new(instants.clone())
}
