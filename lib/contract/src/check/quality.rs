//! Quality rules: those that are enforced, and a refusal of any that would only seem to be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::odcs::{MaybeList, QualityRule};
use crate::problem::{Findings, Place, Reason};
use crate::words::Word;

/// What the rules are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Source,
    Column,
    PrimaryKey,
}

/// The values a column may have, and where it says so.
pub(crate) struct Enumeration {
    pub place: Place,
    pub values: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Library,
    Text,
    Foreign,
}

impl Word for Kind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("library", Self::Library),
        ("text", Self::Text),
        ("sql", Self::Foreign),
        ("custom", Self::Foreign),
    ];
}

pub(crate) fn enumeration(
    findings: &mut Findings,
    place: &Place,
    rules: MaybeList<QualityRule>,
    subject: Subject,
) -> Option<Enumeration> {
    let mut enumeration = None;
    for (place, rule) in findings.take_list(place, rules) {
        let Some(values) = rule_values(findings, &place, rule, subject) else {
            continue;
        };
        if enumeration.is_some() {
            findings.report(place, Reason::SecondEnumeration);
            continue;
        }
        enumeration = Some(Enumeration { place, values });
    }
    enumeration
}

/// The values of the rule if it is an enumeration.
fn rule_values(
    findings: &mut Findings,
    place: &Place,
    mut rule: QualityRule,
    subject: Subject,
) -> Option<Vec<String>> {
    let kind = match rule.kind.take() {
        Some(kind) => {
            let kind = findings.take(place.key("type"), Some(kind));
            findings.word(place.key("type"), kind)?
        }
        None => Kind::Library,
    };
    match kind {
        Kind::Text => return None,
        Kind::Foreign => {
            findings.report(place.key("type"), Reason::Rule);
            return None;
        }
        Kind::Library => findings.check_keys(place, &rule),
    }
    let metric = metric(findings, place, &mut rule)?;
    let must_be_zero = rule.must_be.as_ref().and_then(Value::as_f64) == Some(0.0);
    if !must_be_zero {
        findings.report(place.key("mustBe"), Reason::Rule);
        return None;
    }
    let arguments = findings.take(place.key("arguments"), rule.arguments).unwrap_or_default();
    match (metric.as_str(), subject) {
        ("invalidValues", Subject::Column | Subject::PrimaryKey) => {
            valid_values(findings, &place.key("arguments"), arguments)
        }
        ("duplicateValues", Subject::PrimaryKey) if arguments.is_empty() => None,
        _ => {
            findings.report(place.clone(), Reason::Rule);
            None
        }
    }
}

fn metric(findings: &mut Findings, place: &Place, rule: &mut QualityRule) -> Option<String> {
    let by_metric = findings.take(place.key("metric"), rule.metric.take());
    let by_rule = findings.take(place.key("rule"), rule.rule.take());
    match (by_metric, by_rule) {
        (Some(metric), Some(rule)) if metric != rule => {
            findings.report(place.key("rule"), Reason::TwoMetrics { metric, rule });
            None
        }
        (Some(metric), _) | (None, Some(metric)) => Some(metric),
        (None, None) => {
            findings.report(place.key("metric"), Reason::Rule);
            None
        }
    }
}

fn valid_values(
    findings: &mut Findings,
    place: &Place,
    mut arguments: BTreeMap<String, Value>,
) -> Option<Vec<String>> {
    let written = arguments.remove("validValues");
    for key in arguments.keys() {
        findings.report(place.key(key), Reason::UnknownKey { possible: vec!["validValues"] });
    }
    let place = place.key("validValues");
    let Some(Value::Array(elements)) = written else {
        let written = written.map_or_else(|| "missing".to_owned(), |value| value.to_string());
        findings.report(place, Reason::Value { written, expected: "a list of texts" });
        return None;
    };
    if elements.is_empty() {
        let expected = "at least one text, for without any no value could pass";
        findings.report(place, Reason::Value { written: "empty".to_owned(), expected });
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut values = Vec::with_capacity(elements.len());
    for (index, element) in elements.into_iter().enumerate() {
        match element {
            Value::String(text) if !text.is_empty() && text.trim() == text && seen.insert(text.clone()) => {
                values.push(text);
            }
            other => {
                let expected = "a text (in quotes if it looks like a number or truth value), once, without blanks around";
                findings.report(place.item(index), Reason::Value { written: other.to_string(), expected });
            }
        }
    }
    Some(values)
}
