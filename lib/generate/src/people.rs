//! Who somebody is. A person follows from the plan's seed and a number alone, so that nobody has to be remembered.

use crate::json::{push_number, push_padded};
use crate::plan::Plan;
use crate::rng::{Rng, Stream};
use crate::world::{
    CITIES, City, DEVICES, DISPOSABLE_DOMAINS, Device, FAMILY_NAMES, GIVEN_NAMES, MOBILE_PREFIXES, Name,
    USUAL_DOMAINS,
};

/// Primes: multiplying by another number shuffles what lies below them, and no two numbers become one.
const NUMBERS: u64 = 10_000_019;
const PHONES_PER_PREFIX: u64 = 999_983;
const SHUFFLES: u64 = 7_368_787;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    /// Nobody else has it; it ends the email and begins the ids of the person's events.
    pub(crate) number: u64,
    pub(crate) given_name: Name,
    pub(crate) family_name: Name,
    domain: &'static str,
    pub(crate) disposable: bool,
    pub(crate) phone: Option<Phone>,
    pub(crate) city: City,
    pub(crate) device: Device,
    /// Within how many days the person means to buy.
    pub(crate) timeframe_days: u64,
}

impl Person {
    pub(crate) fn of(plan: &Plan, index: u64) -> Self {
        let mut rng = Rng::of(plan.seed, Stream::Person, index);
        let disposable = rng.chance(plan.flaws.disposable_addresses);
        let domains = if disposable { DISPOSABLE_DOMAINS } else { USUAL_DOMAINS };
        Self {
            number: shuffled(index, NUMBERS),
            given_name: rng.pick(GIVEN_NAMES),
            family_name: rng.pick(FAMILY_NAMES),
            domain: rng.pick(domains),
            disposable,
            phone: if rng.chance(0.85) { Phone::of(index) } else { None },
            city: rng.pick(CITIES),
            device: rng.pick(DEVICES),
            timeframe_days: rng.pick(&[7, 15, 15, 30, 30, 30, 45, 60, 60, 90, 90, 180]),
        }
    }

    /// The address, as one of the ways in which people type it; all mean the same one.
    pub(crate) fn push_email(&self, out: &mut Vec<u8>, typed: EmailTyped) {
        let (given, family) = (self.given_name.0, self.family_name.0);
        match typed {
            EmailTyped::Plainly => {
                self.push_address(out, &given.to_ascii_lowercase(), &family.to_ascii_lowercase());
            }
            EmailTyped::WithCapitals => self.push_address(out, given, family),
            EmailTyped::WithSpaces => {
                out.push(b' ');
                self.push_address(out, given, &family.to_ascii_lowercase());
                out.extend_from_slice(b"  ");
            }
        }
    }

    fn push_address(&self, out: &mut Vec<u8>, given: &str, family: &str) {
        out.extend_from_slice(given.as_bytes());
        out.push(b'.');
        out.extend_from_slice(family.as_bytes());
        push_number(out, self.number);
        out.push(b'@');
        out.extend_from_slice(self.domain.as_bytes());
    }
}

fn shuffled(index: u64, modulus: u64) -> u64 {
    (index % modulus) * (SHUFFLES % modulus) % modulus + index / modulus * modulus
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum EmailTyped {
    Plainly,
    WithCapitals,
    WithSpaces,
}

/// A valid Indian mobile number: ten digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phone(u64);

impl Phone {
    /// Nobody else's; nothing once the numbers have run out, after 32 million people.
    fn of(index: u64) -> Option<Self> {
        let prefixes = MOBILE_PREFIXES.len() as u64;
        let within = index / prefixes;
        if within >= PHONES_PER_PREFIX {
            return None;
        }
        let prefix = MOBILE_PREFIXES.get((index % prefixes) as usize)?;
        Some(Self(prefix * 1_000_000 + shuffled(within, PHONES_PER_PREFIX)))
    }

    /// In one of the forms in which people write it.
    pub(crate) fn push(self, out: &mut Vec<u8>, rng: &mut Rng) {
        let (front, back) = (self.0 / 100_000, self.0 % 100_000);
        let (before, between): (&str, &str) = match rng.below(10) {
            0..=3 => ("", ""),
            4 | 5 => ("+91", ""),
            6 => ("+91 ", " "),
            7 => ("0", ""),
            8 => ("", " "),
            _ => ("+91-", "-"),
        };
        out.extend_from_slice(before.as_bytes());
        push_padded(out, front, 5);
        out.extend_from_slice(between.as_bytes());
        push_padded(out, back, 5);
    }

    /// As a form shows it once it hides the middle.
    pub(crate) fn push_masked(self, out: &mut Vec<u8>, rng: &mut Rng) {
        push_padded(out, self.0 / 100_000_000, 2);
        out.extend_from_slice(rng.pick(&["xxxxxx", "xxxxxx", "XXXXXX", "******"]).as_bytes());
        push_padded(out, self.0 % 100, 2);
    }
}
