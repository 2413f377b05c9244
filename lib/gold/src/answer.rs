//! What an engine answers, held against what was asked for.
//!
//! Engines give one and the same value in several types: integers and texts of other widths, decimals for doubles.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType, Field, SchemaRef};
use arrow_select::concat::concat_batches;

use crate::engine::SqlEngine;
use crate::error::GoldError;

/// `what` names the query in messages.
pub fn ask(
    engine: &dyn SqlEngine,
    what: &str,
    sql: &str,
    schema: &SchemaRef,
) -> Result<RecordBatch, GoldError> {
    let answered = engine.rows(sql);
    let batches = answered.map_err(|source| GoldError::Engine { query: what.to_owned(), source })?;
    let batches = batches.iter().map(|batch| typed(what, batch, schema)).collect::<Result<Vec<_>, _>>()?;
    concat_batches(schema, &batches).map_err(|source| GoldError::Rows { what: what.to_owned(), source })
}

fn typed(what: &str, batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, GoldError> {
    let answered = batch.schema();
    let names = |schema: &SchemaRef| -> Vec<String> {
        schema.fields().iter().map(|field| field.name().clone()).collect()
    };
    let (found, declared) = (names(&answered), names(schema));
    if found != declared {
        let (found, declared) = (found.join(", "), declared.join(", "));
        return Err(GoldError::Columns { query: what.to_owned(), found, declared });
    }
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast(what, column, field)).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), columns)
        .map_err(|source| GoldError::Rows { what: what.to_owned(), source })
}

fn cast(what: &str, column: &ArrayRef, field: &Field) -> Result<ArrayRef, GoldError> {
    let (found, declared) = (column.data_type(), field.data_type());
    if found == declared {
        return Ok(Arc::clone(column));
    }
    let refused = |fault| GoldError::Type {
        query: what.to_owned(),
        column: field.name().clone(),
        declared: declared.to_string(),
        found: found.to_string(),
        fault,
    };
    if !holds_the_same(found, declared) {
        return Err(refused("which is not the same; mend the query or its header"));
    }
    let does_not_fit = || refused("of which a value does not fit into it; mend the query or its header");
    // What does not fit must not become empty.
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    // An instant stays what it is, whatever zone an engine shows it in; without a zone it is in UTC.
    let (DataType::Timestamp(_, zone), DataType::Timestamp(unit, _)) = (found, declared) else {
        return cast_with_options(column, declared, &strict).map_err(|_| does_not_fit());
    };
    let as_shown = DataType::Timestamp(*unit, zone.clone());
    let instants = cast_with_options(column, &as_shown, &strict).map_err(|_| does_not_fit())?;
    let instants = instants.as_primitive::<TimestampMicrosecondType>().clone();
    Ok(Arc::new(instants.with_data_type(declared.clone())))
}

