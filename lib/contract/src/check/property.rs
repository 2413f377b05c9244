//! One property of the schema: one column.

use super::bounds::{Bounds, bounds};
use super::quality::{Enumeration, Subject, enumeration};
use super::take::Custom;
use super::types::{LogicalType, Reads, reading};
use crate::contract::{Checks, Classification, Derivation, Field, FieldIndex, IdentityRole, Reading};
use crate::names::check_name;
use crate::odcs::{Maybe, Property};
use crate::problem::{Findings, Place, Reason};
use crate::words::Word;

pub(crate) const CUSTOM: &[&str] = &[
    "aliases",
    "identity",
    "reads",
    "eventTime",
    "keepOriginal",
    "whenMissing",
    "derivedFrom",
    "derivation",
];

/// The columns that every source gets besides its own.
const RESERVED_COLUMNS: &[&str] = &[
    "event_id_from_content",
    "extra",
    "invalid",
    "object_key",
    "object_id",
    "object_line",
    "contract_version",
    "arrived_at",
    "dt",
];
const ORIGINAL_SUFFIX: &str = "_original";
const LONGEST_ALIAS: usize = 200;

/// A property as far as it can be judged alone. Parts that were found wrong are `None`, and reported.
pub(crate) struct Draft {
    pub place: Place,
    pub name: Option<String>,
    description: Option<String>,
    pub required: bool,
    classification: Classification,
    pub is_primary_key: bool,
    pub is_event_time: bool,
    pub value: Value,
}

/// Where a column's values come from and what becomes of them.
#[derive(Default)]
pub(crate) struct Value {
    pub source: Option<ValueSource>,
    /// Each with the place that claims it.
    pub inputs: Vec<(Place, String)>,
    checks: Checks,
    identity: Option<IdentityRole>,
    keeps_original: bool,
    made_from_content: bool,
}

pub(crate) enum ValueSource {
    Received(Reading),
    /// Worked out from the email of that name, which the place names.
    DisposableAddress {
        place: Place,
        email: String,
    },
}

impl Draft {
    /// How it is read, if it is read at all.
    pub fn reading(&self) -> Option<Reading> {
        match self.value.source.as_ref()? {
            ValueSource::Received(reading) => Some(*reading),
            ValueSource::DisposableAddress { .. } => None,
        }
    }

    pub fn is_derived(&self) -> bool {
        matches!(self.value.source, Some(ValueSource::DisposableAddress { .. }))
    }

    pub fn into_field(self, email_of: impl FnOnce(&str) -> Option<FieldIndex>) -> Option<Field> {
        let reading = match self.value.source? {
            ValueSource::Received(reading) => reading,
            ValueSource::DisposableAddress { email, .. } => {
                Reading::Derived(Derivation::DisposableAddress { email: email_of(&email)? })
            }
        };
        Some(Field {
            name: self.name?,
            description: self.description,
            reading,
            required: self.required,
            inputs: self.value.inputs.into_iter().map(|(_, input)| input).collect(),
            checks: self.value.checks,
            classification: self.classification,
            identity: self.value.identity,
            keeps_original: self.value.keeps_original,
            made_from_content: self.value.made_from_content,
        })
    }
}

#[derive(Clone, Copy, PartialEq)]
struct ContentHash;

impl Word for ContentHash {
    const WORDS: &'static [(&'static str, Self)] = &[("content_hash", Self)];
}

#[derive(Clone, Copy, PartialEq)]
struct DisposableAddress;

impl Word for DisposableAddress {
    const WORDS: &'static [(&'static str, Self)] = &[("disposable_address", Self)];
}

