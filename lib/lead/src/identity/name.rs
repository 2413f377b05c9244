//! Names: what their parts are, and whether two can be one person's.

use super::fold::{latin, push_sound};

/// Dropped from a name's beginning.
const TITLES: [&str; 15] = [
    "mr", "mrs", "ms", "miss", "dr", "prof", "shri", "sri", "shree", "smt", "shrimati", "kumari", "er",
    "adv", "capt",
];
/// Dropped from its end.
const AFTER: [&str; 4] = ["ji", "sahab", "saheb", "bhai"];

/// Two words this alike are one word and a slip.
const ALIKE: f64 = 0.88;
/// Shorter words are alike too easily.
const SHORTEST_ALIKE: usize = 4;

/// Whether two names can be one person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameMatch {
    /// Sound the same.
    Same,
    /// One says less (an initial, no second name) or puts the family first.
    Compatible,
    /// As a slip of the hand would make them.
    Near,
    Different,
    /// One of them is no name.
    Unknown,
}

/// A name's words as they sound and as they are written in Latin letters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Name {
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    sound: String,
    written: String,
}

impl Name {
    pub fn of(text: &str) -> Self {
        let written = latin(text);
        let mut words: Vec<&str> = written.split(' ').filter(|word| !word.is_empty()).collect();
        while words.len() > 1 && words.first().is_some_and(|first| TITLES.contains(first)) {
            words.remove(0);
        }
        while words.len() > 1 && words.last().is_some_and(|last| AFTER.contains(last)) {
            words.pop();
        }
        let words = words.into_iter().map(Word::of).filter(|word| !word.sound.is_empty()).collect();
        Self { words }
    }

    /// Equal for equal names in any script and usual spelling; empty for what is no name.
    pub fn key(&self) -> String {
        let mut key = String::new();
        for word in &self.words {
            if !key.is_empty() {
                key.push(' ');
            }
            key.push_str(&word.sound);
        }
        key
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// A single word is taken for a given name.
    fn family(&self) -> Option<&Word> {
        if self.words.len() < 2 { None } else { self.words.last() }
    }

    fn given(&self) -> &[Word] {
        match self.words.split_last() {
            Some((_, given)) if !given.is_empty() => given,
            _ => &self.words,
        }
    }

    pub fn compare(&self, other: &Self) -> NameMatch {
        if self.is_empty() || other.is_empty() {
            return NameMatch::Unknown;
        }
        if self.words.len() == other.words.len() && all_same(&self.words, &other.words) {
            return NameMatch::Same;
        }
        if self.is_part_of(other) || other.is_part_of(self) {
            return NameMatch::Compatible;
        }
        match (self.compare_given(other), self.compare_family(other)) {
            (WordMatch::Same | WordMatch::Alike, WordMatch::Same | WordMatch::Alike) => NameMatch::Near,
            _ => NameMatch::Different,
        }
    }

    /// Every word of the shorter one is a word or an initial of the other's, and one of them is a whole word of both.
    fn is_part_of(&self, other: &Self) -> bool {
        let shares_word =
            |word: &Word| !word.is_initial() && other.words.iter().any(|others| others.sound == word.sound);
        if self.words.len() > other.words.len() || !self.words.iter().any(shares_word) {
            return false;
        }
        let mut free: Vec<&Word> = other.words.iter().collect();
        let mut whole_first: Vec<&Word> = self.words.iter().collect();
        whole_first.sort_by_key(|word| !shares_word(word));
        whole_first.into_iter().all(|word| {
            let same = free.iter().position(|candidate| word.sound == candidate.sound);
            let found = same.or_else(|| free.iter().position(|candidate| word.is_same_or_initial(candidate)));
            found.map(|place| free.remove(place)).is_some()
        })
    }

    pub(super) fn compare_family(&self, other: &Self) -> WordMatch {
        match (self.family(), other.family()) {
            (Some(own), Some(others)) => own.compare(others),
            _ => WordMatch::Unknown,
        }
    }

    pub(super) fn compare_given(&self, other: &Self) -> WordMatch {
        let (Some(own), Some(others)) = (self.given().first(), other.given().first()) else {
            return WordMatch::Unknown;
        };
        own.compare(others)
    }

    /// Given and family name have changed places.
    pub(super) fn is_transposed(&self, other: &Self) -> bool {
        let ends = |name: &Self| Some((name.words.first()?.clone(), name.family()?.clone()));
        let (Some((first, last)), Some((others_first, others_last))) = (ends(self), ends(other)) else {
            return false;
        };
        first.compare(&others_last) <= WordMatch::Alike && last.compare(&others_first) <= WordMatch::Alike
    }

    /// Two full given names of which neither can be the other's.
    pub(super) fn contradicts_given(&self, other: &Self) -> bool {
        self.compare_given(other) == WordMatch::Different
    }
}

fn all_same(left: &[Word], right: &[Word]) -> bool {
    left.iter().zip(right).all(|(left, right)| left.sound == right.sound)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum WordMatch {
    Same,
    Alike,
    Initial,
    Unknown,
    Different,
}

impl Word {
    fn of(written: &str) -> Self {
        let mut sound = String::with_capacity(written.len());
        push_sound(written, &mut sound);
        Self { sound, written: written.to_owned() }
    }

    fn is_initial(&self) -> bool {
        self.written.len() == 1
    }

    fn is_same_or_initial(&self, other: &Self) -> bool {
        self.sound == other.sound || self.is_initial_of(other) || other.is_initial_of(self)
    }

    fn is_initial_of(&self, other: &Self) -> bool {
        self.is_initial() && other.written.starts_with(&self.written)
    }

    fn compare(&self, other: &Self) -> WordMatch {
        if self.sound == other.sound {
            return WordMatch::Same;
        }
        if self.is_initial_of(other) || other.is_initial_of(self) {
            return WordMatch::Initial;
        }
        if is_alike(&self.written, &other.written) { WordMatch::Alike } else { WordMatch::Different }
    }
}

/// Jaro-Winkler; a first letter that differs is made up for by the rest.
pub(super) fn is_alike(left: &str, right: &str) -> bool {
    left.len().min(right.len()) >= SHORTEST_ALIKE && strsim::jaro_winkler(left, right) >= ALIKE
}
