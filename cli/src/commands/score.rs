//! `leadlake score`

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use leadlake_lake::instant::as_of;
use leadlake_lead::identity::IdentitySettings;
use leadlake_pipeline::{Memory, PipelineError, Salt, ScoreReport, ScoreRun};
use serde::Serialize;

use super::{Setting, thread_count};
use crate::args::Threads;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};
use crate::place::{OpenLake, PublishedLake};
use crate::settings::{LoadedScoring, SettingsFrom, load_rules};

/// More mean that runs begin faster than one of them ends.
const MOST_RUNS: u32 = 5;

#[derive(Debug, Args)]
pub struct Score {
    #[command(flatten)]
    pub lake: PublishedLake,
    #[command(flatten)]
    pub how: HowToScore,
    #[command(flatten)]
    pub threads: Threads,
}

#[derive(Debug, Default, Args)]
pub struct HowToScore {
    /// As of this instant or the end of this day: nothing that happened later is looked at [default: now]
    #[arg(long, value_name = "TIME|DATE", value_parser = as_of)]
    pub as_of: Option<Timestamp>,
    /// Read all of silver again, not only what is new
    #[arg(long)]
    pub full: bool,
    /// Scoring settings [default: ./scoring.yaml, else the lake's ops/settings/scoring.yaml, else those built in]
    #[arg(long, value_name = "FILE", env = "LEADLAKE_SCORING")]
    pub scoring: Option<PathBuf>,
    /// Who is to be joined or kept apart [default: ./identity.yaml, else the lake's ops/settings/identity.yaml]
    #[arg(long, value_name = "FILE", env = "LEADLAKE_IDENTITY")]
    pub identity: Option<PathBuf>,
    /// Folder to put events aside in while a run needs more than its memory [default: the system's for temporary files]
    #[arg(long, value_name = "DIR", env = "LEADLAKE_SCRATCH")]
    pub scratch: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
pub struct Scored {
    scoring: SettingsFrom,
    model_version: String,
    #[serde(flatten)]
    pub run: ScoreReport,
}

pub fn run(ask: &Score, setting: &Setting) -> Result<Ended, CliError> {
    let open = ask.lake.open_filled()?;
    let scored = score(&open, &ask.how, &ask.threads, setting)?;
    print(&scored, setting.format)?;
    Ok(Ended::well_if(scored.is_well()))
}

pub fn score(
    OpenLake { lake, catalog }: &OpenLake,
    how: &HowToScore,
    threads: &Threads,
    setting: &Setting,
) -> Result<Scored, CliError> {
    let contracts = setting.contracts()?;
    let loaded = LoadedScoring::load(how.scoring.as_deref(), lake)?;
    let rules = load_rules(how.identity.as_deref(), lake)?;
    let salt = Salt::of_lake(lake, &**catalog, random()?)?;
    let report = again_where_overtaken(|| {
        ScoreRun {
            lake,
            contracts: &contracts.all,
            scoring: &loaded.scoring,
            identity: &IdentitySettings::default(),
            rules: &rules,
            salt,
            as_of: how.as_of.unwrap_or_else(|| setting.now()),
            everything: how.full,
            threads: thread_count(threads),
            scratch: &how.scratch.clone().unwrap_or_else(std::env::temp_dir),
            memory: Memory::default(),
            catalog: &**catalog,
            run_id: setting.new_run_id(),
            clock: &|| setting.now(),
        }
        .run()
    })?;
    Ok(Scored { scoring: loaded.from, model_version: loaded.scoring.version.clone(), run: report })
}

/// Whoever overtakes a run has done its work, and it begins anew on top of that.
fn again_where_overtaken(
    run: impl Fn() -> Result<ScoreReport, PipelineError>,
) -> Result<ScoreReport, CliError> {
    for _ in 1..MOST_RUNS {
        match run() {
            Err(error) if error.is_overtaken() => eprintln!("{error}; it does so by itself"),
            ended => return Ok(ended?),
        }
    }
    Ok(run()?)
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES], CliError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| CliError::Randomness { reason: error.to_string() })?;
    Ok(bytes)
}

