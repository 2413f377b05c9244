//! What is known of one person, for people to read.

use std::io::{self, Write};

use serde_json::Value;

use super::{Row, Told};
use crate::output::{Report, grouped};

impl Report for Told {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.lead_id)?;
        let today = self.today.as_ref();
        match (&self.profile, self.on) {
            (Some(profile), None) => write_part(out, "profile", profile)?,
            (Some(profile), Some(day)) => write_part(out, &format!("profile at the end of {day}"), profile)?,
            (None, Some(day)) => {
                let first_seen = self.first_seen.as_deref().unwrap_or("never");
                writeln!(out, "\nnothing was known by {day}; first seen {first_seen}")?;
            }
            (None, None) => {}
        }
        let parts = [
            ("score", today.and_then(|today| today.score.as_ref())),
            ("features", today.and_then(|today| today.features.as_ref())),
        ];
        for (title, row) in parts {
            let Some(row) = row else { continue };
            write_part(out, title, row)?;
        }
        write_rows(out, "events, newest first", self.event_count, &self.events)?;
        let Some(today) = today else { return Ok(()) };
        for (title, rows) in [
            ("one person because", &today.joins),
            ("also found as", &today.aliases),
            ("for review", &today.review),
        ] {
            write_rows(out, title, rows.len() as u64, rows)?;
        }
        Ok(())
    }
}

fn write_part(out: &mut dyn Write, title: &str, row: &Row) -> io::Result<()> {
    writeln!(out, "\n{title}")?;
    for (name, value) in row {
        if !says_something(name, value) {
            continue;
        }
        match value.as_array() {
            Some(reasons) if name == "reasons" => {
                writeln!(out, "  {name}")?;
                for reason in reasons {
                    writeln!(out, "    {}", reason_text(reason))?;
                }
            }
            _ => writeln!(out, "  {name:<26} {}", cell(value))?,
        }
    }
    Ok(())
}

/// `count` is of all, of which `rows` may be the first.
fn write_rows(out: &mut dyn Write, title: &str, count: u64, rows: &[Row]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title} ({})", grouped(count))?;
    for row in rows {
        write_line(out, row)?;
    }
    let more = count.saturating_sub(rows.len() as u64);
    if more > 0 {
        writeln!(out, "  and {} more; --all shows them", grouped(more))?;
    }
    Ok(())
}

fn write_line(out: &mut dyn Write, row: &Row) -> io::Result<()> {
    let cells: Vec<String> = row
        .iter()
        .filter(|(name, value)| says_something(name, value))
        .map(|(name, value)| format!("{name}={}", cell(value)))
        .collect();
    writeln!(out, "  {}", cells.join("  "))
}

/// Of the lead's own rows, its id is told once.
fn says_something(name: &str, value: &Value) -> bool {
    let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    name != "lead_id" && !is_empty
}

fn reason_text(reason: &Value) -> String {
    let part = |name: &str| reason.get(name).filter(|part| !part.is_null()).map(cell).unwrap_or_default();
    format!("{:>10}  {} {}{}", part("points"), part("reason"), part("text"), part("number"))
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
