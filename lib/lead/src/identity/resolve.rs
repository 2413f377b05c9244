//! From personas to leads.

use super::clusters::{Candidate, Clusters, Side, Verdict};
use super::fuzzy;
use super::identifiers;
use super::intern::TermKind;
use super::mention::{IdentifierKind, LeadIndex};
use super::people::{Member, People};
use super::resolution::{Alias, Evidence, IdentityStatistics, Join, Resolution, ReviewReason};
use super::review::{Doubt, reviews};
use super::rules::{Ignored, TwoIdentifiers};

const BY_OPERATOR: u8 = 100;

/// What has been decided so far.
pub(super) struct Course {
    pub(super) clusters: Clusters,
    pub(super) joined: Vec<Candidate>,
    pub(super) doubts: Vec<Doubt>,
    pub(super) statistics: IdentityStatistics,
}

impl Course {
    /// Joins two members, or notes why not.
    pub(super) fn take(&mut self, candidate: Candidate) -> Verdict {
        let verdict = self.clusters.join(candidate.left, candidate.right);
        match verdict {
            Verdict::Joined => self.joined.push(candidate),
            Verdict::TogetherAlready => {}
            Verdict::KeptApart => self.statistics.kept_apart += 1,
            Verdict::TooLarge => self.doubts.push(Doubt::new(
                ReviewReason::TooLarge,
                candidate.left,
                candidate.right,
                candidate.strength(),
            )),
        }
        verdict
    }
}

pub(super) fn resolve(mut people: People) -> Resolution {
    let mut statistics =
        IdentityStatistics { mentions: people.mentions, personas: people.len() as u64, ..Default::default() };
    let mut rules_without_effect = Vec::new();
    let separated = separations(&people, &mut rules_without_effect);
    let mut candidates = operators_joins(&people, &mut rules_without_effect);
    note_idle_ignores(&people, &mut rules_without_effect);
    statistics.rules_without_effect = rules_without_effect.len() as u64;
    people.terms.stop_finding();
    let mut findings = identifiers::find(&people);
    people.stop_telling(findings.shared.iter().map(|shared| shared.identifier));
    candidates.append(&mut findings.candidates);
    candidates.sort_unstable();
    let clusters = Clusters::new(people.len(), people.settings.largest_lead, &separated);
    let mut course = Course { clusters, joined: Vec::new(), doubts: Vec::new(), statistics };
    for candidate in candidates {
        course.take(candidate);
    }
    if people.settings.join_by_likeness {
        fuzzy::join_alike(&people, &mut course);
    }
    let Course { mut clusters, joined, doubts, mut statistics } = course;
    statistics.shared_identifiers = findings.shared.len() as u64;
    let reviews = reviews(&people, &mut clusters, findings, doubts);
    let lead_of_member = number_leads(&people, &mut clusters);
    let oldest = people.members().filter(|member| clusters.oldest(*member) == *member);
    let lead_ids: Vec<_> = oldest.filter_map(|member| people.id(member)).collect();
    let joins = joins(&people, &lead_of_member, &joined);
    statistics.leads = lead_ids.len() as u64;
    statistics.joins = joins.len() as u64;
    statistics.reviews = reviews.len() as u64;
    let mut lead_of_persona = vec![LeadIndex(0); people.len()];
    for (persona, lead) in people.personas.iter().zip(&lead_of_member) {
        if let Some(slot) = lead_of_persona.get_mut(*persona as usize) {
            *slot = *lead;
        }
    }
    let aliases = aliases(people, &lead_of_member);
    Resolution { lead_of_persona, lead_ids, aliases, joins, reviews, statistics, rules_without_effect }
}

