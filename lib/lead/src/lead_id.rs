//! What a lead is called.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use thiserror::Error;

const PREFIX: &str = "lead-";
const BYTES: usize = 12;
const HEX_DIGITS: usize = 2 * BYTES;

/// `lead-` and 24 hex digits: a hash of an identifier under the lake's secret. Whoever knows an email but not the secret
/// cannot tell its lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeadId([u8; BYTES]);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a lead id is `lead-` and 24 lower-case hex digits")]
pub struct LeadIdError;

impl LeadId {
    /// The name that an identifier gives, `kind` keeping equal texts of different kinds apart.
    pub fn of(secret: &[u8; 32], kind: u8, identifier: &str) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(secret);
        hasher.update(&[kind]);
        hasher.update(identifier.as_bytes());
        let mut bytes = [0; BYTES];
        bytes.iter_mut().zip(hasher.finalize().as_bytes()).for_each(|(to, from)| *to = *from);
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }
}

impl Display for LeadId {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let mut text = [0; HEX_DIGITS];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            for (to, half) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
                *to = DIGITS.get(usize::from(half)).copied().unwrap_or(b'0');
            }
        }
        formatter.write_str(PREFIX)?;
        formatter.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for LeadId {
    type Err = LeadIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix(PREFIX).ok_or(LeadIdError)?;
        if digits.len() != HEX_DIGITS {
            return Err(LeadIdError);
        }
        let mut bytes = [0; BYTES];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            for digit in pair {
                *byte = *byte << 4 | half(*digit).ok_or(LeadIdError)?;
            }
        }
        Ok(Self(bytes))
    }
}

fn half(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_and_read_back() {
        let id = LeadId::of(&[7; 32], 0, "a@b.in");
        let text = id.to_string();
        assert_eq!(text.len(), 29);
        assert_eq!(text.parse(), Ok(id));
        for wrong in
            ["", "lead-", &text[1..], &text[..28], &text.to_uppercase(), "lead-00000000000000000000000g"]
        {
            assert_eq!(wrong.parse::<LeadId>(), Err(LeadIdError), "{wrong}");
        }
    }

    #[test]
    fn depends_on_secret_kind_and_identifier() {
        let id = LeadId::of(&[7; 32], 0, "a@b.in");
        assert_ne!(id, LeadId::of(&[8; 32], 0, "a@b.in"));
        assert_ne!(id, LeadId::of(&[7; 32], 1, "a@b.in"));
        assert_ne!(id, LeadId::of(&[7; 32], 0, "b@b.in"));
    }
}
