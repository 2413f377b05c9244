//! One score run, from silver to committed tables.

use std::path::Path;
use std::sync::Mutex;

use jiff::Timestamp;
use leadlake_contract::Contract;
use leadlake_lake::catalog::Catalog;
use leadlake_lake::tables::{Inputs as TableInputs, Placement, RunId, TableName, TableShape, VersionNumber};
use leadlake_lake::{Clock, Lake};
use leadlake_lead::event::Micros;
use leadlake_lead::identity::{
    IdentityBuilder, IdentityRules, IdentitySettings, LeadIndex, Persona, Resolution,
};
use leadlake_lead::lead_id::LeadId;
use leadlake_score::{LocationHistory, RuleModel, ScoreModel, Scoring};

use crate::error::PipelineError;
use crate::fold::{Folding, LeadTables};
use crate::gather::{Gathering, NOBODY};
use crate::inputs::Inputs;
use crate::memory::Memory;
use crate::outputs::{CommitFacts, TableOutput};
use crate::plan::{Before, Plan};
use crate::publish::publish;
use crate::report::ScoreReport;
use crate::rows::schema_of;
use crate::salt::Salt;
use crate::scored::{AllLeads, Scored, Tally};
use crate::shards::{LeadNumbers, Shard, deal};
use crate::tables::identity::IdentityTables;
use crate::tables::ledger::{self, LedgerWrite, WrittenLedger};
use crate::tables::{features, history, leads, scores};
use crate::threads::{in_threads, next_of};
use crate::vocabulary::{SourceWords, lead_events_schema};

/// Names what made the tables, so that a later version can tell which rows are not its own.
const CODE_VERSION: &str = concat!("leadlake ", env!("CARGO_PKG_VERSION"));

/// Everything that a run is told; it asks for nothing else.
pub struct ScoreRun<'r> {
    pub lake: &'r Lake,
    pub contracts: &'r [Contract],
    pub scoring: &'r Scoring,
    pub identity: &'r IdentitySettings,
    pub rules: &'r IdentityRules,
    pub salt: Salt,
    pub as_of: Timestamp,
    /// Read all of silver again, whatever the run before has kept.
    pub everything: bool,
    pub threads: usize,
    /// Where events are put aside.
    pub scratch: &'r Path,
    pub memory: Memory,
    /// Where engines find the tables.
    pub catalog: &'r dyn Catalog,
    pub run_id: RunId,
    pub clock: Clock<'r>,
}

