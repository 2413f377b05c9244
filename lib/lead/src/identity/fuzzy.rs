//! Joins those who share no identifier but are alike in enough traits.

use hashbrown::HashMap;

use super::blocks::{Pairs, pairs, push_blocks};
use super::clusters::{Candidate, Verdict};
use super::people::{Member, People};
use super::portrait::Portrait;
use super::resolution::{Evidence, ReviewReason};
use super::resolve::Course;
use super::review::Doubt;
use super::weights::{DOUBTFUL, JOINS, Names, strength, weigh};

/// What identifiers have put together, in groups from the oldest.
struct Groups {
    starts: Vec<u32>,
    members: Vec<Member>,
}

impl Groups {
    fn of(people: &People, course: &mut Course) -> Self {
        let mut by_oldest: Vec<(Member, Member)> =
            people.members().map(|member| (course.clusters.oldest(member), member)).collect();
        by_oldest.sort_unstable();
        let mut starts = Vec::new();
        let mut last = None;
        for (place, (oldest, _)) in (0..).zip(&by_oldest) {
            if last != Some(*oldest) {
                starts.push(place);
                last = Some(*oldest);
            }
        }
        starts.push(by_oldest.len() as u32);
        Self { starts, members: by_oldest.into_iter().map(|(_, member)| member).collect() }
    }

    fn len(&self) -> u32 {
        self.starts.len().saturating_sub(1) as u32
    }

    fn members(&self, group: u32) -> &[Member] {
        let ends = self.starts.get(group as usize).zip(self.starts.get(group as usize + 1));
        let range = ends.map_or(0..0, |(start, end)| *start as usize..*end as usize);
        self.members.get(range).unwrap_or_default()
    }

    fn oldest(&self, group: u32) -> Member {
        self.members(group).first().copied().unwrap_or(Member(0))
    }
}

/// Two groups and how alike they are. The most alike come first, then the oldest.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    weight: std::cmp::Reverse<i32>,
    one: u32,
    other: u32,
}

pub(super) fn join_alike(people: &People, course: &mut Course) {
    let groups = Groups::of(people, course);
    let mut blocks = Vec::new();
    let mut portrait = Portrait::default();
    for group in 0..groups.len() {
        portrait.draw(people, groups.members(group));
        push_blocks(people, &portrait, group, &mut blocks);
    }
    let Pairs { pairs, skipped_blocks } = pairs(blocks, people.settings.largest_block);
    course.statistics.skipped_blocks = skipped_blocks;
    course.statistics.compared_pairs = pairs.len() as u64;
    let mut likenesses = likenesses(people, &groups, &pairs);
    likenesses.sort_unstable();
    let mut grown = Grown::default();
    for likeness in &likenesses {
        judge(people, course, &groups, &mut grown, likeness);
    }
}

fn likenesses(people: &People, groups: &Groups, pairs: &[(u32, u32)]) -> Vec<Likeness> {
    let mut names = Names::default();
    let mut likenesses = Vec::new();
    let mut other = Portrait::default();
    for with_one in pairs.chunk_by(|(one, _), (next, _)| one == next) {
        let Some((first, _)) = with_one.first() else { continue };
        let one = Portrait::of(people, groups.members(*first));
        names.take_apart(people, &one);
        for (_, second) in with_one {
            other.draw(people, groups.members(*second));
            names.take_apart(people, &other);
            let weight = weigh(people, &names, &one, &other);
            if weight >= DOUBTFUL {
                likenesses.push(Likeness { weight: std::cmp::Reverse(weight), one: *first, other: *second });
            }
        }
    }
    likenesses
}

/// The groups of each cluster that likeness has made, by its oldest member.
#[derive(Default)]
struct Grown(HashMap<Member, Vec<u32>>);

impl Grown {
    fn groups(&self, oldest: Member, group: u32) -> Vec<u32> {
        self.0.get(&oldest).cloned().unwrap_or_else(|| vec![group])
    }
}

fn judge(people: &People, course: &mut Course, groups: &Groups, grown: &mut Grown, likeness: &Likeness) {
    let (one, other) = (groups.oldest(likeness.one), groups.oldest(likeness.other));
    let ends = (course.clusters.oldest(one), course.clusters.oldest(other));
    if ends.0 == ends.1 || course.clusters.are_separated(one, other) {
        return;
    }
    let strength = strength(likeness.weight.0);
    let mut doubt = |reason| course.doubts.push(Doubt::new(reason, one, other, strength));
    if likeness.weight.0 < JOINS {
        return doubt(ReviewReason::Likeness);
    }
    let (ones, others) = (grown.groups(ends.0, likeness.one), grown.groups(ends.1, likeness.other));
    let has_several = |side: &[u32]| side.iter().any(|group| groups.members(*group).len() > 1);
    if has_several(&ones) && has_several(&others) {
        return doubt(ReviewReason::WeakBridge);
    }
    if (ones.len() > 1 || others.len() > 1) && !agree_on_the_whole(people, groups, &ones, &others) {
        return doubt(ReviewReason::WeakBridge);
    }
    if course.take(Candidate::new(one, other, Evidence::Traits, strength)) == Verdict::Joined {
        grown.0.remove(&ends.0);
        grown.0.remove(&ends.1);
        grown.0.insert(ends.0.min(ends.1), ones.into_iter().chain(others).collect());
    }
}

/// Whether not only two of two clusters are alike, but on average each with each, and none excludes another.
fn agree_on_the_whole(people: &People, groups: &Groups, ones: &[u32], others: &[u32]) -> bool {
    let mut names = Names::default();
    let mut portraits = |side: &[u32]| -> Vec<Portrait> {
        let portraits: Vec<Portrait> =
            side.iter().map(|group| Portrait::of(people, groups.members(*group))).collect();
        portraits.iter().for_each(|portrait| names.take_apart(people, portrait));
        portraits
    };
    let (ones, others) = (portraits(ones), portraits(others));
    let weights = ones.iter().flat_map(|one| others.iter().map(|other| weigh(people, &names, one, other)));
    let (sum, count) = weights.fold((0, 0), |(sum, count), weight| (sum + i64::from(weight), count + 1));
    sum >= count * i64::from(DOUBTFUL)
}
