//! What stands where on the page, and in which words.

mod bands;
mod cards;
mod lake;
mod quarantine;
mod results;
mod sales;

use askama::Template;
use jiff::Timestamp;
use leadlake_gold::{KpiFigure, State};

use crate::data::ReportData;
use crate::error::ReportError;
use crate::markup::{Chart, StateMark, Table};
use crate::mask::{Vocabulary, excerpt};
use crate::page::Reveal;
use crate::words;
use cards::Card;
use quarantine::Refusals;

const STYLE: &str = include_str!("../../assets/report.css");
const SCRIPT: &str = include_str!("../../assets/charts.min.js");

#[derive(Template)]
#[template(path = "page.html")]
pub struct Page {
    lake: String,
    facts: Vec<Fact>,
    overall: Overall,
    cards: Vec<Card>,
    sections: Vec<Section>,
    style: &'static str,
    script: &'static str,
}

/// How texts that records bring with them are shown.
#[derive(Clone, Copy)]
struct Shown<'d> {
    vocabulary: &'d Vocabulary,
    reveal: Reveal,
}

impl Shown<'_> {
    fn text(self, text: &str, most_letters: usize) -> String {
        match self.reveal {
            Reveal::Nothing => self.vocabulary.mask(text, most_letters),
            Reveal::Everything => excerpt(text, most_letters),
        }
    }

    /// Whoever delivers names the objects.
    fn object_key(self, key: &str) -> String {
        const LONGEST: usize = 1_024;
        match self.reveal {
            Reveal::Nothing => self.vocabulary.mask_object_key(key, LONGEST),
            Reveal::Everything => excerpt(key, LONGEST),
        }
    }

    /// Whoever sends a record names its fields, and may name them after a person.
    fn field(self, name: &str) -> String {
        const LONGEST: usize = 60;
        self.text(name, LONGEST)
    }
}

/// A line of the header.
struct Fact {
    name: &'static str,
    text: String,
    /// The instant, for machines.
    instant: Option<Timestamp>,
}

/// How the lake is, and which KPIs say so.
struct Overall {
    state: StateMark,
    sentence: String,
    worth_a_look: Vec<Pointer>,
}

struct Pointer {
    id: String,
    title: String,
    state: StateMark,
}

#[derive(Template)]
#[template(path = "section.html")]
pub struct Section {
    id: &'static str,
    title: &'static str,
    /// What the section tells.
    lead: String,
    charts: Vec<Chart>,
    table: Option<Table>,
    refusals: Vec<Refusals>,
    note: Option<String>,
    /// Said instead of all that, where there is nothing to show.
    empty: Option<&'static str>,
}

impl Section {
    fn new(id: &'static str, title: &'static str, lead: impl Into<String>) -> Self {
        let (charts, refusals) = (Vec::new(), Vec::new());
        Self { id, title, lead: lead.into(), charts, table: None, refusals, note: None, empty: None }
    }

    fn without_data(self, words: &'static str) -> Self {
        Self { empty: Some(words), ..self }
    }
}

impl Page {
    pub fn of(data: &ReportData, reveal: Reveal) -> Result<Self, ReportError> {
        let figures = &data.figures;
        let shown = Shown { vocabulary: &data.vocabulary, reveal };
        let cards = figures.kpis.iter().map(|kpi| Card::of(kpi, data.settings.of(&kpi.name), shown));
        let sections = vec![
            results::funnel(&data.funnel)?,
            quarantine::section(data, shown)?,
            results::scores(&data.score_bands, &data.reliability)?,
            results::sources(&data.sources, &data.currency)?,
            lake::latency(&figures.kpis)?,
            sales::section(&data.sales, &data.currency, reveal),
            lake::freshness(&data.freshness, figures.as_of),
            lake::corrections(&data.corrections, figures, shown),
            lake::versions(&data.versions),
        ];
        Ok(Self {
            lake: data.lake.clone(),
            facts: facts(data),
            overall: Overall::of(&figures.kpis),
            cards: cards.collect::<Result<_, _>>()?,
            sections,
            style: STYLE,
            script: SCRIPT,
        })
    }
}

fn facts(data: &ReportData) -> Vec<Fact> {
    let figures = &data.figures;
    let range = format!("{} to {}", words::day(figures.from), words::day(figures.to));
    let at = |name, instant| Fact { name, text: words::instant(instant), instant: Some(instant) };
    vec![
        at("As of", figures.as_of),
        Fact { name: "Days", text: range, instant: None },
        at("Made", data.made_at),
    ]
}

impl Overall {
    fn of(kpis: &[KpiFigure]) -> Self {
        let in_state = |state| kpis.iter().filter(|kpi| kpi.state == state).count();
        let (alarm, watch) = (in_state(State::Alarm), in_state(State::Watch));
        let (unknown, all) = (in_state(State::NoData), kpis.len());
        let worst = kpis.iter().map(|kpi| kpi.state).max().unwrap_or(State::NoData);
        let state = match worst {
            State::Ok if unknown > 0 => StateMark::incomplete(),
            worst => StateMark::of(worst),
        };
        let judged = match (alarm, watch) {
            (0, 0) if unknown == all => "There is nothing to judge yet.".to_owned(),
            (0, 0) if unknown > 0 => "Every other KPI is within its bounds.".to_owned(),
            (0, 0) => "Every KPI is within its bounds.".to_owned(),
            (0, 1) => "One KPI is worth a look.".to_owned(),
            (0, watch) => format!("{watch} KPIs are worth a look."),
            (1, 0) => "One KPI needs somebody to act.".to_owned(),
            (alarm, 0) => format!("{alarm} KPIs need somebody to act."),
            (1, watch) => format!("One KPI needs somebody to act, {watch} more worth a look."),
            (alarm, watch) => format!("{alarm} KPIs need somebody to act, {watch} more worth a look."),
        };
        let without = match unknown {
            0 => String::new(),
            _ if unknown == all => String::new(),
            1 => format!("One KPI of {all} has no data."),
            _ => format!("{unknown} KPIs of {all} have no data."),
        };
        // What is known to be wrong comes first.
        let sentences = if worst == State::Ok { [without, judged] } else { [judged, without] };
        let sentence = sentences.join(" ").trim().to_owned();
        let is_worth_a_look = |kpi: &KpiFigure| match kpi.state {
            State::Ok => false,
            State::NoData => unknown < all,
            State::Watch | State::Alarm => true,
        };
        let mut worth_a_look: Vec<&KpiFigure> = kpis.iter().filter(|kpi| is_worth_a_look(kpi)).collect();
        worth_a_look.sort_by_key(|kpi| (std::cmp::Reverse(kpi.state), kpi.number));
        let pointer = |kpi: &KpiFigure| Pointer {
            id: cards::id_of(kpi),
            title: kpi.title.clone(),
            state: StateMark::of(kpi.state),
        };
        Self { state, sentence, worth_a_look: worth_a_look.into_iter().map(pointer).collect() }
    }
}
