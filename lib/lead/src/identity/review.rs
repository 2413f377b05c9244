//! What somebody should look at.

use super::clusters::Clusters;
use super::identifiers::Findings;
use super::intern::Term;
use super::people::{Member, People};
use super::resolution::{Review, ReviewReason};

/// Two members that may be one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Doubt {
    pub(super) reason: ReviewReason,
    left: Member,
    right: Member,
    strength: u8,
}

/// An identifier that too many share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shared {
    pub(super) identifier: Term,
    pub(super) personas: usize,
}

const PHONE_ONLY: u8 = 40;

impl Doubt {
    pub(super) fn new(reason: ReviewReason, one: Member, other: Member, strength: u8) -> Self {
        Self { reason, left: one.min(other), right: one.max(other), strength }
    }
}

/// The doubts that are left when everything has been joined: one for two leads and a reason, its strongest.
pub(super) fn reviews(
    people: &People,
    clusters: &mut Clusters,
    findings: Findings,
    mut doubts: Vec<Doubt>,
) -> Vec<Review> {
    doubts.extend(findings.doubts);
    doubts
        .extend(findings.nameless.iter().flat_map(|(nameless, named)| phone_only(clusters, nameless, named)));
    let mut open: Vec<(ReviewReason, Member, Member, std::cmp::Reverse<u8>, Doubt)> = Vec::new();
    for doubt in doubts {
        let (one, other) = (clusters.oldest(doubt.left), clusters.oldest(doubt.right));
        if one != other && !clusters.are_separated(one, other) {
            open.push((
                doubt.reason,
                one.min(other),
                one.max(other),
                std::cmp::Reverse(doubt.strength),
                doubt,
            ));
        }
    }
    open.sort_unstable();
    open.dedup_by_key(|(reason, one, other, ..)| (*reason, *one, *other));
    let of_two = open.into_iter().filter_map(|(.., doubt)| {
        let (left, right) = (people.id(doubt.left)?, people.id(doubt.right)?);
        Some(Review { reason: doubt.reason, left, right: Some(right), strength: doubt.strength, personas: 2 })
    });
    let of_shared = findings.shared.iter().map(|shared| Review {
        reason: ReviewReason::SharedIdentifier,
        left: people.alias(shared.identifier),
        right: None,
        strength: 0,
        personas: shared.personas as u32,
    });
    let mut reviews: Vec<Review> = of_two.chain(of_shared).collect();
    reviews.sort_unstable();
    reviews
}

/// Of those who have a phone but no name, if all who have it with a name are one lead.
fn phone_only(clusters: &mut Clusters, nameless: &[Member], named: &[Member]) -> Vec<Doubt> {
    let mut leads: Vec<Member> = named.iter().map(|member| clusters.oldest(*member)).collect();
    leads.sort_unstable();
    leads.dedup();
    let [lead] = leads.as_slice() else { return Vec::new() };
    nameless.iter().map(|member| Doubt::new(ReviewReason::PhoneOnly, *member, *lead, PHONE_ONLY)).collect()
}
