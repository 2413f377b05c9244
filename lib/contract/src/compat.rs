//! Which changes of a contract break those who read a source, or those who send to it.
//!
//! Readers keep working when a column stays what it was, senders when what was accepted still is. A change
//! that must break either is a new column or a new source beside the old one.

use std::fmt;

use thiserror::Error;

use crate::contract::{Classification, Contract, Derivation, Field, FieldIndex, Reading};
use crate::names::{ContractVersion, SourceName};
use crate::words::Word;

/// A change that somebody would notice, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BreakingChange {
    #[error("the source is removed, but its tables are still read; keep its contract")]
    SourceRemoved,
    #[error("the version goes back from {from} to {to}; versions only rise")]
    VersionLowered { from: ContractVersion, to: ContractVersion },
    #[error("the contract changed under the same version {version}; raise the version")]
    VersionNotRaised { version: ContractVersion },
    #[error("column {column} is removed; keep it, it is null once no longer sent")]
    ColumnRemoved { column: String },
    #[error("column {column} changes from {from} to {to}; add a new column beside it")]
    ColumnRetyped { column: String, from: String, to: String },
    #[error("column {column} keeps its type {column_type} but is read otherwise; add a new column beside it")]
    ColumnRereads { column: String, column_type: String },
    #[error("column {column} becomes optional, but readers rely on a value; keep it required")]
    BecameOptional { column: String },
    #[error("column {column} becomes required, so that records without it are refused; keep it optional")]
    BecameRequired { column: String },
    #[error("column {column} is new and required, so that what is sent today is refused; make it optional")]
    RequiredColumnAdded { column: String },
    #[error("the event id moves from {from} to {to}, so that sent events are counted again; keep it")]
    EventIdMoved { from: String, to: String },
    #[error(
        "the event id is no longer made from content where it is missing; keep whenMissing: content_hash"
    )]
    ContentIdDropped,
    #[error("the event time moves from {from} to {to}, by which tables are sorted; keep it")]
    EventTimeMoved { from: String, to: String },
    #[error(
        "column {column} is opened from {} to {}; keep it closed and add a new column of what may be seen",
        from.written(),
        to.written()
    )]
    ClassificationLoosened { column: String, from: Classification, to: Classification },
    #[error("column {column} is removed, for its property no longer has keepOriginal; keep it")]
    OriginalColumnDropped { column: String },
    #[error("column {column} no longer reads the input {input:?}; keep it among the aliases")]
    InputDropped { column: String, input: String },
    #[error("column {column} accepts listed values only, where any was accepted; keep it open")]
    ValuesListed { column: String },
    #[error("column {column} no longer accepts {}; keep them among the valid values", .lost.join(", "))]
    ValuesNarrowed { column: String, lost: Vec<String> },
    #[error("column {column} accepts less by a stricter {bound}; keep the wider one")]
    BoundTightened { column: String, bound: &'static str },
    #[error("records must now carry one of {}, so that others are refused; keep requireAnyOf as wide as it was", .fields.join(", "))]
    RequireAnyOfNarrowed { fields: Vec<String> },
}

/// A breaking change with the source it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceChange {
    pub source: SourceName,
    pub change: BreakingChange,
}

impl fmt::Display for SourceChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.source, self.change)
    }
}

/// The breaking changes between two folders of contracts. A new source breaks nobody.
pub fn compare(old: &[Contract], new: &[Contract]) -> Vec<SourceChange> {
    old.iter().flat_map(|old| source_changes(old, new)).collect()
}

fn source_changes(old: &Contract, new: &[Contract]) -> Vec<SourceChange> {
    let changes = match new.iter().find(|new| new.source == old.source) {
        Some(new) => breaking_changes(old, new),
        None => vec![BreakingChange::SourceRemoved],
    };
    changes.into_iter().map(|change| SourceChange { source: old.source.clone(), change }).collect()
}

/// The breaking changes between two contracts of one source.
pub fn breaking_changes(old: &Contract, new: &Contract) -> Vec<BreakingChange> {
    let mut changes = Vec::new();
    changes.extend(version_change(old, new));
    changes.extend(moved_roles(old, new));
    for field in &old.fields {
        match new.field_named(&field.name) {
            None => changes.extend(removed_columns(field)),
            Some(kept) => field_changes(&mut changes, (old, field), (new, kept)),
        }
    }
    for field in new.fields.iter().filter(|field| old.field_named(&field.name).is_none()) {
        if field.required && !field.made_from_content {
            changes.push(BreakingChange::RequiredColumnAdded { column: field.name.clone() });
        }
    }
    changes.extend(narrowed_any_of(old, new));
    changes
}

