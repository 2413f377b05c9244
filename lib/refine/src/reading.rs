//! One value of a record into one column, by its field's contract.

use std::borrow::Cow;

use hashbrown::HashMap;
use leadlake_contract::{Checks, Field, Reading};

use crate::columns::{Column, Rows};
use crate::field::disposable::is_disposable;
use crate::field::phone::PhoneReader;
use crate::field::range::Range;
use crate::field::{Misread, Scalar, boolean, days, decimal, double, email, integer, range, text, time};
use crate::refusal::RefusalCode;

/// A field with the columns it fills.
pub(crate) struct Target<'c> {
    pub field: &'c Field,
    pub column: usize,
    /// Says whether the email read into `column` is disposable.
    pub disposable_column: Option<usize>,
}

/// What reading needs beside the value.
pub(crate) struct Readers {
    pub phone: PhoneReader,
    pub ranges: RecentRanges,
}

/// Forms offer a handful of ranges, and each is read twice, for its low and its high end.
#[derive(Default)]
pub(crate) struct RecentRanges {
    by_text: HashMap<String, Option<Range>>,
    /// Of the column that they were read for.
    precision_and_scale: (u8, i8),
}

const MOST_RECENT_RANGES: usize = 256;
const LONGEST_RECENT_RANGE: usize = 64;

impl RecentRanges {
    fn read(&mut self, scalar: Scalar<'_>, precision: u8, scale: i8) -> Result<Option<Range>, Misread> {
        let Scalar::Text(text) = scalar else {
            return range::read(scalar, precision, scale);
        };
        if self.precision_and_scale != (precision, scale) {
            self.by_text.clear();
            self.precision_and_scale = (precision, scale);
        }
        if let Some(known) = self.by_text.get(text) {
            return Ok(*known);
        }
        let range = range::read(scalar, precision, scale)?;
        if text.len() > LONGEST_RECENT_RANGE {
            return Ok(range);
        }
        if self.by_text.len() == MOST_RECENT_RANGES {
            self.by_text.clear();
        }
        self.by_text.insert(text.to_owned(), range);
        Ok(range)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Missing,
    /// The column holds the value; `as_received` when it also is what the record said, letter for letter.
    Value {
        as_received: bool,
    },
    /// A point in time, in microseconds.
    Instant(i64),
}

/// Why a value is not what the contract asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unfit {
    pub code: RefusalCode,
    pub expected: Cow<'static, str>,
}

impl From<Misread> for Box<Unfit> {
    fn from(misread: Misread) -> Self {
        let code = RefusalCode::parse(misread.code()).unwrap_or(RefusalCode::WRONG_TYPE);
        Self::new(Unfit { code, expected: Cow::Borrowed(misread.expected()) })
    }
}

