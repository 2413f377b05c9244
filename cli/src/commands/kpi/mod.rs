//! `leadlake kpi`: the ten KPIs, asked anew. It writes nothing; what the runs recorded stands in `gold_kpi`.

mod csv;
mod spark;
mod text;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_gold::{Asked, KpiFigures, KpiSettings, Models, kpi_figures};
use leadlake_lake::instant::{as_of, day};

use super::Setting;
use super::gold::HowToAddUp;
use super::query::rows;
use crate::args::Format;
use crate::error::CliError;
use crate::output::{Ended, print, to_stdout};
use crate::place::{OpenLake, ReadLake};
use crate::settings::LoadedKpis;
use crate::view::{View, asked};

#[derive(Debug, Args)]
pub struct Kpi {
    #[command(flatten)]
    pub lake: ReadLake,
    #[command(flatten)]
    pub what: WhatToAsk,
    #[command(flatten)]
    pub how: HowToAddUp,
}

#[derive(Debug, Default, Args)]
pub struct WhatToAsk {
    /// As the lake stood at this instant or at the end of this day [default: as of its scores]
    #[arg(long, value_name = "TIME|DATE", value_parser = as_of)]
    pub as_of: Option<Timestamp>,
    /// The first day [default: 30 days before the last one]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Option<Date>,
    /// The last day [default: that of the instant]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub to: Option<Date>,
}

pub fn run(ask: &Kpi, setting: &Setting) -> Result<Ended, CliError> {
    let open = ask.lake.open_filled()?;
    let Answered { figures, .. } = answer(&open, &ask.what, &ask.how, setting)?;
    match setting.format {
        Format::Csv => to_stdout(|out| csv::write(&figures, out))?,
        Format::Text | Format::Json => print(&figures, setting.format)?,
    }
    Ok(Ended::Well)
}

/// The KPIs, and what they were asked of.
pub struct Answered {
    pub view: View,
    pub settings: KpiSettings,
    pub asked: Asked,
    pub figures: KpiFigures,
}

pub fn answer(
    open: &OpenLake,
    what: &WhatToAsk,
    how: &HowToAddUp,
    setting: &Setting,
) -> Result<Answered, CliError> {
    let contracts = setting.contracts()?;
    let settings = LoadedKpis::load(how.kpi_settings.as_deref(), &open.lake)?.kpis;
    let view = match what.as_of {
        Some(instant) => View::as_of(open, &contracts, instant, how.memory)?,
        None => View::current(open, &contracts, how.memory)?,
    };
    let instant = what.as_of.or(view.as_of).unwrap_or_else(|| setting.now());
    let asked = asked(instant, what.from, what.to)?;
    if let Some(to) = what.to.filter(|to| *to > asked.to) {
        eprintln!("{to} is after {instant}, so the days end with {}", asked.to);
    }
    let figures = kpi_figures(&view.engine, &Models::shipped()?, &settings, &asked)?;
    if let Some(newest) = newest_day_before(&view, &asked)? {
        eprintln!(
            "nothing arrived from {} to {}; the newest day before is {newest}: --to {newest}",
            asked.from, asked.to
        );
    }
    Ok(Answered { view, settings, asked, figures })
}

/// Where nothing arrived on the days asked for.
fn newest_day_before(view: &View, asked: &Asked) -> Result<Option<String>, CliError> {
    let newest = format!("SELECT max(dt) AS newest FROM ops_ledger WHERE dt <= DATE '{}'", asked.to);
    let newest = rows(&view.engine, &newest)?
        .into_iter()
        .find_map(|row| Some(row.get("newest")?.as_str()?.to_owned()));
    Ok(newest.filter(|newest| *newest < asked.from.to_string()))
}
