//! `leadlake query`

use std::collections::BTreeMap;
use std::io::{self, BufWriter, ErrorKind};
use std::sync::Arc;

use leadlake_lake::tables::{TableName, VersionNumber};
use leadlake_pipeline::written_tables;
use leadlake_query::print::{self, PrintError, print};
use leadlake_query::{KnownTable, QueryEngine, Settings};
use serde_json::{Map, Value};

use super::Setting;
use crate::args::{Format, Query};
use crate::contracts::Contracts;
use crate::error::CliError;
use crate::output::Ended;
use crate::place::OpenLake;

pub const MEBIBYTE: usize = 1024 * 1024;

/// A row of an answer, with its columns in their order.
pub type Row = Map<String, Value>;

pub fn run(ask: &Query, setting: &Setting) -> Result<Ended, CliError> {
    let contracts = setting.contracts()?;
    let memory_bytes = ask.memory.saturating_mul(MEBIBYTE);
    let engine = open_engine(&ask.lake.open()?, &contracts, memory_bytes, BTreeMap::new())?;
    let format = match setting.format {
        Format::Text => print::Format::Table,
        Format::Json => print::Format::Json,
        Format::Csv => print::Format::Csv,
    };
    let answer = engine.run(&ask.sql)?;
    let printed = print(answer, format, &mut BufWriter::new(io::stdout().lock()));
    for stray in engine.take_left_out() {
        eprintln!("left out: {stray}");
    }
    match printed {
        // Whoever reads has read enough, as `head` does.
        Err(PrintError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Ended::Well),
        Err(PrintError::Write(error)) => Err(error.into()),
        Err(PrintError::Query(error)) => Err(error.into()),
        Ok(()) => Ok(Ended::Well),
    }
}

/// The tables named are those of the versions given; others are what they are when they are read.
pub fn open_engine(
    open: &OpenLake,
    contracts: &Contracts,
    memory_bytes: usize,
    versions: BTreeMap<TableName, VersionNumber>,
) -> Result<QueryEngine, CliError> {
    let written = written_tables().into_iter().chain(leadlake_gold::written_tables());
    let known_tables = written.map(|(name, schema)| KnownTable { name, schema }).collect();
    let catalog = Some(Arc::clone(&open.catalog));
    let settings = Settings { memory_bytes, known_tables, versions, catalog, ..Settings::default() };
    Ok(QueryEngine::open(&open.lake, &contracts.all, settings)?)
}

/// All rows of an answer that is known to be small.
pub fn rows(engine: &QueryEngine, sql: &str) -> Result<Vec<Row>, CliError> {
    let mut json = Vec::new();
    print(engine.run(sql)?, print::Format::Json, &mut json).map_err(|error| match error {
        PrintError::Write(error) => CliError::Print(error),
        PrintError::Query(error) => CliError::Query(error),
    })?;
    Ok(serde_json::from_slice(&json)?)
}
