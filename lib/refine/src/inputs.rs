//! Which of a record's members a contract's fields read.

use std::borrow::Cow;

use hashbrown::HashMap;
use leadlake_contract::Contract;

use crate::json::{Kind, Member, unescape};

/// The number of an input name: several fields may read the same input, and a field several inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(u16);

impl Slot {
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

pub(crate) struct InputNames {
    names: Vec<String>,
    by_name: HashMap<String, Slot>,
    /// What stood at each position of the record before. Producers write their fields in one order,
    /// so that a comparison of two short texts nearly always replaces the look-up.
    last_at: Vec<Option<Slot>>,
}

impl InputNames {
    pub(crate) fn of(contract: &Contract) -> Self {
        let mut inputs = Self { names: Vec::new(), by_name: HashMap::new(), last_at: Vec::new() };
        for name in contract.fields.iter().flat_map(|field| &field.inputs) {
            if inputs.by_name.contains_key(name) {
                continue;
            }
            let slot = Slot(u16::try_from(inputs.names.len()).unwrap_or(u16::MAX));
            inputs.by_name.insert(name.clone(), slot);
            inputs.names.push(name.clone());
        }
        inputs
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn slot_of(&self, name: &str) -> Option<Slot> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn find(&mut self, position: usize, key: &str) -> Option<Slot> {
        let guess = self.last_at.get(position).copied().flatten();
        if let Some(slot) = guess
            && self.names.get(slot.index()).is_some_and(|name| name == key)
        {
            return guess;
        }
        let found = self.by_name.get(key).copied();
        if position >= self.last_at.len() {
            self.last_at.resize(position + 1, None);
        }
        if let (Some(last), Some(_)) = (self.last_at.get_mut(position), found) {
            *last = found;
        }
        found
    }
}

/// The first of a field's inputs that the record gives a value.
pub(crate) fn first_given(
    slots: &[Slot],
    by_slot: &[Option<u16>],
    members: &[Member],
    record: &str,
) -> Option<(Slot, Member)> {
    slots.iter().find_map(|slot| {
        let position = by_slot.get(slot.index()).copied().flatten()?;
        let member = *members.get(usize::from(position))?;
        is_given(member, record).then_some((*slot, member))
    })
}

/// A record has at most 1,000 members.
pub(crate) fn narrow(position: usize) -> u16 {
    u16::try_from(position).unwrap_or(u16::MAX)
}

pub(crate) fn is_given(member: Member, record: &str) -> bool {
    match member.kind {
        Kind::Null => false,
        Kind::Text { escaped: false } => {
            let text = member.value.of(record);
            let begins_plainly = text.bytes().next().is_some_and(|first| first.is_ascii_graphic());
            begins_plainly || !text.trim().is_empty()
        }
        _ => true,
    }
}

pub(crate) fn key_of(member: Member, record: &str) -> Cow<'_, str> {
    let written = member.key.of(record);
    if !member.key_escaped {
        return Cow::Borrowed(written);
    }
    unescape(written).map_or(Cow::Borrowed(written), Cow::Owned)
}