fn holds_the_same(found: &DataType, declared: &DataType) -> bool {
    let found = match found {
        DataType::Null => return true,
        DataType::Dictionary(_, value) => value.as_ref(),
        found => found,
    };
    let is_decimal = matches!(found, DataType::Decimal128(..) | DataType::Decimal256(..));
    match declared {
        DataType::Utf8 => matches!(found, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View),
        DataType::Int64 => {
            found.is_integer() || matches!(found, DataType::Decimal128(_, 0) | DataType::Decimal256(_, 0))
        }
        DataType::Float64 => found.is_numeric(),
        DataType::Decimal128(..) => is_decimal || found.is_integer(),
        DataType::Date32 => matches!(found, DataType::Date32 | DataType::Date64),
        DataType::Timestamp(..) => matches!(found, DataType::Timestamp(..)),
        other => found == other,
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::types::{Float64Type, Int64Type};
    use arrow_array::{
        Array, Date64Array, Decimal128Array, Float32Array, Float64Array, Int32Array, LargeStringArray,
        NullArray, StringViewArray, TimestampMillisecondArray, UInt64Array,
    };
    use arrow_schema::{Schema, TimeUnit};
    use insta::assert_snapshot;

    use super::*;
    use crate::engine::EngineError;

    struct Scripted(Vec<RecordBatch>);

    impl SqlEngine for Scripted {
        fn rows(&self, _: &str) -> Result<Vec<RecordBatch>, EngineError> {
            Ok(self.0.clone())
        }
    }

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, column)| (name, column, true)),
        )
        .unwrap()
    }

    fn asked(batches: Vec<RecordBatch>, columns: &[(&str, DataType)]) -> Result<RecordBatch, String> {
        let fields = columns.iter().map(|(name, data_type)| Field::new(*name, data_type.clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        ask(&Scripted(batches), "lead_volume", "SELECT", &schema).map_err(|error| error.to_string())
    }

    #[test]
    fn the_same_in_other_types_is_taken() {
        let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let columns = [
            ("text", DataType::Utf8),
            ("count", DataType::Int64),
            ("share", DataType::Float64),
            ("points", DataType::Decimal128(18, 2)),
            ("day", DataType::Date32),
            ("at", micros),
        ];
        let decimals =
            |value, scale| Decimal128Array::from(vec![value]).with_precision_and_scale(20, scale).unwrap();
        let one = batch(vec![
            ("text", Arc::new(StringViewArray::from(vec!["online"]))),
            ("count", Arc::new(Int32Array::from(vec![7]))),
            ("share", Arc::new(decimals(25, 2))),
            ("points", Arc::new(decimals(12_000, 3))),
            ("day", Arc::new(Date64Array::from(vec![86_400_000]))),
            ("at", Arc::new(TimestampMillisecondArray::from(vec![1_000]))),
        ]);
        let other = batch(vec![
            ("text", Arc::new(LargeStringArray::from(vec!["crm"]))),
            ("count", Arc::new(UInt64Array::from(vec![8]))),
            ("share", Arc::new(Float32Array::from(vec![0.5]))),
            ("points", Arc::new(Int32Array::from(vec![3]))),
            ("day", Arc::new(NullArray::new(1))),
            ("at", Arc::new(NullArray::new(1))),
        ]);
        let rows = asked(vec![one, other], &columns).unwrap();
        assert_eq!(rows.column(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["online", "crm"]);
        assert_eq!(rows.column(1).as_primitive::<Int64Type>().values(), &[7, 8]);
        assert_eq!(rows.column(2).as_primitive::<Float64Type>().values(), &[0.25, 0.5]);
        let points = rows.column(3).as_primitive::<arrow_array::types::Decimal128Type>();
        assert_eq!(points.values(), &[1_200, 300]);
        let at = rows.column(5).as_primitive::<TimestampMicrosecondType>();
        assert_eq!((at.value(0), at.is_null(1), rows.column(4).is_null(1)), (1_000_000, true, true));
        assert_eq!(asked(Vec::new(), &columns).unwrap().num_rows(), 0);
    }

    #[test]
    fn anything_else_is_told() {
        let count =
            |column: ArrayRef| asked(vec![batch(vec![("count", column)])], &[("count", DataType::Int64)]);
        let other_name = asked(
            vec![batch(vec![("n", Arc::new(NullArray::new(1)))])],
            &[("count", DataType::Int64), ("share", DataType::Float64)],
        );
        assert_snapshot!(other_name.unwrap_err(), @"lead_volume answers the columns n, its header says count, share; mend one of them");
        assert_snapshot!(count(Arc::new(Float64Array::from(vec![1.0]))).unwrap_err(), @"column count of lead_volume is declared as Int64 and answered as Float64, which is not the same; mend the query or its header");
        assert_snapshot!(count(Arc::new(UInt64Array::from(vec![u64::MAX]))).unwrap_err(), @"column count of lead_volume is declared as Int64 and answered as UInt64, of which a value does not fit into it; mend the query or its header");
    }
}
