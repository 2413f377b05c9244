//! One run: KPIs and tables, from the tables of a score run to committed versions.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_lake::Lake;
use leadlake_lake::catalog::{Catalog, repair};
use leadlake_lake::tables::{
    Claim, Content, EntryKind, Inputs, LogEntry, NewVersion, Placement, RunId, Snapshot, SnapshotWriter,
    TableError, TableLog, TableName, Version, VersionNumber,
};

use crate::cuts::{Cut, CutKey, Fresh, History, Merged, Origin, merge};
use crate::day;
use crate::engine::{Asked, SqlEngine};
use crate::error::GoldError;
use crate::expired::first_whole_day;
use crate::figures::check_dimensions;
use crate::model::{Model, Models};
use crate::previous::{MARK, history_of, last_run};
use crate::report::{Correction, GoldReport};
use crate::rows::kpi_rows;
use crate::settings::{Check, KpiSettings, State};
use crate::state::{Part, Series, judge, worst};
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
    /// Everything that was refined before it is in the inputs. The next run asks what was refined since.
    pub seen_at: Timestamp,
    pub inputs: BTreeMap<TableName, VersionNumber>,
    /// What scored the leads.
    pub model_version: Option<String>,
    pub catalog: &'r dyn Catalog,
    pub run_id: RunId,
    pub clock: &'r dyn Fn() -> Timestamp,
}

/// How writing the KPIs ended.
enum KpiEnd {
    /// The table knows of later instants or newer inputs, and what it said of them must not be unsaid.
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
        let first = first_day(self.engine, self.as_of)?.map_or(to, |first| first.min(to));
        let first = first.max(day::before(to, MOST_DAYS));
        let mut report = GoldReport {
            as_of: self.as_of,
            from: first,
            to,
            beside_current: false,
            tables_beside_current: false,
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
        // Whoever rolled scores back wants the list for sales to follow. What days were stays what it was.
        let follows_readers = self.is_of_current_scores()?;
        for table in &MODEL_TABLES {
            let entry = self.write_table(table, &asked, report.beside_current, follows_readers)?;
            report.tables_beside_current |= entry.kind == EntryKind::Side;
            report.committed(&entry);
        }
        repair(&self.lake.store, self.catalog, &TableName::OWN)?;
        Ok(report)
    }

