//! One record against its contract.

use std::borrow::Cow;
use std::fmt::Write as _;

use leadlake_contract::{Contract, Derivation, FieldIndex, Reading};

use crate::columns::{Column, Rows};
use crate::counts::Counts;
use crate::event_id::{Seen, Sighting, content_id};
use crate::field::Scalar;
use crate::inputs::{InputNames, Slot, first_given, is_given, key_of, narrow};
use crate::json::{Kind, Member, unescape};
use crate::reading::{Held, Readers, Target, Unfit, as_instant, read_into};
use crate::records::Piece;
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::provenance;

const MICROS_PER_HOUR: i64 = 3_600_000_000;

pub(crate) enum Verdict {
    Accepted,
    Duplicate,
    Refused(Box<Refusal>),
}

/// How an object's records are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalPolicy {
    RecordByRecord,
    /// Too much of the object was wrong, so records that are fine are refused as well.
    RefuseAll,
}

/// A record, walked already.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub piece: &'a Piece<'a>,
    pub members: &'a [Member],
    pub arrived_micros: i64,
    pub policy: RefusalPolicy,
}

/// The working state of judging, kept from record to record so that a good one allocates nothing.
pub(crate) struct Judge<'c> {
    contract: &'c Contract,
    fields: Vec<JudgedField<'c>>,
    provenance: ProvenanceColumns,
    inputs: InputNames,
    readers: Readers,
    /// Positions among the record's members.
    members_by_slot: Vec<Option<u16>>,
    slot_was_read: Vec<bool>,
    field_holds_value: Vec<bool>,
    unknown: Vec<Member>,
    missing: Vec<usize>,
    invalid: Vec<(usize, Member)>,
    missing_by_field: Vec<u64>,
    invalid_by_field: Vec<u64>,
    event_id: String,
    id_is_from_content: bool,
    json: String,
}

struct JudgedField<'c> {
    target: Target<'c>,
    original_column: Option<usize>,
    slots: Vec<Slot>,
}

struct ProvenanceColumns {
    event_id_from_content: usize,
    extra: usize,
    invalid: usize,
    line: usize,
}

impl<'c> Judge<'c> {
    pub(crate) fn new(contract: &'c Contract, schema: &arrow_schema::Schema, readers: Readers) -> Self {
        let column = |name: &str| schema.index_of(name).unwrap_or(usize::MAX);
        let inputs = InputNames::of(contract);
        let fields: Vec<JudgedField<'_>> = contract
            .fields
            .iter()
            .enumerate()
            .map(|(index, field)| JudgedField {
                target: Target {
                    field,
                    column: column(&field.name),
                    disposable_column: disposable_column(contract, FieldIndex(index)).map(column),
                },
                original_column: field.original_column().as_deref().map(column),
                slots: field.inputs.iter().filter_map(|name| inputs.slot_of(name)).collect(),
            })
            .collect();
        Self {
            contract,
            provenance: ProvenanceColumns {
                event_id_from_content: column(provenance::EVENT_ID_FROM_CONTENT),
                extra: column(provenance::EXTRA),
                invalid: column(provenance::INVALID),
                line: column(provenance::OBJECT_LINE),
            },
            members_by_slot: vec![None; inputs.len()],
            slot_was_read: vec![false; inputs.len()],
            field_holds_value: vec![false; fields.len()],
            missing_by_field: vec![0; fields.len()],
            invalid_by_field: vec![0; fields.len()],
            fields,
            inputs,
            readers,
            unknown: Vec::new(),
            missing: Vec::new(),
            invalid: Vec::new(),
            event_id: String::new(),
            id_is_from_content: false,
            json: String::new(),
        }
    }