fn version_change(old: &Contract, new: &Contract) -> Option<BreakingChange> {
    let (from, to) = (old.version, new.version);
    if to < from {
        return Some(BreakingChange::VersionLowered { from, to });
    }
    (to == from && undescribed(old) != undescribed(new))
        .then_some(BreakingChange::VersionNotRaised { version: to })
}

/// The contract without its prose, which may be corrected at any time.
fn undescribed(contract: &Contract) -> Contract {
    let fields = contract.fields.iter().map(|field| Field { description: None, ..field.clone() }).collect();
    Contract { description: None, fields, ..contract.clone() }
}

fn moved_roles(old: &Contract, new: &Contract) -> Vec<BreakingChange> {
    let mut changes = Vec::new();
    let (from, to) = (name_of(old, old.event_id), name_of(new, new.event_id));
    if from != to {
        changes.push(BreakingChange::EventIdMoved { from, to });
    } else if makes_ids(old) && !makes_ids(new) {
        changes.push(BreakingChange::ContentIdDropped);
    }
    let (from, to) = (name_of(old, old.event_time), name_of(new, new.event_time));
    if from != to {
        changes.push(BreakingChange::EventTimeMoved { from, to });
    }
    changes
}

fn name_of(contract: &Contract, index: FieldIndex) -> String {
    contract.field(index).map(|field| field.name.clone()).unwrap_or_default()
}

fn makes_ids(contract: &Contract) -> bool {
    contract.field(contract.event_id).is_some_and(|field| field.made_from_content)
}

fn removed_columns(field: &Field) -> Vec<BreakingChange> {
    let removed = BreakingChange::ColumnRemoved { column: field.name.clone() };
    let original = field.original_column().map(|column| BreakingChange::OriginalColumnDropped { column });
    std::iter::once(removed).chain(original).collect()
}

fn field_changes(
    changes: &mut Vec<BreakingChange>,
    (old_contract, old): (&Contract, &Field),
    (new_contract, new): (&Contract, &Field),
) {
    let column = old.name.clone();
    let (from, to) = (old.reading.column_type(), new.reading.column_type());
    if from != to {
        changes.push(BreakingChange::ColumnRetyped { column: column.clone(), from, to });
    } else if !reads_the_same((old_contract, old.reading), (new_contract, new.reading)) {
        changes.push(BreakingChange::ColumnRereads { column: column.clone(), column_type: to });
    }
    match (old.required, new.required) {
        (true, false) => changes.push(BreakingChange::BecameOptional { column: column.clone() }),
        (false, true) => changes.push(BreakingChange::BecameRequired { column: column.clone() }),
        _ => {}
    }
    if new.classification < old.classification {
        let (from, to) = (old.classification, new.classification);
        changes.push(BreakingChange::ClassificationLoosened { column: column.clone(), from, to });
    }
    if let (Some(column), None) = (old.original_column(), new.original_column()) {
        changes.push(BreakingChange::OriginalColumnDropped { column });
    }
    for input in old.inputs.iter().filter(|input| !new.inputs.contains(input)) {
        changes.push(BreakingChange::InputDropped { column: column.clone(), input: input.clone() });
    }
    narrowed_checks(changes, old, new);
}

/// Derivations name their field by position, which a new column may shift.
fn reads_the_same(
    (old_contract, old): (&Contract, Reading),
    (new_contract, new): (&Contract, Reading),
) -> bool {
    match (old, new) {
        (
            Reading::Derived(Derivation::DisposableAddress { email: old }),
            Reading::Derived(Derivation::DisposableAddress { email: new }),
        ) => name_of(old_contract, old) == name_of(new_contract, new),
        _ => old == new,
    }
}

fn narrowed_checks(changes: &mut Vec<BreakingChange>, old: &Field, new: &Field) {
    let column = &new.name;
    let (had, has) = (&old.checks, &new.checks);
    let lost: Vec<String> =
        had.allowed.iter().filter(|value| !has.allowed.contains(value)).cloned().collect();
    if had.allowed.is_empty() && !has.allowed.is_empty() {
        changes.push(BreakingChange::ValuesListed { column: column.clone() });
    } else if !has.allowed.is_empty() && !lost.is_empty() {
        changes.push(BreakingChange::ValuesNarrowed { column: column.clone(), lost });
    }
    let bounds = [
        (
            "minimum",
            is_raised(had.minimum, has.minimum) || is_raised(had.earliest_micros, has.earliest_micros),
        ),
        ("maximum", is_lowered(had.maximum, has.maximum) || is_lowered(had.latest_micros, has.latest_micros)),
        ("minLength", is_raised(had.min_length, has.min_length)),
        ("maxLength", is_lowered(had.max_length, has.max_length)),
    ];
    for (bound, _) in bounds.into_iter().filter(|(_, is_tightened)| *is_tightened) {
        changes.push(BreakingChange::BoundTightened { column: column.clone(), bound });
    }
}