impl ScoreRun<'_> {
    pub fn run(&self) -> Result<ScoreReport, PipelineError> {
        let now = (self.clock)();
        if self.as_of > now {
            return Err(PipelineError::InFuture { as_of: self.as_of, now });
        }
        // People are scored also while the catalog does not answer; what it lacks then is told at the end.
        publish(&self.lake.store, self.catalog)?;
        let as_of = Micros(self.as_of.as_microsecond());
        let (tables, placement) = self.begin()?;
        let words: Vec<SourceWords> = self.contracts.iter().map(SourceWords::of).collect();
        let inputs = Inputs::list(self.lake, self.contracts)?;
        let before = if self.everything { None } else { Before::of(self.lake, TableName::LEAD_EVENTS)? };
        let plan = Plan::of(self.lake, &inputs, before.as_ref(), &words, self.everything)?;

        let ledger = tables.ledger.map(|table| self.write_ledger(table, &inputs)).transpose()?;

        let gathering = Gathering {
            lake: self.lake,
            words: &words,
            as_of,
            threads: self.threads,
            scratch: self.scratch,
            held_bytes: self.memory.gathered,
        };
        let gathered =
            gathering.run(&plan.files, IdentityBuilder::new(self.identity.clone(), self.rules.clone()))?;
        let resolution = gathered.identity.resolve(&self.salt.0);
        let (numbers, ids) = number_leads(&resolution);
        let identity = tables.identity.write(&resolution)?;
        drop(resolution);

        let shards = deal(gathered.spills, &numbers, &self.memory, self.scratch)?;
        drop(numbers);
        let model = RuleModel::new(self.scoring);
        let folding = Folding {
            ids: &ids,
            scoring: self.scoring,
            model: &model,
            as_of,
            tables: &tables.leads,
            no_rates: &LocationHistory::default().into_rates(self.scoring.location_shrinkage),
            scratch: self.scratch,
            held_bytes: self.memory.scored / shards.len().max(1) / 2,
        };
        let (scored, tally) = self.fold_all(&folding, shards)?;

        let facts = CommitFacts {
            placement,
            code_version: CODE_VERSION.to_owned(),
            as_of: self.as_of,
            committed_at: (self.clock)(),
        };
        let mut report = ScoreReport::new(self.as_of, placement, &plan, &inputs, &words);
        report.rows_read = gathered.rows;
        report.later = gathered.later;
        report.identity = identity;
        report.take_tally(&tally);
        if let Some(ledger) = ledger {
            report.committed(&ledger.commit(&facts)?);
        }
        let leads_version =
            self.commit_leads(tables.leads, tables.identity, &inputs, &words, &facts, &mut report)?;
        let all = AllLeads {
            leads_snapshot: leads_version,
            rates: &tally.locations.into_rates(self.scoring.location_shrinkage),
            bands: &tally.bands.into_rates(),
            as_of,
        };
        self.write_scores(scored, &all, &tables.scores)?;
        let inputs = TableInputs { tables: [(TableName::LEADS, leads_version)].into(), watermark: None };
        for (table, model) in [(tables.scores.features, None), (tables.scores.scores, Some(model.version()))]
        {
            report.committed(&table.commit(&facts, inputs.clone(), model.map(str::to_owned))?);
        }
        report.unpublished = publish(&self.lake.store, self.catalog)?;
        Ok(report)
    }

    /// A run as of an instant before that of the current tables must not replace them.
    fn placement(&self, leads: &TableOutput) -> Result<Placement, PipelineError> {
        let is_past = leads.current()?.is_some_and(|current| self.as_of < current.content.as_of);
        Ok(if is_past { Placement::Side } else { Placement::Current })
    }

    fn begin(&self) -> Result<(Tables, Placement), PipelineError> {
        let begin =
            |table, shape, key: &[&str]| TableOutput::begin(self.lake, table, shape, key, &self.run_id);
        let shape = |columns, sorted: &[&str], distinct: &[&str]| {
            TableShape::version(schema_of(columns), sorted, distinct)
        };
        let leads =
            begin(TableName::LEADS, shape(leads::columns(), &["lead_id"], leads::DISTINCT), &["lead_id"])?;
        // By the very version that the commit will be held against.
        let placement = self.placement(&leads)?;
        let (ledger, lead_events) = match placement {
            Placement::Side => (None, None),
            Placement::Current => {
                let shape = TableShape::version(
                    lead_events_schema(),
                    &["lead_id", "event_time"],
                    &["event_id", "event_time"],
                );
                // Other versions of an event stand beside it without a lead, so that no columns are a key.
                let lead_events = begin(TableName::LEAD_EVENTS, shape, &[])?;
                (Some(begin(TableName::LEDGER, ledger::shape(), ledger::KEY)?), Some(lead_events))
            }
        };
        let history = begin(
            TableName::LEAD_HISTORY,
            shape(history::columns(), &["lead_id", "valid_from"], &[]),
            &["lead_id", "valid_from"],
        )?;
        let of_leads =
            |table, columns| begin(table, shape(columns, &["lead_id"], &["lead_id"]), &["lead_id"]);
        let tables = Tables {
            ledger,
            leads: LeadTables { lead_events, leads, history },
            identity: IdentityTables::begin(self.lake, &self.run_id)?,
            scores: ScoreTables {
                features: of_leads(TableName::FEATURES, features::columns())?,
                scores: of_leads(TableName::LEAD_SCORES, scores::columns())?,
            },
        };
        Ok((tables, placement))
    }

    fn write_ledger(&self, table: TableOutput, inputs: &Inputs) -> Result<WrittenLedger, PipelineError> {
        let before = if self.everything { None } else { Before::of(self.lake, TableName::LEDGER)? };
        let write = LedgerWrite { lake: self.lake, inputs, before: before.as_ref(), threads: self.threads };
        write.write(table)
    }

    fn fold_all(
        &self,
        folding: &Folding<'_>,
        shards: Vec<Shard>,
    ) -> Result<(Vec<Scored>, Tally), PipelineError> {
        let shards = Mutex::new(shards.into_iter());
        let mut scored = in_threads(self.threads, || {
            let mut scored = Vec::new();
            while let Some(shard) = next_of(&shards) {
                scored.push(folding.fold(&shard.load(self.scratch)?)?);
            }
            Ok(scored)
        })?;
        scored.sort_by_key(|scored| scored.number);
        let mut tally = Tally::new(self.scoring);
        for one in &mut scored {
            tally.merge(std::mem::replace(&mut one.tally, Tally::new(self.scoring)));
        }
        Ok((scored, tally))
    }

    fn write_scores(
        &self,
        scored: Vec<Scored>,
        all: &AllLeads<'_>,
        tables: &ScoreTables,
    ) -> Result<(), PipelineError> {
        let scored = Mutex::new(scored.into_iter());
        in_threads(self.threads, || {
            while let Some(one) = next_of(&scored) {
                let (mut features, mut scores) =
                    (tables.features.part(one.number), tables.scores.part(one.number));
                one.write(all, self.scratch, &mut features, &mut scores)?;
                features.finish()?;
                scores.finish()?;
            }
            Ok(Vec::<()>::new())
        })?;
        Ok(())
    }

    /// Events first, on which the next run builds; leads next, which features and scores name.
    fn commit_leads(
        &self,
        leads: LeadTables,
        identity: IdentityTables,
        inputs: &Inputs,
        words: &[SourceWords],
        facts: &CommitFacts,
        report: &mut ScoreReport,
    ) -> Result<VersionNumber, PipelineError> {
        let mut built_from = TableInputs::default();
        if let Some(events) = leads.lead_events {
            let watermark = events.beside("inputs", inputs.watermark(words).as_bytes())?;
            let entry = events.commit(
                facts,
                TableInputs { watermark: Some(watermark), ..TableInputs::default() },
                None,
            )?;
            built_from.tables.insert(TableName::LEAD_EVENTS, entry.number);
            report.committed(&entry);
        }
        let entry = leads.leads.commit(facts, built_from.clone(), None)?;
        let number = entry.number;
        report.committed(&entry);
        report.committed(&leads.history.commit(facts, built_from.clone(), None)?);
        for entry in identity.commit(facts, &built_from)? {
            report.committed(&entry);
        }
        Ok(number)
    }
}

