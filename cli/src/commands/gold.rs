//! `leadlake gold`: the tables that SQL makes of people and scores, KPIs first.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use leadlake_gold::{Correction, GoldReport, GoldRun, Models};
use serde::Serialize;

use super::Setting;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};
use crate::place::{OpenLake, PublishedLake};
use crate::settings::{LoadedKpis, SettingsFrom};
use crate::view::View;

#[derive(Debug, Args)]
pub struct Gold {
    #[command(flatten)]
    pub lake: PublishedLake,
    #[command(flatten)]
    pub how: HowToAddUp,
}

#[derive(Debug, Args)]
pub struct HowToAddUp {
    /// Thresholds of the KPIs [default: ./kpi.yaml, else the lake's ops/settings/kpi.yaml, else those built in]
    #[arg(long, value_name = "FILE", env = "LEADLAKE_KPI")]
    pub kpi_settings: Option<PathBuf>,
    /// Memory for sorting, grouping and joining, in MiB; what does not fit goes to disk where it can
    #[arg(long, value_name = "MIB", default_value_t = USUAL_MEMORY)]
    pub memory: usize,
}

/// The engine counts texts that several batches share once for each, so it uses a fraction of this: 650 MB for a million events.
const USUAL_MEMORY: usize = 4096;

impl Default for HowToAddUp {
    fn default() -> Self {
        Self { kpi_settings: None, memory: USUAL_MEMORY }
    }
}

#[derive(Debug, Serialize)]
pub struct AddedUp {
    kpi_settings: SettingsFrom,
    #[serde(flatten)]
    pub run: GoldReport,
}

pub fn run(ask: &Gold, setting: &Setting) -> Result<Ended, CliError> {
    let open = ask.lake.open_filled()?;
    let view = View::current(&open, &setting.contracts()?, ask.how.memory)?;
    print(&add_up(&open, &view, &ask.how, setting)?, setting.format)?;
    Ok(Ended::Well)
}

pub fn add_up(
    OpenLake { lake, catalog }: &OpenLake,
    view: &View,
    how: &HowToAddUp,
    setting: &Setting,
) -> Result<AddedUp, CliError> {
    let settings = LoadedKpis::load(how.kpi_settings.as_deref(), lake)?;
    let run = GoldRun {
        lake,
        engine: &view.engine,
        models: &Models::shipped()?,
        settings: &settings.kpis,
        as_of: view.as_of.unwrap_or_else(|| setting.now()),
        seen_at: view.seen_at.unwrap_or_else(|| setting.now()),
        inputs: view.versions.clone(),
        model_version: view.model_version.clone(),
        catalog: &**catalog,
        run_id: setting.new_run_id(),
        clock: &|| setting.now(),
    };
    Ok(AddedUp { kpi_settings: settings.from, run: run.run()? })
}

/// More of them are counted only: `gold_kpi` has them all.
const MOST_CORRECTIONS: usize = 10;

impl Report for AddedUp {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let GoldReport { as_of, from, to, kpi_rows, corrections, versions, .. } = &self.run;
        writeln!(
            out,
            "KPIs of {from} to {to} as of {as_of}: {} new values (thresholds: {})",
            grouped(*kpi_rows),
            self.kpi_settings
        )?;
        // Where only the parts of a share changed there is little to tell.
        let changed = || corrections.iter().filter(|correction| correction.from != correction.to);
        for correction in changed().take(MOST_CORRECTIONS) {
            write_correction(correction, out)?;
        }
        let more = corrections.len().saturating_sub(changed().take(MOST_CORRECTIONS).count()) as u64;
        if more > 0 {
            writeln!(out, "  and {} corrections more, all with their reasons in gold_kpi", grouped(more))?;
        }
        if self.run.beside_current {
            writeln!(out, "gold_kpi knows a later instant or newer scores, and stays as it is")?;
        }
        if self.run.tables_beside_current {
            writeln!(out, "so do the other tables; this run's are reached by their version")?;
        }
        for (table, number) in versions {
            writeln!(out, "  {:<24} version {number}", table.sql_name())?;
        }
        Ok(())
    }
}

fn write_correction(correction: &Correction, out: &mut dyn Write) -> io::Result<()> {
    let about = correction.dimensions.iter().map(|(name, value)| format!(" {name}={value}"));
    let told = |value: Option<f64>| value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
    writeln!(
        out,
        "  corrected: {} {} {}{}: {} was {}: {}",
        correction.date,
        correction.kpi,
        correction.measure,
        about.collect::<String>(),
        told(correction.to),
        told(correction.from),
        correction.detail
    )
}
