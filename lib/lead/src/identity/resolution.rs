//! Who is one person, and why.

use super::mention::{IdentifierKind, LeadIndex, Persona};
use crate::lead_id::LeadId;

/// What made two personas one lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JoinRule {
    /// The operator says so.
    Operator,
    SameCrmId,
    PhoneAndName,
    PhoneCityAndFamily,
    /// Enough traits agree.
    Likeness,
}

/// What a rule found in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    OperatorsRule,
    CrmId,
    PhoneAndSameName,
    /// One name is a part or the initials of the other, or its words stand in another order.
    PhoneAndCompatibleName,
    PhoneCityAndFamilyName,
    Traits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReviewReason {
    /// So many share a CRM id or phone that it tells nothing.
    SharedIdentifier,
    /// Phone, city and family name agree, and the given names contradict: a couple, perhaps.
    Household,
    /// One phone and names that differ by a slip.
    SimilarNames,
    /// A phone without a name, which one named lead has.
    PhoneOnly,
    /// Alike, but not enough to be joined.
    Likeness,
    /// Likeness is all that speaks for joining two groups of several personas each.
    WeakBridge,
    /// The lead would have become larger than leads may be.
    TooLarge,
}

/// One step by which a lead came together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Join {
    pub lead: LeadIndex,
    pub rule: JoinRule,
    pub evidence: Evidence,
    pub left: LeadId,
    pub right: LeadId,
    /// Of 100.
    pub strength: u8,
}

/// What somebody should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Review {
    pub reason: ReviewReason,
    /// A persona's alias; of a shared identifier, the identifier's.
    pub left: LeadId,
    /// Nothing of a shared identifier.
    pub right: Option<LeadId>,
    /// What speaks for joining, of 100; of a shared identifier nothing.
    pub strength: u8,
    /// How many personas share the identifier; else two.
    pub personas: u32,
}

/// Any name under which a lead can be found; its own id is one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alias {
    pub lead: LeadIndex,
    pub kind: IdentifierKind,
    pub id: LeadId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IdentityStatistics {
    pub mentions: u64,
    pub personas: u64,
    pub leads: u64,
    pub joins: u64,
    pub reviews: u64,
    /// CRM ids and phones that too many share.
    pub shared_identifiers: u64,
    /// Candidates by likeness that were compared.
    pub compared_pairs: u64,
    /// Blocks too large to be compared.
    pub skipped_blocks: u64,
    /// Joins that a rule of the operator prevented.
    pub kept_apart: u64,
    /// Rules of the operator that name nobody, or one and the same persona twice.
    pub rules_without_effect: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolution {
    pub(super) lead_of_persona: Vec<LeadIndex>,
    pub(super) lead_ids: Vec<LeadId>,
    pub(super) aliases: Vec<Alias>,
    pub(super) joins: Vec<Join>,
    pub(super) reviews: Vec<Review>,
    pub(super) statistics: IdentityStatistics,
    pub(super) rules_without_effect: Vec<String>,
}

impl Resolution {
    /// Nothing of a persona that this resolution's builder never gave.
    pub fn lead_of(&self, persona: Persona) -> Option<LeadIndex> {
        self.lead_of_persona.get(persona.0 as usize).copied()
    }

    /// Nothing of an index that this resolution never gave.
    pub fn lead_id(&self, lead: LeadIndex) -> Option<LeadId> {
        self.lead_ids.get(lead.0 as usize).copied()
    }

    /// From the oldest to the youngest lead, as they are indexed.
    pub fn lead_ids(&self) -> &[LeadId] {
        &self.lead_ids
    }

    /// By lead, kind and id. An identifier that several leads share is nobody's alias.
    pub fn aliases(&self) -> &[Alias] {
        &self.aliases
    }

    /// By lead, rule and ids.
    pub fn joins(&self) -> &[Join] {
        &self.joins
    }

    /// By reason and ids.
    pub fn reviews(&self) -> &[Review] {
        &self.reviews
    }

    pub fn statistics(&self) -> &IdentityStatistics {
        &self.statistics
    }

    /// Each by its list and its place there, as `join #3`, counted from 1: what it says is personal data.
    pub fn rules_without_effect(&self) -> &[String] {
        &self.rules_without_effect
    }
}

impl JoinRule {
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::SameCrmId => "same_crm_id",
            Self::PhoneAndName => "phone_and_name",
            Self::PhoneCityAndFamily => "phone_city_and_family_name",
            Self::Likeness => "likeness",
        }
    }
}

impl Evidence {
    pub fn name(self) -> &'static str {
        match self {
            Self::OperatorsRule => "operators_rule",
            Self::CrmId => "crm_id",
            Self::PhoneAndSameName => "phone_and_same_name",
            Self::PhoneAndCompatibleName => "phone_and_compatible_name",
            Self::PhoneCityAndFamilyName => "phone_city_and_family_name",
            Self::Traits => "traits",
        }
    }

    pub fn rule(self) -> JoinRule {
        match self {
            Self::OperatorsRule => JoinRule::Operator,
            Self::CrmId => JoinRule::SameCrmId,
            Self::PhoneAndSameName | Self::PhoneAndCompatibleName => JoinRule::PhoneAndName,
            Self::PhoneCityAndFamilyName => JoinRule::PhoneCityAndFamily,
            Self::Traits => JoinRule::Likeness,
        }
    }
}

impl ReviewReason {
    pub fn name(self) -> &'static str {
        match self {
            Self::SharedIdentifier => "shared_identifier",
            Self::Household => "household",
            Self::SimilarNames => "similar_names",
            Self::PhoneOnly => "phone_only",
            Self::Likeness => "likeness",
            Self::WeakBridge => "weak_bridge",
            Self::TooLarge => "too_large",
        }
    }
}
