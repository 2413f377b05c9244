//! Taking values out of a document; what cannot be taken is reported where it stands.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::odcs::{CustomProperty, Maybe, MaybeList, Part, Written};
use crate::problem::{Findings, Place, Reason};
use crate::words::Word;

impl Findings {
    pub fn take<T>(&mut self, place: Place, written: Maybe<T>) -> Option<T> {
        match written? {
            Written::Well(value) => Some(value),
            Written::Ill { fault } => {
                self.report(place, Reason::Type { fault });
                None
            }
        }
    }

    /// The elements of a list that are well, each with its place.
    pub fn take_list<T>(&mut self, place: &Place, written: MaybeList<T>) -> Vec<(Place, T)> {
        let elements = self.take(place.clone(), written).unwrap_or_default();
        let places = (0..).map(|index| place.item(index));
        places
            .zip(elements)
            .filter_map(|(place, element)| Some((place.clone(), self.take(place, Some(element))?)))
            .collect()
    }

    /// A value without which nothing goes on, named in the advice.
    pub fn take_present<T>(&mut self, place: Place, written: Maybe<T>, advice: &'static str) -> Option<T> {
        if written.is_none() {
            self.report(place, Reason::Missing { advice });
            return None;
        }
        self.take(place, written)
    }

    /// One word of a fixed vocabulary.
    pub fn word<W: Word>(&mut self, place: Place, written: Option<String>) -> Option<W> {
        let written = written?;
        let word = W::WORDS.iter().find(|(word, _)| *word == written).map(|(_, meaning)| *meaning);
        if word.is_none() {
            let possible = W::WORDS.iter().map(|(word, _)| *word).collect();
            self.report(place, Reason::NotOneOf { written, possible });
        }
        word
    }

    /// Reports the keys that the standard does not have here.
    pub fn check_keys<P: Part>(&mut self, place: &Place, part: &P) {
        for key in part.other_keys().keys().filter(|key| !P::UNUSED.contains(&key.as_str())) {
            let possible = [P::READ, P::UNUSED].concat();
            self.report(place.key(key), Reason::UnknownKey { possible });
        }
    }
}

/// The custom properties of one place, by name.
pub(crate) struct Custom(BTreeMap<&'static str, (Place, Value)>);

impl Custom {
    pub fn gather(
        findings: &mut Findings,
        place: &Place,
        written: MaybeList<CustomProperty>,
        possible: &'static [&'static str],
    ) -> Self {
        let mut found = BTreeMap::new();
        for (place, custom) in findings.take_list(&place.key("customProperties"), written) {
            findings.check_keys(&place, &custom);
            let advice = "give the name of a custom property";
            let Some(property) = findings.take_present(place.key("property"), custom.property, advice) else {
                continue;
            };
            let Some(known) = possible.iter().find(|known| **known == property) else {
                findings.report(place.key("property"), Reason::UnknownCustom { property, possible });
                continue;
            };
            let Some(value) = custom.value else {
                findings.report(place.key("value"), Reason::Missing { advice: "give the property's value" });
                continue;
            };
            if found.contains_key(known) {
                findings.report(place.key("property"), Reason::RepeatedCustom { property });
                continue;
            }
            found.insert(*known, (place.key("value"), value));
        }
        Self(found)
    }

    pub fn place_of(&self, property: &str) -> Option<Place> {
        self.0.get(property).map(|(place, _)| place.clone())
    }

    pub fn take<T: DeserializeOwned>(
        &mut self,
        findings: &mut Findings,
        property: &str,
        expected: &'static str,
    ) -> Option<(Place, T)> {
        let (place, value) = self.0.remove(property)?;
        let Ok(taken) = T::deserialize(&value) else {
            findings.report(place, Reason::Value { written: value.to_string(), expected });
            return None;
        };
        Some((place, taken))
    }

    /// A value that must also satisfy what its type cannot say.
    pub fn take_if<T: DeserializeOwned>(
        &mut self,
        findings: &mut Findings,
        property: &str,
        expected: &'static str,
        is_fit: impl FnOnce(&T) -> bool,
    ) -> Option<(Place, T)> {
        let written = self.0.get(property).map(|(_, value)| value.to_string())?;
        let (place, taken) = self.take::<T>(findings, property, expected)?;
        if !is_fit(&taken) {
            findings.report(place, Reason::Value { written, expected });
            return None;
        }
        Some((place, taken))
    }

    pub fn take_word<W: Word>(&mut self, findings: &mut Findings, property: &str) -> Option<W> {
        let (place, written) = self.take::<String>(findings, property, "one word")?;
        findings.word(place, Some(written))
    }

    pub fn take_flag(&mut self, findings: &mut Findings, property: &str) -> bool {
        self.take(findings, property, "true or false").is_some_and(|(_, flag)| flag)
    }
}
