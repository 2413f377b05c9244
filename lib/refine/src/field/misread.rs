//! Why a value could not be read.

/// A value that is not what its field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}: expected {}", self.code(), self.expected())]
pub struct Misread {
    pub wanted: Wanted,
    pub fault: Fault,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wanted {
    Text,
    Integer,
    Decimal,
    Double,
    Boolean,
    Timestamp,
    Date,
    Email,
    Phone,
    Range,
    Days,
}

/// What was wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    WrongType,
    ControlCharacter,
    NotAnInteger,
    NotANumber,
    OutOfRange,
    TooPrecise,
    NotABoolean,
    NotATimestamp,
    TimestampWithoutOffset,
    NotADate,
    NotAnEmail,
    TooLong,
    NotAPhone,
    PhoneWithoutCountry,
    NotARange,
    RangeReversed,
    NotASpan,
}

impl Wanted {
    pub(super) fn misread(self, fault: Fault) -> Misread {
        Misread { wanted: self, fault }
    }
}

impl Misread {
    /// Stable: stands in quarantine and in the ledger's counts.
    pub fn code(self) -> &'static str {
        match self.fault {
            Fault::WrongType => "wrong_type",
            Fault::ControlCharacter => "control_character",
            Fault::NotAnInteger => "not_an_integer",
            Fault::NotANumber => "not_a_number",
            Fault::OutOfRange => "out_of_range",
            Fault::TooPrecise => "too_precise",
            Fault::NotABoolean => "not_a_boolean",
            Fault::NotATimestamp => "not_a_timestamp",
            Fault::TimestampWithoutOffset => "timestamp_without_offset",
            Fault::NotADate => "not_a_date",
            Fault::NotAnEmail => "not_an_email",
            Fault::TooLong => "too_long",
            Fault::NotAPhone => "not_a_phone",
            Fault::PhoneWithoutCountry => "phone_without_country",
            Fault::NotARange => "not_a_range",
            Fault::RangeReversed => "range_reversed",
            Fault::NotASpan => "not_a_span",
        }
    }

    /// For a person, to stand after "expected". Never holds the value.
    pub fn expected(self) -> &'static str {
        match (self.wanted, self.fault) {
            (Wanted::Text, Fault::ControlCharacter) => "text without control characters",
            (Wanted::Integer, Fault::OutOfRange) => {
                "an integer from -9223372036854775808 to 9223372036854775807"
            }
            (Wanted::Decimal, Fault::OutOfRange) => "a number no larger than the column's precision allows",
            (Wanted::Decimal, Fault::TooPrecise) => {
                "a number with no more digits after the point than the column's scale"
            }
            (Wanted::Double, Fault::OutOfRange) => "a number within the range of a 64-bit float",
            (Wanted::Timestamp, Fault::OutOfRange) => "a time in the years 0001 to 9999 of UTC",
            (Wanted::Date, Fault::OutOfRange) => "a date in the years 0001 to 9999",
            (Wanted::Email, Fault::TooLong) => "an email address of at most 254 bytes",
            (Wanted::Phone, Fault::PhoneWithoutCountry) => {
                "a phone number with its country code, such as +919876543210"
            }
            (Wanted::Range, Fault::OutOfRange) => "amounts no larger than the column's precision allows",
            (Wanted::Range, Fault::TooPrecise) => {
                "amounts with no more digits after the point than the column's scale"
            }
            (Wanted::Range, Fault::RangeReversed) => "a range with its lower end first, such as 80k-100k",
            (Wanted::Days, Fault::OutOfRange) => "a span whose days fit into a 64-bit integer",
            (Wanted::Text, _) => "text, a number or a boolean",
            (Wanted::Integer, _) => "an integer",
            (Wanted::Decimal, _) => "a decimal number, such as 1290.50",
            (Wanted::Double, _) => "a number",
            (Wanted::Boolean, _) => "true or false (or yes, no, 1, 0)",
            (Wanted::Timestamp, _) => "a time with an offset, such as 2025-01-01T10:15:30Z",
            (Wanted::Date, _) => "a date such as 2025-01-01, or a time with an offset",
            (Wanted::Email, _) => "an email address, such as name@example.com",
            (Wanted::Phone, _) => "a valid phone number of digits, such as +919876543210",
            (Wanted::Range, _) => "an amount or a range of amounts, such as 80k-100k",
            (Wanted::Days, _) => "a span of time, such as 15, 0-30 days or 2 weeks",
        }
    }
}
