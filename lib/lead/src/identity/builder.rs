//! Takes mentions in, in any order and any number of times.

use hashbrown::HashSet;

use super::city::city_key;
use super::email::{canonical_email, write_canonical};
use super::intern::{Interner, Term, TermKind};
use super::mention::{Mention, Persona};
use super::name::Name;
use super::people::People;
use super::phone::is_personal;
use super::resolution::Resolution;
use super::resolve::resolve;
use super::rules::{Identifier, IdentityRules};
use super::settings::IdentitySettings;
use crate::event::{Day, Micros};

/// Below it the notes of who is linked to what are not put into order before the end.
const FEWEST_TIDIED: usize = 1 << 20;
const NOTHING: u32 = u32::MAX;
/// Between the parts of an identifier that has several; no part holds it.
const SEPARATOR: char = '\u{1f}';

/// The first mention of a persona: by arrival, then by when it happened.
pub(super) type FirstMention = (Day, Micros);

/// Gathers mentions. Who is who does not depend on the order in which they come, nor on how often each does.
pub struct IdentityBuilder {
    pub(super) settings: IdentitySettings,
    pub(super) rules: IdentityRules,
    pub(super) terms: Interner,
    /// Of an identifier its persona, of a name or city as written its key.
    pub(super) meanings: Vec<u32>,
    pub(super) own_terms: Vec<Term>,
    pub(super) first_mentions: Vec<FirstMention>,
    /// Persona above, term below.
    links: Vec<u64>,
    tidy_at: usize,
    pub(super) no_evidence: HashSet<Term>,
    /// What rules ignore and no mention has brought yet.
    pub(super) unmet: HashSet<Term>,
    pub(super) mentions: u64,
    scratch: String,
}

impl IdentityBuilder {
    /// What is ignored must be known before the first mention: it decides what a mention is known by.
    pub fn new(settings: IdentitySettings, rules: IdentityRules) -> Self {
        let mut builder = Self {
            settings,
            rules,
            terms: Interner::default(),
            meanings: Vec::new(),
            own_terms: Vec::new(),
            first_mentions: Vec::new(),
            links: Vec::new(),
            tidy_at: FEWEST_TIDIED,
            no_evidence: HashSet::new(),
            unmet: HashSet::new(),
            mentions: 0,
            scratch: String::new(),
        };
        builder.ignore();
        builder
    }

    fn ignore(&mut self) {
        let ignored: Vec<Identifier> =
            self.rules.ignore.iter().map(|ignored| ignored.identifier.clone()).collect();
        for identifier in ignored {
            let (kind, text) = match &identifier {
                Identifier::Email(email) => (TermKind::Email, canonical_email(email.as_str())),
                Identifier::Phone(phone) => (TermKind::Phone, phone.as_str().into()),
                Identifier::CrmId(crm_id) => (TermKind::CrmId, crm_id.into()),
                // Counted among the rules without effect when it comes to resolving.
                Identifier::Lead(_) => continue,
            };
            let term = self.term(kind, &text);
            self.no_evidence.insert(term);
            self.unmet.insert(term);
        }
    }

    /// The persona whose mention it is: the bearer of its email, else CRM id, else phone and name, else phone, else description.
    pub fn add(&mut self, mention: &Mention<'_>) -> Persona {
        self.mentions += 1;
        let email = mention.email.map(|email| self.email(email));
        let crm_id = mention.crm_id.map(|crm_id| self.term(TermKind::CrmId, crm_id));
        let phone = mention.phone.map(|phone| self.term(TermKind::Phone, phone));
        let name = mention.name.and_then(|name| self.name(name));
        let city = mention.city.and_then(|city| self.city(city));
        if !self.unmet.is_empty() {
            for met in [email, crm_id, phone].into_iter().flatten() {
                self.unmet.remove(&met);
            }
        }
        let own = self.own_term(mention, email, crm_id, phone, name);
        let persona = self.persona(own, (mention.arrived, mention.at));
        let traits = mention.traits;
        let described = [
            (TermKind::BirthDate, traits.birth_date),
            (TermKind::Street, traits.street),
            (TermKind::Postcode, traits.postcode),
            (TermKind::State, traits.state),
        ];
        for term in [crm_id, phone, name, city].into_iter().flatten() {
            self.link(persona, term);
        }
        for (kind, text) in described {
            if let Some(text) = text {
                let term = self.term(kind, text);
                self.link(persona, term);
            }
        }
        persona
    }

