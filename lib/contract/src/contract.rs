//! What a checked contract means. Values of these types are only made by [`crate::load`].

use serde::Serialize;

use crate::names::{ContractVersion, SourceName};

/// A source's promise, checked: every index points at a field, every name is usable, no two fields claim one input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contract {
    pub source: SourceName,
    pub version: ContractVersion,
    pub description: Option<String>,
    /// In the order of the file, which is the order of the columns.
    pub fields: Vec<Field>,
    /// The primary key.
    pub event_id: FieldIndex,
    pub event_time: FieldIndex,
    /// At least one of these must hold a valid value, else a record belongs to nobody.
    pub any_of: Option<AnyOf>,
    /// Where a phone without country code is read, as an ISO 3166 code.
    pub phone_region: Option<String>,
    pub limits: Limits,
    pub freshness: Option<Freshness>,
}

impl Contract {
    pub fn field(&self, index: FieldIndex) -> Option<&Field> {
        self.fields.get(index.0)
    }

    pub fn field_named(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The position of a field in [`Contract::fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FieldIndex(pub usize);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnyOf(pub Vec<FieldIndex>);

/// One column of silver, and how it is read from a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    pub name: String,
    pub description: Option<String>,
    pub reading: Reading,
    pub required: bool,
    /// The names under which a record may carry the value, the preferred one first. Empty for a derived field.
    pub inputs: Vec<String>,
    pub checks: Checks,
    pub classification: Classification,
    pub identity: Option<IdentityRole>,
    /// A column `<name>_original` holds the value as received wherever normalisation changed or refused it.
    pub keeps_original: bool,
    /// A missing value is made from a hash of the record's content (event ids only).
    pub made_from_content: bool,
}

impl Field {
    pub fn original_column(&self) -> Option<String> {
        self.keeps_original.then(|| format!("{}_original", self.name))
    }
}

/// How a value is read, and so which type its column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Reading {
    Text,
    /// Trimmed and lower-cased.
    Email,
    /// E.164.
    Phone,
    Integer,
    Decimal {
        precision: u8,
        scale: i8,
    },
    Double,
    Boolean,
    /// UTC microseconds.
    Timestamp,
    Date,
    /// The lower end of a range such as `80k-100k`, as a decimal.
    RangeLow {
        precision: u8,
        scale: i8,
    },
    /// The upper end.
    RangeHigh {
        precision: u8,
        scale: i8,
    },
    /// A span such as `0-30 days` or `15`, as the days until its end.
    Days,
    /// Not read but worked out from another field.
    Derived(Derivation),
}

impl Reading {
    /// The column type in the words of Athena and Glue.
    pub fn column_type(self) -> String {
        match self {
            Self::Text | Self::Email | Self::Phone => "string".to_owned(),
            Self::Integer | Self::Days => "bigint".to_owned(),
            Self::Decimal { precision, scale }
            | Self::RangeLow { precision, scale }
            | Self::RangeHigh { precision, scale } => format!("decimal({precision},{scale})"),
            Self::Double => "double".to_owned(),
            Self::Boolean | Self::Derived(Derivation::DisposableAddress { .. }) => "boolean".to_owned(),
            Self::Timestamp => "timestamp".to_owned(),
            Self::Date => "date".to_owned(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "derivation")]
pub enum Derivation {
    /// Whether the email's domain gives out throw-away addresses; null without an email.
    DisposableAddress { email: FieldIndex },
}

/// What a value must satisfy after it was read.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Checks {
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    /// In UTC microseconds, for timestamps (and the start of the day, for dates).
    pub earliest_micros: Option<i64>,
    pub latest_micros: Option<i64>,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    /// The only values allowed; empty when any is.
    pub allowed: Vec<String>,
}

/// Who may see a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Classification {
    Public,
    #[default]
    Internal,
    /// Personal data that identifies nobody alone (a city).
    Restricted,
    /// Directly identifying (an email).
    Confidential,
}

/// What part a field plays in telling who a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityRole {
    Email,
    Phone,
    Name,
    City,
    CrmId,
}

/// The bounds within which an object of this source is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limits {
    /// A longer record is refused without being held in memory.
    pub largest_record_bytes: usize,
    pub breaker: Option<ObjectBreaker>,
    /// How far an event may lie after its object's arrival before its clock is called wrong.
    pub ahead_of_arrival_hours: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { largest_record_bytes: 1024 * 1024, breaker: None, ahead_of_arrival_hours: None }
    }
}

/// When a whole object is refused because too much of it is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ObjectBreaker {
    /// Refused when more than this share of the records is.
    pub above_share: f64,
    /// Objects with fewer records are judged record by record only.
    pub from_records: u64,
}

/// How late the newest event may be before the source counts as stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Freshness {
    pub seconds: u64,
}
