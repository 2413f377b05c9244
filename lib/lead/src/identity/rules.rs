//! What the operator knows better.

use serde::Deserialize;

use crate::lead_id::{LeadId, LeadIdError};

/// The rule file. Unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityRules {
    /// Never one lead, whatever speaks for it.
    pub separate: Vec<TwoIdentifiers>,
    /// One lead.
    pub join: Vec<TwoIdentifiers>,
    /// No evidence: the phone of a front desk, an email typed in to get past a form.
    pub ignore: Vec<Ignored>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoIdentifiers {
    pub one: Identifier,
    pub other: Identifier,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ignored {
    pub identifier: Identifier,
    pub reason: String,
}

/// Written as `email: a@b.in`, `phone: "+919876543210"`, `crm_id: c-17` or `lead: lead-0123...` (any alias).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identifier {
    Email(String),
    Phone(String),
    CrmId(String),
    Lead(WrittenLeadId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct WrittenLeadId(pub LeadId);

impl TryFrom<String> for WrittenLeadId {
    type Error = LeadIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}
