//! One shard: the events of each lead, in order and each once, into rows of every table.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use leadlake_lead::event::{Day, Event, EventKey, Micros};
use leadlake_lead::history::each_version;
use leadlake_lead::lead_id::LeadId;
use leadlake_lead::profile::{Profile, distinct};
use leadlake_score::{LocationRates, ScoreModel, Scoring};

use crate::error::PipelineError;
use crate::gather::NOBODY;
use crate::outputs::{Part, TableOutput};
use crate::rows::Rows;
use crate::scored::{Scored, Scorer};
use crate::shards::{LoadedShard, RowRef};
use crate::tables::lead_events::EventRow;
use crate::tables::{history, lead_events, leads};
use crate::views::EventView;

/// Rows written at once, which is a row group. Leads are wide, so fewer of them make one.
const EVENTS_AT_ONCE: usize = 32_768;
const VERSIONS_AT_ONCE: usize = 32_768;
const LEADS_AT_ONCE: usize = 16_384;

/// The tables whose rows follow from the events of one lead alone.
pub struct LeadTables {
    /// None in a run as of a past instant, which changes nothing that later runs build on.
    pub lead_events: Option<TableOutput>,
    pub leads: TableOutput,
    pub history: TableOutput,
}

pub struct Folding<'r> {
    /// By the number of the lead.
    pub ids: &'r [LeadId],
    pub scoring: &'r Scoring,
    pub model: &'r (dyn ScoreModel + Sync),
    pub as_of: Micros,
    pub tables: &'r LeadTables,
    /// How often a city's leads convert is filled in once all leads are known.
    pub no_rates: &'r LocationRates,
    pub scratch: &'r Path,
    /// What a shard may hold of its features, and of its scores, before they go to a file.
    pub held_bytes: usize,
}

impl Folding<'_> {
    /// Writes what follows from each lead alone, and returns what has yet to be compared with other leads.
    pub fn fold(&self, shard: &LoadedShard) -> Result<Scored, PipelineError> {
        let views: Vec<EventView<'_>> = shard.batches.iter().map(|batch| EventView::of(batch)).collect();
        let rows = shard.rows();
        let mut writing = Writing::new(self, shard);
        for lead in rows.chunk_by(|left, right| left.lead == right.lead) {
            let events = lead.iter().map(|at| event_at(&views, *at)).collect::<Result<Vec<_>, _>>()?;
            let mut all: Vec<Located<'_, '_>> =
                events.iter().zip(lead).map(|(event, at)| Located { event, at: *at }).collect();
            let mut once = all.clone();
            distinct(&mut once);
            if once.len() < all.len() {
                use_first_copies(&mut all, &mut once, &views);
                writing.other_versions(&all, &once);
            }
            writing.lead(&once)?;
        }
        writing.finish()
    }
}

/// An event, and where it stands.
#[derive(Clone, Copy)]
struct Located<'e, 'b> {
    event: &'e Event<'b>,
    at: RowRef,
}

impl Located<'_, '_> {
    fn row(&self) -> EventRow {
        EventRow { at: self.at, kind: self.event.kind() }
    }
}

impl<'b> Borrow<Event<'b>> for Located<'_, 'b> {
    fn borrow(&self) -> &Event<'b> {
        self.event
    }
}

/// Copies of one event that arrived on one day may differ in what is no part of the event. Which of them stands for all
/// must not depend on the order in which they were read.
fn use_first_copies<'e, 'b>(
    all: &mut [Located<'e, 'b>],
    once: &mut [Located<'e, 'b>],
    views: &[EventView<'b>],
) {
    let beyond = |at: RowRef| views.get(at.batch as usize).map(|view| view.beyond_event(at.row as usize));
    let mut first: BTreeMap<Event<'b>, RowRef> = BTreeMap::new();
    for copy in all.iter() {
        let kept = first.entry(*copy.event).or_insert(copy.at);
        if beyond(copy.at) < beyond(*kept) {
            *kept = copy.at;
        }
    }
    for copy in all.iter_mut().chain(once) {
        copy.at = first.get(copy.event).copied().unwrap_or(copy.at);
    }
}

fn whenever_it_arrived<'b>(event: &Event<'b>) -> Event<'b> {
    Event { arrived: Day(0), ..*event }
}

fn event_at<'b>(views: &[EventView<'b>], at: RowRef) -> Result<Event<'b>, PipelineError> {
    let view = views.get(at.batch as usize).ok_or(PipelineError::Lost { what: "an event" })?;
    view.event(at.row as usize)
}

/// The rows of one shard on their way to its parts.
struct Writing<'w, 'b> {
    folding: &'w Folding<'w>,
    shard: &'b LoadedShard,
    profile: Profile<'b>,
    lead_id: String,
    text: String,
    event_rows: Vec<EventRow>,
    /// Rows without a lead come last, by time, as all rows do.
    of_nobody: Vec<(Micros, EventKey<'b>, EventRow)>,
    leads: Rows,
    history: Rows,
    scorer: Scorer<'w, 'b>,
    lead_events_part: Option<Part<'w>>,
    leads_part: Part<'w>,
    history_part: Part<'w>,
}

impl<'w, 'b> Writing<'w, 'b> {
    fn new(folding: &'w Folding<'w>, shard: &'b LoadedShard) -> Self {
        let tables = folding.tables;
        Self {
            folding,
            shard,
            profile: Profile::new(folding.scoring.main_currency),
            lead_id: String::new(),
            text: String::new(),
            event_rows: Vec::new(),
            of_nobody: Vec::new(),
            leads: Rows::new("silver_leads", leads::columns()),
            history: Rows::new("silver_lead_history", history::columns()),
            scorer: Scorer::new(folding, shard.number),
            lead_events_part: tables.lead_events.as_ref().map(|table| table.part(shard.number)),
            leads_part: tables.leads.part(shard.number),
            history_part: tables.history.part(shard.number),
        }
    }

