//! Puts members together, the strongest reason first, as far as nothing forbids it.

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

pub(super) struct Clusters {
    parents: Vec<u32>,
    sizes: Vec<u32>,
    largest: usize,
    /// Never one lead.
    separated: Vec<(Member, Member)>,
}

impl Clusters {
    pub(super) fn new(members: usize, largest: usize, separated: Vec<(Member, Member)>) -> Self {
        Self { parents: (0..members as u32).collect(), sizes: vec![1; members], largest, separated }
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
        Verdict::Joined
    }

    pub(super) fn are_separated(&mut self, one: Member, other: Member) -> bool {
        let (one, other) = (self.oldest(one), self.oldest(other));
        (0..self.separated.len()).any(|place| {
            let Some((left, right)) = self.separated.get(place).copied() else { return false };
            let ends = (self.oldest(left), self.oldest(right));
            ends == (one, other) || ends == (other, one)
        })
    }

    fn parent(&self, place: u32) -> u32 {
        self.parents.get(place as usize).copied().unwrap_or(place)
    }
}
