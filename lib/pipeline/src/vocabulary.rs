//! The words that all sources share: which column of a source's silver means what, and as which type.
//!
//! Who a record belongs to is said by the contract's identity roles, whatever the columns are called. Everything else goes
//! by its column's name, so that a new source takes part by using these names, without code.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use leadlake_contract::{Contract, IdentityRole};
use leadlake_refine::{provenance, silver_schema};

/// Columns of `silver_lead_events`, and but for lead and kind of every batch of events on the way there.
pub mod name {
    pub const LEAD_ID: &str = "lead_id";
    pub const SOURCE: &str = "source";
    pub const EVENT_ID: &str = "event_id";
    pub const EVENT_TYPE: &str = "event_type";
    pub const KIND: &str = "kind";
    pub const EVENT_TIME: &str = "event_time";
    pub const DT: &str = "dt";
    pub const ARRIVED_AT: &str = "arrived_at";
    pub const EMAIL: &str = "email";
    pub const EMAIL_IS_DISPOSABLE: &str = "email_is_disposable";
    pub const PHONE: &str = "phone";
    pub const NAME: &str = "name";
    pub const CITY: &str = "city";
    pub const CRM_ID: &str = "crm_id";
    pub const DEVICE_INTEREST: &str = "device_interest";
    pub const WEBINAR_ID: &str = "webinar_id";
    pub const DURATION_MINUTES: &str = "duration_minutes";
    pub const QUESTIONS_ASKED: &str = "questions_asked";
    pub const FORM_ID: &str = "form_id";
    pub const BUDGET_LOW: &str = "budget_low";
    pub const BUDGET_HIGH: &str = "budget_high";
    pub const PURCHASE_TIMEFRAME_DAYS: &str = "purchase_timeframe_days";
    pub const UTM_SOURCE: &str = "utm_source";
    pub const OUTCOME: &str = "outcome";
    pub const REVENUE: &str = "revenue";
    pub const CURRENCY: &str = "currency";
    pub const REASON: &str = "reason";
    pub const TRANSACTION_ID: &str = "transaction_id";
    pub const PRODUCT_ID: &str = "product_id";
    pub const QUANTITY: &str = "quantity";
    pub const PRICE: &str = "price";
    pub const STATUS: &str = "status";
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Flag,
    Time,
    Day,
    /// Hundredths.
    Money,
}

impl Kind {
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Flag => DataType::Boolean,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Day => DataType::Date32,
            Self::Money => DataType::Decimal128(18, 2),
        }
    }
}

/// Where a shared column is found in a source's silver.
enum Found {
    /// It is no column of silver but follows from where the file lies.
    ByPlace,
    ByRole(IdentityRole),
    ByName,
    EventId,
    EventTime,
}

struct Word {
    name: &'static str,
    kind: Kind,
    found: Found,
    comment: &'static str,
}

const fn word(name: &'static str, kind: Kind, found: Found, comment: &'static str) -> Word {
    Word { name, kind, found, comment }
}

const WORDS: &[Word] = &[
    word(name::SOURCE, Kind::Text, Found::ByPlace, "The source the event came from"),
    word(name::EVENT_ID, Kind::Text, Found::EventId, "Identifies the event within its source"),
    word(name::EVENT_TYPE, Kind::Text, Found::ByName, "What happened, in the source's words"),
    word(name::EVENT_TIME, Kind::Time, Found::EventTime, "When it happened"),
    word(name::DT, Kind::Day, Found::ByPlace, "The day it arrived: the partition of silver that holds it"),
    word(name::ARRIVED_AT, Kind::Time, Found::ByName, "When its object arrived in bronze"),
    word(name::EMAIL, Kind::Text, Found::ByRole(IdentityRole::Email), "Address, trimmed and lower-cased"),
    word(name::EMAIL_IS_DISPOSABLE, Kind::Flag, Found::ByName, "Whether the address is a throw-away one"),
    word(name::PHONE, Kind::Text, Found::ByRole(IdentityRole::Phone), "Phone in E.164"),
    word(name::NAME, Kind::Text, Found::ByRole(IdentityRole::Name), "Name as given"),
    word(name::CITY, Kind::Text, Found::ByRole(IdentityRole::City), "City as given"),
    word(name::CRM_ID, Kind::Text, Found::ByRole(IdentityRole::CrmId), "The CRM's id of the person"),
    word(name::DEVICE_INTEREST, Kind::Text, Found::ByName, "The device they asked about"),
    word(name::WEBINAR_ID, Kind::Text, Found::ByName, "The webinar attended"),
    word(name::DURATION_MINUTES, Kind::Integer, Found::ByName, "Minutes in the webinar"),
    word(name::QUESTIONS_ASKED, Kind::Integer, Found::ByName, "Questions asked there"),
    word(name::FORM_ID, Kind::Text, Found::ByName, "The form sent"),
    word(name::BUDGET_LOW, Kind::Money, Found::ByName, "Lower end of the budget"),
    word(name::BUDGET_HIGH, Kind::Money, Found::ByName, "Upper end of the budget"),
    word(
        name::PURCHASE_TIMEFRAME_DAYS,
        Kind::Integer,
        Found::ByName,
        "Within how many days they mean to buy",
    ),
    word(name::UTM_SOURCE, Kind::Text, Found::ByName, "The campaign's source"),
    word(name::OUTCOME, Kind::Text, Found::ByName, "converted, lost or open"),
    word(name::REVENUE, Kind::Money, Found::ByName, "What the conversion brought"),
    word(name::CURRENCY, Kind::Text, Found::ByName, "Of revenue or price"),
    word(name::REASON, Kind::Text, Found::ByName, "Why a lead was lost"),
    word(name::TRANSACTION_ID, Kind::Text, Found::ByName, "The purchase"),
    word(name::PRODUCT_ID, Kind::Text, Found::ByName, "What was bought"),
    word(name::QUANTITY, Kind::Integer, Found::ByName, "How many"),
    word(name::PRICE, Kind::Money, Found::ByName, "Per piece"),
    word(
        name::STATUS,
        Kind::Text,
        Found::ByName,
        "Of the purchase: completed, pending, refunded, cancelled, failed",
    ),
];