struct Tables {
    /// What events came from, told wherever they are.
    ledger: Option<TableOutput>,
    leads: LeadTables,
    identity: IdentityTables,
    scores: ScoreTables,
}

struct ScoreTables {
    features: TableOutput,
    scores: TableOutput,
}

/// Numbers the leads in the order of their ids, in which all tables are sorted.
fn number_leads(resolution: &Resolution) -> (LeadNumbers, Vec<LeadId>) {
    let ids = resolution.lead_ids();
    let mut by_id: Vec<u32> = (0..).take(ids.len()).collect();
    by_id.sort_unstable_by_key(|lead| ids.get(*lead as usize));
    let mut number_of_lead = vec![NOBODY; ids.len()];
    for (number, lead) in (0..).zip(&by_id) {
        if let Some(place) = number_of_lead.get_mut(*lead as usize) {
            *place = number;
        }
    }
    let number_of = |lead: LeadIndex| number_of_lead.get(lead.0 as usize).copied();
    let of_persona = (0..)
        .map_while(|persona| resolution.lead_of(Persona(persona)))
        .map(|lead| number_of(lead).unwrap_or(NOBODY))
        .collect();
    let leads = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    (
        LeadNumbers { of_persona, leads },
        by_id.iter().filter_map(|lead| ids.get(*lead as usize).copied()).collect(),
    )
}
