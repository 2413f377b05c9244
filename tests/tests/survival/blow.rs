//! Where a process dies, and what a kill is called, so that any one of them can be repeated alone.

use std::fmt::{self, Display};
use std::str::FromStr;

use leadlake_lake::store::{DirDeath, Fault};

use crate::ground::Kind;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    Before,
    Midway,
    After,
    AnswerLost,
}

const MANNERS: [(Manner, &str); 4] = [
    (Manner::Before, "before"),
    (Manner::Midway, "midway"),
    (Manner::After, "after"),
    (Manner::AnswerLost, "answer-lost"),
];

/// One death, at a step that is counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blow {
    pub manner: Manner,
    pub step: u64,
}

impl Blow {
    /// After a lost answer the process lives on.
    pub fn kills(self) -> bool {
        self.manner != Manner::AnswerLost
    }

    pub fn on_calls(self) -> Fault {
        match self.manner {
            Manner::Before | Manner::Midway => Fault::Before(self.step),
            Manner::After => Fault::After(self.step),
            Manner::AnswerLost => Fault::AnswerLost(self.step),
        }
    }

    pub fn on_files(self) -> DirDeath {
        match self.manner {
            Manner::Before => DirDeath::Before(self.step),
            Manner::Midway => DirDeath::Midway(self.step),
            Manner::After | Manner::AnswerLost => DirDeath::After(self.step),
        }
    }
}

impl Display for Blow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, name) = MANNERS.iter().find(|(manner, _)| *manner == self.manner).unwrap();
        write!(formatter, "{name}-{}", self.step)
    }
}

impl FromStr for Blow {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, step) = text.rsplit_once('-').ok_or(())?;
        let (manner, _) = MANNERS.iter().find(|(_, known)| *known == name).ok_or(())?;
        Ok(Self { manner: *manner, step: step.parse().map_err(drop)? })
    }
}

/// `<act>/<store>/<seed of the lake>/<death>`, and the deaths of the runs that were to clear up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kill {
    pub act: String,
    pub ground: Kind,
    pub seed: u64,
    pub blows: Vec<Blow>,
}

impl Display for Kill {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}", self.act, self.ground, self.seed)?;
        self.blows.iter().try_for_each(|blow| write!(formatter, "/{blow}"))
    }
}

impl FromStr for Kill {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('/');
        let mut next = || parts.next().ok_or(());
        let (act, ground, seed) = (next()?, next()?.parse()?, next()?.parse().map_err(drop)?);
        let blows = parts.map(Blow::from_str).collect::<Result<Vec<_>, ()>>()?;
        if blows.is_empty() { Err(()) } else { Ok(Self { act: act.to_owned(), ground, seed, blows }) }
    }
}