/// Who stands on which side of a rule. Both are listed, not all their pairs: two identifiers may have thousands of bearers.
fn separations(people: &People, without_effect: &mut Vec<String>) -> Vec<(Member, Side)> {
    let mut separated = Vec::new();
    for (rule, TwoIdentifiers { one, other, .. }) in (0..).zip(&people.rules.separate) {
        let (ones, others) = (people.named_by(one), people.named_by(other));
        if ones.is_empty() || others.is_empty() || ones.iter().any(|one| others.binary_search(one).is_ok()) {
            without_effect.push(name_of("separate", rule));
        }
        let side = Side::one(rule);
        separated.extend(ones.into_iter().map(|one| (one, side)));
        separated.extend(others.into_iter().map(|other| (other, side.opposite())));
    }
    separated
}

/// Whose own the identifiers are; of a phone or CRM id that is nobody's own, the oldest who bears it.
fn operators_joins(people: &People, without_effect: &mut Vec<String>) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (rule, TwoIdentifiers { one, other, .. }) in (0..).zip(&people.rules.join) {
        let bearer = |identifier| {
            let named = people.named_by(identifier);
            let own = named.iter().copied().find(|member| people.is_own(*member, identifier));
            own.or(named.first().copied())
        };
        match (bearer(one), bearer(other)) {
            (Some(one), Some(other)) if one != other => {
                candidates.push(Candidate::new(one, other, Evidence::OperatorsRule, BY_OPERATOR));
            }
            _ => without_effect.push(name_of("join", rule)),
        }
    }
    candidates
}

fn note_idle_ignores(people: &People, without_effect: &mut Vec<String>) {
    for (rule, Ignored { identifier, .. }) in (0..).zip(&people.rules.ignore) {
        if people.is_unmet(identifier) {
            without_effect.push(name_of("ignore", rule));
        }
    }
}

/// As somebody counts who reads the file.
fn name_of(list: &str, rule: u32) -> String {
    format!("{list} #{}", rule + 1)
}

fn number_leads(people: &People, clusters: &mut Clusters) -> Vec<LeadIndex> {
    let mut next = 0;
    let mut leads: Vec<LeadIndex> = Vec::with_capacity(people.len());
    for member in people.members() {
        let oldest = clusters.oldest(member);
        let lead = leads.get(oldest.place()).copied().unwrap_or_else(|| {
            next += 1;
            LeadIndex(next - 1)
        });
        leads.push(lead);
    }
    leads
}

fn joins(people: &People, lead_of_member: &[LeadIndex], joined: &[Candidate]) -> Vec<Join> {
    let mut joins: Vec<Join> = joined
        .iter()
        .filter_map(|candidate| {
            Some(Join {
                lead: *lead_of_member.get(candidate.left.place())?,
                rule: candidate.evidence.rule(),
                evidence: candidate.evidence,
                left: people.id(candidate.left)?,
                right: people.id(candidate.right)?,
                strength: candidate.strength(),
            })
        })
        .collect();
    joins.sort_unstable();
    joins
}

/// Every persona's id, and the ids of phones and CRM ids that belong to one lead only.
fn aliases(people: People, lead_of_member: &[LeadIndex]) -> Vec<Alias> {
    let mut aliases: Vec<Alias> = Vec::with_capacity(people.len() * 2);
    for (member, lead) in people.members().zip(lead_of_member) {
        if let Some(id) = people.id(member) {
            aliases.push(Alias { lead: *lead, kind: people.own_kind(member), id });
        }
    }
    for (kind, shown) in [(TermKind::CrmId, IdentifierKind::CrmId), (TermKind::Phone, IdentifierKind::Phone)]
    {
        let bearers = people.bearers(kind);
        for bearers in bearers.chunk_by(|(one, _), (other, _)| one == other) {
            let leads = || bearers.iter().filter_map(|(_, member)| lead_of_member.get(member.place()));
            let Some((identifier, lead)) = bearers.first().map(|(term, _)| *term).zip(leads().next()) else {
                continue;
            };
            let is_persona = bearers.iter().any(|(term, member)| people.own_term(*member) == Some(*term));
            if !is_persona && people.tells(identifier) && leads().all(|other| other == lead) {
                aliases.push(Alias { lead: *lead, kind: shown, id: people.alias(identifier) });
            }
        }
    }
    drop(people);
    aliases.sort_unstable();
    aliases
}