/// Appends to the target's column only when it holds a value.
pub(crate) fn read_into(
    rows: &mut Rows,
    target: &Target<'_>,
    readers: &mut Readers,
    scalar: Scalar<'_>,
) -> Result<Held, Box<Unfit>> {
    let checks = &target.field.checks;
    match target.field.reading {
        Reading::Text => {
            let Some(value) = text::read(scalar)? else {
                return Ok(Held::Missing);
            };
            let value = check_text(checks, &value)?;
            rows.text(target.column, value);
            Ok(Held::Value { as_received: is_as_received(scalar, value) })
        }
        Reading::Email => {
            let Some(address) = email::read(scalar)? else {
                return Ok(Held::Missing);
            };
            check_text(checks, &address)?;
            rows.text(target.column, &address);
            if let Some(column) = target.disposable_column {
                let is_disposable = is_disposable(email::domain(&address));
                if let Some(Column::Boolean(builder)) = rows.column(column) {
                    builder.append_value(is_disposable);
                }
            }
            Ok(Held::Value { as_received: is_as_received(scalar, &address) })
        }
        Reading::Phone => {
            let Some(number) = readers.phone.read(scalar)? else {
                return Ok(Held::Missing);
            };
            check_text(checks, number.as_str())?;
            rows.text(target.column, number.as_str());
            Ok(Held::Value { as_received: is_as_received(scalar, number.as_str()) })
        }
        Reading::Integer => integer_into(rows, target, scalar, integer::read(scalar)?),
        Reading::Days => integer_into(rows, target, scalar, days::read(scalar)?),
        Reading::Decimal { precision, scale } => {
            decimal_into(rows, target, scalar, decimal::read(scalar, precision, scale)?, scale)
        }
        Reading::RangeLow { precision, scale } => {
            let low = readers.ranges.read(scalar, precision, scale)?.and_then(|range| range.low());
            decimal_into(rows, target, scalar, low, scale)
        }
        Reading::RangeHigh { precision, scale } => {
            let high = readers.ranges.read(scalar, precision, scale)?.and_then(|range| range.high());
            decimal_into(rows, target, scalar, high, scale)
        }
        Reading::Double => {
            let Some(value) = double::read(scalar)? else {
                return Ok(Held::Missing);
            };
            check_range(checks, value)?;
            if let Some(Column::Double(builder)) = rows.column(target.column) {
                builder.append_value(value);
            }
            Ok(as_number(scalar))
        }
        Reading::Boolean => {
            let Some(value) = boolean::read(scalar)? else {
                return Ok(Held::Missing);
            };
            if let Some(Column::Boolean(builder)) = rows.column(target.column) {
                builder.append_value(value);
            }
            Ok(Held::Value { as_received: scalar == Scalar::Bool(value) })
        }
        Reading::Timestamp => {
            let Some(micros) = time::timestamp(scalar)? else {
                return Ok(Held::Missing);
            };
            check_instant(checks, micros)?;
            if let Some(Column::Timestamp(builder)) = rows.column(target.column) {
                builder.append_value(micros);
            }
            Ok(Held::Instant(micros))
        }
        Reading::Date => {
            let Some(day) = time::date(scalar)? else {
                return Ok(Held::Missing);
            };
            check_instant(checks, i64::from(day) * MICROS_PER_DAY)?;
            if let Some(Column::Date(builder)) = rows.column(target.column) {
                builder.append_value(day);
            }
            let is_bare_date = matches!(scalar, Scalar::Text(text) if text.len() == "2025-01-01".len());
            Ok(Held::Value { as_received: is_bare_date })
        }
        Reading::Derived(_) => Ok(Held::Missing),
    }
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

fn integer_into(
    rows: &mut Rows,
    target: &Target<'_>,
    scalar: Scalar<'_>,
    value: Option<i64>,
) -> Result<Held, Box<Unfit>> {
    let Some(value) = value else {
        return Ok(Held::Missing);
    };
    // Bounds are far below 2^53; beyond it a rounded value is as far outside.
    check_range(&target.field.checks, value as f64)?;
    if let Some(Column::Integer(builder)) = rows.column(target.column) {
        builder.append_value(value);
    }
    Ok(as_number(scalar))
}

fn decimal_into(
    rows: &mut Rows,
    target: &Target<'_>,
    scalar: Scalar<'_>,
    value: Option<i128>,
    scale: i8,
) -> Result<Held, Box<Unfit>> {
    let Some(value) = value else {
        return Ok(Held::Missing);
    };
    // Only compared with a bound, which is a double itself.
    check_range(&target.field.checks, value as f64 / 10f64.powi(i32::from(scale)))?;
    if let Some(Column::Decimal(builder)) = rows.column(target.column) {
        builder.append_value(value);
    }
    Ok(as_number(scalar))
}

fn as_number(scalar: Scalar<'_>) -> Held {
    Held::Value { as_received: matches!(scalar, Scalar::Number(_)) }
}

/// Mostly the value is the very bytes received, and need not be compared.
fn is_as_received(scalar: Scalar<'_>, value: &str) -> bool {
    matches!(scalar, Scalar::Text(text) if std::ptr::eq(text, value) || text == value)
}

/// The text to keep: for an enumeration its own spelling, whatever the case received.
fn check_text<'a>(checks: &'a Checks, value: &'a str) -> Result<&'a str, Box<Unfit>> {
    if !checks.allowed.is_empty() {
        return match checks.allowed.iter().find(|allowed| allowed.eq_ignore_ascii_case(value)) {
            Some(allowed) => Ok(allowed),
            None => Err(unfit(RefusalCode::NOT_ALLOWED, format!("one of {}", checks.allowed.join(", ")))),
        };
    }
    if checks.min_length.is_some() || checks.max_length.is_some_and(|most| value.len() > most) {
        let length = value.chars().count();
        if let Some(most) = checks.max_length.filter(|most| length > *most) {
            return Err(unfit(RefusalCode::TOO_LONG, format!("at most {most} characters")));
        }
        if let Some(least) = checks.min_length.filter(|least| length < *least) {
            return Err(unfit(RefusalCode::TOO_SHORT, format!("at least {least} characters")));
        }
    }
    Ok(value)
}

fn check_range(checks: &Checks, value: f64) -> Result<(), Box<Unfit>> {
    if let Some(minimum) = checks.minimum.filter(|minimum| value < *minimum) {
        return Err(unfit(RefusalCode::OUT_OF_RANGE, format!("at least {minimum}")));
    }
    if let Some(maximum) = checks.maximum.filter(|maximum| value > *maximum) {
        return Err(unfit(RefusalCode::OUT_OF_RANGE, format!("at most {maximum}")));
    }
    Ok(())
}

fn check_instant(checks: &Checks, micros: i64) -> Result<(), Box<Unfit>> {
    if let Some(earliest) = checks.earliest_micros.filter(|earliest| micros < *earliest) {
        return Err(unfit(RefusalCode::OUT_OF_RANGE, format!("not before {}", as_instant(earliest))));
    }
    if let Some(latest) = checks.latest_micros.filter(|latest| micros > *latest) {
        return Err(unfit(RefusalCode::OUT_OF_RANGE, format!("not after {}", as_instant(latest))));
    }
    Ok(())
}

pub(crate) fn as_instant(micros: i64) -> String {
    match jiff::Timestamp::from_microsecond(micros) {
        Ok(instant) => instant.to_string(),
        Err(_) => format!("{micros} microseconds since 1970"),
    }
}

fn unfit(code: RefusalCode, expected: String) -> Box<Unfit> {
    Box::new(Unfit { code, expected: Cow::Owned(expected) })
}
