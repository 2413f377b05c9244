//! Which groups are worth comparing: those that share something rare. Comparing everybody with everybody is quadratic.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::intern::Term;
use super::people::People;
use super::portrait::Portrait;

/// What two groups may share, mixed into its hash so that different things stay apart.
#[derive(Hash, Clone, Copy)]
enum Shared {
    /// A name and the digits of an email: Amit Kumar with amit.kumar123 and with kumar.amit123.
    NameAndDigits,
    /// What stands before the `@`, at whichever provider.
    Mailbox,
    NameAndFrontOfPhone,
    NameAndBackOfPhone,
    BirthDate,
    StreetAndPostcode,
    StreetAndCity,
    FamilyAndPostcode,
    GivenAndPostcode,
    GivenAndCity,
    FamilyAndCity,
    WholeName,
    StreetAndGiven,
    StreetAndFamily,
    BirthYearAndPostcode,
    BirthYearAndCity,
    BirthYearAndGiven,
    BirthYearAndFamily,
    PostcodeAndCity,
}

/// Shorter mailboxes are too common to tell anything.
pub(super) const SHORTEST_MAILBOX: usize = 5;
const BACK_OF_PHONE: usize = 5;

/// Adds a group's blocks.
pub(super) fn push_blocks(people: &People, portrait: &Portrait, group: u32, blocks: &mut Vec<(u64, u32)>) {
    let text = |term: &Term| people.terms.text(*term);
    let mut push = |shared: Shared, parts: [&str; 2]| {
        // The same in every process, unlike the tables' hash: which blocks are too large must not depend on chance.
        let mut hasher = DefaultHasher::new();
        (shared, parts).hash(&mut hasher);
        blocks.push((hasher.finish(), group));
    };
    for email in &portrait.emails {
        let mailbox = mailbox(text(email));
        if mailbox.len() >= SHORTEST_MAILBOX {
            push(Shared::Mailbox, [mailbox, ""]);
        }
    }
    for name in &portrait.names {
        let key = people.terms.text(people.key(*name));
        for email in &portrait.emails {
            push(Shared::NameAndDigits, [key, digits(text(email))]);
        }
        for phone in &portrait.phones {
            let (front, back) = halves(text(phone));
            push(Shared::NameAndFrontOfPhone, [key, front]);
            push(Shared::NameAndBackOfPhone, [key, back]);
        }
    }
    if portrait.is_rich() {
        push_rich_blocks(people, portrait, push);
    }
}

fn push_rich_blocks(people: &People, portrait: &Portrait, mut push: impl FnMut(Shared, [&str; 2])) {
    let text = |term: &Term| people.terms.text(*term);
    for birth_date in &portrait.birth_dates {
        push(Shared::BirthDate, [text(birth_date), ""]);
    }
    for street in &portrait.streets {
        for postcode in &portrait.postcodes {
            push(Shared::StreetAndPostcode, [text(street), text(postcode)]);
        }
        for city in &portrait.cities {
            push(Shared::StreetAndCity, [text(street), text(city)]);
        }
    }
    let years = || portrait.birth_dates.iter().map(|date| text(date).get(..4).unwrap_or_default());
    for postcode in &portrait.postcodes {
        years().for_each(|year| push(Shared::BirthYearAndPostcode, [year, text(postcode)]));
        portrait.cities.iter().for_each(|city| push(Shared::PostcodeAndCity, [text(city), text(postcode)]));
    }
    for city in &portrait.cities {
        years().for_each(|year| push(Shared::BirthYearAndCity, [year, text(city)]));
    }
    for name in &portrait.names {
        let key = people.terms.text(people.key(*name));
        push(Shared::WholeName, [key, ""]);
        let (given, family) =
            (key.split(' ').next().unwrap_or_default(), key.rsplit(' ').next().unwrap_or_default());
        for year in years() {
            push(Shared::BirthYearAndGiven, [year, given]);
            push(Shared::BirthYearAndFamily, [year, family]);
        }
        for postcode in &portrait.postcodes {
            push(Shared::FamilyAndPostcode, [family, text(postcode)]);
            push(Shared::GivenAndPostcode, [given, text(postcode)]);
        }
        for city in &portrait.cities {
            push(Shared::GivenAndCity, [given, text(city)]);
            push(Shared::FamilyAndCity, [family, text(city)]);
        }
        for street in &portrait.streets {
            push(Shared::StreetAndGiven, [given, text(street)]);
            push(Shared::StreetAndFamily, [family, text(street)]);
        }
    }
}

pub(super) struct Pairs {
    pub(super) pairs: Vec<(u32, u32)>,
    pub(super) skipped_blocks: u64,
}

/// Every two groups that share a block, once. Blocks that are too large are left out.
pub(super) fn pairs(mut blocks: Vec<(u64, u32)>, largest: usize) -> Pairs {
    blocks.sort_unstable();
    blocks.dedup();
    let mut pairs = Vec::new();
    let mut skipped_blocks = 0;
    for block in blocks.chunk_by(|(one, _), (other, _)| one == other) {
        if block.len() > largest {
            skipped_blocks += 1;
            continue;
        }
        for (place, (_, one)) in block.iter().enumerate() {
            pairs.extend(block.iter().skip(place + 1).map(|(_, other)| (*one, *other)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    Pairs { pairs, skipped_blocks }
}

pub(super) fn mailbox(email: &str) -> &str {
    email.rsplit_once('@').map_or(email, |(mailbox, _)| mailbox)
}

/// From the first to the last digit of a mailbox.
pub(super) fn digits(email: &str) -> &str {
    let mailbox = mailbox(email);
    let is_digit = |character: char| character.is_ascii_digit();
    let (Some(first), Some(last)) = (mailbox.find(is_digit), mailbox.rfind(is_digit)) else { return "" };
    mailbox.get(first..=last).unwrap_or_default()
}

fn halves(phone: &str) -> (&str, &str) {
    phone.split_at_checked(phone.len().saturating_sub(BACK_OF_PHONE)).unwrap_or((phone, phone))
}
