//! Each text once, as a small number.

use std::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};

/// What kind of text it is: equal texts of different kinds are different terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(super) enum TermKind {
    Email = 0,
    CrmId = 1,
    PhoneWithName = 2,
    Phone = 3,
    Description = 4,
    Name = 5,
    NameKey = 6,
    City = 7,
    CityKey = 8,
    BirthDate = 9,
    Street = 10,
    Postcode = 11,
    State = 12,
}

/// Numbers are given in order of arrival, so nothing may be decided by comparing them but whether they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Term(pub(super) u32);

impl Term {
    pub(super) fn place(self) -> usize {
        self.0 as usize
    }
}

#[derive(Default)]
pub(super) struct Interner {
    places: HashTable<u32>,
    hash_with: DefaultHashBuilder,
    entries: Vec<Entry>,
    text: Vec<u8>,
}

/// Where a text begins, how long it is and its kind, in one word: a look costs one miss of the cache instead of three.
#[derive(Debug, Clone, Copy)]
struct Entry(u64);

const KIND_BITS: u32 = 8;
const LENGTH_BITS: u32 = 20;
/// No identifier is longer; of what is, the front counts.
const LONGEST: usize = (1 << LENGTH_BITS) - 1;

impl Entry {
    fn new(start: usize, length: usize, kind: TermKind) -> Self {
        Self((start as u64) << (KIND_BITS + LENGTH_BITS) | (length as u64) << KIND_BITS | kind as u64)
    }

    fn is_of(self, kind: TermKind) -> bool {
        self.0 as u8 == kind as u8
    }

    fn text(self, all: &[u8]) -> &[u8] {
        let start = (self.0 >> (KIND_BITS + LENGTH_BITS)) as usize;
        let length = (self.0 >> KIND_BITS) as usize & LONGEST;
        all.get(start..start + length).unwrap_or_default()
    }
}

impl Interner {
    /// The term and whether it is new.
    pub(super) fn intern(&mut self, kind: TermKind, text: &str) -> (Term, bool) {
        let text = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default().as_bytes();
        let hash = hash_of(&self.hash_with, kind as u8, text);
        if let Some(term) = self.find_hashed(hash, kind, text) {
            return (term, false);
        }
        // Four thousand million distinct texts do not fit into memory, so the number does not wrap.
        let place = self.entries.len() as u32;
        self.entries.push(Entry::new(self.text.len(), text.len(), kind));
        self.text.extend_from_slice(text);
        let (entries, all, hash_with) = (&self.entries, &self.text, &self.hash_with);
        self.places.insert_unique(hash, place, |other| {
            entries.get(*other as usize).map_or(0, |entry| hash_of(hash_with, entry.0 as u8, entry.text(all)))
        });
        (Term(place), true)
    }

    pub(super) fn find(&self, kind: TermKind, text: &str) -> Option<Term> {
        self.find_hashed(hash_of(&self.hash_with, kind as u8, text.as_bytes()), kind, text.as_bytes())
    }

    fn find_hashed(&self, hash: u64, kind: TermKind, text: &[u8]) -> Option<Term> {
        let is_it = |place: &u32| {
            let entry = self.entries.get(*place as usize);
            entry.is_some_and(|entry| entry.is_of(kind) && entry.text(&self.text) == text)
        };
        self.places.find(hash, is_it).map(|place| Term(*place))
    }

    /// Gives back what only finding needs.
    pub(super) fn stop_finding(&mut self) {
        self.places = HashTable::new();
    }

    pub(super) fn is_of(&self, term: Term, kind: TermKind) -> bool {
        self.entries.get(term.place()).is_some_and(|entry| entry.is_of(kind))
    }

    pub(super) fn kind(&self, term: Term) -> TermKind {
        const KINDS: [TermKind; 13] = [
            TermKind::Email,
            TermKind::CrmId,
            TermKind::PhoneWithName,
            TermKind::Phone,
            TermKind::Description,
            TermKind::Name,
            TermKind::NameKey,
            TermKind::City,
            TermKind::CityKey,
            TermKind::BirthDate,
            TermKind::Street,
            TermKind::Postcode,
            TermKind::State,
        ];
        let code = self.entries.get(term.place()).map(|entry| usize::from(entry.0 as u8));
        code.and_then(|code| KINDS.get(code)).copied().unwrap_or(TermKind::Description)
    }

    pub(super) fn text(&self, term: Term) -> &str {
        let text = self.entries.get(term.place()).map(|entry| entry.text(&self.text));
        text.and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }
}

fn hash_of(hash_with: &DefaultHashBuilder, kind: u8, text: &[u8]) -> u64 {
    let mut hasher = hash_with.build_hasher();
    hasher.write(text);
    hasher.write_u8(kind);
    hasher.finish()
}
