//! What shared identifiers say: phones and CRM ids.

use super::clusters::Candidate;
use super::intern::{Term, TermKind};
use super::mention::IdentifierKind;
use super::name::{Name, NameMatch, WordMatch};
use super::people::{Member, People};
use super::resolution::{Evidence, ReviewReason};
use super::review::{Doubt, Shared};

/// Groups up to here are compared pair by pair; larger ones by equal names, which is no quadratic work.
const MOST_COMPARED: usize = 32;

const BY_CRM_ID: u8 = 95;
const BY_SAME_NAME: u8 = 90;
const BY_COMPATIBLE_NAME: u8 = 80;
const BY_FAMILY: u8 = 70;
const HOUSEHOLD: u8 = 50;
const SIMILAR_NAMES: u8 = 60;

#[derive(Default)]
pub(super) struct Findings {
    pub(super) candidates: Vec<Candidate>,
    pub(super) doubts: Vec<Doubt>,
    pub(super) shared: Vec<Shared>,
    /// For each phone, who has it without having a name, and who has it with one.
    pub(super) nameless: Vec<(Vec<Member>, Vec<Member>)>,
}

pub(super) fn find(people: &People) -> Findings {
    let mut findings = Findings::default();
    let by_crm_id = people.bearers(TermKind::CrmId);
    for (crm_id, members) in groups(&by_crm_id, people) {
        judge_crm_id(people, crm_id, &members, &mut findings);
    }
    drop(by_crm_id);
    let by_phone = people.bearers(TermKind::Phone);
    for (phone, members) in groups(&by_phone, people) {
        judge_phone(people, phone, &members, &mut findings);
    }
    findings
}

/// Identifiers with several bearers that may be evidence.
fn groups<'a>(
    bearers: &'a [(Term, Member)],
    people: &'a People,
) -> impl Iterator<Item = (Term, Vec<Member>)> + 'a {
    bearers.chunk_by(|(one, _), (other, _)| one == other).filter_map(|bearers| {
        let (term, _) = bearers.first().filter(|(term, _)| bearers.len() > 1 && people.tells(*term))?;
        Some((*term, bearers.iter().map(|(_, member)| *member).collect()))
    })
}

fn judge_crm_id(people: &People, crm_id: Term, members: &[Member], findings: &mut Findings) {
    if emails(people, members) > people.settings.most_emails_of_crm_id {
        return findings.shared.push(Shared { identifier: crm_id, personas: members.len() });
    }
    for (one, other) in pairs(members) {
        findings.candidates.push(Candidate::new(one, other, Evidence::CrmId, BY_CRM_ID));
    }
}

fn emails(people: &People, members: &[Member]) -> usize {
    members.iter().filter(|member| people.own_kind(**member) == IdentifierKind::Email).count()
}

struct Bearer {
    member: Member,
    names: Vec<Name>,
    /// The keys of its names, in order of their text.
    keys: Vec<String>,
}

fn judge_phone(people: &People, phone: Term, members: &[Member], findings: &mut Findings) {
    if emails(people, members) > people.settings.most_emails_of_phone {
        return findings.shared.push(Shared { identifier: phone, personas: members.len() });
    }
    let bearers: Vec<Bearer> = members.iter().map(|member| bearer(people, *member)).collect();
    let mut keys: Vec<&str> =
        bearers.iter().flat_map(|bearer| bearer.keys.iter().map(String::as_str)).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() > people.settings.most_names_of_phone {
        return findings.shared.push(Shared { identifier: phone, personas: members.len() });
    }
    let (nameless, named): (Vec<&Bearer>, Vec<&Bearer>) =
        bearers.iter().partition(|bearer| bearer.names.is_empty());
    if !nameless.is_empty() && !named.is_empty() {
        let members_of = |bearers: &[&Bearer]| bearers.iter().map(|bearer| bearer.member).collect();
        findings.nameless.push((members_of(&nameless), members_of(&named)));
    }
    if named.len() > MOST_COMPARED {
        return judge_crowd(&keys, &named, findings);
    }
    for (place, one) in named.iter().enumerate() {
        for other in named.iter().skip(place + 1) {
            judge_pair(people, one, other, findings);
        }
    }
}

fn judge_crowd(keys: &[&str], named: &[&Bearer], findings: &mut Findings) {
    for key in keys {
        let mut alike = named.iter().filter(|bearer| bearer.keys.iter().any(|own| own == key));
        let Some(first) = alike.next() else { continue };
        findings.candidates.extend(alike.map(|other| {
            Candidate::new(first.member, other.member, Evidence::PhoneAndSameName, BY_SAME_NAME)
        }));
    }
}

fn bearer(people: &People, member: Member) -> Bearer {
    let written = || people.linked_of(member, TermKind::Name);
    let mut keys: Vec<String> =
        written().map(|name| people.terms.text(people.key(name)).to_owned()).collect();
    keys.sort_unstable();
    keys.dedup();
    Bearer { member, names: written().map(|name| Name::of(people.terms.text(name))).collect(), keys }
}

fn judge_pair(people: &People, one: &Bearer, other: &Bearer, findings: &mut Findings) {
    let names = || one.names.iter().flat_map(|name| other.names.iter().map(move |others| (name, others)));
    let best = names().map(|(name, others)| name.compare(others)).min().unwrap_or(NameMatch::Unknown);
    let mut candidate = |evidence, strength| {
        findings.candidates.push(Candidate::new(one.member, other.member, evidence, strength));
    };
    match best {
        NameMatch::Same => return candidate(Evidence::PhoneAndSameName, BY_SAME_NAME),
        NameMatch::Compatible => return candidate(Evidence::PhoneAndCompatibleName, BY_COMPATIBLE_NAME),
        _ => {}
    }
    let one_family = names().any(|(name, others)| name.compare_family(others) == WordMatch::Same);
    let one_household = one_family && share_city(people, one.member, other.member);
    let contradict = names().all(|(name, others)| name.contradicts_given(others));
    let (reason, strength) = match best {
        NameMatch::Near => (ReviewReason::SimilarNames, SIMILAR_NAMES),
        _ if one_household && contradict => (ReviewReason::Household, HOUSEHOLD),
        _ if one_household => return candidate(Evidence::PhoneCityAndFamilyName, BY_FAMILY),
        _ => return,
    };
    findings.doubts.push(Doubt::new(reason, one.member, other.member, strength));
}

fn share_city(people: &People, one: Member, other: Member) -> bool {
    people
        .linked_of(one, TermKind::CityKey)
        .any(|city| people.linked_of(other, TermKind::CityKey).any(|others| others == city))
}

/// All pairs of a small group; of a large one the oldest with each.
fn pairs(members: &[Member]) -> Vec<(Member, Member)> {
    let firsts = if members.len() > MOST_COMPARED { 1 } else { members.len() };
    let with_later = |(place, one): (usize, &Member)| {
        let one = *one;
        members.iter().skip(place + 1).map(move |other| (one, *other)).collect::<Vec<_>>()
    };
    members.iter().enumerate().take(firsts).flat_map(with_later).collect()
}
