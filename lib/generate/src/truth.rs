//! What was written, counted while it was written.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::source::Source;

/// What a lake must find in the generated objects, exactly.
///
/// A record is one line. Of each object, records = accepted + refused + duplicates within the object; the first copy of
/// an event in an object counts as accepted, though another object may hold it too. Everything that is counted about
/// values (masked, invalid, late and so on) is counted among accepted records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Truth {
    /// Records written, repeated and broken ones included: the plan's number.
    pub events: u64,
    pub objects: u64,
    pub bytes: u64,
    pub sources: BTreeMap<Source, SourceTruth>,
    pub refused: BTreeMap<RefusalCode, u64>,
    /// Phones with a hidden middle.
    pub masked_phones: u64,
    /// Phones that cannot be used, the masked ones among them.
    pub invalid_phones: u64,
    /// Different addresses at throw-away domains.
    pub disposable_addresses: u64,
    /// People with at least one accepted record. Each has one email (trimmed and lower-cased) in at least one of them.
    pub people: u64,
    /// People with an accepted outcome `converted`. Nobody has two different ones.
    pub people_converted: u64,
    /// Of all accepted outcomes `converted`, each event once, in hundredths of a rupee.
    pub revenue_paise: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SourceTruth {
    pub objects: u64,
    pub records: u64,
    pub accepted: u64,
    pub refused: u64,
    /// Copies of an event that the same object holds already.
    pub duplicates_within_object: u64,
    /// Accepted records whose event an earlier object holds already.
    pub duplicates_across_objects: u64,
    /// Different events among the accepted records.
    pub distinct_events: u64,
    /// Accepted records whose object arrived a day or more after they happened.
    pub late: u64,
    pub without_event_id: u64,
    /// Accepted records with a field that no contract knows.
    pub with_extra_fields: u64,
    /// Accepted records with a throw-away address.
    pub with_disposable_address: u64,
    /// Values that must become null, by column.
    pub invalid: BTreeMap<String, u64>,
    pub refused_by_code: BTreeMap<RefusalCode, u64>,
}

/// Why a lake refuses a record, in the words of its ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    NotJson,
    Missing,
    NotAllowed,
    NotATimestamp,
    NoIdentity,
}

impl RefusalCode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::Missing => "missing",
            Self::NotAllowed => "not_allowed",
            Self::NotATimestamp => "not_a_timestamp",
            Self::NoIdentity => "no_identity",
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