    /// Appends one row to `rows`, kept only when the verdict is accepted.
    pub(crate) fn judge(
        &mut self,
        case: &Case<'_>,
        seen: &mut Seen,
        rows: &mut Rows,
        counts: &mut Counts,
    ) -> Verdict {
        let Case { piece, members, arrived_micros, policy } = *case;
        let record = match std::str::from_utf8(piece.bytes) {
            Ok(record) => record,
            Err(error) => {
                let actual = format!("a byte that is none at {}", error.valid_up_to());
                return Verdict::Refused(Refusal::of_record(RefusalCode::INVALID_UTF8, "UTF-8 text", actual));
            }
        };
        if let Err(refusal) = self.sort_members(record, members) {
            return Verdict::Refused(refusal);
        }
        let event_time = match self.read_fields(record, members, arrived_micros, rows) {
            Ok(event_time) => event_time,
            Err(refusal) => {
                rows.end_row(None);
                return Verdict::Refused(refusal);
            }
        };
        let sighting = if self.id_is_from_content {
            seen.look_by_content(&self.event_id)
        } else {
            seen.look(&self.event_id, piece.bytes)
        };
        let (verdict, kept_at) = match sighting {
            Sighting::Again => (Verdict::Duplicate, None),
            Sighting::Reused => (Verdict::Refused(self.id_reused()), None),
            Sighting::First if policy == RefusalPolicy::RefuseAll => {
                (Verdict::Refused(refused_with_object()), None)
            }
            Sighting::First => (Verdict::Accepted, Some(event_time)),
        };
        if kept_at.is_some() {
            self.add_provenance(record, members, piece.line, rows);
            self.count(record, counts);
        }
        rows.end_row(kept_at);
        verdict
    }

    fn sort_members(&mut self, record: &str, members: &[Member]) -> Result<(), Box<Refusal>> {
        self.members_by_slot.fill(None);
        self.slot_was_read.fill(false);
        self.unknown.clear();
        for (position, member) in members.iter().enumerate() {
            let key = key_of(*member, record);
            let Some(slot) = self.inputs.find(position, &key) else {
                self.unknown.push(*member);
                continue;
            };
            let place = self.members_by_slot.get_mut(slot.index());
            if place.is_some_and(|place| place.replace(narrow(position)).is_some()) {
                return Err(given_twice(&key));
            }
        }
        if self.unknown.len() > 1 {
            let mut keys: Vec<Cow<'_, str>> =
                self.unknown.iter().map(|member| key_of(*member, record)).collect();
            keys.sort_unstable();
            let mut pairs = keys.iter().zip(keys.iter().skip(1));
            if let Some((twice, _)) = pairs.find(|(left, right)| left == right) {
                return Err(given_twice(twice));
            }
        }
        Ok(())
    }

    /// The event time, when every required field holds a fit value.
    fn read_fields(
        &mut self,
        record: &str,
        members: &[Member],
        arrived_micros: i64,
        rows: &mut Rows,
    ) -> Result<i64, Box<Refusal>> {
        self.missing.clear();
        self.invalid.clear();
        self.event_id.clear();
        let mut event_time = None;
        self.id_is_from_content = false;
        for index in 0..self.fields.len() {
            let Some(field) = self.fields.get(index) else {
                break;
            };
            if matches!(field.target.field.reading, Reading::Derived(_)) {
                continue;
            }
            let input = first_given(&field.slots, &self.members_by_slot, members, record);
            let is_event_id = self.contract.event_id == FieldIndex(index);
            let held = match input {
                None => Ok(Held::Missing),
                Some((slot, member)) => {
                    if let Some(was_read) = self.slot_was_read.get_mut(slot.index()) {
                        *was_read = true;
                    }
                    read_member(
                        record,
                        member,
                        field,
                        &mut self.readers,
                        rows,
                        is_event_id.then_some(&mut self.event_id),
                    )
                    .map_err(|unfit| (unfit, member))
                }
            };
            let holds_value = match held {
                Ok(Held::Missing) if is_event_id && field.target.field.made_from_content => {
                    self.event_id = content_id(self.contract.source.as_str(), record, members);
                    rows.text(field.target.column, &self.event_id);
                    self.id_is_from_content = true;
                    true
                }
                Ok(Held::Missing) => {
                    if field.target.field.required {
                        return Err(missing(&field.target.field.name));
                    }
                    self.missing.push(index);
                    false
                }
                Ok(Held::Instant(micros)) => {
                    if self.contract.event_time == FieldIndex(index) {
                        check_ahead_of_arrival(self.contract, micros, arrived_micros, input, record)?;
                        event_time = Some(micros);
                    }
                    true
                }
                Ok(Held::Value { .. }) => true,
                Err((unfit, member)) => {
                    if field.target.field.required {
                        return Err(refused(&unfit, member, record));
                    }
                    self.invalid.push((index, member));
                    false
                }
            };
            if let Some(holds) = self.field_holds_value.get_mut(index) {
                *holds = holds_value;
            }
        }
        self.check_identity()?;
        if let Some(Column::Boolean(builder)) = rows.column(self.provenance.event_id_from_content) {
            builder.append_value(self.id_is_from_content);
        }
        event_time.ok_or_else(|| missing("event time"))
    }

