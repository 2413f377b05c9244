//! `leadlake query`

use std::io::{self, BufWriter, ErrorKind};

use leadlake_lake::Lake;
use leadlake_pipeline::written_tables;
use leadlake_query::print::{self, PrintError, print};
use leadlake_query::{KnownTable, QueryEngine, Settings};

use super::{Setting, open_lake};
use crate::args::{Format, Query};
use crate::contracts::Contracts;
use crate::error::CliError;
use crate::output::Ended;

pub const MEBIBYTE: usize = 1024 * 1024;

pub fn run(ask: &Query, setting: &Setting) -> Result<Ended, CliError> {
    let contracts = setting.contracts()?;
    let engine = open_engine(&open_lake(&ask.lake)?, &contracts, ask.memory.saturating_mul(MEBIBYTE))?;
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

pub fn open_engine(lake: &Lake, contracts: &Contracts, memory_bytes: usize) -> Result<QueryEngine, CliError> {
    let known_tables =
        written_tables().into_iter().map(|(name, schema)| KnownTable { name, schema }).collect();
    let settings = Settings { memory_bytes, known_tables, ..Settings::default() };
    Ok(QueryEngine::open(lake, &contracts.all, settings)?)
}
