//! One run: KPIs and tables, from the tables of a score run to committed versions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_lake::Lake;
use leadlake_lake::catalog::{Catalog, repair};
use leadlake_lake::tables::{
    Claim, Inputs, LogEntry, NewVersion, Placement, RunId, Snapshot, SnapshotWriter, TableError, TableLog,
    TableName, Version, VersionNumber,
};

use crate::cuts::{Cut, CutKey, Fresh, History, Merged, Origin, merge};
use crate::day;
use crate::engine::{Asked, SqlEngine};
use crate::error::GoldError;
use crate::model::{Model, Models};
use crate::previous::{MARK, history_of, last_run};
use crate::report::{Correction, GoldReport};
use crate::rows::kpi_rows;
use crate::settings::{Check, KpiSettings, State};
use crate::state::{DAYS_BEFORE, Series, judge, worst};
use crate::tables::{MODEL_TABLES, ModelTable, kpi, kpi_shape};
use crate::why::{LastRun, Since, first_day};
use crate::write::{distinct_keys, in_order, write_rows};

/// Names what made the tables, so that a later version can tell which rows are not its own.
const CODE_VERSION: &str = concat!("leadlake ", env!("CARGO_PKG_VERSION"));

/// How often a run begins anew because another was faster.
const ATTEMPTS: u32 = 5;

/// An object whose key has a day of long ago must not make a row for each day since. Athena's `sequence` has 10,000.
const MOST_DAYS: u32 = 3_650;

/// Everything that a run is told; it asks for nothing else.
pub struct GoldRun<'r> {
    pub lake: &'r Lake,
    /// Its answers about the tables of `inputs` are of those versions.
    pub engine: &'r dyn SqlEngine,
    pub models: &'r Models,
    pub settings: &'r KpiSettings,
    pub as_of: Timestamp,
    pub inputs: BTreeMap<TableName, VersionNumber>,
    /// What scored the leads.
    pub model_version: Option<String>,
    pub catalog: &'r dyn Catalog,
    pub run_id: RunId,
    pub clock: &'r dyn Fn() -> Timestamp,
}

/// How writing the KPIs ended.
enum KpiEnd {
    /// The table knows of later instants, and what it said of them must not be unsaid.
    Past,
    Failed(GoldError),
}

