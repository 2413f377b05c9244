//! One mapping of the document: its values are taken out and checked, and what nobody takes is reported.

use std::ops::RangeInclusive;

use crate::document::{Node, Written};
use crate::problem::{Place, Problem, Reason};

/// No honest threshold comes near it.
const MOST: f64 = 1e12;
const LONGEST_TEXT: usize = 200;

/// Gathers what is wrong while the document is checked.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<Problem>);

impl Findings {
    pub fn report(&mut self, place: Place, reason: Reason) {
        self.0.push(Problem { place: Some(place), reason });
    }

    pub fn refuse<T>(&mut self, place: Place, found: &Node, expected: String) -> Option<T> {
        self.report(place, Reason::Value { found: found.to_string(), expected });
        None
    }

    pub fn text(&mut self, place: Place, node: &Node) -> Option<String> {
        let expected =
            || format!("a text of 1 to {LONGEST_TEXT} characters on one line (a number in quotes)");
        let Node::Text(text) = node else { return self.refuse(place, node, expected()) };
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > LONGEST_TEXT || text.chars().any(char::is_control) {
            return self.refuse(place, node, expected());
        }
        Some(text.to_owned())
    }

    fn whole(&mut self, place: Place, node: &Node, range: RangeInclusive<u32>) -> Option<u32> {
        let number = match *node {
            Node::Number(number) if number.fract() == 0.0 => Some(number),
            _ => None,
        };
        let is_within = |number: &f64| (f64::from(*range.start())..=f64::from(*range.end())).contains(number);
        match number.filter(is_within) {
            Some(number) => Some(number as u32),
            None => {
                let expected = format!("a whole number from {} to {}", range.start(), range.end());
                self.refuse(place, node, expected)
            }
        }
    }

    fn number(&mut self, place: Place, node: &Node) -> Option<f64> {
        match *node {
            Node::Number(number) if number.abs() <= MOST => Some(number),
            _ => self.refuse(place, node, format!("a number from -{MOST} to {MOST}")),
        }
    }

    fn between(&mut self, place: Place, node: &Node, (above, below): (f64, f64)) -> Option<f64> {
        match *node {
            Node::Number(number) if number > above && number < below => Some(number),
            _ => self.refuse(place, node, format!("a number above {above} and below {below}")),
        }
    }

    /// One of a few words.
    fn word<T: Copy>(&mut self, place: Place, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let found = match node {
            Node::Text(text) => words.iter().find(|(word, _)| word == text),
            _ => None,
        };
        match found {
            Some((_, meaning)) => Some(*meaning),
            None => self.refuse(place, node, one_of(words)),
        }
    }
}

#[derive(Debug)]
pub struct Section {
    pub place: Place,
    known: &'static [&'static str],
    entries: Vec<(String, Written)>,
}

impl Section {
    /// The known keys are those that may stand in the mapping; it is [`Section::end`] that reports others.
    pub fn of(
        findings: &mut Findings,
        place: Place,
        node: Node,
        known: &'static [&'static str],
    ) -> Option<Self> {
        match node {
            Node::Map(entries) => Some(Self { place, known, entries }),
            other => findings.refuse(place, &other, format!("a mapping of {}", known.join(", "))),
        }
    }

    /// The value, which the section then has no more.
    pub fn take(&mut self, findings: &mut Findings, key: &str, expected: &str) -> Option<(Place, Node)> {
        let Some(number) = self.entries.iter().position(|(name, _)| name == key) else {
            let place = self.place.missing(key);
            findings.report(place, Reason::Missing { expected: expected.to_owned() });
            return None;
        };
        let (_, written) = self.entries.swap_remove(number);
        Some((self.place.key(key, written.line), written.node))
    }

    pub fn section(
        &mut self,
        findings: &mut Findings,
        key: &str,
        known: &'static [&'static str],
    ) -> Option<Self> {
        let expected = format!("a mapping of {}", known.join(", "));
        let (place, node) = self.take(findings, key, &expected)?;
        Self::of(findings, place, node, known)
    }

    /// `expected` is what to give, such as "a list such as [0, 40, 80]".
    pub fn list(
        &mut self,
        findings: &mut Findings,
        key: &str,
        expected: &str,
    ) -> Option<(Place, Vec<Written>)> {
        let (place, node) = self.take(findings, key, expected)?;
        match node {
            Node::List(items) => Some((place, items)),
            other => findings.refuse(place, &other, expected.to_owned()),
        }
    }

    /// A mapping whose keys the editor chooses.
    pub fn entries(&mut self, findings: &mut Findings, key: &str) -> Option<(Place, Vec<(String, Written)>)> {
        let expected = "a mapping such as {online: 10}";
        let (place, node) = self.take(findings, key, expected)?;
        match node {
            Node::Map(entries) => Some((place, entries)),
            other => findings.refuse(place, &other, expected.to_owned()),
        }
    }

    pub fn text(&mut self, findings: &mut Findings, key: &str, expected: &str) -> Option<(Place, String)> {
        let (place, node) = self.take(findings, key, expected)?;
        let text = findings.text(place.clone(), &node)?;
        Some((place, text))
    }

    pub fn whole(&mut self, findings: &mut Findings, key: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let (place, node) = self.take(findings, key, &expected)?;
        findings.whole(place, &node, range)
    }

    pub fn number(&mut self, findings: &mut Findings, key: &str) -> Option<(Place, f64)> {
        let (place, node) = self.take(findings, key, "a number, such as 0.8")?;
        let number = findings.number(place.clone(), &node)?;
        Some((place, number))
    }

    /// Between the two, and neither of them.
    pub fn between(&mut self, findings: &mut Findings, key: &str, range: (f64, f64)) -> Option<f64> {
        let expected = format!("a number above {} and below {}", range.0, range.1);
        let (place, node) = self.take(findings, key, &expected)?;
        findings.between(place, &node, range)
    }

    /// One of a few words.
    pub fn word<T: Copy>(&mut self, findings: &mut Findings, key: &str, words: &[(&str, T)]) -> Option<T> {
        let (place, node) = self.take(findings, key, &one_of(words))?;
        findings.word(place, &node, words)
    }

    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name == key)
    }

    /// Reports the keys that nobody took: a misspelt one would be without effect.
    pub fn end(self, findings: &mut Findings) {
        let mut left = self.entries;
        left.sort_by_key(|(_, written)| written.line);
        for (key, written) in left {
            let place = self.place.key(&key, written.line);
            findings.report(place, Reason::unknown_key(&key, self.known));
        }
    }
}

fn one_of<T>(words: &[(&str, T)]) -> String {
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    format!("one of {}", words.join(", "))
}
