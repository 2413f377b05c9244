//! Fixed vocabularies: what may be written in a contract, and what it means.

use crate::contract::{Classification, IdentityRole};

pub(crate) trait Word: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];

    fn written(self) -> &'static str {
        Self::WORDS.iter().find(|(_, meaning)| *meaning == self).map_or("", |(word, _)| *word)
    }
}

impl Word for IdentityRole {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("email", Self::Email),
        ("phone", Self::Phone),
        ("name", Self::Name),
        ("city", Self::City),
        ("crm_id", Self::CrmId),
    ];
}

impl Word for Classification {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("public", Self::Public),
        ("internal", Self::Internal),
        ("restricted", Self::Restricted),
        ("confidential", Self::Confidential),
    ];
}
