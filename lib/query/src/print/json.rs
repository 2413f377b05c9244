//! An array with one object a row.

use std::collections::HashMap;
use std::io::{self, Write};

use datafusion::arrow::datatypes::Schema;
use serde_json::Value;

use super::PrintError;
use super::cell::value_of;
use crate::result::QueryResult;

pub(super) fn print(result: QueryResult<'_>, out: &mut dyn Write) -> Result<(), PrintError> {
    let names = distinct_names(result.schema());
    let mut is_first = true;
    for batch in result {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            write!(out, "{}", if is_first { "[\n" } else { ",\n" })?;
            is_first = false;
            let mut before = '{';
            for (name, column) in names.iter().zip(batch.columns()) {
                write!(out, "{before}{}:", Value::String(name.clone()))?;
                serde_json::to_writer(&mut *out, &value_of(column, row)?).map_err(io::Error::from)?;
                before = ',';
            }
            write!(out, "{}", if names.is_empty() { "{}" } else { "}" })?;
        }
    }
    Ok(writeln!(out, "{}", if is_first { "[]" } else { "\n]" })?)
}

/// An object that holds a name twice means different things to different readers.
fn distinct_names(schema: &Schema) -> Vec<String> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let distinct = |name: &String| {
        let times = seen.entry(name.clone()).or_default();
        *times += 1;
        if *times == 1 { name.clone() } else { format!("{name}_{times}") }
    };
    schema.fields().iter().map(|field| field.name()).map(distinct).collect()
}
