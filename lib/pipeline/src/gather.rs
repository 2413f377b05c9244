//! Reads every event once: each is told to the identity builder and put aside with the number of its persona.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{ArrayRef, RecordBatch, UInt32Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use jiff::civil::Date;
use leadlake_lake::Lake;
use leadlake_lake::store::{Store, StoreError};
use leadlake_lead::event::Micros;
use leadlake_lead::identity::{IdentityBuilder, Mention, Traits};

use crate::error::PipelineError;
use crate::inputs::SilverFile;
use crate::previous::PreviousEvents;
use crate::silver::SilverReader;
use crate::spill::Spill;
use crate::views::EventView;
use crate::vocabulary::{SourceWords, event_schema};

/// The column with the number of the event's persona, and later of its lead.
pub const WHO: &str = "who";

/// Of an event that takes no part in the run, since it happens after the run's instant.
pub const NOBODY: u32 = u32::MAX;

/// One file to read.
pub enum ToRead<'i> {
    Silver {
        source: usize,
        file: &'i SilverFile,
        day: Date,
    },
    /// Events of the run before, already in the shared words.
    Previous(&'i SilverFile),
}

/// Where a batch came from; batches of one origin have one schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(pub usize);

/// All events, put aside, and what is known of who they belong to.
pub struct Gathered {
    pub spills: Vec<(Origin, Spill)>,
    pub identity: IdentityBuilder,
    pub rows: u64,
    /// Events that happen after the run's instant.
    pub later: u64,
}

pub struct Gathering<'r> {
    pub lake: &'r Lake,
    pub words: &'r [SourceWords],
    pub as_of: Micros,
    pub threads: usize,
    pub scratch: &'r Path,
    /// Held in memory by all spills of this step together before they go to files.
    pub held_bytes: usize,
}

impl Gathering<'_> {
    pub fn run(&self, files: &[ToRead<'_>], identity: IdentityBuilder) -> Result<Gathered, PipelineError> {
        let threads = self.threads.clamp(1, files.len().max(1));
        let next = AtomicUsize::new(0);
        let identity = Mutex::new(identity);
        let ended: Vec<Result<Reader<'_>, PipelineError>> = std::thread::scope(|scope| {
            let work: Vec<_> = (0..threads)
                .map(|_| {
                    let mut reader = Reader::new(self, threads, &identity);
                    let next = &next;
                    scope.spawn(move || {
                        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                            reader.read(file)?;
                        }
                        Ok(reader)
                    })
                })
                .collect();
            work.into_iter().map(|thread| thread.join().unwrap_or(Err(PipelineError::ThreadDied))).collect()
        });
        let (mut spills, mut rows, mut later) = (Vec::new(), 0, 0);
        for reader in ended {
            let reader = reader?;
            rows += reader.rows;
            later += reader.later;
            let origins = (0..).map(Origin);
            spills.extend(origins.zip(reader.spills).filter(|(_, spill)| spill.bytes() > 0));
        }
        spills.sort_by_key(|(origin, _)| *origin);
        let identity = identity.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Gathered { spills, identity, rows, later })
    }
}

/// What cannot be read may be damaged, or may have been written anew since it was listed.
fn told_of_change(lake: &Lake, file: &SilverFile, error: PipelineError) -> PipelineError {
    let may_be_of_change =
        matches!(error, PipelineError::Unreadable { .. } | PipelineError::Store(StoreError::NotFound { .. }));
    if !may_be_of_change {
        return error;
    }
    match lake.store.head(&file.key) {
        Ok(there) if there.as_ref().is_none_or(|facts| facts.size != file.size) => {
            PipelineError::EntryGone { key: file.key.clone() }
        }
        _ => error,
    }
}

struct Reader<'r> {
    gathering: &'r Gathering<'r>,
    identity: &'r Mutex<IdentityBuilder>,
    sources: Vec<SilverReader<'r>>,
    previous: PreviousEvents,
    /// One for each source, and one for the events of the run before.
    spills: Vec<Spill>,
    rows: u64,
    later: u64,
}

impl<'r> Reader<'r> {
    fn new(gathering: &'r Gathering<'r>, threads: usize, identity: &'r Mutex<IdentityBuilder>) -> Self {
        let sources: Vec<SilverReader<'r>> = gathering.words.iter().map(SilverReader::new).collect();
        let previous = PreviousEvents::new();
        let schemas = sources.iter().map(|source| Arc::clone(source.schema())).chain([event_schema()]);
        let most_held = gathering.held_bytes / threads / (sources.len() + 1);
        let spills = schemas.map(|schema| Spill::new(with_who(&schema), most_held)).collect();
        Self { gathering, identity, sources, previous, spills, rows: 0, later: 0 }
    }

    fn read(&mut self, file: &ToRead<'_>) -> Result<(), PipelineError> {
        let Self { gathering, identity, sources, previous, spills, rows, later } = self;
        let (origin, lake) = match file {
            ToRead::Silver { source, .. } => (*source, gathering.lake),
            ToRead::Previous(_) => (sources.len(), gathering.lake),
        };
        let Some(spill) = spills.get_mut(origin) else { return Ok(()) };
        let mut take = |batch: RecordBatch| {
            let who = identify(&batch, gathering.as_of, identity)?;
            *rows += batch.num_rows() as u64;
            *later += who.iter().filter(|who| **who == NOBODY).count() as u64;
            spill.push(attach_who(&batch, who)?, gathering.scratch)
        };
        match file {
            ToRead::Silver { source, file, day } => match sources.get(*source) {
                Some(reader) => {
                    let read = reader.read(lake, file, *day, &mut take);
                    read.map_err(|error| told_of_change(lake, file, error))
                }
                None => Ok(()),
            },
            ToRead::Previous(file) => previous.read(lake, file, &mut take),
        }
    }
}

fn identify(
    batch: &RecordBatch,
    as_of: Micros,
    identity: &Mutex<IdentityBuilder>,
) -> Result<Vec<u32>, PipelineError> {
    let events = EventView::of(batch);
    let mut identity = identity.lock().unwrap_or_else(PoisonError::into_inner);
    (0..batch.num_rows())
        .map(|row| {
            let at = events.at(row)?;
            if at > as_of {
                return Ok(NOBODY);
            }
            let who = events.identity(row);
            let mention = Mention {
                email: who.email,
                phone: who.phone,
                crm_id: who.crm_id,
                name: who.name,
                city: who.city,
                arrived: events.arrived(row)?,
                traits: Traits::default(),
                at,
            };
            Ok(identity.add(&mention).0)
        })
        .collect()
}

pub fn with_who(schema: &SchemaRef) -> SchemaRef {
    let who = Arc::new(Field::new(WHO, DataType::UInt32, false));
    Arc::new(Schema::new(schema.fields().iter().cloned().chain([who]).collect::<Vec<_>>()))
}

/// The batch with the column in its last place, whether or not it has one there already.
pub fn attach_who(batch: &RecordBatch, who: Vec<u32>) -> Result<RecordBatch, PipelineError> {
    let who: ArrayRef = Arc::new(UInt32Array::from(who));
    let (schema, columns) = match batch.column_by_name(WHO) {
        Some(_) => {
            let kept = batch.num_columns() - 1;
            (batch.schema(), batch.columns().iter().take(kept).cloned().chain([who]).collect())
        }
        None => (with_who(&batch.schema()), batch.columns().iter().cloned().chain([who]).collect::<Vec<_>>()),
    };
    RecordBatch::try_new(schema, columns).map_err(|source| PipelineError::Rows { table: "events", source })
}
