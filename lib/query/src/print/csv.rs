//! RFC 4180.

use std::io::{self, Write};

use super::PrintError;
use super::cell::text_of;
use crate::result::QueryResult;

pub(super) fn print(result: QueryResult<'_>, out: &mut dyn Write) -> Result<(), PrintError> {
    let header: Vec<Option<String>> =
        result.schema().fields().iter().map(|field| Some(field.name().clone())).collect();
    write_line(&header, out)?;
    for batch in result {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| text_of(column, row));
            write_line(&cells.collect::<Result<Vec<_>, _>>()?, out)?;
        }
    }
    Ok(())
}

fn write_line(cells: &[Option<String>], out: &mut dyn Write) -> io::Result<()> {
    // A line of one null would be empty, which readers pass over.
    if let [None] = cells {
        return write!(out, "\"\"\r\n");
    }
    for (position, cell) in cells.iter().enumerate() {
        if position > 0 {
            write!(out, ",")?;
        }
        let Some(cell) = cell else {
            continue;
        };
        let needs_quotes = cell.is_empty() || cell.contains([',', '"', '\r', '\n']) || cell.trim() != cell;
        if needs_quotes {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            write!(out, "{cell}")?;
        }
    }
    write!(out, "\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    fn line(cells: &[Option<&str>]) -> String {
        let cells: Vec<Option<String>> = cells.iter().map(|cell| cell.map(str::to_owned)).collect();
        let mut written = Vec::new();
        write_line(&cells, &mut written).unwrap();
        String::from_utf8(written).unwrap()
    }

    #[test_case(&[Some("a"), None, Some("")] => "a,,\"\"\r\n"; "null and the empty text differ")]
    #[test_case(&[Some("a,b"), Some("say \"hi\""), Some("two\nlines")] => "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n")]
    #[test_case(&[None] => "\"\"\r\n"; "a lone null is a line")]
    #[test_case(&[Some(" a ")] => "\" a \"\r\n"; "spaces are kept")]
    fn is_written(cells: &[Option<&str>]) -> String {
        line(cells)
    }
}
