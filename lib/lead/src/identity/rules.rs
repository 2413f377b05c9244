//! What the operator knows better.

use std::ops::RangeInclusive;

use serde::Deserialize;
use thiserror::Error;

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
    Email(WrittenEmail),
    Phone(WrittenPhone),
    CrmId(String),
    Lead(WrittenLeadId),
}

/// As silver has it: trimmed and in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct WrittenEmail(String);

impl WrittenEmail {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for WrittenEmail {
    fn from(text: String) -> Self {
        Self(text.trim().to_lowercase())
    }
}

/// In E.164, as silver has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct WrittenPhone(String);

/// It does not repeat the phone, which is personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a phone in a rule begins with `+` and its country code and has 8 to 15 digits; spaces, dashes and brackets may stand between"
)]
pub struct WrittenPhoneError;

const DIGITS: RangeInclusive<usize> = 8..=15;

impl WrittenPhone {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for WrittenPhone {
    type Error = WrittenPhoneError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_between = |character: char| character.is_whitespace() || "-()[]".contains(character);
        let phone: String = text.chars().filter(|character| !is_between(*character)).collect();
        let digits = phone.strip_prefix('+').ok_or(WrittenPhoneError)?;
        if !DIGITS.contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(WrittenPhoneError);
        }
        Ok(Self(phone))
    }
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
