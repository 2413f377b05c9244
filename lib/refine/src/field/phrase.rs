//! Short texts of numbers and words, such as `80k - 1 lakh` or `within 30 days`, cut into parts.

use std::iter::Peekable;

/// One part of a [`Phrase`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Digits, with points and commas between them.
    Number(&'a str),
    /// Letters.
    Word(&'a str),
    /// Anything else but space.
    Mark(char),
}

/// The parts still to be read.
#[derive(Debug, Clone)]
pub(super) struct Phrase<'a>(Peekable<Parts<'a>>);

impl<'a> Phrase<'a> {
    pub fn new(text: &'a str) -> Self {
        Self(Parts { rest: text }.peekable())
    }

    pub fn next_is_number(&mut self) -> bool {
        matches!(self.0.peek(), Some(Part::Number(_)))
    }

    pub fn number(&mut self) -> Option<&'a str> {
        match self.0.peek() {
            Some(&Part::Number(number)) => {
                self.0.next();
                Some(number)
            }
            _ => None,
        }
    }

    /// Takes the next part when it is one of these words, in any case.
    pub fn word(&mut self, words: &[&str]) -> bool {
        let is_one = |part: &Part| matches!(part, Part::Word(word) if is_listed(word, words));
        self.0.next_if(is_one).is_some()
    }

    /// Takes the next two parts when they are these words.
    pub fn words(&mut self, first: &str, second: &str) -> bool {
        if !matches!(self.0.peek(), Some(Part::Word(word)) if word.eq_ignore_ascii_case(first)) {
            return false;
        }
        let mut ahead = self.clone();
        let both = ahead.word(&[first]) && ahead.word(&[second]);
        if both {
            *self = ahead;
        }
        both
    }

    pub fn mark(&mut self, marks: &[char]) -> bool {
        self.0.next_if(|part| matches!(part, Part::Mark(mark) if marks.contains(mark))).is_some()
    }

    /// What the next word stands for in `meanings`; a word that stands for nothing is left.
    pub fn meaning<T: Copy>(&mut self, meanings: &[(&[&str], T)]) -> Option<T> {
        let Some(&Part::Word(word)) = self.0.peek() else {
            return None;
        };
        let (_words, meaning) = meanings.iter().find(|(words, _meaning)| is_listed(word, words))?;
        self.0.next();
        Some(*meaning)
    }

    /// Takes what stands between the ends of a range.
    pub fn dash_or_to(&mut self) -> bool {
        self.mark(&['-', '\u{2010}', '\u{2011}', '\u{2012}', '–', '—', '\u{2212}']) || self.word(&["to"])
    }

    pub fn is_at_end(&mut self) -> bool {
        self.0.peek().is_none()
    }
}

fn is_listed(word: &str, words: &[&str]) -> bool {
    words.iter().any(|listed| word.eq_ignore_ascii_case(listed))
}

#[derive(Debug, Clone)]
struct Parts<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let text = self.rest.trim_start();
        let first = text.chars().next()?;
        let (length, part): (usize, fn(&'a str) -> Part<'a>) = if first.is_ascii_digit() {
            (number_length(text), Part::Number)
        } else if first.is_alphabetic() {
            (text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len()), Part::Word)
        } else {
            self.rest = text.get(first.len_utf8()..).unwrap_or_default();
            return Some(Part::Mark(first));
        };
        let (taken, rest) = text.split_at_checked(length)?;
        self.rest = rest;
        Some(part(taken))
    }
}

/// A point or comma that no digit follows ends a sentence, not a number.
fn number_length(text: &str) -> usize {
    let may_stand = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let end = text.find(|c: char| !may_stand(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches(['.', ',']).len()
}

#[cfg(test)]
mod tests {
    use super::{Part, Parts};

    #[test]
    fn cuts_at_every_change_of_kind() {
        let parts: Vec<_> = Parts { rest: " Rs.80,000.50–1,00,000k. लाख+" }.collect();
        let expected = [
            Part::Word("Rs"),
            Part::Mark('.'),
            Part::Number("80,000.50"),
            Part::Mark('–'),
            Part::Number("1,00,000"),
            Part::Word("k"),
            Part::Mark('.'),
        ];
        assert_eq!(parts.get(..7), Some(expected.as_slice()));
        assert_eq!(parts.last(), Some(&Part::Mark('+')));
    }
}