impl Scored {
    pub fn is_well(&self) -> bool {
        self.run.left_alone.is_empty() && self.run.unpublished.is_none()
    }
}

impl Report for Scored {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let run = &self.run;
        let people = [run.leads, run.converted, run.hot, run.warm, run.cold].map(grouped);
        let [leads, converted, hot, warm, cold] = people;
        writeln!(out, "{leads} leads from {} events as of {}", grouped(run.events), run.as_of)?;
        writeln!(
            out,
            "  {hot} HOT, {warm} WARM, {cold} COLD; {converted} converted (model {}, scoring: {})",
            self.model_version, self.scoring
        )?;
        writeln!(
            out,
            "  {} joins of identifiers, {} for review",
            grouped(run.identity.joins),
            grouped(run.identity.reviews)
        )?;
        let told = [
            (run.identity.shared_identifiers, "CRM ids and phones are shared by too many to be evidence"),
            (run.identity.skipped_blocks, "groups of lookalikes were too large to be compared"),
            (run.identity.kept_apart, "joins were prevented by rules"),
        ];
        for (count, what) in told.iter().filter(|(count, _)| *count > 0) {
            writeln!(out, "  {} {what}", grouped(*count))?;
        }
        if !run.identity.without_effect.is_empty() {
            writeln!(out, "  rules without effect: {}", run.identity.without_effect.join(", "))?;
        }
        match &run.full_because {
            Some(why) => writeln!(out, "read in full, {} objects: {why}", grouped(run.objects))?,
            None => writeln!(out, "read what was new: {} objects", grouped(run.new_objects))?,
        }
        if run.beside_current {
            writeln!(
                out,
                "the current tables are as of a later instant and stay; this run's are reached by their version"
            )?;
        }
        if run.later > 0 {
            writeln!(out, "{} events happen later and take no part yet", grouped(run.later))?;
        }
        for (table, number) in &run.versions {
            let beside = if run.beside_current { ", beside the current one" } else { "" };
            writeln!(out, "  {:<24} version {number}{beside}", table.sql_name())?;
        }
        for left in &run.left_alone {
            writeln!(out, "left alone: {left}")?;
        }
        if let Some(unpublished) = &run.unpublished {
            writeln!(out, "unpublished: {unpublished}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use leadlake_lake::Lake;
    use leadlake_lake::catalog::LocalCatalog;
    use leadlake_lake::key::ObjectKey;
    use leadlake_lake::store::{MemoryStore, Store};

    use super::*;
    use crate::args::Format;

    #[test]
    fn what_engines_do_not_see_yet_is_told() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let open =
            OpenLake { lake: Lake::local(Arc::clone(&store)), catalog: Arc::new(LocalCatalog::new(store)) };
        let setting = Setting { contracts: None, format: Format::Text, now: None };
        let how = HowToScore::default();
        let mut scored = score(&open, &how, &Threads { threads: Some(1) }, &setting).unwrap();
        assert!(scored.is_well());

        scored.run.unpublished = Some("engines may see older versions of gold_kpi: no answer".to_owned());
        let mut text = Vec::new();
        scored.write_text(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.ends_with("\nunpublished: engines may see older versions of gold_kpi: no answer\n"),
            "{text}"
        );
        assert!(!scored.is_well());
    }

    #[test]
    fn a_run_that_is_overtaken_begins_anew_but_not_for_ever() {
        let gone = || PipelineError::EntryGone { key: ObjectKey::new("ledger/crm/entry.json").unwrap() };
        let runs = Cell::new(0);
        let run = || {
            runs.set(runs.get() + 1);
            Err(gone())
        };
        assert_eq!(again_where_overtaken(run).unwrap_err().to_string(), gone().to_string());
        assert_eq!(runs.take(), MOST_RUNS);

        let run = || {
            runs.set(runs.get() + 1);
            Err(PipelineError::SilverGone { key: ObjectKey::new("silver/crm/rows.parquet").unwrap() })
        };
        assert!(again_where_overtaken(run).is_err());
        assert_eq!(runs.get(), 1, "what is no race is no better the second time");
    }
}
