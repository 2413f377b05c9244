use insta::assert_snapshot;
use test_case::test_case;

use crate::contract::{
    AnyOf, Classification, Derivation, FieldIndex, Freshness, IdentityRole, ObjectBreaker, Reading,
};
use crate::samples::{kiosk, refusal, refusal_of};

#[test]
fn a_right_contract_means_what_it_says() {
    let contract = kiosk(&[]);
    assert_eq!(contract.source.as_str(), "kiosk");
    assert_eq!(contract.version.to_string(), "1.2.0");
    assert_eq!(contract.description.as_deref(), Some("Visitors of a kiosk."));
    assert_eq!((contract.event_id, contract.event_time), (FieldIndex(0), FieldIndex(1)));
    assert_eq!(contract.any_of, Some(AnyOf(vec![FieldIndex(2), FieldIndex(4)])));
    assert_eq!(contract.phone_region.as_deref(), Some("IN"));
    assert_eq!(contract.limits.largest_record_bytes, 1024 * 1024);
    assert_eq!(contract.limits.breaker, Some(ObjectBreaker { above_share: 0.5, from_records: 20 }));
    assert_eq!(contract.freshness, Some(Freshness { seconds: 2 * 24 * 60 * 60 }));

    let readings: Vec<_> = contract.fields.iter().map(|field| (field.name.as_str(), field.reading)).collect();
    let disposable = Derivation::DisposableAddress { email: FieldIndex(2) };
    assert_eq!(
        readings,
        [
            ("event_id", Reading::Text),
            ("event_time", Reading::Timestamp),
            ("email", Reading::Email),
            ("email_is_disposable", Reading::Derived(disposable)),
            ("phone", Reading::Phone),
            ("outcome", Reading::Text),
            ("visits", Reading::Integer),
            ("budget", Reading::Text),
            ("budget_low", Reading::RangeLow { precision: 12, scale: 2 }),
            ("budget_high", Reading::RangeHigh { precision: 12, scale: 2 }),
        ]
    );
}

