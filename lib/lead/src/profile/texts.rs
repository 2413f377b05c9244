//! The few distinct texts that one person has of something.

/// Distinct texts in their order, of which the first [`DistinctTexts::MOST`] are held: nobody has more addresses,
/// and whoever feeds endless ones into a lead must not make it endless.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DistinctTexts<'a> {
    held: Vec<&'a str>,
    has_more: bool,
}

impl<'a> DistinctTexts<'a> {
    pub const MOST: usize = 100;

    /// In the order of their bytes.
    pub fn held(&self) -> &[&'a str] {
        &self.held
    }

    /// There were more than are held.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    pub(super) fn insert(&mut self, text: &'a str) {
        // Most people have one or two: looking at all of them is the fastest search.
        let place = self.held.iter().position(|held| *held >= text).unwrap_or(self.held.len());
        if self.held.get(place) == Some(&text) {
            return;
        }
        self.held.insert(place, text);
        if self.held.len() > Self::MOST {
            self.held.truncate(Self::MOST);
            self.has_more = true;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.has_more |= other.has_more;
        for text in &other.held {
            self.insert(text);
        }
    }

    /// Keeps the memory.
    pub(super) fn reset(&mut self) {
        self.held.clear();
        self.has_more = false;
    }
}
