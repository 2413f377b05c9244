//! `silver_lead_aliases`, `silver_lead_joins` and `silver_lead_review`: who is one person, why, and what somebody should
//! look at. They hold ids and reasons, and no address or phone.

use leadlake_lake::Lake;
use leadlake_lake::tables::{Inputs, LogEntry, RunId, TableName, TableShape};
use leadlake_lead::identity::{LeadIndex, Resolution};
use serde::Serialize;

use crate::error::PipelineError;
use crate::outputs::{CommitFacts, TableOutput};
use crate::rows::{Column, Holds, Rows, optional, required, schema_of};

const ROWS_AT_ONCE: usize = 32_768;

pub const ALIASES: &[Column] = &[
    required("alias_id", Holds::Text, "A name under which the lead can be found; its own id is one of them"),
    required("lead_id", Holds::Text, "The lead that it leads to"),
    required(
        "kind",
        Holds::Text,
        "What the alias was made from: email, crm_id, phone_with_name, phone, description",
    ),
];

pub const JOINS: &[Column] = &[
    required("lead_id", Holds::Text, "The lead that came together"),
    required(
        "rule",
        Holds::Text,
        "operator, same_crm_id, phone_and_name, phone_city_and_family_name, likeness",
    ),
    required("evidence", Holds::Text, "What the rule found in both"),
    required("left_alias_id", Holds::Text, "One of the two that were joined"),
    required("right_alias_id", Holds::Text, "The other"),
    required("strength", Holds::Integer, "How much speaks for it, of 100"),
];

pub const REVIEW: &[Column] = &[
    required("reason", Holds::Text, "Why it was not decided without somebody's look"),
    required(
        "left_alias_id",
        Holds::Text,
        "One of the two; of an identifier that too many share, the identifier",
    ),
    optional("right_alias_id", Holds::Text, "The other"),
    required("strength", Holds::Integer, "How much speaks for joining them, of 100"),
    required("personas", Holds::Integer, "How many share the identifier; else two"),
    optional("left_lead_id", Holds::Text, "The lead that the first belongs to"),
    optional("right_lead_id", Holds::Text, "The lead that the other belongs to"),
];

pub struct IdentityTables {
    aliases: TableOutput,
    joins: TableOutput,
    review: TableOutput,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct IdentityReport {
    pub personas: u64,
    pub joins: u64,
    pub reviews: u64,
    /// CRM ids and phones that too many share to be evidence.
    pub shared_identifiers: u64,
    /// Groups of candidates that were too large to be compared.
    pub skipped_blocks: u64,
    /// Joins that a rule of the operator prevented.
    pub kept_apart: u64,
    /// Rules of the operator that name nobody.
    pub rules_without_effect: u64,
    /// Which ones, as `join #3`.
    pub without_effect: Vec<String>,
}

impl IdentityTables {
    pub fn begin(lake: &Lake, run: &RunId) -> Result<Self, PipelineError> {
        let begin = |table, columns, sorted: &[&str], key: &[&str]| {
            let shape = TableShape::version(schema_of(columns), sorted, &["alias_id", "lead_id"]);
            TableOutput::begin(lake, table, shape, key, run)
        };
        Ok(Self {
            aliases: begin(TableName::LEAD_ALIASES, ALIASES, &["alias_id"], &["alias_id"])?,
            joins: begin(
                TableName::LEAD_JOINS,
                JOINS,
                &["lead_id"],
                &["lead_id", "rule", "left_alias_id", "right_alias_id"],
            )?,
            review: begin(
                TableName::LEAD_REVIEW,
                REVIEW,
                &["reason"],
                &["reason", "left_alias_id", "right_alias_id"],
            )?,
        })
    }

    pub fn write(&self, resolution: &Resolution) -> Result<IdentityReport, PipelineError> {
        self.write_aliases(resolution)?;
        self.write_joins(resolution)?;
        self.write_reviews(resolution)?;
        let told = resolution.statistics();
        Ok(IdentityReport {
            personas: told.personas,
            joins: told.joins,
            reviews: told.reviews,
            shared_identifiers: told.shared_identifiers,
            skipped_blocks: told.skipped_blocks,
            kept_apart: told.kept_apart,
            rules_without_effect: told.rules_without_effect,
            without_effect: resolution.rules_without_effect().to_vec(),
        })
    }

    fn write_aliases(&self, resolution: &Resolution) -> Result<(), PipelineError> {
        let mut aliases: Vec<_> = resolution.aliases().iter().collect();
        aliases.sort_unstable_by_key(|alias| alias.id);
        let mut rows = Rows::new("silver_lead_aliases", ALIASES);
        let mut part = self.aliases.part(0);
        for some in aliases.chunks(ROWS_AT_ONCE) {
            for alias in some {
                rows.text(Some(&alias.id.to_string()))
                    .text(lead_id(resolution, alias.lead).as_deref())
                    .text(Some(alias.kind.name()))
                    .end_row();
            }
            part.write(&rows.finish()?)?;
        }
        part.finish()
    }

    fn write_joins(&self, resolution: &Resolution) -> Result<(), PipelineError> {
        let mut joins: Vec<_> = resolution.joins().iter().collect();
        joins.sort_unstable_by_key(|join| (resolution.lead_id(join.lead), join.rule, join.left, join.right));
        let mut rows = Rows::new("silver_lead_joins", JOINS);
        let mut part = self.joins.part(0);
        for some in joins.chunks(ROWS_AT_ONCE) {
            for join in some {
                rows.text(lead_id(resolution, join.lead).as_deref())
                    .text(Some(join.rule.name()))
                    .text(Some(join.evidence.name()))
                    .text(Some(&join.left.to_string()))
                    .text(Some(&join.right.to_string()))
                    .count(u64::from(join.strength))
                    .end_row();
            }
            part.write(&rows.finish()?)?;
        }
        part.finish()
    }

    fn write_reviews(&self, resolution: &Resolution) -> Result<(), PipelineError> {
        let leads: std::collections::HashMap<_, _> = match resolution.reviews() {
            [] => Default::default(),
            _ => resolution.aliases().iter().map(|alias| (alias.id, alias.lead)).collect(),
        };
        let lead_of = |alias| leads.get(&alias).and_then(|lead| lead_id(resolution, *lead));
        let mut rows = Rows::new("silver_lead_review", REVIEW);
        let mut part = self.review.part(0);
        for some in resolution.reviews().chunks(ROWS_AT_ONCE) {
            for review in some {
                rows.text(Some(review.reason.name()))
                    .text(Some(&review.left.to_string()))
                    .text(review.right.map(|right| right.to_string()).as_deref())
                    .count(u64::from(review.strength))
                    .count(u64::from(review.personas))
                    .text(lead_of(review.left).as_deref())
                    .text(review.right.and_then(lead_of).as_deref())
                    .end_row();
            }
            part.write(&rows.finish()?)?;
        }
        part.finish()
    }

    pub fn commit(self, facts: &CommitFacts, built_from: &Inputs) -> Result<[LogEntry; 3], PipelineError> {
        Ok([
            self.aliases.commit(facts, built_from.clone(), None)?,
            self.joins.commit(facts, built_from.clone(), None)?,
            self.review.commit(facts, built_from.clone(), None)?,
        ])
    }
}

fn lead_id(resolution: &Resolution, lead: LeadIndex) -> Option<String> {
    resolution.lead_id(lead).map(|id| id.to_string())
}
