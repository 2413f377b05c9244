//! `leadlake report`: the lake's state as one page.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use leadlake_gold::Models;
use leadlake_lake::Lake;
use leadlake_lake::tables::{TableLog, TableName, VersionNumber};
use leadlake_report::mask::Vocabulary;
use leadlake_report::{Questions, ReportData, Reveal, TableVersion, render};
use serde::Serialize;

use super::Setting;
use super::gold::HowToAddUp;
use super::kpi::{Answered, WhatToAsk, answer};
use crate::contracts::Contracts;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};
use crate::place::ReadLake;
use crate::settings::LoadedScoring;

#[derive(Debug, Args)]
pub struct MakeReport {
    #[command(flatten)]
    pub lake: ReadLake,
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    pub out: PathBuf,
    /// Scoring settings, which say the currency [default: ./scoring.yaml, else the lake's, else those built in]
    #[arg(long, value_name = "FILE", env = "LEADLAKE_SCORING")]
    pub scoring: Option<PathBuf>,
    /// Show names, addresses and phones, which are masked otherwise
    #[arg(long)]
    pub reveal: bool,
    #[command(flatten)]
    pub what: WhatToAsk,
    #[command(flatten)]
    pub how: HowToAddUp,
}

#[derive(Debug, Serialize)]
pub struct Written {
    pub file: PathBuf,
    bytes: u64,
    personal_data: &'static str,
}

pub fn run(ask: &MakeReport, setting: &Setting) -> Result<Ended, CliError> {
    let open = ask.lake.open_filled()?;
    let answered = answer(&open, &ask.what, &ask.how, setting)?;
    let page = Page {
        name: ask.lake.lake.place.name(),
        currency: LoadedScoring::load(ask.scoring.as_deref(), &open.lake)?.scoring.main_currency.to_string(),
        file: &ask.out,
        reveal: if ask.reveal { Reveal::Everything } else { Reveal::Nothing },
    };
    let written = write_page(&open.lake, answered, &page, setting)?;
    print(&written, setting.format)?;
    Ok(Ended::Well)
}

pub struct Page<'p> {
    pub name: String,
    pub currency: String,
    pub file: &'p Path,
    pub reveal: Reveal,
}

pub fn write_page(
    lake: &Lake,
    answered: Answered,
    page: &Page<'_>,
    setting: &Setting,
) -> Result<Written, CliError> {
    let Answered { view, settings, asked, figures } = answered;
    let questions = Questions {
        engine: &view.engine,
        models: &Models::shipped()?,
        settings: &settings,
        asked,
        lake: page.name.clone(),
        currency: page.currency.clone(),
        made_at: setting.now(),
        versions: versions_of(lake, &view.versions)?,
        vocabulary: vocabulary(&setting.contracts()?),
    };
    let html = render(&ReportData::gather(questions, figures)?, page.reveal)?;
    fs::write(page.file, &html).map_err(|source| CliError::Write { file: page.file.to_owned(), source })?;
    let personal_data = match page.reveal {
        Reveal::Everything => "shown",
        Reveal::Nothing => "masked",
    };
    Ok(Written { file: page.file.to_owned(), bytes: html.len() as u64, personal_data })
}

fn versions_of(
    lake: &Lake,
    versions: &BTreeMap<TableName, VersionNumber>,
) -> Result<Vec<TableVersion>, CliError> {
    let told = versions.iter().map(|(table, number)| {
        let version = TableLog::new(Arc::clone(&lake.store), table.clone()).version(*number)?;
        Ok(TableVersion { table: table.clone(), number: number.get(), as_of: version.content.as_of })
    });
    told.collect()
}

/// What the contracts name is nobody's own.
fn vocabulary(contracts: &Contracts) -> Vocabulary {
    let fields = || contracts.all.iter().flat_map(|contract| &contract.fields);
    let names = fields().flat_map(|field| field.inputs.iter().chain([&field.name]));
    Vocabulary::new(names.chain(fields().flat_map(|field| &field.checks.allowed)))
}

impl Report for Written {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{} of {} bytes, personal data {}; it needs no network to be read",
            self.file.display(),
            grouped(self.bytes),
            self.personal_data
        )
    }
}
