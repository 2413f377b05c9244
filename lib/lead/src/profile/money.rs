//! Money: one currency is added up, the others are only counted.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::event::Amount;

/// The main currency of a lake, as its ISO 4217 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("is no currency; give the three capital letters of its ISO 4217 code, such as INR")]
pub struct CurrencyError;

impl Currency {
    pub const INR: Self = Self(*b"INR");

    /// Whether an amount in this currency can be added up. An amount without a currency is in the main one.
    pub fn covers(self, currency: Option<&str>) -> bool {
        currency.is_none_or(|code| code.as_bytes().eq_ignore_ascii_case(&self.0))
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let code: [u8; 3] = written.as_bytes().try_into().map_err(|_| CurrencyError)?;
        if !code.iter().all(u8::is_ascii_uppercase) {
            return Err(CurrencyError);
        }
        Ok(Self(code))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| fmt::Write::write_char(formatter, char::from(*letter)))
    }
}

/// Far above any honest amount, and so low that no sum over a lead's events reaches the end of the type:
/// a sum that saturated would depend on the order.
const LARGEST: i128 = 10_i128.pow(30);

/// The amount as it is added up.
pub(super) fn addend(amount: Amount) -> Amount {
    Amount(amount.0.clamp(-LARGEST, LARGEST))
}

pub(super) fn product(price: Amount, quantity: i64) -> Amount {
    addend(Amount(price.0.saturating_mul(i128::from(quantity))))
}

pub(super) fn sum(left: Amount, right: Amount) -> Amount {
    Amount(left.0.saturating_add(right.0))
}