pub(crate) fn draft(findings: &mut Findings, place: Place, mut property: Property) -> Draft {
    findings.check_keys(&place, &property);
    let name = column_name(findings, &place, property.name.take(), property.physical_name.take());
    let description = findings.take(place.key("description"), property.description.take());
    let required = findings.take(place.key("required"), property.required.take()).unwrap_or(false);
    let classification = findings.take(place.key("classification"), property.classification.take());
    let classification = findings.word(place.key("classification"), classification).unwrap_or_default();
    let is_primary_key = primary_key(findings, &place, &mut property);
    let mut custom = Custom::gather(findings, &place, property.custom_properties.take(), CUSTOM);
    let is_event_time = custom.take_flag(findings, "eventTime");

    let is_derived = custom.place_of("derivedFrom").or_else(|| custom.place_of("derivation")).is_some();
    let value = if is_derived {
        let roles = [("required", required), ("primaryKey", is_primary_key), ("eventTime", is_event_time)];
        for (key, _) in roles.into_iter().filter(|(_, has_role)| *has_role) {
            findings.report(place.clone(), Reason::DerivedHas { key });
        }
        derived_value(findings, &place, property, custom)
    } else {
        let subject = if is_primary_key { Subject::PrimaryKey } else { Subject::Column };
        received_value(findings, &place, property, custom, name.as_deref(), subject)
    };
    let description = description.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    Draft { place, name, description, required, classification, is_primary_key, is_event_time, value }
}

fn column_name(
    findings: &mut Findings,
    place: &Place,
    name: Maybe<String>,
    physical_name: Maybe<String>,
) -> Option<String> {
    let name = findings.take_present(place.key("name"), name, "give the column's name")?;
    let physical_name = findings.take(place.key("physicalName"), physical_name);
    if let Some(written) = physical_name.filter(|written| *written != name) {
        let expected = name.clone();
        findings.report(place.key("physicalName"), Reason::PhysicalName { written, expected });
    }
    if let Err(error) = check_name(&name) {
        findings.report(place.key("name"), error.into());
    }
    if name.ends_with(ORIGINAL_SUFFIX) {
        findings.report(place.key("name"), Reason::OriginalSuffix { name: name.clone() });
    }
    if RESERVED_COLUMNS.contains(&name.as_str()) {
        findings.report(place.key("name"), Reason::ReservedColumn { name: name.clone() });
    }
    Some(name)
}

fn primary_key(findings: &mut Findings, place: &Place, property: &mut Property) -> bool {
    let is_primary_key = findings.take(place.key("primaryKey"), property.primary_key.take()).unwrap_or(false);
    let position = findings.take(place.key("primaryKeyPosition"), property.primary_key_position.take());
    match (is_primary_key, position) {
        (_, None) | (true, Some(1)) | (false, Some(-1)) => {}
        (true, Some(written)) => {
            let (written, expected) = (written.to_string(), "1, for the key is one column");
            findings.report(place.key("primaryKeyPosition"), Reason::Value { written, expected });
        }
        (false, Some(_)) => findings.report(place.key("primaryKeyPosition"), Reason::PrimaryKeyOnly),
    }
    let is_unique = findings.take(place.key("unique"), property.unique.take()).unwrap_or(false);
    if is_unique && !is_primary_key {
        findings.report(place.key("unique"), Reason::Unique);
    }
    is_primary_key
}

fn logical_type(findings: &mut Findings, place: &Place, written: Maybe<String>) -> Option<LogicalType> {
    let advice = "give the type: string, integer, number, boolean, timestamp or date";
    let written = findings.take_present(place.key("logicalType"), written, advice);
    findings.word(place.key("logicalType"), written)
}

fn received_value(
    findings: &mut Findings,
    place: &Place,
    property: Property,
    mut custom: Custom,
    name: Option<&str>,
    subject: Subject,
) -> Value {
    let inputs = inputs(findings, place, &mut custom, name);
    let keeps_original = custom.take_flag(findings, "keepOriginal");
    let when_missing = custom.place_of("whenMissing");
    let made_from_content = custom.take_word::<ContentHash>(findings, "whenMissing").is_some();
    if let Some(place) = when_missing.filter(|_| subject != Subject::PrimaryKey) {
        findings.report(place, Reason::PrimaryKeyOnly);
    }
    let identity_place = custom.place_of("identity");
    let identity = custom.take_word::<IdentityRole>(findings, "identity");
    let enumeration = enumeration(findings, &place.key("quality"), property.quality, subject);
    let reads_given = custom.place_of("reads").is_some();
    let reads = custom.take_word::<Reads>(findings, "reads");
    let value = Value { inputs, identity, keeps_original, made_from_content, ..Value::default() };

    let Some(logical) = logical_type(findings, place, property.logical_type) else {
        return value;
    };
    let options = property.logical_type_options;
    let bounds = bounds(findings, &place.key("logicalTypeOptions"), logical, options);
    // Guessing how a value is read would only lead to more complaints.
    let (Some(Bounds { mut checks, is_email }), true) = (bounds, reads.is_some() == reads_given) else {
        return value;
    };
    let Some(reading) = reading(findings, place, logical, property.physical_type, reads, is_email) else {
        return value;
    };
    if let (Some(place), Some(role)) = (identity_place, identity) {
        check_identity(findings, place, role, reading);
    }
    if let Some(Enumeration { place, values }) = enumeration {
        if reading != Reading::Text {
            findings.report(place, Reason::EnumerationType);
        }
        checks.allowed = values;
    }
    Value { source: Some(ValueSource::Received(reading)), checks, ..value }
}