    /// Whether all tables are of these scores already, and made by this version of leadlake: another run would write the
    /// same.
    pub fn is_made(&self) -> Result<bool, GoldError> {
        let Some(kpis) = self.log(&TableName::KPI).current()? else { return Ok(false) };
        // What they know of later instants stays, whatever a run finds.
        if !self.is_behind(&kpis) && !self.is_made_of(&kpis) {
            return Ok(false);
        }
        for table in &MODEL_TABLES {
            if !self.log(&table.name).current()?.is_some_and(|current| self.is_made_of(&current)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_made_of(&self, current: &Version) -> bool {
        let Content { inputs, as_of, code_version, .. } = &current.content;
        let scores =
            |inputs: &BTreeMap<TableName, VersionNumber>| inputs.get(&TableName::LEAD_SCORES).copied();
        scores(&inputs.tables) == scores(&self.inputs) && *as_of == self.as_of && code_version == CODE_VERSION
    }

    /// All anew from the head, whenever another run was faster: what changed since the run before depends on which that
    /// was, and its cuts must not be lost.
    fn write_kpis(&self, first: Date, computed_at: Timestamp) -> Result<(LogEntry, Looked), KpiEnd> {
        let log = self.log(&TableName::KPI);
        let mut told = None;
        let entry = log.commit_with_retry(ATTEMPTS, |base| {
            let current = current_of(&log, base)?;
            if current.as_ref().is_some_and(|current| self.is_behind(current)) {
                return Err(KpiEnd::Past);
            }
            let (merged, looked) = self.measure(current.as_ref(), first, computed_at)?;
            told = Some(looked);
            Ok(self.new_kpis(&log, base, &merged.history)?)
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
                let history = history_of(store, version)?;
                let known = |day| known_objects(&history, day);
                let since = Since::ask(self.engine, &last, self.model_version.as_deref(), &known)?;
                (history, Some(last), since)
            }
            None => (History::new(), None, Since::default()),
        };
        let asked = self.asked(first, last.as_ref(), &since, &history)?;
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
    /// the end of, and those on which something arrived or happened that was refined since. Of older days, those of which
    /// something has expired keep what was measured while it was there.
    fn asked(
        &self,
        first: Date,
        last: Option<&LastRun>,
        since: &Since,
        history: &History,
    ) -> Result<Asked, GoldError> {
        let to = day::of_instant(self.as_of);
        let asked = |from| Ok(Asked { as_of: self.as_of, from, to });
        let Some(last) = last else { return asked(first) };
        let usual = day::before(to, self.settings.looks_back_days.saturating_sub(1));
        let since = since.first_day().unwrap_or(to);
        let from = usual.min(since).min(day::of_instant(last.as_of)).max(first);
        if from >= usual {
            return asked(from);
        }
        let whole = first_whole_day(self.engine, history, usual)?;
        asked(whole.map_or(from, |whole| whole.max(from)))
    }

    fn fresh(&self, asked: &Asked) -> Result<Fresh, GoldError> {
        let mut fresh = Fresh::default();
        for model in &self.models.kpis {
            if let Some(setting) = self.settings.of(&model.name) {
                check_dimensions(model, setting)?;
            }
            let rows = kpi_rows(self.engine, model, asked)?;
            let answered: BTreeSet<Date> = rows.iter().filter_map(|row| row.day).collect();
            let days = match model.covers_days() {
                true => Some((asked.from, asked.to)),
                false => answered.first().copied().zip(answered.last().copied()),
            };
            if !model.covers_days() {
                fresh.only_now.insert(model.name.clone());
            }
            fresh.take(&model.name, rows, days);
        }
        Ok(fresh)
    }

    /// Says of what was written just now whether it is worth a look.
    fn judge(&self, merged: &mut Merged) {
        let (mut known, mut series) = (None, Series::new());
        for key in &merged.written {
            let setting = self.settings.of(&key.kpi);
            let checks = setting.into_iter().flat_map(|setting| &setting.checks);
            let of_measure = checks.filter(|check| check.measure == key.measure);
            let checks: Vec<(&Check, Part<'_>)> =
                of_measure.filter_map(|check| Some((check, Part::of(check, &key.dimensions)?))).collect();
            if checks.is_empty() {
                continue;
            }
            let first = CutKey { date: Date::MIN, ..key.clone() };
            if known.as_ref() != Some(&first) {
                series = series_from(&merged.history, &first, self.is_only_now(&key.kpi));
                known = Some(first);
            }
            let judgements: Vec<_> =
                checks.iter().map(|(check, part)| judge(check, *part, &series, key.date)).collect();
            let state = worst(&judgements, false);
            let cut = merged.history.get_mut(key).and_then(|cuts| cuts.last_mut());
            if let Some(cut) = cut.filter(|_| state != State::NoData) {
                cut.state = Some(state.as_str().to_owned());
            }
        }
    }

    fn is_only_now(&self, kpi: &str) -> bool {
        self.models.kpis.iter().any(|model| model.name == kpi && !model.covers_days())
    }

    fn new_kpis(
        &self,
        log: &TableLog,
        base: Option<&LogEntry>,
        history: &History,
    ) -> Result<NewVersion, GoldError> {
        let batch = kpi::batch_of(history)
            .map_err(|source| GoldError::Rows { what: TableName::KPI.to_string(), source })?;
        let writer = SnapshotWriter::begin(log, base, &self.run_id, kpi_shape())?;
        let files = write_rows(&writer, &batch)?;
        let mark = writer.beside(MARK, self.seen_at.to_string().as_bytes())?;
        let numbers = |cuts: &Vec<Cut>| cuts.iter().map(|cut| cut.number).collect::<BTreeSet<_>>();
        let claim = Claim {
            rows: batch.num_rows() as u64,
            unique_key: kpi::KEY.map(str::to_owned).to_vec(),
            distinct_keys: history.values().map(|cuts| numbers(cuts).len() as u64).sum(),
        };
        let inputs = Inputs { tables: self.inputs.clone(), watermark: Some(mark) };
        Ok(self.new_version(writer.finish(files), Placement::Current, claim, inputs))
    }

    fn write_table(
        &self,
        table: &ModelTable,
        asked: &Asked,
        is_past: bool,
        follows_readers: bool,
    ) -> Result<LogEntry, GoldError> {
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
            let is_past = is_past || current.is_some_and(|current| self.is_behind(&current));
            let placement = if is_past && !follows_readers { Placement::Side } else { Placement::Current };
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

    fn is_of_current_scores(&self) -> Result<bool, GoldError> {
        let Some(mine) = self.inputs.get(&TableName::LEAD_SCORES) else { return Ok(false) };
        Ok(self.log(&TableName::LEAD_SCORES).current()?.is_some_and(|current| current.number == *mine))
    }

    /// Whether the table is as of a later instant, or of the same one and made from newer scores.
    fn is_behind(&self, current: &Version) -> bool {
        let scores =
            |inputs: &BTreeMap<TableName, VersionNumber>| inputs.get(&TableName::LEAD_SCORES).copied();
        let (mine, theirs) = (scores(&self.inputs), scores(&current.content.inputs.tables));
        match self.as_of.as_microsecond().cmp(&current.content.as_of.as_microsecond()) {
            Ordering::Less => true,
            Ordering::Equal => mine.zip(theirs).is_some_and(|(mine, theirs)| mine < theirs),
            Ordering::Greater => false,
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

/// How many objects of the day the runs before have counted.
fn known_objects(history: &History, date: Date) -> Option<f64> {
    let (kpi, measure) = ("lead_volume".to_owned(), "objects".to_owned());
    let cuts = history.get(&CutKey { kpi, measure, dimensions: BTreeMap::new(), date })?;
    cuts.last()?.measured.value
}

/// The latest values of one measure and its dimensions, as far as their days are over.
fn series_from(history: &History, first: &CutKey, counts_open_days: bool) -> Series {
    let is_same = |key: &CutKey| CutKey { date: first.date, ..key.clone() } == *first;
    let latest = history.range(first..).take_while(|(key, _)| is_same(key));
    let latest = latest.filter_map(|(key, cuts)| Some((key.date, cuts.last()?)));
    latest
        .filter(|(_, cut)| counts_open_days || cut.number > 0)
        .map(|(date, cut)| (date, cut.measured.value))
        .collect()
}
