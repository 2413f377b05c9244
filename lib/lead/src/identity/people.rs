//! All personas from the oldest to the youngest, and what each is linked to.

use hashbrown::HashSet;

use super::builder::IdentityBuilder;
use super::email::canonical_email;
use super::intern::{Interner, Term, TermKind};
use super::mention::IdentifierKind;
use super::rules::{Identifier, IdentityRules};
use super::settings::IdentitySettings;
use crate::lead_id::LeadId;

/// A persona by its age: the same number whatever the order in which mentions came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Member(pub(super) u32);

impl Member {
    pub(super) fn place(self) -> usize {
        self.0 as usize
    }
}

pub(super) struct People {
    pub(super) settings: IdentitySettings,
    pub(super) rules: IdentityRules,
    pub(super) mentions: u64,
    pub(super) salt: [u8; 32],
    pub(super) terms: Interner,
    meanings: Vec<u32>,
    no_evidence: HashSet<Term>,
    unmet: HashSet<Term>,
    own_terms: Vec<Term>,
    links: Vec<u64>,
    starts: Vec<u32>,
    /// The builder's number of each member.
    pub(super) personas: Vec<u32>,
    ids: Vec<LeadId>,
}

impl People {
    pub(super) fn new(builder: IdentityBuilder, links: Vec<u64>, salt: &[u8; 32]) -> Self {
        let IdentityBuilder {
            settings,
            rules,
            terms,
            meanings,
            own_terms,
            first_mentions,
            no_evidence,
            unmet,
            mentions,
            ..
        } = builder;
        let mut by_age: Vec<_> = own_terms
            .iter()
            .zip(first_mentions)
            .zip(0..)
            .map(|((own, first), persona)| (first, alias_of(&terms, *own, salt), persona))
            .collect();
        by_age.sort_unstable();
        let personas = by_age.iter().map(|(_, _, persona)| *persona).collect();
        let ids = by_age.into_iter().map(|(_, id, _)| id).collect();
        let starts = starts_of(&links, own_terms.len());
        Self {
            settings,
            rules,
            mentions,
            salt: *salt,
            terms,
            meanings,
            no_evidence,
            unmet,
            own_terms,
            links,
            starts,
            personas,
            ids,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.personas.len()
    }

    pub(super) fn members(&self) -> impl Iterator<Item = Member> + use<> {
        (0..self.personas.len() as u32).map(Member)
    }

    pub(super) fn id(&self, member: Member) -> Option<LeadId> {
        self.ids.get(member.place()).copied()
    }

    pub(super) fn own_term(&self, member: Member) -> Option<Term> {
        self.own_terms.get(*self.personas.get(member.place())? as usize).copied()
    }

    pub(super) fn own_kind(&self, member: Member) -> IdentifierKind {
        self.own_term(member)
            .map_or(IdentifierKind::Description, |term| identifier_kind(self.terms.kind(term)))
    }

    pub(super) fn linked(&self, member: Member) -> impl Iterator<Item = Term> + '_ {
        let persona = self.personas.get(member.place()).copied().unwrap_or_default() as usize;
        let start = self.starts.get(persona).copied().unwrap_or_default() as usize;
        let end = self.starts.get(persona + 1).copied().unwrap_or_default() as usize;
        self.links.get(start..end).unwrap_or_default().iter().map(|link| Term(*link as u32))
    }

    pub(super) fn linked_of(&self, member: Member, kind: TermKind) -> impl Iterator<Item = Term> + '_ {
        self.linked(member).filter(move |term| self.terms.is_of(*term, kind))
    }

    /// A name's key.
    pub(super) fn key(&self, name: Term) -> Term {
        self.meanings.get(name.place()).copied().map_or(name, Term)
    }

    pub(super) fn tells(&self, identifier: Term) -> bool {
        !self.no_evidence.contains(&identifier)
    }

    /// What too many share tells nothing from here on, not even beside a name.
    pub(super) fn stop_telling(&mut self, shared: impl Iterator<Item = Term>) {
        self.no_evidence.extend(shared);
    }

    /// Whether no mention brought what a rule ignores. None brings an alias, which is a hash.
    pub(super) fn is_unmet(&self, ignored: &Identifier) -> bool {
        self.term_of(ignored).is_none_or(|term| self.unmet.contains(&term))
    }

    pub(super) fn alias(&self, identifier: Term) -> LeadId {
        alias_of(&self.terms, identifier, &self.salt)
    }

    /// The term and member pairs of all links to identifiers of a kind, by term.
    pub(super) fn bearers(&self, kind: TermKind) -> Vec<(Term, Member)> {
        let mut bearers: Vec<(Term, Member)> = self
            .members()
            .flat_map(|member| self.linked_of(member, kind).map(move |term| (term, member)))
            .collect();
        bearers.sort_unstable();
        bearers
    }

    /// Whose own an identifier of a rule is, and who else bears it, from the oldest.
    pub(super) fn named_by(&self, identifier: &Identifier) -> Vec<Member> {
        if let Identifier::Lead(alias) = identifier {
            let is_alias = |term: Term| {
                let names_somebody = matches!(self.terms.kind(term), TermKind::CrmId | TermKind::Phone);
                names_somebody && self.alias(term) == alias.0
            };
            let is_named =
                |member: &Member| self.id(*member) == Some(alias.0) || self.linked(*member).any(is_alias);
            return self.members().filter(is_named).collect();
        }
        let Some(term) = self.term_of(identifier) else { return Vec::new() };
        let is_named = |member: &Member| {
            self.own_term(*member) == Some(term) || self.linked(*member).any(|linked| linked == term)
        };
        self.members().filter(is_named).collect()
    }

    pub(super) fn is_own(&self, member: Member, identifier: &Identifier) -> bool {
        let term = self.term_of(identifier);
        term.is_some() && self.own_term(member) == term
    }

    fn term_of(&self, identifier: &Identifier) -> Option<Term> {
        let (kind, text) = match identifier {
            Identifier::Lead(_) => return None,
            Identifier::Email(email) => (TermKind::Email, canonical_email(email.as_str())),
            Identifier::CrmId(crm_id) => (TermKind::CrmId, crm_id.into()),
            Identifier::Phone(phone) => (TermKind::Phone, phone.as_str().into()),
        };
        self.terms.find(kind, &text)
    }
}

pub(super) fn alias_of(terms: &Interner, identifier: Term, salt: &[u8; 32]) -> LeadId {
    identifier_kind(terms.kind(identifier)).alias(salt, terms.text(identifier))
}

fn identifier_kind(kind: TermKind) -> IdentifierKind {
    match kind {
        TermKind::Email => IdentifierKind::Email,
        TermKind::CrmId => IdentifierKind::CrmId,
        TermKind::PhoneWithName => IdentifierKind::PhoneWithName,
        TermKind::Phone => IdentifierKind::Phone,
        _ => IdentifierKind::Description,
    }
}

/// Where each persona's links begin; one more tells where the last one's end.
fn starts_of(links: &[u64], personas: usize) -> Vec<u32> {
    let mut starts = Vec::with_capacity(personas + 1);
    let mut place = 0;
    for persona in 0..=personas as u64 {
        while links.get(place).is_some_and(|link| link >> 32 < persona) {
            place += 1;
        }
        starts.push(place as u32);
    }
    starts
}