    fn lead(&mut self, events: &[Located<'_, 'b>]) -> Result<(), PipelineError> {
        let Some(first) = events.first() else { return Ok(()) };
        if first.at.lead == NOBODY {
            self.put_last(events.iter().copied());
            return Ok(());
        }
        self.event_rows.extend(events.iter().map(|located| located.row()));
        if self.event_rows.len() >= EVENTS_AT_ONCE {
            self.write_events()?;
        }
        self.lead_id.clear();
        let id = self
            .folding
            .ids
            .get(first.at.lead as usize)
            .ok_or(PipelineError::Lost { what: "a lead's id" })?;
        // Writing to a text cannot fail.
        let _ = write!(self.lead_id, "{id}");

        let events: Vec<&Event<'b>> = events.iter().map(|located| located.event).collect();
        let (history, lead_id) = (&mut self.history, &self.lead_id);
        let mut by_arrival = events.clone();
        // It ends with the profile of all events.
        each_version(&mut by_arrival, &mut self.profile, |version| history::push(history, lead_id, &version));
        leads::push(&mut self.leads, &self.lead_id, &self.profile, &mut self.text);
        self.scorer.push(&self.lead_id, &events, &self.profile)?;
        self.write_full()
    }

    /// Events that bear the key of another and say something else are kept, without a lead: which of them counts may be
    /// another question once more is known of who they belong to.
    fn other_versions(&mut self, all: &[Located<'_, 'b>], once: &[Located<'_, 'b>]) {
        let said: BTreeSet<Event<'b>> = once.iter().map(|kept| whenever_it_arrived(kept.event)).collect();
        let mut others: BTreeMap<Event<'b>, Located<'_, 'b>> = BTreeMap::new();
        for other in all {
            let what = whenever_it_arrived(other.event);
            if said.contains(&what) {
                continue;
            }
            let kept = others.entry(what).or_insert(*other);
            if other.event.arrived < kept.event.arrived {
                *kept = *other;
            }
        }
        self.put_last(others.into_values());
    }

    fn put_last<'e>(&mut self, events: impl Iterator<Item = Located<'e, 'b>>)
    where
        'b: 'e,
    {
        if self.lead_events_part.is_some() {
            let without_lead = |at: RowRef| RowRef { lead: NOBODY, ..at };
            self.of_nobody.extend(events.map(|it| {
                let row = EventRow { at: without_lead(it.at), ..it.row() };
                (it.event.at, it.event.key, row)
            }));
        }
    }

    fn write_full(&mut self) -> Result<(), PipelineError> {
        if self.leads.len() >= LEADS_AT_ONCE {
            self.leads_part.write(&self.leads.finish()?)?;
        }
        if self.history.len() >= VERSIONS_AT_ONCE {
            self.history_part.write(&self.history.finish()?)?;
        }
        Ok(())
    }

    fn write_events(&mut self) -> Result<(), PipelineError> {
        let rows = std::mem::take(&mut self.event_rows);
        if rows.is_empty() {
            return Ok(());
        }
        let Some(part) = &mut self.lead_events_part else { return Ok(()) };
        let mut last = (NOBODY, None);
        let ids: Vec<(u32, String)> = rows
            .chunk_by(|left, right| left.at.lead == right.at.lead)
            .filter_map(|lead| lead.first())
            .filter_map(|row| Some((row.at.lead, self.folding.ids.get(row.at.lead as usize)?.to_string())))
            .collect();
        let mut ids = ids.iter();
        let of_rows = rows.iter().map(|EventRow { at, .. }| {
            if at.lead == NOBODY {
                return None;
            }
            if last.0 != at.lead {
                last = (at.lead, ids.next().map(|(_, id)| id.as_str()));
            }
            last.1
        });
        part.write(&lead_events::batch(&self.shard.batches, &rows, of_rows)?)
    }

    fn finish(mut self) -> Result<Scored, PipelineError> {
        self.write_events()?;
        let mut last = std::mem::take(&mut self.of_nobody);
        last.sort_unstable_by_key(|(at, event, _)| (*at, *event));
        for some in last.chunks(EVENTS_AT_ONCE) {
            self.event_rows.extend(some.iter().map(|(.., row)| *row));
            self.write_events()?;
        }
        self.leads_part.write(&self.leads.finish()?)?;
        self.history_part.write(&self.history.finish()?)?;
        if let Some(part) = self.lead_events_part {
            part.finish()?;
        }
        self.leads_part.finish()?;
        self.history_part.finish()?;
        self.scorer.finish()
    }
}
