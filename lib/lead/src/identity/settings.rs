//! How careful identity is.

use serde::Deserialize;

/// The weights by which traits speak for and against stand in `weights.rs`: they belong together and are no setting.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// Personas in one lead; what would make it larger goes to review.
    pub largest_lead: usize,
    /// A CRM id that more emails share is no evidence.
    pub most_emails_of_crm_id: usize,
    /// A phone that more emails share is no evidence: strangers of one common name may come with it.
    pub most_emails_of_phone: usize,
    /// A phone that more names share is no evidence.
    pub most_names_of_phone: usize,
    /// Candidates that share a block are compared pair by pair; larger blocks are left out and counted.
    pub largest_block: usize,
    /// Whether likeness may join, or only identifiers.
    pub join_by_likeness: bool,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            largest_lead: 50,
            most_emails_of_crm_id: 5,
            most_emails_of_phone: 5,
            most_names_of_phone: 8,
            largest_block: 64,
            join_by_likeness: true,
        }
    }
}
