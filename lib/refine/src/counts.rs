//! What became of an object's records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::refusal::RefusalCode;

/// More names than this are drift of another kind: keys that are really values.
const MOST_DRIFTED_NAMES: usize = 100;

/// Stands for names beyond the first hundred, and for those that are no plain names: such a key may itself be
/// personal data, and the ledger must hold none.
const OTHER_NAMES: &str = "(other)";

const LONGEST_DRIFTED_NAME: usize = 64;
const LONGEST_NUMBER: usize = 4;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub input: u64,
    pub accepted: u64,
    pub refused: BTreeMap<RefusalCode, u64>,
    /// The same event again, in the same object.
    pub duplicate: u64,
    /// Optional values of accepted records that could not be read, by field: null in silver, the original kept.
    pub invalid: BTreeMap<String, u64>,
    /// Optional values that accepted records did not have, by field.
    pub missing: BTreeMap<String, u64>,
    /// Fields that accepted records had and the contract does not, by name: kept in `extra`.
    pub drifted: BTreeMap<String, u64>,
}

impl Counts {
    pub fn refused_total(&self) -> u64 {
        self.refused.values().sum()
    }

    /// Every record is accounted for.
    pub fn is_balanced(&self) -> bool {
        self.input == self.accepted + self.refused_total() + self.duplicate
    }

    pub fn add(&mut self, other: &Self) {
        self.input += other.input;
        self.accepted += other.accepted;
        self.duplicate += other.duplicate;
        for (code, count) in &other.refused {
            *self.refused.entry(*code).or_default() += count;
        }
        add_by_name(&mut self.invalid, &other.invalid);
        add_by_name(&mut self.missing, &other.missing);
        add_by_name(&mut self.drifted, &other.drifted);
    }

    pub(crate) fn refuse(&mut self, code: RefusalCode) {
        *self.refused.entry(code).or_default() += 1;
    }

    pub(crate) fn drift(&mut self, name: &str) {
        if let Some(count) = self.drifted.get_mut(name) {
            *count += 1;
            return;
        }
        let is_plain = is_plain_name(name);
        let told = if is_plain && self.drifted.len() < MOST_DRIFTED_NAMES { name } else { OTHER_NAMES };
        *self.drifted.entry(told.to_owned()).or_default() += 1;
    }
}

/// What looks like the name of a field and not like a value: no dots, no long numbers.
fn is_plain_name(name: &str) -> bool {
    let has_long_number =
        name.as_bytes().windows(LONGEST_NUMBER + 1).any(|digits| digits.iter().all(u8::is_ascii_digit));
    name.len() <= LONGEST_DRIFTED_NAME
        && !has_long_number
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn add_by_name(into: &mut BTreeMap<String, u64>, from: &BTreeMap<String, u64>) {
    for (name, count) in from {
        *into.entry(name.clone()).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drifted_names_are_bounded_and_never_values() {
        let mut counts = Counts::default();
        counts.drift("campaign");
        counts.drift("campaign");
        counts.drift("amit@gmail.com");
        counts.drift("9876543210");
        counts.drift("p9876543210");
        counts.drift("john.smith");
        for number in 0..1_000 {
            counts.drift(&format!("k{number}"));
        }
        assert_eq!(counts.drifted["campaign"], 2);
        assert!(counts.drifted.len() <= MOST_DRIFTED_NAMES + 1);
        assert_eq!(counts.drifted.values().sum::<u64>(), 1_006);
        assert!(!counts.drifted.keys().any(|name| name.contains(['@', '.']) || name.contains("9876")));
    }
}
