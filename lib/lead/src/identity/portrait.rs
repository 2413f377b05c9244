//! All that is known of a group of members, by kind.

use super::intern::{Term, TermKind};
use super::people::{Member, People};

#[derive(Debug, Default, Clone)]
pub(super) struct Portrait {
    pub(super) emails: Vec<Term>,
    pub(super) phones: Vec<Term>,
    pub(super) crm_ids: Vec<Term>,
    /// As written.
    pub(super) names: Vec<Term>,
    /// Keys, as all of what follows.
    pub(super) cities: Vec<Term>,
    pub(super) birth_dates: Vec<Term>,
    pub(super) streets: Vec<Term>,
    pub(super) postcodes: Vec<Term>,
    pub(super) states: Vec<Term>,
}

impl Portrait {
    pub(super) fn of(people: &People, members: &[Member]) -> Self {
        let mut portrait = Self::default();
        portrait.draw(people, members);
        portrait
    }

    /// Draws over what was there before, so that many can be drawn without new memory.
    pub(super) fn draw(&mut self, people: &People, members: &[Member]) {
        self.lists().into_iter().for_each(Vec::clear);
        for member in members {
            for term in people.own_term(*member).into_iter().chain(people.linked(*member)) {
                self.note(people, term);
            }
        }
        if members.len() > 1 {
            for list in self.lists() {
                list.sort_unstable();
                list.dedup();
            }
        }
    }

    fn note(&mut self, people: &People, term: Term) {
        let list = match people.terms.kind(term) {
            TermKind::Email if people.tells(term) => &mut self.emails,
            TermKind::Phone if people.tells(term) => &mut self.phones,
            TermKind::CrmId if people.tells(term) => &mut self.crm_ids,
            TermKind::Name => &mut self.names,
            TermKind::CityKey => &mut self.cities,
            TermKind::BirthDate => &mut self.birth_dates,
            TermKind::Street => &mut self.streets,
            TermKind::Postcode => &mut self.postcodes,
            TermKind::State => &mut self.states,
            _ => return,
        };
        if !list.contains(&term) {
            list.push(term);
        }
    }

    fn lists(&mut self) -> [&mut Vec<Term>; 9] {
        [
            &mut self.emails,
            &mut self.phones,
            &mut self.crm_ids,
            &mut self.names,
            &mut self.cities,
            &mut self.birth_dates,
            &mut self.streets,
            &mut self.postcodes,
            &mut self.states,
        ]
    }

    /// Sources that know more than how to reach somebody.
    pub(super) fn is_rich(&self) -> bool {
        !(self.birth_dates.is_empty() && self.streets.is_empty() && self.postcodes.is_empty())
    }
}