impl From<TableError> for KpiEnd {
    fn from(error: TableError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<GoldError> for KpiEnd {
    fn from(error: GoldError) -> Self {
        Self::Failed(error)
    }
}

/// What is told of the KPIs.
struct Looked {
    from: Date,
    cuts: u64,
    corrections: Vec<Correction>,
}

impl GoldRun<'_> {
    pub fn run(&self) -> Result<GoldReport, GoldError> {
        let now = (self.clock)();
        if self.as_of > now {
            return Err(GoldError::InFuture { as_of: self.as_of, now });
        }
        repair(&self.lake.store, self.catalog, &TableName::OWN)?;
        let to = day::of_instant(self.as_of);
        let first = first_day(self.engine)?.map_or(to, |first| first.min(to));
        let first = first.max(day::before(to, MOST_DAYS));
        let mut report = GoldReport {
            as_of: self.as_of,
            from: first,
            to,
            beside_current: false,
            versions: BTreeMap::new(),
            kpi_rows: 0,
            corrections: Vec::new(),
        };
        match self.write_kpis(first, now) {
            Ok((entry, looked)) => {
                report.committed(&entry);
                (report.from, report.kpi_rows) = (looked.from, looked.cuts);
                report.corrections = looked.corrections;
            }
            Err(KpiEnd::Past) => report.beside_current = true,
            Err(KpiEnd::Failed(error)) => return Err(error),
        }
        let asked = Asked { as_of: self.as_of, from: first, to };
        for table in &MODEL_TABLES {
            report.committed(&self.write_table(table, &asked, report.beside_current)?);
        }
        repair(&self.lake.store, self.catalog, &TableName::OWN)?;
        Ok(report)
    }

    /// All anew from the head, whenever another run was faster: what changed since the run before depends on which that
    /// was, and its cuts must not be lost.
    fn write_kpis(&self, first: Date, computed_at: Timestamp) -> Result<(LogEntry, Looked), KpiEnd> {
        let log = self.log(&TableName::KPI);
        let mut told = None;
        let entry = log.commit_with_retry(ATTEMPTS, |base| {
            let current = current_of(&log, base)?;
            if current.as_ref().is_some_and(|current| self.as_of < current.content.as_of) {
                return Err(KpiEnd::Past);
            }
            let (merged, looked) = self.measure(current.as_ref(), first, computed_at)?;
            told = Some(looked);
            Ok(self.new_kpis(&log, base, &merged.history, computed_at)?)
        })?;
        let untold = Looked { from: first, cuts: 0, corrections: Vec::new() };
        Ok((entry, told.unwrap_or(untold)))
    }

    fn measure(
        &self,
        current: Option<&Version>,
        first: Date,
        computed_at: Timestamp,
    ) -> Result<(Merged, Looked), GoldError> {
        let store = self.lake.store.as_ref();
        let (history, last, since) = match current {
            Some(version) => {
                let last = last_run(store, version)?;
                let since = Since::ask(self.engine, &last, self.model_version.as_deref())?;
                (history_of(store, version)?, Some(last), since)
            }
            None => (History::new(), None, Since::default()),
        };
        let asked = self.asked(first, last.as_ref(), &since);
        let fresh = self.fresh(&asked)?;
        let origin = Origin { as_of: self.as_of, computed_at, model_version: self.model_version.clone() };
        let why = |key: &CutKey| {
            let model = self.models.kpis.iter().find(|model| model.name == key.kpi);
            since.why(model.map(Model::reads).unwrap_or_default(), key.date)
        };
        let mut merged = merge(history, &fresh, &origin, &why);
        self.judge(&mut merged);
        let corrections = std::mem::take(&mut merged.corrections);
        let looked = Looked { from: asked.from, cuts: merged.cuts, corrections };
        Ok((merged, looked))
    }

    /// The days that are looked at: all in the first run; later the last ones, those that the run before could not see
    /// the end of, and those of which something was refined since.
    fn asked(&self, first: Date, last: Option<&LastRun>, since: &Since) -> Asked {
        let to = day::of_instant(self.as_of);
        let from = match last {
            None => first,
            Some(last) => {
                let usual = day::before(to, self.settings.looks_back_days.saturating_sub(1));
                let since = since.first_day().unwrap_or(to);
                usual.min(since).min(day::of_instant(last.as_of)).max(first)
            }
        };
        Asked { as_of: self.as_of, from, to }
    }

    fn fresh(&self, asked: &Asked) -> Result<Fresh, GoldError> {
        let mut fresh = Fresh::default();
        for model in &self.models.kpis {
            let rows = kpi_rows(self.engine, model, asked)?;
            let answered: BTreeSet<Date> = rows.iter().filter_map(|row| row.day).collect();
            let days = match model.covers_days() {
                true => Some((asked.from, asked.to)),
                false => answered.first().copied().zip(answered.last().copied()),
            };
            fresh.take(&model.name, rows, days);
        }
        Ok(fresh)
    }

    /// Says of what was written just now whether it is worth a look.
    fn judge(&self, merged: &mut Merged) {
        for key in &merged.written {
            let setting = self.settings.of(&key.kpi).filter(|_| key.dimensions.is_empty());
            let checks = setting.into_iter().flat_map(|setting| &setting.checks);
            let checks: Vec<&Check> = checks.filter(|check| check.measure == key.measure).collect();
            if checks.is_empty() {
                continue;
            }
            let model = self.models.kpis.iter().find(|model| model.name == key.kpi);
            let counts_open_days = model.is_some_and(|model| !model.covers_days());
            let series = series(&merged.history, key, counts_open_days);
            let judgements: Vec<_> = checks.iter().map(|check| judge(check, &series, key.date)).collect();
            let state = worst(&judgements, false);
            let cut = merged.history.get_mut(key).and_then(|cuts| cuts.last_mut());
            if let Some(cut) = cut.filter(|_| state != State::NoData) {
                cut.state = Some(state.as_str().to_owned());
            }
        }
    }

    fn new_kpis(
        &self,
        log: &TableLog,
        base: Option<&LogEntry>,
        history: &History,
        computed_at: Timestamp,
    ) -> Result<NewVersion, GoldError> {
        let batch = kpi::batch_of(history)
            .map_err(|source| GoldError::Rows { what: TableName::KPI.to_string(), source })?;
        let writer = SnapshotWriter::begin(log, base, &self.run_id, kpi_shape())?;
        let files = write_rows(&writer, &batch)?;
        let mark = writer.beside(MARK, computed_at.to_string().as_bytes())?;
        let numbers = |cuts: &Vec<Cut>| cuts.iter().map(|cut| cut.number).collect::<BTreeSet<_>>();
        let claim = Claim {
            rows: batch.num_rows() as u64,
            unique_key: kpi::KEY.map(str::to_owned).to_vec(),
            distinct_keys: history.values().map(|cuts| numbers(cuts).len() as u64).sum(),
        };
        let inputs = Inputs { tables: self.inputs.clone(), watermark: Some(mark) };
        Ok(self.new_version(writer.finish(files), Placement::Current, claim, inputs))
    }

    fn write_table(&self, table: &ModelTable, asked: &Asked, is_past: bool) -> Result<LogEntry, GoldError> {
        let no_model = || GoldError::NoModel { model: table.model, table: table.name.clone() };
        let model = self.models.get(table.model).ok_or_else(no_model)?;
        let shape = table.shape(model);
        let batch = in_order(table, &shape.schema, &model.ask(self.engine, asked)?)?;
        let claim = Claim {
            rows: batch.num_rows() as u64,
            unique_key: table.key.iter().map(|column| (*column).to_owned()).collect(),
            distinct_keys: distinct_keys(table, &batch)?,
        };
        let log = self.log(&table.name);
        log.commit_with_retry(ATTEMPTS, |base| {
            let current = current_of(&log, base)?;
            let is_past = is_past || current.is_some_and(|current| self.as_of < current.content.as_of);
            let placement = if is_past { Placement::Side } else { Placement::Current };
            let writer = SnapshotWriter::begin(&log, base, &self.run_id, shape.clone())?;
            let files = write_rows(&writer, &batch)?;
            let inputs = Inputs { tables: self.inputs.clone(), watermark: None };
            Ok(self.new_version(writer.finish(files), placement, claim.clone(), inputs))
        })
    }

    fn new_version(
        &self,
        snapshot: Snapshot,
        placement: Placement,
        claim: Claim,
        inputs: Inputs,
    ) -> NewVersion {
        NewVersion {
            snapshot,
            placement,
            claim,
            inputs,
            code_version: CODE_VERSION.to_owned(),
            model_version: self.model_version.clone(),
            as_of: self.as_of,
            committed_at: (self.clock)(),
        }
    }

    fn log(&self, table: &TableName) -> TableLog {
        TableLog::new(Arc::clone(&self.lake.store), table.clone())
    }
}

fn current_of(log: &TableLog, base: Option<&LogEntry>) -> Result<Option<Version>, TableError> {
    match base {
        Some(base) => log.current_after(base),
        None => Ok(None),
    }
}

/// The latest values of the key's measure on its day and on those that say what is usual, as far as they are over.
fn series(history: &History, key: &CutKey, counts_open_days: bool) -> Series {
    let first = CutKey { date: day::before(key.date, DAYS_BEFORE), ..key.clone() };
    let latest = history.range(&first..=key).filter_map(|(key, cuts)| Some((key.date, cuts.last()?)));
    latest
        .filter(|(_, cut)| counts_open_days || cut.number > 0)
        .map(|(date, cut)| (date, cut.measured.value))
        .collect()
}
