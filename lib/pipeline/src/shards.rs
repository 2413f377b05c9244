//! Brings the events of each lead together: leads are numbered in the order of their ids and cut into as many even shards
//! as it takes for one to fit into memory.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{RecordBatch, UInt32Array};
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;

use leadlake_lead::event::EventKey;

use crate::error::PipelineError;
use crate::gather::{NOBODY, Origin, WHO, attach_who};
use crate::memory::Memory;
use crate::spill::Spill;
use crate::views::EventView;

/// More would take more open files than systems allow by default.
const MOST_SHARDS: usize = 128;

/// The events of some leads, of each origin in a spill of its own.
pub struct Shard {
    pub number: usize,
    spills: Vec<(Origin, Spill)>,
}

/// Numbers leads from 0 in the order of their ids.
pub struct LeadNumbers {
    /// By persona; [`NOBODY`] where a persona has no lead.
    pub of_persona: Vec<u32>,
    pub leads: u32,
}

impl LeadNumbers {
    fn of(&self, persona: u32) -> u32 {
        usize::try_from(persona).ok().and_then(|at| self.of_persona.get(at)).copied().unwrap_or(NOBODY)
    }
}

/// Deals the events out. Whatever order the spills are in, a shard holds the same events.
pub fn deal(
    spills: Vec<(Origin, Spill)>,
    numbers: &LeadNumbers,
    memory: &Memory,
    scratch: &Path,
) -> Result<Vec<Shard>, PipelineError> {
    let bytes: usize = spills.iter().map(|(_, spill)| spill.bytes()).sum();
    let count = bytes.div_ceil(memory.shard.max(1)).clamp(1, MOST_SHARDS);
    let mut shards: Vec<Shard> = (0..count).map(|number| Shard { number, spills: Vec::new() }).collect();
    let most_held = memory.dealt / count / spills.len().max(1);
    for (origin, spill) in spills {
        for batch in spill.read(scratch)? {
            let batch =
                batch.map_err(|source| PipelineError::Spill { folder: scratch.to_owned(), source })?;
            deal_batch(&batch, origin, numbers, &mut shards, most_held, scratch)?;
        }
    }
    Ok(shards)
}

fn deal_batch(
    batch: &RecordBatch,
    origin: Origin,
    numbers: &LeadNumbers,
    shards: &mut [Shard],
    most_held: usize,
    scratch: &Path,
) -> Result<(), PipelineError> {
    let batch = attach_who(batch, personas(batch).iter().map(|persona| numbers.of(*persona)).collect())?;
    if let [only] = shards {
        return only.push(origin, batch, most_held, scratch);
    }
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); shards.len()];
    let events = EventView::of(&batch);
    for (row, lead) in (0..).zip(personas(&batch)) {
        let shard = match *lead {
            NOBODY => shard_of_nobody(events.key(row as usize)?, shards.len()),
            lead => shard_of(lead, numbers.leads, shards.len()),
        };
        if let Some(rows) = rows.get_mut(shard) {
            rows.push(row);
        }
    }
    for (shard, rows) in shards.iter_mut().zip(rows) {
        let taken = take_record_batch(&batch, &UInt32Array::from(rows))
            .map_err(|source| PipelineError::Rows { table: "events", source })?;
        shard.push(origin, taken, most_held, scratch)?;
    }
    Ok(())
}

/// Even parts of the leads, in order.
fn shard_of(lead: u32, leads: u32, shards: usize) -> usize {
    (u64::from(lead) * shards as u64 / u64::from(leads.max(1))) as usize
}

/// There may be many events of nobody, where a run looks back far: they are spread, and copies of one stay together.
fn shard_of_nobody(event: EventKey<'_>, shards: usize) -> usize {
    let bytes = event.id.bytes().chain(event.source.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash % shards.max(1) as u64) as usize
}

fn personas(batch: &RecordBatch) -> &[u32] {
    batch
        .column_by_name(WHO)
        .and_then(|column| column.as_primitive_opt::<UInt32Type>())
        .map_or(&[], |column| column.values().as_ref())
}

impl Shard {
    fn push(
        &mut self,
        origin: Origin,
        batch: RecordBatch,
        most_held: usize,
        scratch: &Path,
    ) -> Result<(), PipelineError> {
        let spill = match self.spills.iter().position(|(known, _)| *known == origin) {
            Some(at) => self.spills.get_mut(at),
            None => {
                self.spills.push((origin, Spill::new(batch.schema(), most_held)));
                self.spills.last_mut()
            }
        };
        spill.map_or(Ok(()), |(_, spill)| spill.push(batch, scratch))
    }

    /// All its events, a batch for each origin.
    pub fn load(self, scratch: &Path) -> Result<LoadedShard, PipelineError> {
        let mut batches = Vec::new();
        for (_, spill) in self.spills {
            let parts = spill
                .read(scratch)?
                .collect::<Result<Vec<_>, _>>()
                .map_err(|source| PipelineError::Spill { folder: scratch.to_owned(), source })?;
            let Some(schema) = parts.first().map(RecordBatch::schema) else { continue };
            let batch = concat_batches(&schema, &parts)
                .map_err(|source| PipelineError::Rows { table: "events", source })?;
            batches.push(Arc::new(batch));
        }
        Ok(LoadedShard { number: self.number, batches })
    }
}

pub struct LoadedShard {
    pub number: usize,
    pub batches: Vec<Arc<RecordBatch>>,
}

/// Where an event stands in a loaded shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRef {
    pub lead: u32,
    pub batch: u32,
    pub row: u32,
}

impl LoadedShard {
    /// Every event, lead after lead.
    pub fn rows(&self) -> Vec<RowRef> {
        let mut rows = Vec::with_capacity(self.batches.iter().map(|batch| batch.num_rows()).sum());
        for (batch, events) in (0..).zip(&self.batches) {
            let leads = personas(events).iter();
            rows.extend((0..).zip(leads).map(|(row, lead)| RowRef { lead: *lead, batch, row }));
        }
        rows.sort_unstable_by_key(|at| (at.lead, at.batch, at.row));
        rows
    }
}