    fn check_identity(&self) -> Result<(), Box<Refusal>> {
        let Some(any_of) = &self.contract.any_of else {
            return Ok(());
        };
        let holds = |index: &FieldIndex| self.field_holds_value.get(index.0).copied().unwrap_or(false);
        if any_of.0.iter().any(holds) {
            return Ok(());
        }
        let names: Vec<&str> = any_of
            .0
            .iter()
            .filter_map(|index| self.contract.field(*index))
            .map(|field| field.name.as_str())
            .collect();
        let expected = format!("a valid value in one of {}", names.join(", "));
        Err(Refusal::of_record(RefusalCode::NO_IDENTITY, expected, "none"))
    }

    fn id_reused(&self) -> Box<Refusal> {
        let name =
            self.contract.field(self.contract.event_id).map_or("event_id", |field| field.name.as_str());
        Refusal::of_field(RefusalCode::EVENT_ID_REUSED, name, "an id of its own", &self.event_id)
    }

    fn add_provenance(&mut self, record: &str, members: &[Member], line: u64, rows: &mut Rows) {
        if let Some(Column::Integer(builder)) = rows.column(self.provenance.line) {
            builder.append_value(i64::try_from(line).unwrap_or(i64::MAX));
        }
        self.write_extra(record, members);
        if !self.json.is_empty() {
            rows.text(self.provenance.extra, &self.json);
        }
        if self.invalid.is_empty() {
            return;
        }
        self.json.clear();
        for (index, member) in &self.invalid {
            let Some(field) = self.fields.get(*index) else {
                continue;
            };
            let separator = if self.json.is_empty() { '{' } else { ',' };
            // Writing to a String cannot fail.
            let _ =
                write!(self.json, "{separator}\"{}\":{}", field.target.field.name, member.written(record));
        }
        self.json.push('}');
        rows.text(self.provenance.invalid, &self.json);
    }

    /// Members that no field reads, and known ones that lost to a preferred spelling.
    fn write_extra(&mut self, record: &str, members: &[Member]) {
        self.json.clear();
        let passed_over = self
            .members_by_slot
            .iter()
            .zip(&self.slot_was_read)
            .filter(|(_, was_read)| !**was_read)
            .filter_map(|(position, _)| members.get(usize::from((*position)?)).copied())
            .filter(|member| is_given(*member, record));
        for member in passed_over.chain(self.unknown.iter().copied()) {
            self.json.push(if self.json.is_empty() { '{' } else { ',' });
            self.json.push_str(member.key.quoted().of(record));
            self.json.push(':');
            self.json.push_str(member.written(record));
        }
        if !self.json.is_empty() {
            self.json.push('}');
        }
    }

    /// Adds what was counted by field since the last call.
    pub(crate) fn add_tallies(&mut self, counts: &mut Counts) {
        for (index, field) in self.fields.iter().enumerate() {
            let name = &field.target.field.name;
            for (tally, counts) in [
                (&mut self.missing_by_field, &mut counts.missing),
                (&mut self.invalid_by_field, &mut counts.invalid),
            ] {
                let counted = tally.get_mut(index).map(std::mem::take).unwrap_or_default();
                if counted > 0 {
                    *counts.entry(name.clone()).or_default() += counted;
                }
            }
        }
    }

    fn count(&mut self, record: &str, counts: &mut Counts) {
        for index in &self.missing {
            add_one(&mut self.missing_by_field, *index);
        }
        for (index, _) in &self.invalid {
            add_one(&mut self.invalid_by_field, *index);
        }
        for member in &self.unknown {
            counts.drift(&key_of(*member, record));
        }
    }
}

