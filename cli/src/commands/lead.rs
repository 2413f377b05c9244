//! `leadlake lead`: all that is known of one person.

use std::io::{self, Write};

use clap::Args;
use jiff::civil::Date;
use leadlake_query::QueryEngine;
use leadlake_query::print::{self, PrintError, print as print_rows};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Setting;
use super::query::{MEBIBYTE, open_engine};
use crate::args::LakeFolder;
use crate::error::CliError;
use crate::output::{Ended, Report, print};

const MEMORY_BYTES: usize = 512 * MEBIBYTE;

/// More leads than this have something in common with what was asked for by accident only.
const MOST_LEADS: usize = 20;

/// Fewer digits than this are no phone, however it is written.
const SHORTEST_PHONE: usize = 7;

#[derive(Debug, Args)]
pub struct Lead {
    #[command(flatten)]
    pub lake: LakeFolder,
    /// An email, a phone, a CRM id, a lead id or one of its aliases
    pub who: String,
    /// What was known at the end of this day
    #[arg(long, value_name = "DATE")]
    pub on: Option<Date>,
}

type Row = Map<String, Value>;

#[derive(Debug, Serialize)]
struct Told {
    lead_id: String,
    /// As of the day asked for, where one was.
    profile: Option<Row>,
    score: Option<Row>,
    features: Option<Row>,
    events: Vec<Row>,
    joins: Vec<Row>,
    aliases: Vec<Row>,
    review: Vec<Row>,
}

pub fn run(ask: &Lead, setting: &Setting) -> Result<Ended, CliError> {
    let asking = Asking { engine: open_engine(&ask.lake, setting, MEMORY_BYTES)? };
    let found = asking.find(&ask.who)?;
    let [lead_id] = found.as_slice() else {
        return Err(if found.is_empty() {
            CliError::NobodyFound
        } else {
            CliError::SeveralFound { leads: found }
        });
    };
    print(&asking.tell(lead_id, ask.on)?, setting.format)?;
    Ok(Ended::Well)
}

struct Asking {
    engine: QueryEngine,
}

impl Asking {
    fn find(&self, who: &str) -> Result<Vec<String>, CliError> {
        let who = who.trim();
        let exact = quoted(who);
        let email = quoted(&who.to_lowercase());
        let digits: String = who.chars().filter(char::is_ascii_digit).collect();
        let looks_like_phone = digits.len() >= SHORTEST_PHONE
            && who.chars().all(|letter| letter.is_ascii_digit() || "+-() .".contains(letter));
        let phone = if looks_like_phone {
            format!("OR array_to_string(phones, ' ') || ' ' LIKE '%{} %'", digits.trim_start_matches('0'))
        } else {
            String::new()
        };
        let rows = self.rows(&format!(
            "SELECT lead_id FROM silver_leads
             WHERE lead_id = {exact} OR array_has(emails, {email}) OR array_has(crm_ids, {exact}) {phone}
             UNION SELECT lead_id FROM silver_lead_aliases WHERE alias_id = {exact}
             ORDER BY lead_id LIMIT {MOST_LEADS}"
        ))?;
        Ok(rows.iter().filter_map(|row| Some(row.get("lead_id")?.as_str()?.to_owned())).collect())
    }

    fn tell(&self, lead_id: &str, on: Option<Date>) -> Result<Told, CliError> {
        let id = quoted(lead_id);
        let profile = match on {
            None => format!("SELECT * FROM silver_leads WHERE lead_id = {id}"),
            Some(day) => format!(
                "SELECT * FROM silver_lead_history WHERE lead_id = {id} AND valid_from <= DATE '{day}'
                 AND (valid_to IS NULL OR valid_to > DATE '{day}')"
            ),
        };
        let known_by = on.map(|day| format!("AND dt <= DATE '{day}'")).unwrap_or_default();
        Ok(Told {
            lead_id: lead_id.to_owned(),
            profile: self.row(&profile)?,
            score: self.row(&format!("SELECT * FROM gold_lead_scores WHERE lead_id = {id}"))?,
            features: self.row(&format!("SELECT * FROM features_leads WHERE lead_id = {id}"))?,
            events: self.rows(&format!(
                "SELECT * FROM silver_lead_events WHERE lead_id = {id} {known_by}
                 ORDER BY event_time, source, event_id"
            ))?,
            joins: self.rows(&format!(
                "SELECT * FROM silver_lead_joins WHERE lead_id = {id} ORDER BY rule, left_alias_id, right_alias_id"
            ))?,
            aliases: self.rows(&format!(
                "SELECT alias_id, kind FROM silver_lead_aliases WHERE lead_id = {id} ORDER BY kind, alias_id"
            ))?,
            review: self.rows(&format!(
                "SELECT * FROM silver_lead_review WHERE left_lead_id = {id} OR right_lead_id = {id} ORDER BY reason"
            ))?,
        })
    }

    fn row(&self, sql: &str) -> Result<Option<Row>, CliError> {
        Ok(self.rows(sql)?.into_iter().next())
    }

    fn rows(&self, sql: &str) -> Result<Vec<Row>, CliError> {
        let mut json = Vec::new();
        print_rows(self.engine.run(sql)?, print::Format::Json, &mut json).map_err(|error| match error {
            PrintError::Write(error) => CliError::Print(error),
            PrintError::Query(error) => CliError::Query(error),
        })?;
        Ok(serde_json::from_slice(&json)?)
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Report for Told {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.lead_id)?;
        for (title, row) in [("profile", &self.profile), ("score", &self.score), ("features", &self.features)]
        {
            let Some(row) = row else { continue };
            writeln!(out, "\n{title}")?;
            write_row(out, row)?;
        }
        for (title, rows) in [
            ("events", &self.events),
            ("one person because", &self.joins),
            ("also found as", &self.aliases),
            ("for review", &self.review),
        ] {
            if rows.is_empty() {
                continue;
            }
            writeln!(out, "\n{title} ({})", rows.len())?;
            for row in rows {
                write_line(out, row)?;
            }
        }
        Ok(())
    }
}

fn write_row(out: &mut dyn Write, row: &Row) -> io::Result<()> {
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