#[test]
fn the_fields_carry_their_checks_and_roles() {
    let contract = kiosk(&[]);
    let field = |name: &str| contract.field_named(name).unwrap();
    assert!(field("event_id").made_from_content);
    assert_eq!(field("event_id").checks.max_length, Some(200));
    assert_eq!(field("event_time").inputs, ["event_time", "timestamp"]);
    assert_eq!(field("event_time").checks.earliest_micros, Some(946_684_800_000_000));
    assert_eq!(field("email").original_column().as_deref(), Some("email_original"));
    assert_eq!(field("email").classification, Classification::Confidential);
    assert_eq!(field("phone").identity, Some(IdentityRole::Phone));
    assert!(field("email_is_disposable").inputs.is_empty());
    assert_eq!(field("outcome").checks.allowed, ["won", "lost"]);
    assert_eq!(field("visits").checks.maximum, Some(50.0));
    assert_eq!(field("visits").classification, Classification::Internal);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let told = refusal(&[
        ("version: 1.2.0", "version: 1.2"),
        ("value: IN", "value: in"),
        ("property: refuseObjectFrom", "property: refuseObjectsFrom"),
        ("[email, phone]", "[email, fax, email_is_disposable, email]"),
        ("minimum: 0, maximum: 50", "minimum: 50, maximum: 0, multipleOf: 5"),
        ("mustBe: 0}\n      - name: visits", "mustBe: 5}\n      - name: visits"),
    ]);
    assert_snapshot!(told, @r#"
    kiosk.odcs.yaml: version: has the wrong type: floating point `1.2`, expected a string; put it in quotes
    kiosk.odcs.yaml: schema[0].customProperties[2].property: "refuseObjectsFrom" is not a custom property known here; possible: phoneRegion, refuseObjectAbove, refuseObjectFrom, largestRecordBytes, aheadOfArrivalHours, requireAnyOf
    kiosk.odcs.yaml: schema[0].customProperties[0].value: is "in"; give a country as two upper-case letters such as IN (in quotes: NO alone is a truth value to some)
    kiosk.odcs.yaml: schema[0].customProperties[1].value: refuseObjectAbove is given without refuseObjectFrom; give both or neither
    kiosk.odcs.yaml: schema[0].properties[5].quality[1].mustBe: is not a rule that is enforced here; possible: invalidValues with arguments.validValues, duplicateValues on the primary key (both with mustBe: 0), and type: text
    kiosk.odcs.yaml: schema[0].properties[6].logicalTypeOptions.multipleOf: is not enforced for logicalType integer; possible: minimum, maximum
    kiosk.odcs.yaml: schema[0].properties[6].logicalTypeOptions.minimum: lies above maximum, so that no value could pass; swap or correct them
    kiosk.odcs.yaml: schema[0].customProperties[3].value[1]: names "fax", which is no property of this contract; use the name of one
    kiosk.odcs.yaml: schema[0].customProperties[3].value[2]: names "email_is_disposable", which is worked out and not received; use a property that is read
    kiosk.odcs.yaml: schema[0].customProperties[3].value[3]: names "email" twice; name it once
    "#);
}

#[test]
fn a_value_of_a_wrong_type_does_not_hide_the_next_problem() {
    let told = refusal(&[
        ("purpose: Visitors of a kiosk.", "purpose: [Visitors]"),
        ("logicalTypeOptions: {maxLength: 200}\n        required: true", "required: yes"),
        ("value: [timestamp]", "value: timestamp"),
        ("logicalTypeOptions: {format: email}", "logicalTypeOptions: email"),
        ("      - name: phone", "      - phone\n      - name: phone"),
    ]);
    assert_snapshot!(told, @r#"
    kiosk.odcs.yaml: description.purpose: has the wrong type: sequence, expected a string
    kiosk.odcs.yaml: schema[0].properties[4]: has the wrong type: string "phone", expected a mapping that describes a column
    kiosk.odcs.yaml: schema[0].properties[0].required: has the wrong type: string "yes", expected a boolean
    kiosk.odcs.yaml: schema[0].properties[1].customProperties[1].value: is "timestamp"; give a list of other input names
    kiosk.odcs.yaml: schema[0].properties[2].logicalTypeOptions: has the wrong type: string "email", expected a mapping such as {maxLength: 200}
    kiosk.odcs.yaml: schema[0].properties[0]: a primary key needs required: true
    "#);
}

#[test]
fn an_empty_document_is_told_all_it_lacks() {
    let told = refusal_of("{}");
    assert_snapshot!(told, @"
    kiosk.odcs.yaml: apiVersion: is missing; say which release of the standard this is, such as v3.1.0
    kiosk.odcs.yaml: kind: is missing; write DataContract
    kiosk.odcs.yaml: id: is missing; the standard requires it
    kiosk.odcs.yaml: name: is missing; the standard requires it
    kiosk.odcs.yaml: status: is missing; the standard requires it
    kiosk.odcs.yaml: version: is missing; give MAJOR.MINOR.PATCH, such as 1.0.0
    kiosk.odcs.yaml: schema: is missing; describe the source's events there
    ");
    let told = refusal_of("");
    assert_snapshot!(told, @"kiosk.odcs.yaml: has the wrong type: null, expected a contract, which is a mapping that begins with apiVersion");
    let told = refusal_of("schema: [{}]");
    assert_snapshot!(told, @"
    kiosk.odcs.yaml: apiVersion: is missing; say which release of the standard this is, such as v3.1.0
    kiosk.odcs.yaml: kind: is missing; write DataContract
    kiosk.odcs.yaml: id: is missing; the standard requires it
    kiosk.odcs.yaml: name: is missing; the standard requires it
    kiosk.odcs.yaml: status: is missing; the standard requires it
    kiosk.odcs.yaml: version: is missing; give MAJOR.MINOR.PATCH, such as 1.0.0
    kiosk.odcs.yaml: schema[0].name: is missing; give the source's name
    kiosk.odcs.yaml: schema[0].properties: no property is the primary key; give the one that names an event primaryKey: true
    kiosk.odcs.yaml: schema[0].properties: no property holds the event time; give a required timestamp the custom property eventTime: true
    ");
}

#[test]
fn keys_that_the_standard_does_not_have_are_refused() {
    let told = refusal(&[
        ("domain: sales", "domian: sales"),
        ("primaryKeyPosition: 1", "primarykey: true"),
        ("{property: phoneRegion, value: IN}", "{property: phoneRegion, val: IN}"),
    ]);
    assert_snapshot!(told, @"
    kiosk.odcs.yaml: domian: is not known here; possible: apiVersion, kind, id, name, version, status, description, schema, slaProperties, customProperties, authoritativeDefinitions, context, contractCreatedTs, dataProduct, domain, price, roles, servers, slaDefaultElement, support, tags, team, tenant
    kiosk.odcs.yaml: schema[0].customProperties[0].val: is not known here; possible: property, value, description, id, vendor
    kiosk.odcs.yaml: schema[0].customProperties[0].value: is missing; give the property's value
    kiosk.odcs.yaml: schema[0].properties[0].primarykey: is not known here; possible: name, description, logicalType, physicalType, physicalName, logicalTypeOptions, required, unique, primaryKey, primaryKeyPosition, classification, quality, customProperties, authoritativeDefinitions, businessName, criticalDataElement, deprecated, encryptedName, examples, id, partitionKeyPosition, partitioned, relationships, semanticType, synonyms, tags, transformDescription, transformLogic, transformSourceObjects
    ");
}

#[test]
fn custom_properties_that_are_unknown_repeated_or_elsewhere_are_refused() {
    let told = refusal(&[
        ("{property: keepOriginal, value: true}", "{property: keepOrginal, value: true}"),
        ("{property: whenMissing, value: content_hash}", "{property: whenMissing, value: uuid}"),
        ("{property: phoneRegion, value: IN}", "{property: refuseObjectAbove, value: 0.5}"),
        ("{property: reads, value: phone}", "{property: reads, value: telephone}"),
        ("domain: sales", "customProperties: [{property: aliases, value: []}, {property: theirs, value: 1}]"),
    ]);
    assert_snapshot!(told, @r#"
    kiosk.odcs.yaml: customProperties[0].property: aliases has no effect here; move it into the customProperties of the property it is about
    kiosk.odcs.yaml: schema[0].customProperties[1].property: refuseObjectAbove was given before; keep one of them
    kiosk.odcs.yaml: schema[0].properties[0].customProperties[0].value: is "uuid"; possible: content_hash
    kiosk.odcs.yaml: schema[0].properties[2].customProperties[1].property: "keepOrginal" is not a custom property known here; possible: aliases, identity, reads, eventTime, keepOriginal, whenMissing, derivedFrom, derivation
    kiosk.odcs.yaml: schema[0].properties[4].customProperties[0].value: is "telephone"; possible: phone, range_low, range_high, days
    "#);
}

#[test]
fn types_that_contradict_each_other_are_refused() {
    let told = refusal(&[
        ("physicalType: bigint", "physicalType: decimal(10,0)"),
        ("physicalType: timestamp", "physicalType: bigint"),
        (
            "2)\n        customProperties:\n          - {property: reads, value: range_low}",
            "20)\n        customProperties:\n          - {property: reads, value: range_low}",
        ),
        (
            "decimal(12, 2)\n        customProperties:\n          - {property: reads, value: range_high}",
            "double\n        customProperties:\n          - {property: reads, value: range_high}",
        ),
        (
            "      - name: budget\n        logicalType: string",
            "      - name: budget\n        logicalType: array",
        ),
    ]);
    assert_snapshot!(told, @r#"
    kiosk.odcs.yaml: schema[0].properties[1].physicalType: is "bigint", which contradicts logicalType timestamp; give timestamp
    kiosk.odcs.yaml: schema[0].properties[6].physicalType: is "decimal(10,0)", which contradicts logicalType integer; give bigint
    kiosk.odcs.yaml: schema[0].properties[7].logicalType: is "array"; possible: string, integer, number, boolean, timestamp, date
    kiosk.odcs.yaml: schema[0].properties[8].physicalType: is "decimal(12, 20)"; a decimal has 1 to 38 digits, of which 0 to all lie behind the point
    kiosk.odcs.yaml: schema[0].properties[9]: reads: range_high needs logicalType number and a physicalType such as decimal(18,2)
    "#);
}

#[test]
fn names_and_inputs_belong_to_one_column() {
    let told = refusal(&[
        ("- name: outcome", "- name: email"),
        ("- name: visits", "- name: arrived_at"),
        ("- name: budget_low", "- name: Budget_low"),
        ("value: [timestamp]", "value: [timestamp, phone, event_time, \" t\"]"),
        ("- name: budget_high", "- name: budget_original"),
    ]);
    assert_snapshot!(told, @r#"
    kiosk.odcs.yaml: schema[0].properties[1].customProperties[1].value[2]: "event_time" stands here twice, or is the property's own name, which is read anyway; leave it out
    kiosk.odcs.yaml: schema[0].properties[1].customProperties[1].value[3]: " t" cannot be an input name; give up to 200 characters without control characters or blanks around
    kiosk.odcs.yaml: schema[0].properties[6].name: arrived_at is the name of a column that every source gets anyway; choose another
    kiosk.odcs.yaml: schema[0].properties[8].name: name "Budget_low" is not usable as a folder, table or column; use lower-case letters, digits and underscores, starting with a letter
    kiosk.odcs.yaml: schema[0].properties[9].name: budget_original ends like the columns that keep a text as received; choose another name, or keepOriginal
    kiosk.odcs.yaml: schema[0].properties[5].name: email is the name of another property too; every column needs a name of its own
    kiosk.odcs.yaml: schema[0].properties[4].name: the input "phone" already belongs to the property event_time; only range_low and range_high may share, with each other and one plain text
    "#);
}

#[test]
fn roles_need_the_right_columns() {
    let told = refusal(&[
        ("        required: true\n        primaryKey: true", "        primaryKey: true"),
        (
            "        required: true\n        logicalTypeOptions: {minimum",
            "        logicalTypeOptions: {minimum",
        ),
        ("logicalTypeOptions: {format: email}", "logicalTypeOptions: {maxLength: 254}"),
        (
            "        physicalType: bigint\n",
            "        physicalType: bigint\n        primaryKey: true\n        unique: true\n",
        ),
        ("- name: budget\n", "- name: budget\n        unique: true\n"),
    ]);
    assert_snapshot!(told, @r#"
    kiosk.odcs.yaml: schema[0].properties[2].customProperties[0].value: identity: email needs logicalTypeOptions.format: email
    kiosk.odcs.yaml: schema[0].properties[7].unique: is not checked except for the primary key; leave it out
    kiosk.odcs.yaml: schema[0].properties[6].primaryKey: event_id is the primary key already; exactly one property is
    kiosk.odcs.yaml: schema[0].properties[0]: a primary key needs required: true
    kiosk.odcs.yaml: schema[0].properties[1]: the event time needs required: true
    kiosk.odcs.yaml: schema[0].properties[3].customProperties[0].value: names "email", which is no email of this contract; use a property with logicalTypeOptions.format: email
    "#);
    let told = refusal(&[
        ("        primaryKey: true\n        primaryKeyPosition: 1\n", ""),
        ("{property: eventTime, value: true}", "{property: keepOriginal, value: true}"),
    ]);
    assert_snapshot!(told, @"
    kiosk.odcs.yaml: schema[0].properties[0].customProperties[0].value: is for the primary key only; leave it out
    kiosk.odcs.yaml: schema[0].properties[0].quality[0]: is not a rule that is enforced here; possible: invalidValues with arguments.validValues, duplicateValues on the primary key (both with mustBe: 0), and type: text
    kiosk.odcs.yaml: schema[0].properties: no property is the primary key; give the one that names an event primaryKey: true
    kiosk.odcs.yaml: schema[0].properties: no property holds the event time; give a required timestamp the custom property eventTime: true
    ");
}

#[test]
fn a_derived_column_is_only_derived() {
    let told = refusal(&[
        ("{property: derivedFrom, value: email}", "{property: aliases, value: [throw_away]}"),
        ("logicalType: boolean\n", "logicalType: string\n        required: true\n"),
    ]);
    assert_snapshot!(told, @"
    kiosk.odcs.yaml: schema[0].properties[3]: a property that is derived is not received; leave required out
    kiosk.odcs.yaml: schema[0].properties[3].customProperties[0].value: a property that is derived is not received; leave aliases out
    kiosk.odcs.yaml: schema[0].properties[3].logicalType: a disposable_address is true or false; give logicalType boolean
    kiosk.odcs.yaml: schema[0].properties[3].customProperties[1].value: derivation is given without derivedFrom; give both or neither
    ");
    let told = refusal(&[("{property: derivedFrom, value: email}", "{property: derivedFrom, value: phone}")]);
    assert_snapshot!(told, @r#"kiosk.odcs.yaml: schema[0].properties[3].customProperties[0].value: names "phone", which is no email of this contract; use a property with logicalTypeOptions.format: email"#);
}

#[test]
fn quality_rules_that_nobody_enforces_are_refused() {
    let rules = "{rule: invalidValues, arguments: {validValues: [won, lost]}, mustBe: 0}";
    let told = refusal(&[(rules, "{type: sql, query: SELECT 1, mustBe: 0}")]);
    assert_snapshot!(told, @"kiosk.odcs.yaml: schema[0].properties[5].quality[1].type: is not a rule that is enforced here; possible: invalidValues with arguments.validValues, duplicateValues on the primary key (both with mustBe: 0), and type: text");
    let told = refusal(&[(rules, "{metric: nullValues, mustBe: 0}")]);
    assert_snapshot!(told, @"kiosk.odcs.yaml: schema[0].properties[5].quality[1]: is not a rule that is enforced here; possible: invalidValues with arguments.validValues, duplicateValues on the primary key (both with mustBe: 0), and type: text");
    let told = refusal(&[(rules, "{metric: duplicateValues, mustBe: 0}")]);
    assert_snapshot!(told, @"kiosk.odcs.yaml: schema[0].properties[5].quality[1]: is not a rule that is enforced here; possible: invalidValues with arguments.validValues, duplicateValues on the primary key (both with mustBe: 0), and type: text");
    let told =
        refusal(&[(rules, "{metric: invalidValues, arguments: {pattern: x}, mustBeLessThan: 5, mustBe: 0}")]);
    assert_snapshot!(told, @"
    kiosk.odcs.yaml: schema[0].properties[5].quality[1].mustBeLessThan: is not known here; possible: type, metric, rule, arguments, mustBe, authoritativeDefinitions, businessImpact, customProperties, description, dimension, id, method, name, schedule, scheduler, severity, tags, unit
    kiosk.odcs.yaml: schema[0].properties[5].quality[1].arguments.pattern: is not known here; possible: validValues
    kiosk.odcs.yaml: schema[0].properties[5].quality[1].arguments.validValues: is missing; give a list of texts
    ");
    let told = refusal(&[(
        rules,
        "{metric: invalidValues, arguments: {validValues: [won, 1, won, \" lost\"]}, mustBe: 0}",
    )]);
    assert_snapshot!(told, @r#"
    kiosk.odcs.yaml: schema[0].properties[5].quality[1].arguments.validValues[1]: is 1; give a text (in quotes if it looks like a number or truth value), once, without blanks around
    kiosk.odcs.yaml: schema[0].properties[5].quality[1].arguments.validValues[2]: is "won"; give a text (in quotes if it looks like a number or truth value), once, without blanks around
    kiosk.odcs.yaml: schema[0].properties[5].quality[1].arguments.validValues[3]: is " lost"; give a text (in quotes if it looks like a number or truth value), once, without blanks around
    "#);
    let told = refusal(&[(
        "logicalTypeOptions: {minimum: 0, maximum: 50}",
        &format!("quality: [{rules}, {rules}]"),
    )]);
    assert_snapshot!(told, @"
    kiosk.odcs.yaml: schema[0].properties[6].quality[1]: is a second list of valid values; join them in one rule
    kiosk.odcs.yaml: schema[0].properties[6].quality[0]: a list of valid values needs a plain text (logicalType string without reads or format)
    ");
}

#[test]
fn bounds_are_of_the_columns_type() {
    let told = refusal(&[
        ("minimum: \"2000-01-01T05:30:00+05:30\"", "minimum: yesterday, maxLength: 3"),
        ("minimum: 0, maximum: 50", "minimum: 0.5, maximum: \"50\""),
        ("{format: email}", "{format: uuid, minLength: 9, maxLength: 8}"),
    ]);
    assert_snapshot!(told, @r#"
    kiosk.odcs.yaml: schema[0].properties[1].logicalTypeOptions.maxLength: is not enforced for logicalType timestamp; possible: minimum, maximum
    kiosk.odcs.yaml: schema[0].properties[1].logicalTypeOptions.minimum: is "yesterday"; give an instant with its offset, such as 2000-01-01T00:00:00Z
    kiosk.odcs.yaml: schema[0].properties[2].logicalTypeOptions.minLength: lies above maxLength, so that no value could pass; swap or correct them
    kiosk.odcs.yaml: schema[0].properties[2].logicalTypeOptions.format: is "uuid"; possible: email
    kiosk.odcs.yaml: schema[0].properties[6].logicalTypeOptions.minimum: is 0.5; give a whole number
    kiosk.odcs.yaml: schema[0].properties[6].logicalTypeOptions.maximum: is "50"; give a whole number
    "#);
}

#[test]
fn service_levels_are_judged() {
    let told = refusal(&[("value: 2, unit: d, element: kiosk.event_time", "value: 0, unit: d")]);
    assert_snapshot!(told, @"kiosk.odcs.yaml: slaProperties[0].value: is 0; give a whole number from 1 such as 24");
    let told = refusal(&[(
        "value: 2, unit: d, element: kiosk.event_time",
        "value: 18446744073709551615, unit: weeks",
    )]);
    assert_snapshot!(told, @r#"kiosk.odcs.yaml: slaProperties[0].unit: is "weeks"; possible: m, min, minute, minutes, h, hour, hours, d, day, days"#);
    let told = refusal(&[("element: kiosk.event_time", "element: kiosk.email")]);
    assert_snapshot!(told, @r#"kiosk.odcs.yaml: slaProperties[0].element: is "kiosk.email", but how late data is can be told by its event time only; write kiosk.event_time"#);
    let told =
        refusal(&[("property: retention, value: 7, unit: y", "property: freshness, value: 7, unit: d")]);
    assert_snapshot!(told, @"kiosk.odcs.yaml: slaProperties[1]: is a second bound on how late data may be; keep one of latency and freshness");
}

#[test_case("2000-01-01", Some(946_684_800_000_000))]
#[test_case("2000-01-01T00:00:00Z", Some(946_684_800_000_000); "the start of the day")]
#[test_case("2000-01-01T09:00:00Z", None; "within the day")]
#[test_case("2000-02-30", None; "no day at all")]
fn a_day_is_bounded_by_a_day(minimum: &str, earliest: Option<i64>) {
    let date = format!("logicalType: date\n        logicalTypeOptions: {{minimum: \"{minimum}\"}}");
    let from = "logicalType: integer\n        physicalType: bigint\n        logicalTypeOptions: {minimum: 0, maximum: 50}";
    let changes = [(from, date.as_str())];
    match earliest {
        Some(earliest) => {
            let contract = kiosk(&changes);
            assert_eq!(contract.field_named("visits").unwrap().checks.earliest_micros, Some(earliest));
        }
        None => assert!(refusal(&changes).contains("schema[0].properties[6].logicalTypeOptions.minimum")),
    }
}

#[test_case("double" => Reading::Double)]
#[test_case("decimal(38,38)" => Reading::Decimal { precision: 38, scale: 38 })]
#[test_case("decimal(1,0)" => Reading::Decimal { precision: 1, scale: 0 })]
fn a_number_is_what_its_physical_type_says(physical: &str) -> Reading {
    let number = format!("logicalType: number\n        physicalType: {physical}");
    let contract = kiosk(&[("logicalType: integer\n        physicalType: bigint", &number)]);
    contract.field_named("visits").unwrap().reading
}

#[test_case("decimal(0,0)")]
#[test_case("decimal(18,19)")]
#[test_case("decimal(18,-1)")]
#[test_case("decimal(18)")]
#[test_case("decimal(+18,2)")]
fn a_decimal_that_no_engine_has_is_refused(physical: &str) {
    let number = format!("logicalType: number\n        physicalType: {physical}");
    let told = refusal(&[("logicalType: integer\n        physicalType: bigint", &number)]);
    assert!(told.contains("schema[0].properties[6].physicalType: is"), "{told}");
}

#[test]
fn a_source_cannot_take_the_place_of_a_table_of_the_lake() {
    let changes = [("  - name: kiosk", "  - name: leads"), ("silver_kiosk", "silver_kiosks")];
    let told = refusal(&changes);
    assert_snapshot!(told, @r#"
    kiosk.odcs.yaml: schema[0].name: leads is the name of a table of the lake itself; call the source otherwise
    kiosk.odcs.yaml: schema[0].physicalName: is "silver_kiosks", but is always called silver_leads; write that or leave it out
    kiosk.odcs.yaml: slaProperties[0].element: is "kiosk.event_time", but how late data is can be told by its event time only; write leads.event_time
    "#);
}

/// The tables with versions in silver, as `leadlake_lake::tables::TableName::OWN` names them.
#[test_case("leads")]
#[test_case("lead_events")]
#[test_case("lead_aliases")]
#[test_case("lead_joins")]
#[test_case("lead_review")]
#[test_case("lead_history")]
fn no_source_is_called_like_a_table_of_the_lake(name: &str) {
    let told = refusal(&[("  - name: kiosk", &format!("  - name: {name}"))]);
    let expected = format!("{name} is the name of a table of the lake itself; call the source otherwise");
    assert!(told.contains(&expected), "{told}");
}