fn inputs(
    findings: &mut Findings,
    place: &Place,
    custom: &mut Custom,
    name: Option<&str>,
) -> Vec<(Place, String)> {
    let mut inputs: Vec<_> = name.map(|name| (place.key("name"), name.to_owned())).into_iter().collect();
    let aliases = custom.take::<Vec<String>>(findings, "aliases", "a list of other input names");
    let Some((place, aliases)) = aliases else {
        return inputs;
    };
    for (index, alias) in aliases.into_iter().enumerate() {
        let place = place.item(index);
        let is_usable = !alias.is_empty()
            && alias.chars().count() <= LONGEST_ALIAS
            && alias.trim() == alias
            && !alias.contains(char::is_control);
        if !is_usable {
            findings.report(place, Reason::Alias { alias, longest: LONGEST_ALIAS });
            continue;
        }
        if inputs.iter().any(|(_, input)| *input == alias) {
            findings.report(place, Reason::RepeatedAlias { alias });
            continue;
        }
        inputs.push((place, alias));
    }
    inputs
}

fn check_identity(findings: &mut Findings, place: Place, role: IdentityRole, reading: Reading) {
    let (fits, needs) = match role {
        IdentityRole::Email => (reading == Reading::Email, "logicalTypeOptions.format: email"),
        IdentityRole::Phone => (reading == Reading::Phone, "reads: phone"),
        IdentityRole::Name | IdentityRole::City | IdentityRole::CrmId => {
            (reading == Reading::Text, "a plain text (logicalType string without reads or format)")
        }
    };
    if !fits {
        findings.report(place, Reason::Identity { identity: role.written(), needs });
    }
}

fn derived_value(findings: &mut Findings, place: &Place, property: Property, mut custom: Custom) -> Value {
    for key in ["aliases", "reads", "identity", "keepOriginal", "whenMissing"] {
        if let Some(place) = custom.place_of(key) {
            findings.report(place, Reason::DerivedHas { key });
        }
    }
    if property.logical_type_options.is_some() {
        let key = "logicalTypeOptions";
        findings.report(place.key(key), Reason::DerivedHas { key });
    }
    if let Some(rule) = enumeration(findings, &place.key("quality"), property.quality, Subject::Column) {
        findings.report(rule.place, Reason::DerivedHas { key: "the list of valid values" });
    }
    let logical = logical_type(findings, place, property.logical_type);
    if logical.is_some_and(|logical| logical != LogicalType::Boolean) {
        findings.report(place.key("logicalType"), Reason::DerivedType);
    } else if logical.is_some() {
        reading(findings, place, LogicalType::Boolean, property.physical_type, None, false);
    }

    let halves = (custom.place_of("derivedFrom"), custom.place_of("derivation"));
    if let (Some(place), None) = halves {
        findings.report(place, Reason::HalfGiven { given: "derivedFrom", absent: "derivation" });
    } else if let (None, Some(place)) = halves {
        findings.report(place, Reason::HalfGiven { given: "derivation", absent: "derivedFrom" });
    }
    let derivation = custom.take_word::<DisposableAddress>(findings, "derivation");
    let derived_from = custom.take::<String>(findings, "derivedFrom", "the name of a property");
    let source = derivation
        .zip(derived_from)
        .map(|(_, (place, email))| ValueSource::DisposableAddress { place, email });
    Value { source, ..Value::default() }
}
