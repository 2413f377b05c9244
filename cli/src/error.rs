//! What keeps a command from being carried out.

use std::io;
use std::path::PathBuf;

#[cfg(feature = "query")]
use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_contract::{ContractError, SourceName};
use leadlake_generate::GenerateError;
#[cfg(feature = "query")]
use leadlake_gold::{GoldError, ModelError};
use leadlake_lake::LakeError;
#[cfg(feature = "query")]
use leadlake_lake::ObjectError;
use leadlake_lake::catalog::PublishError;
#[cfg(feature = "query")]
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::BRONZE;
use leadlake_lake::store::StoreError;
use leadlake_lake::tables::TableError;
use leadlake_lead::identity::RulesFault;
use leadlake_pipeline::PipelineError;
#[cfg(feature = "query")]
use leadlake_query::QueryError;
use leadlake_refine::UnknownRegion;
#[cfg(feature = "query")]
use leadlake_report::ReportError;
use leadlake_settings::SettingsError;
use thiserror::Error;

use crate::place::Place;
use crate::settings::SettingsFrom;

#[derive(Debug, Error)]
pub enum CliError {
    #[error(transparent)]
    Contract(#[from] ContractError),
    #[error(transparent)]
    Region(#[from] UnknownRegion),
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(
        "there is no lake at {place}; put raw objects below {}/<source>/, or try: leadlake generate {place}", place.path(BRONZE)
    )]
    NoLake { place: Place },
    #[error(
        "Glue shows engines lakes on S3, and {folder} is a folder; leave --database out and LEADLAKE_GLUE_DATABASE unset"
    )]
    NotInGlue { folder: PathBuf },
    #[cfg(feature = "query")]
    #[error("--database or LEADLAKE_GLUE_DATABASE: {reason}")]
    Database { reason: String },
    #[cfg(feature = "aws")]
    #[error(transparent)]
    Connect(#[from] leadlake_aws::ConnectError),
    #[cfg(feature = "aws")]
    #[error(transparent)]
    Glue(#[from] leadlake_aws::glue::GlueError),
    #[cfg(feature = "aws")]
    #[error(transparent)]
    Queue(#[from] leadlake_aws::queue::QueueError),
    #[cfg(feature = "aws")]
    #[error("--dlq and --queue are the same queue; name the one that messages came from with --queue")]
    SameQueue,
    #[cfg(not(feature = "aws"))]
    #[error(transparent)]
    WithoutAws(#[from] crate::aws::WithoutAws),
    #[error("there is no contract for source {wanted}; there are contracts for {known}")]
    UnknownSource { wanted: SourceName, known: String },
    #[error("--from {from} lies after --to {to}, so there is no day between them; exchange the two")]
    DaysReversed { from: Date, to: Date },
    #[cfg(feature = "query")]
    #[error("{from} to {to} are more than {most} days; ask about fewer with --from and --to")]
    RangeTooLong { from: Date, to: Date, most: i32 },
    #[error("{against} is neither a folder of contracts nor a git revision here: {reason}")]
    Against { against: String, reason: String },
    #[cfg(feature = "query")]
    #[error(transparent)]
    Query(#[from] QueryError),
    #[cfg(feature = "query")]
    #[error(transparent)]
    Gold(#[from] GoldError),
    #[cfg(feature = "query")]
    #[error(transparent)]
    Model(#[from] ModelError),
    #[cfg(feature = "query")]
    #[error(transparent)]
    Report(#[from] ReportError),
    #[cfg(feature = "query")]
    #[error(
        "no version of gold/lead_scores is as of {instant} or before; \
         `leadlake score --as-of {instant}` adds one beside the current version"
    )]
    NothingAsOf { instant: Timestamp },
    #[cfg(feature = "query")]
    #[error("{folder} is there already and no demo made it; name another folder with --dir")]
    NoDemo { folder: PathBuf },
    #[cfg(feature = "query")]
    #[error("{file} is damaged ({source}); remove its folder and begin anew, or name another with --dir")]
    DemoStory { file: PathBuf, source: serde_json::Error },
    #[cfg(feature = "query")]
    #[error(
        "the demo's story of {days} days is told; remove its folder to begin anew, or name another with --dir"
    )]
    DemoIsOver { days: u32 },
    #[cfg(feature = "query")]
    #[error("{key} could not be refined: {failure}")]
    Object { key: ObjectKey, failure: ObjectError },
    #[cfg(feature = "query")]
    #[error("there is no day after {after}")]
    NoSuchDay { after: Date },
    #[cfg(feature = "query")]
    #[error("cannot write {file}: {source}")]
    Write { file: PathBuf, source: io::Error },
    #[error("only query and kpi have rows to write as csv; use --format text or json here")]
    NoRows,
    #[error("{from} holds no rules of identity: {fault}; docs/IDENTITY.md shows how they are written")]
    Rules { from: SettingsFrom, fault: RulesFault },
    #[cfg(feature = "query")]
    #[error(
        "nobody is known by that; give an email, a phone, a CRM id or a lead id, and run `leadlake run` if it is new"
    )]
    NobodyFound,
    #[cfg(feature = "query")]
    #[error("several are known by that; ask for one of them: {}", leads.join(", "))]
    SeveralFound { leads: Vec<String> },
    #[error("the system gives no randomness: {reason}")]
    Randomness { reason: String },
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error("cannot write results: {0}")]
    Print(#[from] io::Error),
    #[error("cannot write results as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Generate(#[from] GenerateError<StoreError>),
}
