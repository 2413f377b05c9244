//! The pieces that the page is put together from.

use askama::Template;
use leadlake_gold::State;

use crate::chart::ChartSpec;
use crate::error::ReportError;

#[derive(Template)]
#[template(path = "table.html")]
pub struct Table {
    /// What it is called, for those who do not see it.
    pub label: String,
    pub columns: Vec<Column>,
    /// The first cell of each names the row.
    pub rows: Vec<Vec<Cell>>,
    pub layout: Layout,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Layout {
    #[default]
    Grid,
    /// A card for each row, where there is no room for columns.
    Cards,
}

impl Table {
    fn is_cards(&self) -> bool {
        self.layout == Layout::Cards
    }

    fn column(&self, place: &usize) -> &str {
        self.columns.get(*place).map(|column| column.name.as_str()).unwrap_or_default()
    }
}

pub struct Column {
    pub name: String,
    pub is_number: bool,
}

impl Column {
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_number: false }
    }

    pub fn number(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_number: true }
    }
}

#[derive(Default)]
pub struct Cell {
    pub text: String,
    pub is_number: bool,
    /// A second line, in small print.
    pub small: Option<String>,
    /// The same, for machines to be told.
    pub code: Option<String>,
    /// Stands before the text.
    pub badge: Option<Badge>,
}

pub struct Badge {
    pub text: String,
    pub class: &'static str,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_number: true, ..Self::default() }
    }

    pub fn with_small(self, small: impl Into<String>) -> Self {
        Self { small: Some(small.into()).filter(|small| !small.is_empty()), ..self }
    }

    pub fn with_code(self, code: impl Into<String>) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    pub fn with_badge(self, badge: Badge) -> Self {
        Self { badge: Some(badge), ..self }
    }
}

#[derive(Template)]
#[template(path = "chart.html")]
pub struct Chart {
    /// Its name in the page.
    pub id: String,
    pub kind: ChartKind,
    pub title: String,
    /// Safe within a script element.
    pub json: String,
    pub table: Table,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    Line,
    /// A line in a card: no room for a legend.
    Spark,
    Bar,
    Reliability,
    Funnel,
}

impl ChartKind {
    fn name(self) -> &'static str {
        match self {
            Self::Line | Self::Spark => "line",
            Self::Bar => "bar",
            Self::Reliability => "reliability",
            Self::Funnel => "funnel",
        }
    }
}

impl Chart {
    /// None where there is nothing to draw.
    pub fn of(
        id: impl Into<String>,
        kind: ChartKind,
        spec: &ChartSpec,
        table: Table,
    ) -> Result<Option<Self>, ReportError> {
        if !spec.has_values() {
            return Ok(None);
        }
        Ok(Some(Self { id: id.into(), kind, title: spec.title.clone(), json: spec.json()?, table }))
    }

    fn is_small(&self) -> bool {
        self.kind == ChartKind::Spark
    }
}

#[derive(Template)]
#[template(path = "state.html")]
pub struct StateMark {
    state: State,
    words: &'static str,
}

impl StateMark {
    pub fn of(state: State) -> Self {
        let words = match state {
            State::Ok => "OK",
            State::Watch => "Watch",
            State::Alarm => "Alarm",
            State::NoData => "No data",
        };
        Self { state, words }
    }

    /// Of several: some are not known, so that all is well cannot be said.
    pub fn incomplete() -> Self {
        Self { state: State::NoData, words: "Incomplete" }
    }

    pub fn class(&self) -> &'static str {
        match self.state {
            State::Ok => "ok",
            State::Watch => "watch",
            State::Alarm => "alarm",
            State::NoData => "no_data",
        }
    }
}
