//! From the types of the standard to how a value is read.

use crate::contract::Reading;
use crate::odcs::Maybe;
use crate::problem::{Findings, Place, Reason};
use crate::words::Word;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogicalType {
    Text,
    Integer,
    Number,
    Boolean,
    Timestamp,
    Date,
}

impl Word for LogicalType {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("string", Self::Text),
        ("integer", Self::Integer),
        ("number", Self::Number),
        ("boolean", Self::Boolean),
        ("timestamp", Self::Timestamp),
        ("date", Self::Date),
    ];
}

impl LogicalType {
    /// The physical types that go with it, in Athena's words.
    fn physical(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "bigint",
            Self::Number => "double, or decimal(precision,scale) such as decimal(18,2)",
            Self::Boolean => "boolean",
            Self::Timestamp => "timestamp",
            Self::Date => "date",
        }
    }
}

/// How the text of a value is taken apart, where its type alone does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    Phone,
    RangeLow,
    RangeHigh,
    Days,
}

impl Word for Reads {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("phone", Self::Phone),
        ("range_low", Self::RangeLow),
        ("range_high", Self::RangeHigh),
        ("days", Self::Days),
    ];
}

impl Reads {
    fn needs(self) -> &'static str {
        match self {
            Self::Phone => "logicalType string without a format",
            Self::RangeLow | Self::RangeHigh => "logicalType number and a physicalType such as decimal(18,2)",
            Self::Days => "logicalType integer",
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum NumberType {
    Double,
    Decimal { precision: u8, scale: i8 },
}

/// The reading that a property's words add up to; `None` when they contradict each other, which is then reported.
pub(crate) fn reading(
    findings: &mut Findings,
    place: &Place,
    logical: LogicalType,
    physical: Maybe<String>,
    reads: Option<Reads>,
    is_email: bool,
) -> Option<Reading> {
    let number = number_type(findings, place.key("physicalType"), logical, physical)?;
    let Some(reads) = reads else {
        return Some(plain_reading(logical, number, is_email));
    };
    match (reads, logical, number) {
        (Reads::Phone, LogicalType::Text, _) if !is_email => Some(Reading::Phone),
        (Reads::Days, LogicalType::Integer, _) => Some(Reading::Days),
        (Reads::RangeLow, LogicalType::Number, NumberType::Decimal { precision, scale }) => {
            Some(Reading::RangeLow { precision, scale })
        }
        (Reads::RangeHigh, LogicalType::Number, NumberType::Decimal { precision, scale }) => {
            Some(Reading::RangeHigh { precision, scale })
        }
        _ => {
            findings.report(place.clone(), Reason::Reads { reads: reads.written(), needs: reads.needs() });
            None
        }
    }
}

fn plain_reading(logical: LogicalType, number: NumberType, is_email: bool) -> Reading {
    match (logical, number) {
        (LogicalType::Text, _) if is_email => Reading::Email,
        (LogicalType::Text, _) => Reading::Text,
        (LogicalType::Integer, _) => Reading::Integer,
        (LogicalType::Number, NumberType::Double) => Reading::Double,
        (LogicalType::Number, NumberType::Decimal { precision, scale }) => {
            Reading::Decimal { precision, scale }
        }
        (LogicalType::Boolean, _) => Reading::Boolean,
        (LogicalType::Timestamp, _) => Reading::Timestamp,
        (LogicalType::Date, _) => Reading::Date,
    }
}

/// Checks the physical type against the logical one. Only numbers have a choice; for the rest the answer is not used.
fn number_type(
    findings: &mut Findings,
    place: Place,
    logical: LogicalType,
    physical: Maybe<String>,
) -> Option<NumberType> {
    if physical.is_none() {
        return Some(NumberType::Double);
    }
    let written = findings.take(place.clone(), physical)?;
    if logical != LogicalType::Number && written == logical.physical() {
        return Some(NumberType::Double);
    }
    if logical == LogicalType::Number && written == "double" {
        return Some(NumberType::Double);
    }
    let size = written.strip_prefix("decimal(").and_then(|rest| rest.strip_suffix(')'));
    let (LogicalType::Number, Some(size)) = (logical, size) else {
        let expected = logical.physical();
        findings.report(place, Reason::PhysicalType { written, logical: logical.written(), expected });
        return None;
    };
    let decimal = decimal_type(size);
    if decimal.is_none() {
        findings.report(place, Reason::DecimalSize { written });
    }
    decimal
}

fn decimal_type(size: &str) -> Option<NumberType> {
    let (precision, scale) = size.split_once(',')?;
    let is_plain = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
    let (precision, scale) = (precision.trim(), scale.trim());
    if !is_plain(precision) || !is_plain(scale) {
        return None;
    }
    let precision: u8 = precision.parse().ok()?;
    let scale: i8 = scale.parse().ok()?;
    let fits = (1..=38).contains(&precision) && u8::try_from(scale).is_ok_and(|scale| scale <= precision);
    fits.then_some(NumberType::Decimal { precision, scale })
}
