//! `leadlake lead`: all that is known of one person.

mod identifier;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use jiff::civil::Date;
use leadlake_lake::Lake;
use leadlake_lake::instant::day;
use leadlake_pipeline::Salt;
use leadlake_query::QueryEngine;
use serde::Serialize;

use super::Setting;
use super::query::{MEBIBYTE, Row, open_engine, rows};
use crate::contracts::Contracts;
use crate::error::CliError;
use crate::output::{Ended, print};
use crate::place::ReadLake;

const MEMORY_BYTES: usize = 512 * MEBIBYTE;

/// More leads than this have something in common with what was asked for by accident only.
const MOST_LEADS: usize = 20;

/// Nobody reads further, and an address that a program uses may have millions of events.
const MOST_EVENTS: usize = 100;

#[derive(Debug, Args)]
pub struct Lead {
    #[command(flatten)]
    pub lake: ReadLake,
    /// An email, a phone, a CRM id, a lead id or one of its aliases
    pub who: String,
    /// Only what was known at the end of this day
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// All events, instead of the newest 100
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, Serialize)]
struct Told {
    lead_id: String,
    /// The day asked for, whose end profile and events are of.
    on: Option<Date>,
    profile: Option<Row>,
    /// The first day of which there is a profile, where the one asked for was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen: Option<String>,
    event_count: u64,
    /// The newest first.
    events: Vec<Row>,
    #[serde(flatten)]
    today: Option<Today>,
}

/// What is known as of the last run only, and was perhaps otherwise on a day before.
#[derive(Debug, Serialize)]
struct Today {
    score: Option<Row>,
    features: Option<Row>,
    joins: Vec<Row>,
    aliases: Vec<Row>,
    review: Vec<Row>,
}

pub fn run(ask: &Lead, setting: &Setting) -> Result<Ended, CliError> {
    let contracts = setting.contracts()?;
    let open = ask.lake.open()?;
    let asking = Asking { engine: open_engine(&open, &contracts, MEMORY_BYTES, BTreeMap::new())? };
    let found = asking.find(&condition(ask.who.trim(), &open.lake, &contracts)?)?;
    let [lead_id] = found.as_slice() else {
        return Err(if found.is_empty() {
            CliError::NobodyFound
        } else {
            CliError::SeveralFound { leads: found }
        });
    };
    print(&asking.tell(lead_id, ask)?, setting.format)?;
    Ok(Ended::Well)
}

/// What holds for the lead or for its alias.
struct Condition {
    of_lead: String,
    of_alias: String,
}

fn condition(who: &str, lake: &Lake, contracts: &Contracts) -> Result<Condition, CliError> {
    let exact = quoted(who);
    let mut of_lead = format!("lead_id = {exact} OR array_has(crm_ids, {exact})");
    let mut of_alias = format!("alias_id = {exact}");
    if who.contains('@') {
        let email = who.to_lowercase();
        of_lead += &format!(" OR array_has(emails, {})", quoted(&email));
        if let Some(salt) = Salt::existing(lake)? {
            of_alias += &format!(" OR alias_id = {}", quoted(&identifier::mailbox(&email, &salt.0)));
        }
    }
    let regions: BTreeSet<&str> =
        contracts.all.iter().filter_map(|contract| contract.phone_region.as_deref()).collect();
    for phone in identifier::phones(who, regions)? {
        of_lead += &format!(" OR array_has(phones, {})", quoted(&phone));
    }
    Ok(Condition { of_lead, of_alias })
}

struct Asking {
    engine: QueryEngine,
}

impl Asking {
    fn find(&self, condition: &Condition) -> Result<Vec<String>, CliError> {
        let rows = self.rows(&format!(
            "SELECT lead_id FROM silver_leads WHERE {}
             UNION SELECT lead_id FROM silver_lead_aliases WHERE {}
             ORDER BY lead_id LIMIT {MOST_LEADS}",
            condition.of_lead, condition.of_alias
        ))?;
        Ok(rows.iter().filter_map(|row| text_of(row, "lead_id")).collect())
    }

    fn tell(&self, lead_id: &str, ask: &Lead) -> Result<Told, CliError> {
        let id = quoted(lead_id);
        let profile = self.profile(&id, ask.on)?;
        let first_seen = match ask.on {
            Some(_) if profile.is_none() => self.first_seen(&id)?,
            _ => None,
        };
        let known_by = ask.on.map(|day| format!("AND dt <= DATE '{day}'")).unwrap_or_default();
        let from = format!("FROM silver_lead_events WHERE lead_id = {id} {known_by}");
        let counted = self.row(&format!("SELECT count(*) AS events {from}"))?;
        let limit = if ask.all { String::new() } else { format!("LIMIT {MOST_EVENTS}") };
        Ok(Told {
            lead_id: lead_id.to_owned(),
            on: ask.on,
            profile,
            first_seen,
            event_count: counted.and_then(|row| row.get("events")?.as_u64()).unwrap_or_default(),
            events: self
                .rows(&format!("SELECT * {from} ORDER BY event_time DESC, source, event_id {limit}"))?,
            today: if ask.on.is_none() { Some(self.today(&id)?) } else { None },
        })
    }

    fn profile(&self, id: &str, on: Option<Date>) -> Result<Option<Row>, CliError> {
        self.row(&match on {
            None => format!("SELECT * FROM silver_leads WHERE lead_id = {id}"),
            Some(day) => format!(
                "SELECT * FROM silver_lead_history WHERE lead_id = {id} AND valid_from <= DATE '{day}'
                 AND (valid_to IS NULL OR valid_to > DATE '{day}')"
            ),
        })
    }

    fn first_seen(&self, id: &str) -> Result<Option<String>, CliError> {
        let row = self
            .row(&format!("SELECT min(valid_from) AS day FROM silver_lead_history WHERE lead_id = {id}"))?;
        Ok(row.and_then(|row| text_of(&row, "day")))
    }

    fn today(&self, id: &str) -> Result<Today, CliError> {
        Ok(Today {
            score: self.row(&format!("SELECT * FROM gold_lead_scores WHERE lead_id = {id}"))?,
            features: self.row(&format!("SELECT * FROM features_leads WHERE lead_id = {id}"))?,
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
        rows(&self.engine, sql)
    }
}

fn text_of(row: &Row, name: &str) -> Option<String> {
    Some(row.get(name)?.as_str()?.to_owned())
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