    /// Which leads there are. The salt is the lake's secret.
    pub fn resolve(mut self, salt: &[u8; 32]) -> Resolution {
        self.tidy();
        let links = std::mem::take(&mut self.links);
        resolve(People::new(self, links, salt))
    }

    fn own_term(
        &mut self,
        mention: &Mention<'_>,
        email: Option<Term>,
        crm_id: Option<Term>,
        phone: Option<Term>,
        name: Option<Term>,
    ) -> Term {
        let telling = |term: &Term| !self.no_evidence.contains(term);
        if let Some(strongest) = email.filter(telling).or(crm_id.filter(telling)) {
            return strongest;
        }
        let personal_phone = phone.filter(telling);
        if let (Some(phone), Some(name)) = (personal_phone, name) {
            return self.phone_with_name(phone, name);
        }
        if let Some(strongest) = personal_phone.or(email).or(crm_id) {
            return strongest;
        }
        match (phone, name) {
            (Some(phone), Some(name)) => self.phone_with_name(phone, name),
            (Some(phone), None) => phone,
            (None, _) => self.description(mention),
        }
    }

    fn email(&mut self, email: &str) -> Term {
        let mut canonical = std::mem::take(&mut self.scratch);
        let is_other = write_canonical(email, &mut canonical);
        let term = self.term(TermKind::Email, if is_other { &canonical } else { email });
        self.scratch = canonical;
        term
    }

    fn phone_with_name(&mut self, phone: Term, name: Term) -> Term {
        let key = Term(self.meanings.get(name.place()).copied().unwrap_or(NOTHING));
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        text.push_str(self.terms.text(phone));
        text.push(SEPARATOR);
        text.push_str(self.terms.text(key));
        let term = self.term(TermKind::PhoneWithName, &text);
        self.scratch = text;
        term
    }

    fn description(&mut self, mention: &Mention<'_>) -> Term {
        let traits = mention.traits;
        let parts =
            [mention.name, mention.city, traits.birth_date, traits.street, traits.postcode, traits.state];
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        for part in parts {
            text.push_str(part.unwrap_or_default());
            text.push(SEPARATOR);
        }
        let term = self.term(TermKind::Description, &text);
        self.scratch = text;
        term
    }

    fn term(&mut self, kind: TermKind, text: &str) -> Term {
        let (term, is_new) = self.terms.intern(kind, text);
        if is_new {
            self.meanings.push(NOTHING);
            if kind == TermKind::Phone && !is_personal(text) {
                self.no_evidence.insert(term);
            }
        }
        term
    }

    /// The name as written; nothing where it is no name.
    fn name(&mut self, name: &str) -> Option<Term> {
        let term = self.term(TermKind::Name, name);
        let key = self.key(term, TermKind::NameKey, || Name::of(name).key());
        (!self.terms.text(key).is_empty()).then_some(term)
    }

    /// The city's key; nothing where it is no city.
    fn city(&mut self, city: &str) -> Option<Term> {
        let term = self.term(TermKind::City, city);
        let key = self.key(term, TermKind::CityKey, || city_key(city));
        (!self.terms.text(key).is_empty()).then_some(key)
    }

    fn key(&mut self, written: Term, kind: TermKind, key: impl FnOnce() -> String) -> Term {
        match self.meanings.get(written.place()) {
            Some(known) if *known != NOTHING => Term(*known),
            _ => {
                let key = self.term(kind, &key());
                self.mean(written, key.0);
                key
            }
        }
    }

    fn mean(&mut self, term: Term, meaning: u32) {
        if let Some(slot) = self.meanings.get_mut(term.place()) {
            *slot = meaning;
        }
    }

    fn persona(&mut self, own: Term, mentioned: FirstMention) -> Persona {
        match self.meanings.get(own.place()) {
            Some(known) if *known != NOTHING => {
                if let Some(first) = self.first_mentions.get_mut(*known as usize) {
                    *first = mentioned.min(*first);
                }
                Persona(*known)
            }
            _ => {
                let persona = self.own_terms.len() as u32;
                self.own_terms.push(own);
                self.first_mentions.push(mentioned);
                self.mean(own, persona);
                Persona(persona)
            }
        }
    }

    fn link(&mut self, persona: Persona, term: Term) {
        self.links.push(u64::from(persona.0) << 32 | u64::from(term.0));
        if self.links.len() >= self.tidy_at {
            self.tidy();
        }
    }

    fn tidy(&mut self) {
        self.links.sort_unstable();
        self.links.dedup();
        self.tidy_at = FEWEST_TIDIED.max(self.links.len() + self.links.len() / 2);
    }
}
