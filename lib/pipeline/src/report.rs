//! What a run did, in numbers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use leadlake_lake::tables::{LogEntry, Placement, TableName, VersionNumber};
use serde::Serialize;

use crate::inputs::{Inputs, WhyFull};
use crate::plan::Plan;
use crate::scored::Tally;
use crate::tables::identity::IdentityReport;
use crate::vocabulary::SourceWords;

#[derive(Debug, Clone, Serialize)]
pub struct ScoreReport {
    pub as_of: Timestamp,
    /// The run was as of an instant before that of the current tables, which therefore stay what they are.
    pub beside_current: bool,
    /// None where only what was new was read.
    pub full_because: Option<WhyFull>,
    pub objects: u64,
    pub new_objects: u64,
    pub rows_read: u64,
    /// Events that happen after the instant.
    pub later: u64,
    /// Distinct events of leads.
    pub events: u64,
    pub leads: u64,
    pub converted: u64,
    pub hot: u64,
    pub warm: u64,
    pub cold: u64,
    pub identity: IdentityReport,
    /// Of each table the version that was written.
    pub versions: BTreeMap<TableName, VersionNumber>,
    /// What kept data from taking part.
    pub left_alone: Vec<String>,
    /// Tables of which engines may see older versions for now, and why.
    pub unpublished: Option<String>,
}

impl ScoreReport {
    pub(crate) fn new(
        as_of: Timestamp,
        placement: Placement,
        plan: &Plan<'_>,
        inputs: &Inputs,
        words: &[SourceWords],
    ) -> Self {
        let mistyped = words.iter().flat_map(|words| &words.mistyped).map(ToString::to_string);
        let strays = inputs.strays.iter().map(ToString::to_string);
        Self {
            as_of,
            beside_current: placement == Placement::Side,
            full_because: plan.why_full.clone(),
            objects: inputs.all.len() as u64,
            new_objects: plan.new_objects,
            rows_read: 0,
            later: 0,
            events: 0,
            leads: 0,
            converted: 0,
            hot: 0,
            warm: 0,
            cold: 0,
            identity: IdentityReport::default(),
            versions: BTreeMap::new(),
            left_alone: mistyped.chain(strays).collect(),
            unpublished: None,
        }
    }

    pub(crate) fn take_tally(&mut self, tally: &Tally) {
        self.events = tally.events;
        self.leads = tally.leads;
        self.converted = tally.converted;
        self.hot = tally.hot;
        self.warm = tally.warm;
        self.cold = tally.cold;
    }

    pub(crate) fn committed(&mut self, entry: &LogEntry) {
        self.versions.insert(entry.table.clone(), entry.number);
    }
}