fn is_raised<T: PartialOrd>(old: Option<T>, new: Option<T>) -> bool {
    new.is_some_and(|new| old.is_none_or(|old| new > old))
}

fn is_lowered<T: PartialOrd>(old: Option<T>, new: Option<T>) -> bool {
    new.is_some_and(|new| old.is_none_or(|old| new < old))
}

fn narrowed_any_of(old: &Contract, new: &Contract) -> Option<BreakingChange> {
    let names = |contract: &Contract| -> Option<Vec<String>> {
        let any_of = contract.any_of.as_ref()?;
        Some(any_of.0.iter().map(|index| name_of(contract, *index)).collect())
    };
    let fields = names(new)?;
    let is_as_wide = names(old).is_some_and(|old| old.iter().all(|name| fields.contains(name)));
    (!is_as_wide).then_some(BreakingChange::RequireAnyOfNarrowed { fields })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::kiosk;
    use insta::assert_snapshot;
    use test_case::test_case;

    const RAISED: (&str, &str) = ("version: 1.2.0", "version: 1.3.0");

    fn told(old: &Contract, new: &Contract) -> String {
        breaking_changes(old, new).iter().map(BreakingChange::to_string).collect::<Vec<_>>().join("\n")
    }

    /// What a change of the sample breaks, its version raised.
    fn told_of(changes: &[(&str, &str)]) -> String {
        told(&kiosk(&[]), &kiosk(&[&[RAISED], changes].concat()))
    }

    const NEW_COLUMN: &str = "      - name: stand\n        logicalType: string\n      - name: phone\n";

    #[test_case(&[("      - name: phone\n", NEW_COLUMN)]; "an optional column, even in the middle")]
    #[test_case(&[("value: [timestamp]", "value: [timestamp, at]")]; "an alias")]
    #[test_case(&[("[won, lost]", "[won, open, lost]")]; "a wider enumeration")]
    #[test_case(&[("minimum: 0, maximum: 50", "minimum: -1")]; "wider bounds")]
    #[test_case(&[("[email, phone]", "[phone, outcome, email]")]; "another way to reach somebody")]
    #[test_case(&[("      - name: visits\n", "      - name: visits\n        classification: restricted\n")]; "a closed column")]
    #[test_case(&[("value: 2, unit: d", "value: 3, unit: h")]; "a service level")]
    fn what_only_adds_is_allowed_with_a_raised_version(changes: &[(&str, &str)]) {
        assert_eq!(told_of(changes), "");
        assert_eq!(
            breaking_changes(&kiosk(&[]), &kiosk(changes)),
            [BreakingChange::VersionNotRaised { version: "1.2.0".parse().unwrap() }]
        );
    }

    #[test]
    fn prose_may_be_corrected_at_any_time() {
        let corrected = kiosk(&[("purpose: Visitors of a kiosk.", "purpose: Visitors of our kiosk.")]);
        assert_eq!(told(&kiosk(&[]), &corrected), "");
    }

    #[test]
    fn versions_do_not_go_back() {
        let told = told(&kiosk(&[]), &kiosk(&[("version: 1.2.0", "version: 1.1.9")]));
        assert_snapshot!(told, @"the version goes back from 1.2.0 to 1.1.9; versions only rise");
    }

    #[test]
    fn columns_that_change_or_go_break_readers() {
        let told = told_of(&[
            ("      - name: visits\n", "      - name: visitors\n"),
            ("      - name: email\n", "      - name: mail\n"),
            ("[email, phone]", "[phone]"),
            ("derivedFrom, value: email", "derivedFrom, value: mail"),
            (
                "12, 2)\n        customProperties:\n          - {property: reads, value: range_low}",
                "14, 2)\n        customProperties:\n          - {property: reads, value: range_low}",
            ),
            ("{property: reads, value: range_high}", "{property: reads, value: range_low}"),
        ]);
        assert_snapshot!(told, @"
        column email is removed; keep it, it is null once no longer sent
        column email_original is removed, for its property no longer has keepOriginal; keep it
        column email_is_disposable keeps its type boolean but is read otherwise; add a new column beside it
        column visits is removed; keep it, it is null once no longer sent
        column budget_low changes from decimal(12,2) to decimal(14,2); add a new column beside it
        column budget_high keeps its type decimal(12,2) but is read otherwise; add a new column beside it
        records must now carry one of phone, so that others are refused; keep requireAnyOf as wide as it was
        ");
    }

    #[test]
    fn weaker_promises_break_readers() {
        let required = ("      - name: outcome\n", "      - name: outcome\n        required: true\n");
        let told = told(
            &kiosk(&[required]),
            &kiosk(&[
                RAISED,
                ("          - {property: keepOriginal, value: true}\n", ""),
                (
                    "        classification: confidential\n        customProperties:\n          - {property: reads",
                    "        customProperties:\n          - {property: reads",
                ),
            ]),
        );
        assert_snapshot!(told, @"
        column email_original is removed, for its property no longer has keepOriginal; keep it
        column phone is opened from confidential to internal; keep it closed and add a new column of what may be seen
        column outcome becomes optional, but readers rely on a value; keep it required
        ");
    }

    #[test]
    fn what_is_no_longer_accepted_breaks_senders() {
        let told = told_of(&[
            (
                "      - name: phone\n",
                "      - name: stand\n        logicalType: string\n        required: true\n      - name: phone\n",
            ),
            ("      - name: outcome\n", "      - name: outcome\n        required: true\n"),
            ("value: [timestamp]", "value: [at]"),
            ("[won, lost]", "[won, gone]"),
            ("minimum: 0, maximum: 50", "minimum: 1, maximum: 49"),
            ("{maxLength: 200}", "{minLength: 5, maxLength: 40}"),
            ("[email, phone]", "[email]"),
            (
                "- name: budget\n",
                "- name: budget\n        quality: [{metric: invalidValues, arguments: {validValues: [low]}, mustBe: 0}]\n",
            ),
            ("\n        customProperties:\n          - {property: whenMissing, value: content_hash}", ""),
        ]);
        assert_snapshot!(told, @r#"
        the event id is no longer made from content where it is missing; keep whenMissing: content_hash
        column event_id accepts less by a stricter minLength; keep the wider one
        column event_id accepts less by a stricter maxLength; keep the wider one
        column event_time no longer reads the input "timestamp"; keep it among the aliases
        column outcome becomes required, so that records without it are refused; keep it optional
        column outcome no longer accepts lost; keep them among the valid values
        column visits accepts less by a stricter minimum; keep the wider one
        column visits accepts less by a stricter maximum; keep the wider one
        column budget accepts listed values only, where any was accepted; keep it open
        column stand is new and required, so that what is sent today is refused; make it optional
        records must now carry one of email, so that others are refused; keep requireAnyOf as wide as it was
        "#);
    }

    #[test]
    fn the_event_id_and_time_stay_where_they_are() {
        let told = told_of(&[
            ("      - name: event_id\n", "      - name: ticket\n"),
            ("      - name: event_time\n", "      - name: sold_at\n"),
            ("element: kiosk.event_time", "element: kiosk.sold_at"),
        ]);
        assert_snapshot!(told, @"
        the event id moves from event_id to ticket, so that sent events are counted again; keep it
        the event time moves from event_time to sold_at, by which tables are sorted; keep it
        column event_id is removed; keep it, it is null once no longer sent
        column event_time is removed; keep it, it is null once no longer sent
        column sold_at is new and required, so that what is sent today is refused; make it optional
        ");
    }

    #[test]
    fn folders_are_compared_source_by_source() {
        let renamed = kiosk(&[
            ("  - name: kiosk", "  - name: fair"),
            ("silver_kiosk", "silver_fair"),
            ("kiosk.event_time", "fair.event_time"),
        ]);
        let old = [kiosk(&[]), renamed.clone()];
        let new = [kiosk(&[("{format: email}", "{format: email, maxLength: 254}")])];
        let told = compare(&old, &new).iter().map(SourceChange::to_string).collect::<Vec<_>>().join("\n");
        assert_snapshot!(told, @"
        kiosk: the contract changed under the same version 1.2.0; raise the version
        kiosk: column email accepts less by a stricter maxLength; keep the wider one
        fair: the source is removed, but its tables are still read; keep its contract
        ");
        assert_eq!(compare(&[kiosk(&[])], &old), []);
    }
}
