//! Who is one person. Mentions go in, leads come out, with every reason why two personas became one.

mod blocks;
mod builder;
mod city;
mod clusters;
mod email;
mod fold;
mod fuzzy;
mod identifiers;
mod intern;
mod mention;
mod name;
mod people;
mod phone;
mod portrait;
mod resolution;
mod resolve;
mod review;
mod rule_file;
mod rules;
mod settings;
#[cfg(test)]
mod tests;
mod weights;

pub use builder::IdentityBuilder;
pub use city::city_key;
pub use email::canonical_email;
pub use mention::{IdentifierKind, LeadIndex, Mention, Persona, Traits};
pub use name::{Name, NameMatch};
pub use resolution::{Alias, Evidence, IdentityStatistics, Join, JoinRule, Resolution, Review, ReviewReason};
pub use rule_file::RulesFault;
pub use rules::{
    Identifier, IdentityRules, Ignored, TwoIdentifiers, WrittenEmail, WrittenLeadId, WrittenPhone,
    WrittenPhoneError,
};
pub use settings::IdentitySettings;
