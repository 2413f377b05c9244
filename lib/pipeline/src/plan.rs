//! What a run has to read: everything, or what arrived since the run before and what that one kept.

use std::io::Read;
use std::str::Lines;

use leadlake_lake::Lake;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::layout::Layer;
use leadlake_lake::store::StoreError;
use leadlake_lake::tables::{TableLog, TableName, Version};

use crate::error::PipelineError;
use crate::gather::ToRead;
use crate::inputs::{Input, Inputs, SilverFile, WhyFull};
use crate::vocabulary::SourceWords;

/// A table as the run before left it, and what it was made from.
#[derive(Debug)]
pub struct Before {
    files: Vec<SilverFile>,
    watermark: Option<String>,
    /// Every file is what it was when it was committed. What is built on damage would look whole for ever.
    is_whole: bool,
}

impl Before {
    pub fn of(lake: &Lake, table: TableName) -> Result<Option<Self>, PipelineError> {
        let log = TableLog::new(lake.store.clone(), table);
        let Some(head) = log.head()? else { return Ok(None) };
        let Some(Version { content, .. }) = log.current_after(&head)? else { return Ok(None) };
        let mut is_whole = true;
        for file in &content.files {
            is_whole &= checksum(lake, &file.key)?.as_ref() == Some(&file.blake3);
        }
        let files =
            content.files.into_iter().map(|file| SilverFile { key: file.key, size: file.bytes }).collect();
        let watermark = match &head.watermark {
            Some(key) => read_text(lake, key)?,
            None => None,
        };
        Ok(Some(Self { files, watermark, is_whole }))
    }

    /// The files and what they were made from, if all are what they were and were made in this very way.
    pub fn kept_under(&self, heading: &str) -> Option<(&[SilverFile], Lines<'_>)> {
        let mut lines = self.watermark.as_deref().filter(|_| self.is_whole)?.lines();
        (lines.next() == Some(heading)).then_some((&self.files, lines))
    }
}

/// Nothing where it is gone, or is no text.
pub fn read_text(lake: &Lake, key: &ObjectKey) -> Result<Option<String>, PipelineError> {
    let Some(mut body) = open(lake, key)? else { return Ok(None) };
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes).map_err(|source| PipelineError::Body { key: key.clone(), source })?;
    Ok(String::from_utf8(bytes).ok())
}

/// Nothing where it is gone.
fn checksum(lake: &Lake, key: &ObjectKey) -> Result<Option<String>, PipelineError> {
    let Some(mut body) = open(lake, key)? else { return Ok(None) };
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut body, &mut hasher)
        .map_err(|source| PipelineError::Body { key: key.clone(), source })?;
    Ok(Some(hasher.finalize().to_hex().to_string()))
}

fn open(lake: &Lake, key: &ObjectKey) -> Result<Option<Box<dyn Read + Send>>, PipelineError> {
    match lake.store.open(key) {
        Ok(opened) => Ok(Some(opened.body)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// The files to read, and why it is all of silver if it is.
pub struct Plan<'i> {
    pub files: Vec<ToRead<'i>>,
    pub why_full: Option<WhyFull>,
    /// Objects of bronze that were not read before.
    pub new_objects: u64,
}

impl<'i> Plan<'i> {
    pub fn of(
        lake: &Lake,
        inputs: &'i Inputs,
        before: Option<&'i Before>,
        words: &[SourceWords],
        everything: bool,
    ) -> Result<Self, PipelineError> {
        let (inputs, kept, why_full): (Vec<&Input>, &[SilverFile], _) =
            match since_before(inputs, before, words, everything) {
                Ok((new, kept)) => (new, &kept.files, None),
                Err(why) => (inputs.all.iter().collect(), &[], Some(why)),
            };
        let mut files: Vec<ToRead<'i>> = kept.iter().map(ToRead::Previous).collect();
        for input in &inputs {
            match &input.silver {
                Some(_) => files.extend(silver(input, words)),
                None => refuse_if_lost(lake, input)?,
            }
        }
        Ok(Self { files, why_full, new_objects: inputs.len() as u64 })
    }
}

/// Of most objects something was accepted, so that few have no silver, and of these the ledger is asked.
fn refuse_if_lost(lake: &Lake, input: &Input) -> Result<(), PipelineError> {
    let entry = input.entry(lake)?;
    match entry.output(Layer::Silver) {
        Some(silver) => Err(PipelineError::SilverGone { key: silver.key.clone() }),
        None => Ok(()),
    }
}

fn since_before<'i>(
    inputs: &'i Inputs,
    before: Option<&'i Before>,
    words: &[SourceWords],
    everything: bool,
) -> Result<(Vec<&'i Input>, &'i Before), WhyFull> {
    if everything {
        return Err(WhyFull::Asked);
    }
    let before = before.ok_or(WhyFull::First)?;
    if !before.is_whole {
        return Err(WhyFull::KeptEventsDamaged);
    }
    let watermark = before.watermark.as_deref().ok_or(WhyFull::WatermarkGone)?;
    Ok((inputs.since(watermark, words)?, before))
}

fn silver<'i>(input: &'i Input, words: &[SourceWords]) -> Option<ToRead<'i>> {
    let source = words.iter().position(|words| words.source == input.source.as_str())?;
    Some(ToRead::Silver { source, file: input.silver.as_ref()?, day: input.day })
}
