//! Phone numbers, to E.164.
//!
//! The numbering plans are those that the `phonenumber` crate carries (Google's). Reading by them is our own, because
//! the crate's reader is wrong where it matters: it takes the 91 off the Indian mobile number 9198765432, and the 1
//! off the German +49 15123456789 wherever the default region is the United States. It also compiles patterns again
//! and again behind one lock. Tests hold the two against each other.

mod plan;

use std::borrow::Cow;
use std::fmt;

use plan::{CallingPlan, RegionPlan};

use super::{Fault, Misread, Scalar, Wanted, integer};

/// Reads phone numbers; those without a country code as if dialled in the default region.
#[derive(Debug, Clone, Copy)]
pub struct PhoneReader {
    home: Option<Home>,
}

#[derive(Debug, Clone, Copy)]
struct Home {
    plan: &'static CallingPlan,
    region: &'static RegionPlan,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no phone numbers are known for region {region:?}: give an ISO 3166 code of two capitals, such as IN"
)]
pub struct UnknownRegion {
    pub region: String,
}

/// The number in E.164, where what is written is a valid one for whoever dials it in `region`.
pub fn e164(written: &str, region: Option<&str>) -> Result<Option<String>, UnknownRegion> {
    let reader = PhoneReader::new(region)?;
    let number = Dialled::from_text(written).and_then(|dialled| reader.resolve(&dialled).ok());
    Ok(number.map(|number| number.as_str().to_owned()))
}

impl PhoneReader {
    pub fn new(default_region: Option<&str>) -> Result<Self, UnknownRegion> {
        let Some(region) = default_region else {
            return Ok(Self { home: None });
        };
        let (plan, region) =
            plan::of_region(region).ok_or_else(|| UnknownRegion { region: region.to_owned() })?;
        Ok(Self { home: Some(Home { plan, region }) })
    }

    /// Reads a number that is valid by the numbering plan of its country. Letters are never taken for the digits on
    /// a keypad: they stand for digits that somebody hid.
    pub fn read(&self, scalar: Scalar) -> Result<Option<PhoneNumber>, Misread> {
        let Some(written) = scalar.written(Wanted::Phone)? else {
            return Ok(None);
        };
        let number = match scalar {
            Scalar::Number(_) => Dialled::from_number(written),
            _ => Dialled::from_text(written),
        };
        let number = number
            .ok_or(Fault::NotAPhone)
            .and_then(|dialled| self.resolve(&dialled))
            .map_err(|fault| Wanted::Phone.misread(fault))?;
        Ok(Some(number))
    }

    fn resolve(&self, dialled: &Dialled) -> Result<PhoneNumber, Fault> {
        let digits = dialled.digits.as_str();
        // No country code begins with 0: what follows the plus is an international prefix, to be dialled from home.
        if dialled.has_plus && !digits.starts_with('0') {
            return international(digits).ok_or(Fault::NotAPhone);
        }
        let home = self.home.ok_or(Fault::PhoneWithoutCountry)?;
        if let Some(international_digits) = home.region.without_international_prefix(digits) {
            return international(international_digits).ok_or(Fault::NotAPhone);
        }
        if dialled.has_plus {
            return Err(Fault::NotAPhone);
        }
        let national = home.national(digits);
        home.plan.number(&national).ok_or(Fault::NotAPhone)
    }
}

impl Home {
    /// The national number in what is dialled at home, with or without the country code.
    fn national<'a>(&self, digits: &'a str) -> Cow<'a, str> {
        if let Some(rest) = digits.strip_prefix(self.plan.code()) {
            let national = self.region.without_national_prefix(rest);
            let only_with_code = !self.region.has_shape_of(digits) && self.region.has_shape_of(&national);
            if only_with_code || self.region.is_too_long(digits) {
                return national;
            }
        }
        self.region.national_number(digits)
    }
}

fn international(digits: &str) -> Option<PhoneNumber> {
    let (plan, rest) = plan::of_digits(digits)?;
    let national = plan.main_region()?.national_number(rest);
    plan.number(&national)
}

/// Digits without their separators.
struct Dialled {
    has_plus: bool,
    digits: ShortText,
}

impl Dialled {
    /// A JSON number has neither plus nor leading zero, and may have been through a float.
    fn from_number(written: &str) -> Option<Self> {
        let value = integer::parse(written).ok()?;
        let mut digits = ShortText::default();
        let mut divisor = 10_i64.pow(value.checked_ilog10()?);
        while divisor > 0 {
            digits.push(b'0' + u8::try_from(value / divisor % 10).ok()?)?;
            divisor /= 10;
        }
        Some(Self { has_plus: false, digits })
    }

    fn from_text(text: &str) -> Option<Self> {
        // Spreadsheets turn numbers into floats: 9876543210.0. No number's last group is a single zero.
        let text = text.strip_suffix(".0").unwrap_or(text);
        let mut dialled = Self { has_plus: false, digits: ShortText::default() };
        for character in text.chars() {
            match character {
                '0'..='9' => dialled.digits.push(u8::try_from(character).ok()?)?,
                '+' | '\u{ff0b}' if dialled.digits.is_empty() && !dialled.has_plus => dialled.has_plus = true,
                separator if is_separator(separator) => {}
                _ => return None,
            }
        }
        (!dialled.digits.is_empty()).then_some(dialled)
    }
}

/// What people write between digits, and the invisible marks that copying from a phone's contacts adds.
fn is_separator(character: char) -> bool {
    matches!(
        character,
        ' ' | '-'
            | '('
            | ')'
            | '.'
            | '\u{a0}'
            | '\u{2007}'
            | '\u{2009}'
            | '\u{202f}'
            | '\u{2010}'..='\u{2014}'
            | '\u{2212}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// A valid phone number in E.164: a plus, the country code, the national number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PhoneNumber(ShortText);

impl PhoneNumber {
    fn of(code: &str, national: &str) -> Option<Self> {
        let mut number = ShortText::default();
        number.push(b'+')?;
        code.bytes().chain(national.bytes()).try_for_each(|digit| number.push(digit))?;
        Some(Self(number))
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

/// More than any number has: a plus, three digits of country code, seventeen of national number.
const SHORT_TEXT_BYTES: usize = 23;

/// ASCII held in place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
struct ShortText {
    bytes: [u8; SHORT_TEXT_BYTES],
    length: u8,
}

impl ShortText {
    /// `None` when it is full.
    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(usize::from(self.length))? = byte;
        self.length += 1;
        Some(())
    }

    fn is_empty(&self) -> bool {
        self.length == 0
    }

    fn as_str(&self) -> &str {
        let used = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        str::from_utf8(used).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