fn add_one(tally: &mut [u64], index: usize) {
    if let Some(count) = tally.get_mut(index) {
        *count += 1;
    }
}

/// The column that says whether this field's address is disposable.
fn disposable_column(contract: &Contract, index: FieldIndex) -> Option<&str> {
    contract
        .fields
        .iter()
        .find(|field| field.reading == Reading::Derived(Derivation::DisposableAddress { email: index }))
        .map(|field| field.name.as_str())
}

fn read_member(
    record: &str,
    member: Member,
    field: &JudgedField<'_>,
    readers: &mut Readers,
    rows: &mut Rows,
    event_id: Option<&mut String>,
) -> Result<Held, Box<Unfit>> {
    let text;
    let scalar = match member.kind {
        Kind::Null => Scalar::Null,
        Kind::True => Scalar::Bool(true),
        Kind::False => Scalar::Bool(false),
        Kind::Number => Scalar::Number(member.value.of(record)),
        Kind::Nested => Scalar::Nested,
        Kind::Text { escaped: false } => Scalar::Text(member.value.of(record)),
        Kind::Text { escaped: true } => match unescape(member.value.of(record)) {
            Ok(unescaped) => {
                text = unescaped;
                Scalar::Text(&text)
            }
            Err(_) => {
                let unfit =
                    Unfit { code: RefusalCode::INVALID_UNICODE, expected: Cow::Borrowed("whole characters") };
                keep_original(rows, field, member.written(record));
                return Err(Box::new(unfit));
            }
        },
    };
    let received = match scalar {
        Scalar::Text(text) => text,
        _ => member.value.of(record),
    };
    let held = read_into(rows, &field.target, readers, scalar);
    match &held {
        Ok(Held::Value { as_received: true } | Held::Missing) => {}
        Ok(_) | Err(_) => keep_original(rows, field, received),
    }
    if let (Some(event_id), Ok(Held::Value { .. })) = (event_id, &held) {
        // Ids are compared as they stand in the column: trimmed and in one Unicode form.
        let as_received = matches!(held, Ok(Held::Value { as_received: true }));
        let normal = if as_received { None } else { crate::field::text::read(scalar).ok().flatten() };
        event_id.push_str(normal.as_deref().unwrap_or(received));
    }
    held
}

fn keep_original(rows: &mut Rows, field: &JudgedField<'_>, received: &str) {
    if let Some(column) = field.original_column {
        rows.text(column, received);
    }
}

fn check_ahead_of_arrival(
    contract: &Contract,
    event_micros: i64,
    arrived_micros: i64,
    input: Option<(Slot, Member)>,
    record: &str,
) -> Result<(), Box<Refusal>> {
    let Some(hours) = contract.limits.ahead_of_arrival_hours else {
        return Ok(());
    };
    let latest = arrived_micros.saturating_add(i64::from(hours) * MICROS_PER_HOUR);
    if event_micros <= latest {
        return Ok(());
    }
    let expected = Cow::Owned(format!("not after {}", as_instant(latest)));
    let unfit = Unfit { code: RefusalCode::AHEAD_OF_ARRIVAL, expected };
    match input {
        Some((_, member)) => Err(refused(&unfit, member, record)),
        None => Err(missing("event time")),
    }
}

fn refused(unfit: &Unfit, member: Member, record: &str) -> Box<Refusal> {
    Refusal::of_field(unfit.code, &key_of(member, record), unfit.expected.as_ref(), member.written(record))
}

fn missing(name: &str) -> Box<Refusal> {
    Refusal::of_field(RefusalCode::MISSING, name, "a value", "none")
}

fn given_twice(key: &str) -> Box<Refusal> {
    Refusal::of_field(RefusalCode::DUPLICATE_KEY, key, "each field once", "the field twice")
}

fn refused_with_object() -> Box<Refusal> {
    Refusal::of_record(
        RefusalCode::OBJECT_REFUSED,
        "fewer refusals in the object",
        "a record that would have been accepted",
    )
}
