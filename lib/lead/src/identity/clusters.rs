//! Puts members together, the strongest reason first, as far as nothing forbids it.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use super::people::Member;
use super::resolution::Evidence;

/// Why two members may be one person. The order is that in which they are heard: the strongest first, then the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    strength: std::cmp::Reverse<u8>,
    pub(super) left: Member,
    pub(super) right: Member,
    pub(super) evidence: Evidence,
}

impl Candidate {
    pub(super) fn new(one: Member, other: Member, evidence: Evidence, strength: u8) -> Self {
        Self { strength: std::cmp::Reverse(strength), left: one.min(other), right: one.max(other), evidence }
    }

    pub(super) fn strength(&self) -> u8 {
        self.strength.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Joined,
    TogetherAlready,
    KeptApart,
    TooLarge,
}

/// One of the two sides that a rule keeps apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Side {
    rule: u32,
    is_other: bool,
}

impl Side {
    pub(super) fn one(rule: u32) -> Self {
        Self { rule, is_other: false }
    }

    pub(super) fn opposite(self) -> Self {
        Self { is_other: !self.is_other, ..self }
    }
}

pub(super) struct Clusters {
    parents: Vec<u32>,
    sizes: Vec<u32>,
    largest: usize,
    /// The sides on which a cluster's members stand, by its oldest member. Opposite sides are never one lead.
    sides: HashMap<Member, BTreeSet<Side>>,
}

impl Clusters {
    pub(super) fn new(members: usize, largest: usize, separated: &[(Member, Side)]) -> Self {
        let mut sides: HashMap<Member, BTreeSet<Side>> = HashMap::new();
        for (member, side) in separated {
            sides.entry(*member).or_default().insert(*side);
        }
        Self { parents: (0..members as u32).collect(), sizes: vec![1; members], largest, sides }
    }

    /// The cluster's oldest member.
    pub(super) fn oldest(&mut self, member: Member) -> Member {
        let mut place = member.0;
        loop {
            let parent = self.parent(place);
            if parent == place {
                return Member(place);
            }
            let grandparent = self.parent(parent);
            if let Some(slot) = self.parents.get_mut(place as usize) {
                *slot = grandparent;
            }
            place = grandparent;
        }
    }

    pub(super) fn size(&self, oldest: Member) -> usize {
        self.sizes.get(oldest.place()).copied().unwrap_or(1) as usize
    }

    pub(super) fn join(&mut self, one: Member, other: Member) -> Verdict {
        let (one, other) = (self.oldest(one), self.oldest(other));
        if one == other {
            return Verdict::TogetherAlready;
        }
        if self.are_separated(one, other) {
            return Verdict::KeptApart;
        }
        let size = self.size(one) + self.size(other);
        if size > self.largest {
            return Verdict::TooLarge;
        }
        let (older, younger) = (one.min(other), one.max(other));
        if let Some(slot) = self.parents.get_mut(younger.place()) {
            *slot = older.0;
        }
        if let Some(slot) = self.sizes.get_mut(older.place()) {
            *slot = size as u32;
        }
        self.unite_sides(older, younger);
        Verdict::Joined
    }

    pub(super) fn are_separated(&mut self, one: Member, other: Member) -> bool {
        let (one, other) = (self.oldest(one), self.oldest(other));
        let (Some(ones), Some(others)) = (self.sides.get(&one), self.sides.get(&other)) else { return false };
        let (few, many) = if ones.len() < others.len() { (ones, others) } else { (others, ones) };
        one != other && few.iter().any(|side| many.contains(&side.opposite()))
    }

    /// The few go to the many, so that a side changes its set a few times only, however many joins there are.
    fn unite_sides(&mut self, older: Member, younger: Member) {
        let Some(mut few) = self.sides.remove(&younger) else { return };
        let many = self.sides.entry(older).or_default();
        if few.len() > many.len() {
            std::mem::swap(&mut few, many);
        }
        many.extend(few);
    }

    fn parent(&self, place: u32) -> u32 {
        self.parents.get(place as usize).copied().unwrap_or(place)
    }
}
