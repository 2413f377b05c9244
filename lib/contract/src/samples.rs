//! A small contract that is right, for tests to make wrong.

use crate::contract::Contract;
use crate::load::parse_contract;

pub(crate) const KIOSK: &str = r#"apiVersion: v3.1.0
kind: DataContract
id: kiosk
name: Kiosk
version: 1.2.0
status: active
domain: sales
tags: [leads]
servers: []
description:
  purpose: Visitors of a kiosk.
slaProperties:
  - {property: latency, value: 2, unit: d, element: kiosk.event_time}
  - {property: retention, value: 7, unit: y}
schema:
  - name: kiosk
    logicalType: object
    physicalName: silver_kiosk
    customProperties:
      - {property: phoneRegion, value: IN}
      - {property: refuseObjectAbove, value: 0.5}
      - {property: refuseObjectFrom, value: 20}
      - {property: requireAnyOf, value: [email, phone]}
    properties:
      - name: event_id
        logicalType: string
        logicalTypeOptions: {maxLength: 200}
        required: true
        primaryKey: true
        primaryKeyPosition: 1
        quality:
          - {type: library, metric: duplicateValues, mustBe: 0}
        customProperties:
          - {property: whenMissing, value: content_hash}
      - name: event_time
        logicalType: timestamp
        physicalType: timestamp
        required: true
        logicalTypeOptions: {minimum: "2000-01-01T05:30:00+05:30"}
        customProperties:
          - {property: eventTime, value: true}
          - {property: aliases, value: [timestamp]}
      - name: email
        logicalType: string
        logicalTypeOptions: {format: email}
        classification: confidential
        customProperties:
          - {property: identity, value: email}
          - {property: keepOriginal, value: true}
      - name: email_is_disposable
        logicalType: boolean
        customProperties:
          - {property: derivedFrom, value: email}
          - {property: derivation, value: disposable_address}
      - name: phone
        logicalType: string
        classification: confidential
        customProperties:
          - {property: reads, value: phone}
          - {property: identity, value: phone}
      - name: outcome
        logicalType: string
        quality:
          - {type: text, description: As the seller says.}
          - {rule: invalidValues, arguments: {validValues: [won, lost]}, mustBe: 0}
      - name: visits
        logicalType: integer
        physicalType: bigint
        logicalTypeOptions: {minimum: 0, maximum: 50}
      - name: budget
        logicalType: string
      - name: budget_low
        logicalType: number
        physicalType: decimal(12, 2)
        customProperties:
          - {property: reads, value: range_low}
          - {property: aliases, value: [budget]}
      - name: budget_high
        logicalType: number
        physicalType: decimal(12, 2)
        customProperties:
          - {property: reads, value: range_high}
          - {property: aliases, value: [budget]}
"#;

/// The sample with parts of it replaced; each must stand there exactly once.
pub(crate) fn kiosk_text(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(KIOSK.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from:?} must stand in the sample once");
        text.replace(from, to)
    })
}

pub(crate) fn kiosk(changes: &[(&str, &str)]) -> Contract {
    match parse_contract("kiosk.odcs.yaml", &kiosk_text(changes)) {
        Ok(contract) => contract,
        Err(error) => panic!("{error}"),
    }
}

/// What is said about the sample with these changes.
pub(crate) fn refusal(changes: &[(&str, &str)]) -> String {
    refusal_of(&kiosk_text(changes))
}

pub(crate) fn refusal_of(text: &str) -> String {
    match parse_contract("kiosk.odcs.yaml", text) {
        Ok(contract) => panic!("accepted as {contract:?}"),
        Err(error) => error.to_string(),
    }
}
