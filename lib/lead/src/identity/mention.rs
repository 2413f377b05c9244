//! What is told of somebody by one event.

use crate::event::{Day, Micros};
use crate::lead_id::LeadId;

/// Emails trimmed and in lower case, phones in E.164; the rest as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mention<'a> {
    pub email: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub crm_id: Option<&'a str>,
    pub name: Option<&'a str>,
    pub city: Option<&'a str>,
    pub traits: Traits<'a>,
    pub arrived: Day,
    pub at: Micros,
}

/// What richer sources know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traits<'a> {
    pub birth_date: Option<&'a str>,
    /// With the number of the house.
    pub street: Option<&'a str>,
    pub postcode: Option<&'a str>,
    pub state: Option<&'a str>,
}

/// The bearer of an event's strongest identifier, by a number that is good for one builder and its resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Persona(pub u32);

/// A lead, numbered without gaps from the oldest to the youngest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeadIndex(pub u32);

/// What a persona or an alias is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    Email,
    CrmId,
    PhoneWithName,
    Phone,
    /// Nothing but a name, an address and the like.
    Description,
}

impl IdentifierKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::CrmId => "crm_id",
            Self::PhoneWithName => "phone_with_name",
            Self::Phone => "phone",
            Self::Description => "description",
        }
    }

    /// The alias that an identifier of this kind gives, an email as [`super::canonical_email`] has it.
    pub fn alias(self, salt: &[u8; 32], identifier: &str) -> LeadId {
        LeadId::of(salt, self.code(), identifier)
    }

    /// For ever: lead ids are made of it.
    fn code(self) -> u8 {
        match self {
            Self::Email => b'e',
            Self::CrmId => b'c',
            Self::PhoneWithName => b'n',
            Self::Phone => b'p',
            Self::Description => b'd',
        }
    }
}
