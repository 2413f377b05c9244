//! How much each trait speaks for or against two groups being one person.
//!
//! The weights are bits, roughly: how many times more often a trait agrees (or disagrees) between two records of one person
//! than between those of two people, as a power of two. They began as what one would guess for names, dates and addresses
//! and were set by hand, in whole numbers, on Febrl 3 and 4 and the generated leads together. There is one set for all.

use hashbrown::HashMap;

use super::blocks::{SHORTEST_MAILBOX, digits, mailbox};
use super::intern::Term;
use super::name::{Name, WordMatch, is_alike};
use super::people::People;
use super::phone::is_slip;
use super::portrait::Portrait;

/// From here on two groups are one.
pub(super) const JOINS: i32 = 16;
/// From here on somebody should look.
pub(super) const DOUBTFUL: i32 = 12;
/// What cannot be outweighed.
const NEVER: i32 = -1_000;
/// A weight at which nobody would doubt; it is strength 100.
const CERTAIN: i32 = 40;

#[derive(Clone, Copy)]
struct Weights {
    same: i32,
    near: i32,
    different: i32,
}

const GIVEN: Weights = Weights { same: 5, near: 4, different: -4 };
const FAMILY: Weights = Weights { same: 5, near: 4, different: -4 };
const INITIAL: i32 = 1;
const TRANSPOSED: i32 = 8;
const CITY: Weights = Weights { same: 4, near: 3, different: -1 };
const BIRTH_DATE: Weights = Weights { same: 9, near: 5, different: -5 };
const STREET: Weights = Weights { same: 7, near: 5, different: -2 };
const POSTCODE: Weights = Weights { same: 4, near: 2, different: -2 };
const STATE: Weights = Weights { same: 1, near: 0, different: -1 };
/// A name, a city and a phone that is a slip away are a doubt only: among many phones some neighbours bear one name.
const PHONE: Weights = Weights { same: 8, near: 1, different: -8 };
/// One mailbox at two providers tells something only when its digits make it rare.
const MAILBOX_WITH_DIGITS: i32 = 8;
const MAILBOX: i32 = 1;
const RARE_DIGITS: usize = 3;
/// A slip in the provider's name, and one in the mailbox: amitkumar and amitakumar may well be two people.
const SLIP_AFTER_MAILBOX: i32 = 8;
const SLIP_IN_MAILBOX: i32 = 2;
const OTHER_EMAIL: i32 = -2;
/// amit.kumar123 and amit.kumar1234 are two people whatever else they share.
const OTHER_DIGITS: i32 = NEVER;
/// CRM ids are often given one after the other, so that a slip is no evidence. Ids further apart are two people, unless birth
/// dates and addresses are known that say otherwise.
const CRM_ID: Weights = Weights { same: 12, near: 0, different: NEVER };
const RICH_CRM_ID: Weights = Weights { same: 12, near: 0, different: -4 };

/// Names already taken apart, as the same ones are compared again and again.
#[derive(Default)]
pub(super) struct Names(HashMap<Term, Name>);

impl Names {
    pub(super) fn take_apart(&mut self, people: &People, portrait: &Portrait) {
        for name in &portrait.names {
            self.0.entry(*name).or_insert_with(|| Name::of(people.terms.text(*name)));
        }
    }
}

pub(super) fn strength(weight: i32) -> u8 {
    (weight.clamp(0, CERTAIN) * 100 / CERTAIN) as u8
}

/// The names of both must have been taken apart.
pub(super) fn weigh(people: &People, names: &Names, one: &Portrait, other: &Portrait) -> i32 {
    let text = |term: &Term| people.terms.text(*term);
    let crm_id = if one.is_rich() && other.is_rich() { RICH_CRM_ID } else { CRM_ID };
    let identifying = [
        best(&one.crm_ids, &other.crm_ids, |one, other| crm_id.of(text(one), text(other), is_slip)),
        best(&one.emails, &other.emails, |one, other| email(text(one), text(other))),
        best(&one.phones, &other.phones, |one, other| PHONE.of(text(one), text(other), is_slip)),
        best(&one.names, &other.names, |one, other| match (names.0.get(one), names.0.get(other)) {
            (Some(one), Some(other)) => name(one, other),
            _ => 0,
        }),
        best(&one.birth_dates, &other.birth_dates, |one, other| {
            BIRTH_DATE.of(text(one), text(other), is_near_date)
        }),
    ];
    let places = [
        best(&one.cities, &other.cities, |one, other| CITY.of(text(one), text(other), is_alike)),
        best(&one.streets, &other.streets, |one, other| STREET.of(text(one), text(other), is_alike)),
        best(&one.postcodes, &other.postcodes, |one, other| POSTCODE.of(text(one), text(other), is_slip)),
        best(&one.states, &other.states, |one, other| STATE.of(text(one), text(other), is_slip)),
    ];
    identifying.iter().sum::<i32>() + places.iter().sum::<i32>()
}

/// What agrees best; nothing where one side knows nothing.
fn best(ones: &[Term], others: &[Term], weigh: impl Fn(&Term, &Term) -> i32) -> i32 {
    let weights = ones.iter().flat_map(|one| others.iter().map(|other| weigh(one, other)));
    weights.max().unwrap_or(0)
}

impl Weights {
    fn of(self, one: &str, other: &str, is_near: impl Fn(&str, &str) -> bool) -> i32 {
        if one == other {
            self.same
        } else if is_near(one, other) {
            self.near
        } else {
            self.different
        }
    }
}

fn name(one: &Name, other: &Name) -> i32 {
    let of_words = |weights: Weights, found| match found {
        WordMatch::Same => weights.same,
        WordMatch::Alike => weights.near,
        WordMatch::Initial => INITIAL,
        WordMatch::Unknown => 0,
        WordMatch::Different => weights.different,
    };
    let straight = of_words(GIVEN, one.compare_given(other)) + of_words(FAMILY, one.compare_family(other));
    if straight < 0 && one.is_transposed(other) { TRANSPOSED } else { straight }
}

fn email(one: &str, other: &str) -> i32 {
    if digits(one) != digits(other) {
        return OTHER_DIGITS;
    }
    match (mailbox(one) == mailbox(other), is_slip(one, other)) {
        (true, true) => SLIP_AFTER_MAILBOX,
        (true, false) if digits(one).len() >= RARE_DIGITS => MAILBOX_WITH_DIGITS,
        (true, false) => MAILBOX,
        (false, true) if mailbox(one).len().min(mailbox(other).len()) >= SHORTEST_MAILBOX => SLIP_IN_MAILBOX,
        (false, _) => OTHER_EMAIL,
    }
}

/// A slip, or day and month exchanged, in dates written as eight digits or with signs between.
fn is_near_date(one: &str, other: &str) -> bool {
    let number = |date: &str| date.bytes().filter(u8::is_ascii_digit).collect::<Vec<u8>>();
    let (one, other) = (number(one), number(other));
    if one.len() != 8 || other.len() != 8 {
        return false;
    }
    let differing = one.iter().zip(&other).filter(|(one, other)| one != other).count();
    let exchanged = one.get(..4) == other.get(..4)
        && one.get(4..6) == other.get(6..8)
        && one.get(6..8) == other.get(4..6);
    differing <= 2 || exchanged
}
