//! From a document to a [`Contract`]. Goes on after a problem, so that all of them are told at once.

mod bounds;
mod columns;
mod freshness;
mod property;
mod quality;
mod take;
mod terms;
#[cfg(test)]
mod tests;
mod types;

use columns::Columns;
use freshness::Bound;
use quality::Subject;

use crate::contract::Contract;
use crate::names::{ContractVersion, NameError, SourceName};
use crate::odcs::{API_VERSIONS, CustomProperty, Document, Maybe, MaybeList, SchemaObject};
use crate::problem::{Findings, Place, Reason};

/// Tables of the lake that a source's own table must not take the place of.
const RESERVED_SOURCES: &[&str] =
    &["leads", "lead_events", "lead_aliases", "lead_joins", "lead_review", "lead_history"];

/// The contract, unless something was found wrong with the document.
pub(crate) fn check(findings: &mut Findings, document: Document) -> Option<Contract> {
    let root = Place::document();
    findings.check_keys(&root, &document);
    let advice = "say which release of the standard this is, such as v3.1.0";
    check_constant(findings, root.key("apiVersion"), document.api_version, API_VERSIONS, advice);
    check_constant(findings, root.key("kind"), document.kind, &["DataContract"], "write DataContract");
    for (key, written) in [("id", document.id), ("name", document.name), ("status", document.status)] {
        findings.take_present(root.key(key), written, "the standard requires it");
    }
    let advice = "give MAJOR.MINOR.PATCH, such as 1.0.0";
    let version = findings.take_present(root.key("version"), document.version, advice);
    let version: Option<ContractVersion> = named(findings, root.key("version"), version);
    let description = findings.take(root.key("description"), document.description).and_then(|description| {
        findings.check_keys(&root.key("description"), &description);
        findings.take(root.key("description").key("purpose"), description.purpose)
    });
    refuse_misplaced(findings, &root, document.custom_properties);
    let bound = freshness::bound(findings, &root.key("slaProperties"), document.sla_properties);

    let (place, object) = schema_object(findings, &root.key("schema"), document.schema)?;
    findings.check_keys(&place, &object);
    let source = source_name(findings, &place, object.name);
    check_table(findings, &place, source.as_ref(), object.logical_type, object.physical_name);
    quality::enumeration(findings, &place.key("quality"), object.quality, Subject::Source);
    let terms = terms::terms(findings, &place, object.custom_properties);
    let columns = columns::columns(findings, &place.key("properties"), object.properties);
    let any_of = terms.any_of.map(|any_of| columns.any_of(findings, any_of));
    if let (Some(Bound { element: Some(element), .. }), Some(source)) = (&bound, &source) {
        check_element(findings, element, source, &columns);
    }
    Some(Contract {
        source: source?,
        version: version?,
        description: description.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        event_id: columns.event_id?,
        event_time: columns.event_time?,
        fields: columns.into_fields()?,
        any_of,
        phone_region: terms.phone_region,
        limits: terms.limits,
        freshness: bound.map(|bound| bound.freshness),
    })
}

fn check_constant(
    findings: &mut Findings,
    place: Place,
    written: Maybe<String>,
    possible: &'static [&'static str],
    advice: &'static str,
) {
    let Some(written) = findings.take_present(place.clone(), written, advice) else {
        return;
    };
    if !possible.contains(&written.as_str()) {
        findings.report(place, Reason::NotOneOf { written, possible: possible.to_vec() });
    }
}

fn named<T: std::str::FromStr<Err = NameError>>(
    findings: &mut Findings,
    place: Place,
    written: Option<String>,
) -> Option<T> {
    written?.parse().map_err(|error: NameError| findings.report(place, error.into())).ok()
}

/// Other tools may keep custom properties at the top; ours would be without effect there.
fn refuse_misplaced(findings: &mut Findings, root: &Place, written: MaybeList<CustomProperty>) {
    for (place, custom) in findings.take_list(&root.key("customProperties"), written) {
        findings.check_keys(&place, &custom);
        let Some(property) = findings.take(place.key("property"), custom.property) else {
            continue;
        };
        let home = if terms::CUSTOM.contains(&property.as_str()) {
            "schema[0]"
        } else if property::CUSTOM.contains(&property.as_str()) {
            "the property it is about"
        } else {
            continue;
        };
        findings.report(place.key("property"), Reason::MisplacedCustom { property, home });
    }
}

fn schema_object(
    findings: &mut Findings,
    place: &Place,
    written: MaybeList<SchemaObject>,
) -> Option<(Place, SchemaObject)> {
    let advice = "describe the source's events there";
    let mut objects = findings.take_present(place.clone(), written, advice)?;
    if objects.len() != 1 {
        findings.report(place.clone(), Reason::SchemaObjects { found: objects.len() });
        return None;
    }
    let place = place.item(0);
    let object = findings.take(place.clone(), objects.pop())?;
    Some((place, object))
}

fn source_name(findings: &mut Findings, place: &Place, written: Maybe<String>) -> Option<SourceName> {
    let written = findings.take_present(place.key("name"), written, "give the source's name");
    let source: SourceName = named(findings, place.key("name"), written)?;
    if RESERVED_SOURCES.contains(&source.as_str()) {
        findings.report(place.key("name"), Reason::ReservedSource { name: source.to_string() });
    }
    Some(source)
}

fn check_table(
    findings: &mut Findings,
    place: &Place,
    source: Option<&SourceName>,
    logical_type: Maybe<String>,
    physical_name: Maybe<String>,
) {
    if logical_type.is_some() {
        check_constant(findings, place.key("logicalType"), logical_type, &["object"], "write object");
    }
    let physical_name = findings.take(place.key("physicalName"), physical_name);
    if let (Some(written), Some(source)) = (physical_name, source) {
        let expected = format!("silver_{source}");
        if written != expected {
            findings.report(place.key("physicalName"), Reason::PhysicalName { written, expected });
        }
    }
}

fn check_element(
    findings: &mut Findings,
    (place, written): &(Place, String),
    source: &SourceName,
    columns: &Columns,
) {
    let Some(event_time) = columns.event_time_name() else {
        return;
    };
    let expected = format!("{source}.{event_time}");
    if *written != expected {
        let written = written.clone();
        findings.report(place.clone(), Reason::FreshnessElement { written, expected });
    }
}
