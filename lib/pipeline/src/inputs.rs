//! What a run is made from: the objects that the ledger holds, and which of them a run before has already taken in.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use jiff::civil::Date;
use leadlake_contract::{Contract, SourceName};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::{Layer, LayoutError, ObjectId, made_of};
use leadlake_lake::ledger::LedgerEntry;
use leadlake_lake::store::{ObjectFacts, StoreError};
use leadlake_lake::{Lake, LakeError};

use crate::error::PipelineError;
use crate::vocabulary::SourceWords;

/// Changes when events are put aside otherwise than by the version before, so that those cannot be taken over.
const FORMAT: &str = "leadlake inputs 1";

/// One refined object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub ledger_entry: ObjectFacts,
    pub source: SourceName,
    pub day: Date,
    /// None where nothing of the object was accepted.
    pub silver: Option<SilverFile>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilverFile {
    pub key: ObjectKey,
    pub size: u64,
}

impl Input {
    /// The entry that was listed. Another one in its place is of what was made since, and so may silver be by now.
    pub fn entry(&self, lake: &Lake) -> Result<LedgerEntry, PipelineError> {
        let key = &self.ledger_entry.key;
        let gone = || PipelineError::EntryGone { key: key.clone() };
        match lake.ledger_entry(key) {
            Ok((facts, entry)) if facts.etag == self.ledger_entry.etag => Ok(entry),
            Ok(_) | Err(LakeError::Store(StoreError::NotFound { .. })) => Err(gone()),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// A file that was made from an object.
struct Listed {
    id: ObjectId,
    day: Date,
    facts: ObjectFacts,
}

/// `ledger/<source>/dt=D/<object id>.json`.
fn source_of(entry: &ObjectKey) -> Result<SourceName, PipelineError> {
    let name = entry.segments().nth(1).and_then(|name| SourceName::new(name).ok());
    name.ok_or_else(|| LayoutError::Foreign { key: entry.clone() }.into())
}

/// Everything that the ledger holds at one moment.
#[derive(Debug, Default)]
pub struct Inputs {
    /// Ascending by the key of the ledger entry.
    pub all: Vec<Input>,
    /// What lies in the lake's folders and is no part of it.
    pub strays: Vec<LakeError>,
}

impl Inputs {
    pub fn list(lake: &Lake, contracts: &[Contract]) -> Result<Self, PipelineError> {
        let mut inputs = Self::default();
        // The ledger is listed first: what it names then is there, whatever is added meanwhile.
        let entries = inputs.listed(lake, Layer::Ledger.folder())?;
        let mut by_source: BTreeMap<SourceName, Vec<Listed>> = BTreeMap::new();
        for entry in entries {
            by_source.entry(source_of(&entry.facts.key)?).or_default().push(entry);
        }
        for (source, entries) in by_source {
            if !contracts.iter().any(|contract| contract.source == source) {
                return Err(PipelineError::NoContract { source_name: source });
            }
            inputs.add_source(lake, &source, entries)?;
        }
        inputs.all.sort_by(|left, right| left.ledger_entry.key.cmp(&right.ledger_entry.key));
        Ok(inputs)
    }

    fn add_source(
        &mut self,
        lake: &Lake,
        source: &SourceName,
        entries: Vec<Listed>,
    ) -> Result<(), PipelineError> {
        let mut silver: HashMap<(ObjectId, Date), SilverFile> = self
            .listed(lake, &format!("{}/{source}", Layer::Silver.folder()))?
            .into_iter()
            .map(|Listed { id, day, facts }| ((id, day), SilverFile { key: facts.key, size: facts.size }))
            .collect();
        self.all.extend(entries.into_iter().map(|Listed { id, day, facts }| Input {
            ledger_entry: facts,
            source: source.clone(),
            day,
            silver: silver.remove(&(id, day)),
        }));
        Ok(())
    }

    fn listed(&mut self, lake: &Lake, folder: &str) -> Result<Vec<Listed>, PipelineError> {
        let mut found = Vec::new();
        for facts in lake.store.list(folder)? {
            let listed = facts
                .map_err(LakeError::from)
                .and_then(|facts| Ok(made_of(&facts.key).map(|(id, day)| Listed { id, day, facts })?));
            match listed {
                Ok(listed) => found.push(listed),
                Err(stray) if stray.is_stray() => self.strays.push(stray),
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(found)
    }

    /// What a later run needs to tell whether it may take over what this one has read.
    pub fn watermark(&self, words: &[SourceWords]) -> String {
        self.stamped(&format!("{FORMAT} {}", fingerprint(words)))
    }

    /// The names of the entries in their order, with what tells each from one that is written later in its place.
    pub fn stamped(&self, heading: &str) -> String {
        let mut text = format!("{heading}\n");
        for input in &self.all {
            let facts = &input.ledger_entry;
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{}\t{}", facts.key, stamp(facts));
        }
        text
    }

    /// The inputs that a run with this watermark has not read, or why that run cannot be built on.
    pub fn since(&self, watermark: &str, words: &[SourceWords]) -> Result<Vec<&Input>, WhyFull> {
        let mut lines = watermark.lines();
        if lines.next() != Some(&format!("{FORMAT} {}", fingerprint(words))) {
            return Err(WhyFull::ReadOtherwise);
        }
        let mut taken: BTreeMap<&str, &str> =
            lines.map(|line| line.split_once('\t').unwrap_or((line, ""))).collect();
        let mut new = Vec::new();
        let mut changed = 0;
        for input in &self.all {
            match taken.remove(input.ledger_entry.key.as_str()) {
                None => new.push(input),
                Some(before) => changed += u64::from(before != stamp(&input.ledger_entry)),
            }
        }
        let gone = taken.len() as u64;
        if changed + gone > 0 {
            return Err(WhyFull::Replaced { objects: changed + gone });
        }
        Ok(new)
    }
}

/// Tells an entry from one that was written later in its place.
pub fn stamp(entry: &ObjectFacts) -> String {
    format!("{}\t{}", entry.etag, entry.modified.as_microsecond())
}

fn fingerprint(words: &[SourceWords]) -> String {
    let mut texts: Vec<String> = words.iter().map(SourceWords::fingerprint).collect();
    texts.sort_unstable();
    blake3::hash(texts.join("\n").as_bytes()).to_hex().to_string()
}

/// Why everything had to be read again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum WhyFull {
    /// There is nothing to build on.
    First,
    /// It was asked for.
    Asked,
    /// Contracts changed what silver's columns mean for people, or this version reads them otherwise.
    ReadOtherwise,
    /// Objects that had been read were refined again, or removed.
    Replaced { objects: u64 },
    /// The events that the run before kept are no longer what it committed.
    KeptEventsDamaged,
    /// What the version to build on was made from is no longer there.
    WatermarkGone,
}

impl std::fmt::Display for WhyFull {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::First => formatter.write_str("nothing was there to build on"),
            Self::Asked => formatter.write_str("asked for"),
            Self::ReadOtherwise => formatter.write_str("silver is read otherwise than by the run before"),
            Self::Replaced { objects } => {
                write!(formatter, "{objects} objects changed since the run before")
            }
            Self::KeptEventsDamaged => {
                formatter.write_str("the events that the run before had kept are damaged")
            }
            Self::WatermarkGone => formatter.write_str("the list of what the run before had read is gone"),
        }
    }
}
