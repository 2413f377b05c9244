//! What must hold between the properties of a schema.

use std::collections::BTreeMap;

use super::property::{self, Draft, ValueSource};
use crate::contract::{AnyOf, Field, FieldIndex, Reading};
use crate::odcs::{MaybeList, Property};
use crate::problem::{Findings, Place, Reason};

pub(crate) struct Columns {
    drafts: Vec<Draft>,
    pub event_id: Option<FieldIndex>,
    pub event_time: Option<FieldIndex>,
}

pub(crate) fn columns(findings: &mut Findings, place: &Place, written: MaybeList<Property>) -> Columns {
    let properties = findings.take_list(place, written);
    let drafts: Vec<Draft> =
        properties.into_iter().map(|(place, property)| property::draft(findings, place, property)).collect();
    refuse_repeated_names(findings, &drafts);
    refuse_shared_inputs(findings, &drafts);
    let event_id = event_id(findings, place, &drafts);
    let event_time = event_time(findings, place, &drafts);
    let columns = Columns { drafts, event_id, event_time };
    columns.check_derivations(findings);
    columns
}

impl Columns {
    fn find(&self, name: &str) -> Option<(FieldIndex, &Draft)> {
        let is_named = |draft: &Draft| draft.name.as_deref() == Some(name);
        let (index, draft) = self.drafts.iter().enumerate().find(|(_, draft)| is_named(draft))?;
        Some((FieldIndex(index), draft))
    }

    pub fn event_time_name(&self) -> Option<&str> {
        self.drafts.get(self.event_time?.0)?.name.as_deref()
    }

    /// The fields that `requireAnyOf` names.
    pub fn any_of(&self, findings: &mut Findings, (place, names): (Place, Vec<String>)) -> AnyOf {
        let mut indexes = Vec::with_capacity(names.len());
        for (position, name) in names.into_iter().enumerate() {
            let place = place.item(position);
            match self.find(&name) {
                None => findings.report(place, Reason::NoSuchField { name }),
                Some((index, _)) if indexes.contains(&index) => {
                    findings.report(place, Reason::FieldTwice { name });
                }
                Some((_, draft)) if draft.is_derived() => {
                    findings.report(place, Reason::DerivedField { name });
                }
                Some((index, _)) => indexes.push(index),
            }
        }
        AnyOf(indexes)
    }

    fn check_derivations(&self, findings: &mut Findings) {
        for draft in &self.drafts {
            let Some(ValueSource::DisposableAddress { place, email }) = &draft.value.source else {
                continue;
            };
            let may_be_email = self.find(email).is_some_and(|(_, draft)| {
                !draft.is_derived() && draft.reading().is_none_or(|reading| reading == Reading::Email)
            });
            if !may_be_email {
                findings.report(place.clone(), Reason::DerivedFrom { name: email.clone() });
            }
        }
    }

    /// `None` if a property was found wrong.
    pub fn into_fields(self) -> Option<Vec<Field>> {
        let indexes: BTreeMap<String, FieldIndex> = (0..)
            .map(FieldIndex)
            .zip(&self.drafts)
            .filter_map(|(i, draft)| Some((draft.name.clone()?, i)))
            .collect();
        self.drafts.into_iter().map(|draft| draft.into_field(|email| indexes.get(email).copied())).collect()
    }
}

fn refuse_repeated_names(findings: &mut Findings, drafts: &[Draft]) {
    for (index, draft) in drafts.iter().enumerate() {
        let is_repeated = drafts.iter().take(index).any(|earlier| earlier.name == draft.name);
        if let Some(name) = draft.name.clone().filter(|_| is_repeated) {
            findings.report(draft.place.key("name"), Reason::RepeatedColumn { name });
        }
    }
}

/// An input read into two columns would be two answers to one question, except for the ends of a range and its text.
fn refuse_shared_inputs(findings: &mut Findings, drafts: &[Draft]) {
    let mut owners: BTreeMap<&str, Vec<&Draft>> = BTreeMap::new();
    for draft in drafts {
        for (place, input) in &draft.value.inputs {
            let owners = owners.entry(input).or_default();
            // Two columns of one name are told as such.
            let rival = owners.iter().find(|owner| owner.name != draft.name && !may_share(owner, draft));
            if let Some(owner) = rival.and_then(|owner| owner.name.clone()) {
                findings.report(place.clone(), Reason::SharedInput { input: input.clone(), owner });
            }
            owners.push(draft);
        }
    }
}

fn may_share(one: &Draft, other: &Draft) -> bool {
    let is_range = |reading: Reading| matches!(reading, Reading::RangeLow { .. } | Reading::RangeHigh { .. });
    match (one.reading(), other.reading()) {
        (Some(one), Some(other)) => {
            (is_range(one) && (is_range(other) || other == Reading::Text))
                || (one == Reading::Text && is_range(other))
        }
        // What is wrong with the reading was told already.
        _ => true,
    }
}

fn event_id(findings: &mut Findings, place: &Place, drafts: &[Draft]) -> Option<FieldIndex> {
    let mut keys = drafts.iter().enumerate().filter(|(_, draft)| draft.is_primary_key);
    let Some((index, key)) = keys.next() else {
        findings.report(place.clone(), Reason::NoPrimaryKey);
        return None;
    };
    for (_, second) in keys {
        let first = key.name.clone().unwrap_or_default();
        findings.report(second.place.key("primaryKey"), Reason::SecondPrimaryKey { first });
    }
    if key.reading().is_some_and(|reading| reading != Reading::Text) {
        let needs = "a plain text (logicalType string without reads or format)";
        findings.report(key.place.clone(), Reason::PrimaryKey { needs });
    }
    if !key.required {
        findings.report(key.place.clone(), Reason::PrimaryKey { needs: "required: true" });
    }
    Some(FieldIndex(index))
}

fn event_time(findings: &mut Findings, place: &Place, drafts: &[Draft]) -> Option<FieldIndex> {
    let mut times = drafts.iter().enumerate().filter(|(_, draft)| draft.is_event_time);
    let Some((index, time)) = times.next() else {
        findings.report(place.clone(), Reason::NoEventTime);
        return None;
    };
    for (_, second) in times {
        let first = time.name.clone().unwrap_or_default();
        findings.report(second.place.clone(), Reason::SecondEventTime { first });
    }
    if time.reading().is_some_and(|reading| reading != Reading::Timestamp) {
        findings.report(time.place.clone(), Reason::EventTime { needs: "logicalType timestamp" });
    }
    if !time.required {
        findings.report(time.place.clone(), Reason::EventTime { needs: "required: true" });
    }
    Some(FieldIndex(index))
}