/// The columns that an event may have, without its lead.
pub fn event_schema() -> SchemaRef {
    Arc::new(Schema::new(WORDS.iter().map(field_of).collect::<Vec<_>>()))
}

/// The columns of `silver_lead_events`. Whose an event is and of which kind is decided anew by every run, so neither is
/// read back by the next one.
pub fn lead_events_schema() -> SchemaRef {
    let lead = commented(
        Field::new(name::LEAD_ID, DataType::Utf8, true),
        "Whose event it is; empty for events that had not yet happened at the run's instant",
    );
    let kind = commented(
        Field::new(name::KIND, DataType::Utf8, false),
        "touch, outcome or purchase: what it counts as",
    );
    let mut fields = vec![lead];
    for word in WORDS {
        fields.push(field_of(word));
        if word.name == name::EVENT_TYPE {
            fields.push(kind.clone());
        }
    }
    Arc::new(Schema::new(fields))
}

fn field_of(word: &Word) -> Field {
    let required =
        [name::SOURCE, name::EVENT_ID, name::EVENT_TIME, name::DT, name::ARRIVED_AT].contains(&word.name);
    commented(Field::new(word.name, word.kind.data_type(), !required), word.comment)
}

pub(crate) fn commented(field: Field, comment: &str) -> Field {
    field.with_metadata(std::collections::HashMap::from([("comment".to_owned(), comment.to_owned())]))
}

/// How one source's silver says what all sources share.
#[derive(Debug, Clone)]
pub struct SourceWords {
    pub source: String,
    /// Shared column and column of silver, in the order of the shared ones.
    pub columns: Vec<(&'static str, String)>,
    /// Columns that bear a shared name but not its type, so they take no part.
    pub mistyped: Vec<Mistyped>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistyped {
    pub source: String,
    pub column: String,
    pub expected: DataType,
    pub actual: DataType,
}

impl std::fmt::Display for Mistyped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { source, column, expected, actual } = self;
        write!(
            formatter,
            "column {column} of {source} is {actual} and would have to be {expected} to count for people and scores; change the contract or the column's name"
        )
    }
}

impl SourceWords {
    pub fn of(contract: &Contract) -> Self {
        let silver = silver_schema(contract);
        let mut words =
            Self { source: contract.source.to_string(), columns: Vec::new(), mistyped: Vec::new() };
        for word in WORDS {
            let Some(column) = column_of(word, contract) else { continue };
            let Ok(field) = silver.field_with_name(&column) else { continue };
            if *field.data_type() == word.kind.data_type() {
                words.columns.push((word.name, column));
                continue;
            }
            words.mistyped.push(Mistyped {
                source: words.source.clone(),
                column,
                expected: word.kind.data_type(),
                actual: field.data_type().clone(),
            });
        }
        words
    }

    /// Changes whenever silver would be read otherwise, so that events read before no longer count as the same.
    pub fn fingerprint(&self) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|(shared, column)| format!("{shared}={column}")).collect();
        format!("{}:{}", self.source, columns.join(","))
    }
}

fn column_of(word: &Word, contract: &Contract) -> Option<String> {
    let named = |index| contract.field(index).map(|field| field.name.clone());
    match &word.found {
        Found::ByPlace => None,
        Found::ByName if word.name == name::ARRIVED_AT => Some(provenance::ARRIVED_AT.to_owned()),
        Found::ByName => contract.field_named(word.name).map(|field| field.name.clone()),
        Found::EventId => named(contract.event_id),
        Found::EventTime => named(contract.event_time),
        Found::ByRole(role) => {
            contract.fields.iter().find(|field| field.identity == Some(*role)).map(|field| field.name.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(yaml_name: &str) -> Contract {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts");
        leadlake_contract::load_folder(std::path::Path::new(folder))
            .unwrap()
            .into_iter()
            .find(|contract| contract.source.as_str() == yaml_name)
            .unwrap()
    }

    #[test]
    fn the_shipped_sources_say_what_they_hold() {
        let words = SourceWords::of(&contract("crm"));
        assert_eq!(
            words.fingerprint(),
            "crm:event_id=event_id,event_type=event_type,event_time=event_time,arrived_at=arrived_at,email=email,\
             email_is_disposable=email_is_disposable,phone=phone,crm_id=crm_id,outcome=outcome,revenue=revenue,\
             currency=currency,reason=reason"
        );
        for source in ["roadshow", "webinar", "online", "crm", "transactions"] {
            assert_eq!(SourceWords::of(&contract(source)).mistyped, []);
        }
    }

    #[test]
    fn who_it_is_goes_by_role_and_the_rest_by_name_and_type() {
        let mut changed = contract("webinar");
        for field in &mut changed.fields {
            if field.identity == Some(IdentityRole::Email) {
                field.name = "attendee".to_owned();
            }
            if field.name == name::DURATION_MINUTES {
                field.reading = leadlake_contract::Reading::Text;
            }
        }
        let words = SourceWords::of(&changed);
        assert!(words.columns.contains(&(name::EMAIL, "attendee".to_owned())));
        let mistyped: Vec<&str> = words.mistyped.iter().map(|it| it.column.as_str()).collect();
        assert_eq!(mistyped, [name::DURATION_MINUTES]);
    }
}
