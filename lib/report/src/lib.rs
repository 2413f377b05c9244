//! What does somebody see of the lake? Figures in, one page out.
//!
//! The page is one file: it loads nothing, sends nothing, and says everything without its script too.
//! Personal data is masked unless [`Reveal::Everything`] is asked for.

mod chart;
mod data;
mod error;
mod gather;
mod markup;
pub mod mask;
mod meaning;
mod page;
mod rows;
mod view;
pub mod words;

pub use data::{
    CorrectedDay, Corrections, Freshness, FunnelStep, RefusedRecords, RefusedSample, ReliabilityBin,
    ReportData, SalesLead, SalesList, ScoreBand, SourceResult, TableVersion,
};
pub use error::ReportError;
pub use gather::Questions;
pub use page::{Reveal, render};
