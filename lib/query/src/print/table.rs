//! Aligned columns for people.

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::PrintError;
use super::cell::{is_number, text_of};
use crate::result::QueryResult;

/// Wider cells are cut.
const WIDEST: usize = 60;
const NULL: &str = "NULL";
const CUT: char = '…';

/// The widths follow from this many rows; later cells that are wider are cut.
const ROWS_LOOKED_AT: usize = 1_000;

pub(super) fn print(mut result: QueryResult<'_>, out: &mut dyn Write) -> Result<(), PrintError> {
    if is_plan(result.schema()) {
        return print_plan(result, out);
    }
    let mut columns: Vec<Column> = result.schema().fields().iter().map(|field| Column::new(field)).collect();
    let mut first_rows: Vec<Vec<String>> = Vec::new();
    while first_rows.len() < ROWS_LOOKED_AT {
        match result.next() {
            Some(batch) => first_rows.extend(rows_of(&batch?)?),
            None => break,
        }
    }
    for row in &first_rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.widen(cell);
        }
    }
    write_row(&columns, columns.iter().map(|column| column.name.as_str()), out)?;
    let rules: Vec<String> = columns.iter().map(|column| "─".repeat(column.width)).collect();
    writeln!(out, "{}", rules.join("  "))?;

    let mut count = first_rows.len();
    for row in &first_rows {
        write_row(&columns, row.iter().map(String::as_str), out)?;
    }
    for batch in result {
        let rows = rows_of(&batch?)?;
        count += rows.len();
        for row in &rows {
            write_row(&columns, row.iter().map(String::as_str), out)?;
        }
    }
    Ok(writeln!(out, "({count} {})", if count == 1 { "row" } else { "rows" })?)
}

struct Column {
    name: String,
    width: usize,
    right: bool,
}

impl Column {
    fn new(field: &datafusion::arrow::datatypes::Field) -> Self {
        let name = harmless(field.name());
        let width = name.width().clamp(1, WIDEST);
        Self { name, width, right: is_number(field.data_type()) }
    }

    fn widen(&mut self, cell: &str) {
        self.width = self.width.max(cell.width()).min(WIDEST);
    }
}

fn rows_of(batch: &RecordBatch) -> Result<Vec<Vec<String>>, PrintError> {
    let cell = |column, row| {
        let text = text_of(column, row)?;
        Ok(text.map_or_else(|| NULL.to_owned(), |text| harmless(&text)))
    };
    let row = |row| batch.columns().iter().map(|column| cell(column, row)).collect();
    (0..batch.num_rows()).map(row).collect()
}

fn write_row<'c>(
    columns: &[Column],
    cells: impl Iterator<Item = &'c str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut line = String::new();
    for (position, (column, cell)) in columns.iter().zip(cells).enumerate() {
        if position > 0 {
            line.push_str("  ");
        }
        let cell = cut(cell, column.width);
        let padding = " ".repeat(column.width.saturating_sub(cell.width()));
        if column.right {
            line.push_str(&padding);
        }
        line.push_str(&cell);
        if !column.right {
            line.push_str(&padding);
        }
    }
    writeln!(out, "{}", line.trim_end())
}

fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut used = 1;
    for letter in text.chars() {
        used += letter.width().unwrap_or(0);
        if used > width {
            break;
        }
        shown.push(letter);
    }
    shown.push(CUT);
    shown
}

/// Raw data may hold what moves the cursor, rings the bell or turns the direction of writing round.
fn harmless(text: &str) -> String {
    let is_harmful = |letter: char| {
        letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(is_harmful) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_harmful(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// What EXPLAIN answers: trees, whose lines are of no use when cut.
fn is_plan(schema: &Schema) -> bool {
    schema.fields().iter().map(|field| field.name().as_str()).eq(["plan_type", "plan"])
}

fn print_plan(result: QueryResult<'_>, out: &mut dyn Write) -> Result<(), PrintError> {
    for batch in result {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            for column in batch.columns() {
                let text = text_of(column, row)?.unwrap_or_default();
                for line in text.lines() {
                    writeln!(out, "{}", harmless(line))?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("short", 8 => "short")]
    #[test_case("exactly8", 8 => "exactly8")]
    #[test_case("more than 8", 8 => "more th…")]
    #[test_case("名前名前名前", 8 => "名前名…"; "wide letters count twice")]
    fn cells_are_cut_to_their_width(text: &str, width: usize) -> String {
        cut(text, width)
    }

    #[test_case("वेबिनार" => "वेबिनार")]
    #[test_case("a\u{1b}[2Jb\n" => "a\\u{1b}[2Jb\\n")]
    #[test_case("\u{202e}gnp.exe" => "\\u{202e}gnp.exe")]
    fn what_steers_a_terminal_is_shown_instead(text: &str) -> String {
        harmless(text)
    }
}
