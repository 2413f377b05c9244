//! What can be asked for on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_contract::SourceName;
use leadlake_lake::instant::day;
use leadlake_refine::RefusalCode;

use crate::commands::run::Run;
use crate::commands::score::Score;
use crate::commands::{backfill, catalog, redrive};
#[cfg(feature = "query")]
use crate::commands::{demo::Demo, gold::Gold, kpi::Kpi, lead::Lead, report::MakeReport};

use crate::commands::history::History;
use crate::commands::rollback::Rollback;
use crate::commands::vacuum::Vacuum;
#[cfg(feature = "query")]
use crate::place::ReadLake;
use crate::place::{LakePlace, Place, PublishedLake, place};

/// The lead-scoring data lake, whole, on one machine.
#[derive(Debug, Parser)]
#[command(name = "leadlake", version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,

    /// Folder of contracts [default: ./contracts where it exists, else those built in]
    #[arg(long, global = true, value_name = "DIR", env = "LEADLAKE_CONTRACTS")]
    pub contracts: Option<PathBuf>,

    /// How to print results
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,

    /// Work as if it were this instant, so that a run can be repeated to the byte
    #[arg(long, global = true, value_name = "TIME")]
    pub now: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people; `table` means the same
    #[default]
    #[value(alias = "table")]
    Text,
    /// One JSON document, for machines
    Json,
    /// Lines of cells, from query and kpi only
    Csv,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Refine raw objects that the ledger does not hold
    Ingest(Ingest),
    /// Put quarantined records through again, after a contract was mended
    Replay(Replay),
    /// All that is due: ingest, score, gold
    Run(Run),
    /// Find out who is one person, and score everybody
    Score(Score),
    /// Make the tables that add up people and scores: KPIs, metrics, attribution, the list for sales
    #[cfg(feature = "query")]
    Gold(Gold),
    /// The ten KPIs, with their trend and state
    #[cfg(feature = "query")]
    Kpi(Kpi),
    /// Write the lake's state as one page that needs no network
    #[cfg(feature = "query")]
    Report(MakeReport),
    /// Recount everything and say what is wrong
    Verify(Verify),
    /// The versions of a table
    History(History),
    /// Let readers use an older version of a table again
    Rollback(Rollback),
    /// Delete the files of versions that nobody needs any more
    Vacuum(Vacuum),
    /// Send old objects to the queue of the function that refines
    Backfill(backfill::Ask),
    /// Send messages that were put aside back to their queue
    Redrive(redrive::Ask),
    /// What engines on AWS see of the lake
    Catalog(catalog::Ask),
    /// Look at contracts
    #[command(subcommand)]
    Contract(ContractCommand),
    /// Write realistic raw events with known flaws
    Generate(Generate),
    /// Make a lake of invented leads and run it for a month; run again, it goes on with a further day
    #[cfg(feature = "query")]
    Demo(Demo),
    /// Ask the lake's tables in SQL
    #[cfg(feature = "query")]
    Query(Query),
    /// All that is known of one person
    #[cfg(feature = "query")]
    Lead(Lead),
}

impl Command {
    /// Whether it answers with rows, which csv is for.
    pub fn has_rows(&self) -> bool {
        match self {
            #[cfg(feature = "query")]
            Self::Query(_) | Self::Kpi(_) => true,
            _ => false,
        }
    }
}

#[derive(Debug, Args)]
pub struct Threads {
    /// Objects worked on at once [default: one per core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

#[derive(Debug, Args)]
pub struct Ingest {
    #[command(flatten)]
    pub lake: LakePlace,
    /// Only this source
    #[arg(long)]
    pub source: Option<SourceName>,
    /// Only partitions from this day on
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Option<Date>,
    /// Only partitions up to this day
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub to: Option<Date>,
    /// Also objects that are done, with the contracts of today
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub threads: Threads,
}

#[derive(Debug, Args)]
pub struct Replay {
    #[command(flatten)]
    pub lake: LakePlace,
    /// Only this source
    #[arg(long)]
    pub source: Option<SourceName>,
    /// Only objects with records refused for this reason
    #[arg(long, value_parser = refusal_code)]
    pub code: Option<RefusalCode>,
    #[command(flatten)]
    pub threads: Threads,
}

#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    pub lake: PublishedLake,
}

#[derive(Debug, Subcommand)]
pub enum ContractCommand {
    /// Check that every contract can be worked with
    Lint,
    /// Refuse changes that would break readers of silver
    Check {
        /// What is in force: a folder of contracts, or a git revision
        #[arg(long, value_name = "FOLDER|REVISION")]
        against: String,
    },
    /// What a source's contract means: its columns and what they are read from
    Show {
        /// All sources when not given
        source: Option<SourceName>,
    },
}

#[derive(Debug, Args)]
pub struct Generate {
    /// The lake, a folder or an address on S3, whose bronze/ events go to; on S3 all of them arrive now
    #[arg(value_name = "FOLDER|ADDRESS", value_parser = place())]
    pub place: Place,
    /// How many events, repeated ones included
    #[arg(long, default_value_t = 10_000)]
    pub events: u64,
    /// The same seed gives the same events
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The first day that events arrive on
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub first_day: Option<Date>,
    /// Over how many days they arrive
    #[arg(long)]
    pub days: Option<u32>,
}

#[cfg(feature = "query")]
#[derive(Debug, Args)]
pub struct Query {
    #[command(flatten)]
    pub lake: ReadLake,
    /// One query, such as "SELECT * FROM gold_lead_scores LIMIT 10"; "SHOW TABLES" lists what there is
    // SQL may begin with a comment, and that with hyphens.
    #[arg(allow_hyphen_values = true)]
    pub sql: String,
    /// Memory for sorting, grouping and joining, in MiB; what does not fit goes to disk where it can
    ///
    /// It limits the rows that sorting, grouping and joining hold, and nothing else: the program itself, and reading,
    /// decoding and printing rows, take memory beside it.
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    pub memory: usize,
}

fn refusal_code(text: &str) -> Result<RefusalCode, String> {
    RefusalCode::parse(text).ok_or_else(|| {
        let known: Vec<&str> = RefusalCode::ALL.iter().map(|(code, _)| code.as_str()).collect();
        format!("known codes are {}", known.join(", "))
    })
}
