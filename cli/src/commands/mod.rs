//! One file per command: arguments in, library called, report out.

#[cfg(feature = "aws")]
pub mod backfill;
#[cfg(feature = "aws")]
pub mod catalog;
mod contract;
#[cfg(feature = "query")]
pub mod demo;
mod generate;
#[cfg(feature = "query")]
pub mod gold;
pub mod history;
mod ingest;
#[cfg(feature = "query")]
pub mod kpi;
#[cfg(feature = "query")]
pub mod lead;
#[cfg(feature = "query")]
pub mod query;
#[cfg(feature = "aws")]
pub mod redrive;
mod refinement;
mod replay;
#[cfg(feature = "query")]
pub mod report;
pub mod rollback;
pub mod run;
pub mod score;
pub mod vacuum;
mod verify;
#[cfg(not(feature = "aws"))]
pub mod without_aws;

use std::hash::{BuildHasher, RandomState};
use std::num::NonZero;

use jiff::Timestamp;
use leadlake_lake::tables::RunId;

#[cfg(not(feature = "aws"))]
pub use without_aws::{self as backfill, self as catalog, self as redrive};

use crate::args::{Arguments, Command, Format, Threads};
use crate::contracts::Contracts;
use crate::error::CliError;
use crate::output::Ended;

pub fn run(arguments: Arguments) -> Result<Ended, CliError> {
    if arguments.format == Format::Csv && !arguments.command.has_rows() {
        return Err(CliError::NoRows);
    }
    let setting = Setting { contracts: arguments.contracts, format: arguments.format, now: arguments.now };
    match arguments.command {
        Command::Ingest(ask) => ingest::run(&ask, &setting),
        Command::Replay(ask) => replay::run(&ask, &setting),
        Command::Run(ask) => run::run(&ask, &setting),
        Command::Score(ask) => score::run(&ask, &setting),
        Command::Verify(ask) => verify::run(&ask, &setting),
        Command::History(ask) => history::run(&ask, &setting),
        Command::Rollback(ask) => rollback::run(&ask, &setting),
        Command::Vacuum(ask) => vacuum::run(&ask, &setting),
        Command::Contract(ask) => contract::run(&ask, &setting),
        Command::Backfill(ask) => backfill::run(&ask, &setting),
        Command::Redrive(ask) => redrive::run(&ask, &setting),
        Command::Catalog(ask) => catalog::run(&ask, &setting),
        Command::Generate(ask) => generate::run(&ask, &setting),
        #[cfg(feature = "query")]
        Command::Gold(ask) => gold::run(&ask, &setting),
        #[cfg(feature = "query")]
        Command::Kpi(ask) => kpi::run(&ask, &setting),
        #[cfg(feature = "query")]
        Command::Report(ask) => report::run(&ask, &setting),
        #[cfg(feature = "query")]
        Command::Demo(ask) => demo::run(&ask, &setting),
        #[cfg(feature = "query")]
        Command::Lead(ask) => lead::run(&ask, &setting),
        #[cfg(feature = "query")]
        Command::Query(ask) => query::run(&ask, &setting),
    }
}

/// What every command is told.
pub struct Setting {
    contracts: Option<std::path::PathBuf>,
    format: Format,
    now: Option<Timestamp>,
}

impl Setting {
    fn contracts(&self) -> Result<Contracts, CliError> {
        Contracts::load(self.contracts.as_deref())
    }

    fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }

    /// Random also where the clock is fixed: two runs that take each other for themselves would lose one's work.
    fn new_run_id(&self) -> RunId {
        RunId::new(self.now(), RandomState::new().hash_one(std::process::id()))
    }
}

fn thread_count(threads: &Threads) -> usize {
    threads.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZero::get))
}
