//! The comments that a model begins with, which say what it answers.

use super::column::ModelColumn;
use super::error::ModelProblem;

pub(super) struct Header<'t> {
    pub title: String,
    pub question: String,
    pub grain: String,
    pub columns: Vec<ModelColumn>,
    /// The line on which the query begins.
    pub query_line: usize,
    pub query: &'t str,
}

/// A problem and its line.
pub(super) type At<T> = Result<T, (usize, ModelProblem)>;

const TITLE: (&str, &str) = ("title", "Lead volume");
const QUESTION: (&str, &str) = ("question", "How much reached bronze, by source and day.");
const GRAIN: (&str, &str) = ("grain", "Grain: day, measure, source.");
const COLUMNS: (&str, &str) = ("columns", "day date Day of arrival");

pub(super) fn read(text: &str) -> At<Header<'_>> {
    let mut lines = Comments::of(text);
    let title = lines.one(TITLE)?;
    let question = lines.block(QUESTION)?;
    let (line, grain) = (lines.line(), lines.block(GRAIN)?);
    let Some(grain) = grain.strip_prefix("Grain: ") else {
        return Err((line, wrong(grain, GRAIN)));
    };
    let grain = grain.to_owned();
    let columns = columns(&mut lines)?;
    let query_line = lines.line();
    Ok(Header { title, question, grain, columns, query_line, query: lines.rest })
}

fn columns(lines: &mut Comments<'_>) -> At<Vec<ModelColumn>> {
    let mut columns: Vec<ModelColumn> = Vec::new();
    while let Some((line, comment)) = lines.next() {
        let column = column(comment).map_err(|problem| (line, problem))?;
        if columns.iter().any(|known| known.name == column.name) {
            return Err((line, ModelProblem::ColumnTwice { column: column.name }));
        }
        columns.push(column);
    }
    if columns.is_empty() {
        return Err((lines.line(), ended(COLUMNS)));
    }
    Ok(columns)
}

fn column(comment: &str) -> Result<ModelColumn, ModelProblem> {
    let refused = || ModelProblem::Column { found: comment.to_owned() };
    let (name, rest) = comment.split_once(' ').ok_or_else(refused)?;
    let (data_type, description) = rest.trim_start().split_once(' ').ok_or_else(refused)?;
    let description = description.trim();
    let is_name = name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if !is_name || description.is_empty() {
        return Err(refused());
    }
    let data_type = data_type.parse().map_err(|()| ModelProblem::Type { found: data_type.to_owned() })?;
    Ok(ModelColumn { name: name.to_owned(), data_type, comment: description.to_owned() })
}

/// The comment lines at the beginning, without their dashes.
struct Comments<'t> {
    rest: &'t str,
    taken: usize,
}

impl<'t> Comments<'t> {
    fn of(text: &'t str) -> Self {
        Self { rest: text, taken: 0 }
    }

    /// The number of the next line.
    fn line(&self) -> usize {
        self.taken + 1
    }

    fn next(&mut self) -> Option<(usize, &'t str)> {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        let comment = line.strip_prefix("--")?;
        self.rest = rest;
        self.taken += 1;
        Some((self.taken, comment.trim()))
    }

    fn one(&mut self, part: (&'static str, &'static str)) -> At<String> {
        let line = self.line();
        match self.next() {
            Some((_, "")) | None => Err((line, ended(part))),
            Some((_, comment)) => Ok(comment.to_owned()),
        }
    }

    /// Lines up to an empty comment, as one.
    fn block(&mut self, part: (&'static str, &'static str)) -> At<String> {
        let mut block = self.one(part)?;
        loop {
            let line = self.line();
            match self.next() {
                Some((_, "")) => return Ok(block),
                Some((_, comment)) => {
                    block.push(' ');
                    block.push_str(comment);
                }
                None => return Err((line, ModelProblem::Unended)),
            }
        }
    }
}

fn ended((expected, example): (&'static str, &'static str)) -> ModelProblem {
    ModelProblem::Ended { expected, example }
}

fn wrong(found: String, (expected, example): (&'static str, &'static str)) -> ModelProblem {
    ModelProblem::Header { found, expected, example }
}
