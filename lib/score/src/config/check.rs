//! From a document to [`Scoring`]. Goes on after a problem, so that all of them are told at once.

use std::collections::BTreeMap;

use leadlake_lead::profile::Currency;
use leadlake_settings::{Findings, Node, Place, Problem, Reason, Section, Written};
use thiserror::Error;

use super::take::{TakePoints, points};
use super::{
    Actions, Categories, DailyCaps, EngagementWeights, IntentRules, ProbabilitySettings, Scoring,
    SourceWeights,
};
use crate::points::Points;

const LONGEST_DAYS: u32 = 3_650;
const MOST_A_DAY: u32 = 1_000;
const MOST_BANDS: usize = 50;
const MOST_SHRINKAGE: f64 = 1_000_000.0;

/// What these settings have to keep to beside being of the right form.
#[derive(Debug, Error)]
enum Rule {
    #[error("must lie below the {above} from which a lead is hot; swap or correct them")]
    WarmAboveHot { above: Points },
    #[error("does not lie above the {before} before it; put the bands in ascending order, each once")]
    BandOrder { before: Points },
}

pub(super) fn check(document: Written) -> Result<Scoring, Vec<Problem>> {
    let mut findings = Findings::default();
    match scoring(&mut findings, document) {
        Some(scoring) if findings.0.is_empty() => Ok(scoring),
        _ => Err(findings.0),
    }
}

fn scoring(findings: &mut Findings, document: Written) -> Option<Scoring> {
    let place = Place { line: Some(document.line), path: String::new() };
    let known = &[
        "version",
        "main_currency",
        "source",
        "engagement",
        "daily_caps",
        "intent",
        "activity",
        "categories",
        "probability",
        "location",
    ];
    let mut root = Section::of(findings, place, document.node, known)?;
    let version = root.text(findings, "version", "the name of this set of rules, such as rules-1");
    let main_currency = main_currency(findings, &mut root);
    let source = source(findings, &mut root);
    let engagement = engagement(findings, &mut root);
    let daily_caps = daily_caps(findings, &mut root);
    let intent = intent(findings, &mut root);
    let half_life_days = half_life_days(findings, &mut root);
    let categories = categories(findings, &mut root);
    let probability = probability(findings, &mut root);
    let location_shrinkage = location_shrinkage(findings, &mut root);
    root.end(findings);
    Some(Scoring {
        version: version?.1,
        main_currency: main_currency?,
        source: source?,
        engagement: engagement?,
        daily_caps: daily_caps?,
        intent: intent?,
        half_life_days: half_life_days?,
        categories: categories?,
        probability: probability?,
        location_shrinkage: location_shrinkage?,
    })
}

fn main_currency(findings: &mut Findings, root: &mut Section) -> Option<Currency> {
    let (place, code) = root.text(findings, "main_currency", "an ISO 4217 code, such as INR")?;
    let expected = || "the three capital letters of its ISO 4217 code, such as INR".to_owned();
    code.parse().ok().or_else(|| findings.refuse(place, &Node::Text(code), expected()))
}

fn source(findings: &mut Findings, root: &mut Section) -> Option<SourceWeights> {
    let mut section = root.section(findings, "source", &["weights", "other"])?;
    let weights = section.entries(findings, "weights");
    let other = section.points(findings, "other");
    section.end(findings);
    let (place, entries) = weights?;
    let mut by_name = BTreeMap::new();
    for (name, written) in entries {
        let points = points(findings, place.key(&name, written.line), &written.node);
        by_name.extend(points.map(|points| (name, points)));
    }
    Some(SourceWeights { by_name, other: other? })
}

fn engagement(findings: &mut Findings, root: &mut Section) -> Option<EngagementWeights> {
    let known = &["webinar_minutes", "questions_asked", "forms", "visits"];
    let mut section = root.section(findings, "engagement", known)?;
    let webinar_minute = section.points(findings, "webinar_minutes");
    let question = section.points(findings, "questions_asked");
    let form = section.points(findings, "forms");
    let visit = section.points(findings, "visits");
    section.end(findings);
    Some(EngagementWeights {
        webinar_minute: webinar_minute?,
        question: question?,
        form: form?,
        visit: visit?,
    })
}

fn daily_caps(findings: &mut Findings, root: &mut Section) -> Option<DailyCaps> {
    let known = &["webinars", "questions_asked", "forms", "visits", "other_touches"];
    let mut section = root.section(findings, "daily_caps", known)?;
    let mut cap = |key| section.whole(findings, key, 1..=MOST_A_DAY).map(u64::from);
    let webinars = cap("webinars");
    let questions_asked = cap("questions_asked");
    let forms = cap("forms");
    let visits = cap("visits");
    let other_touches = cap("other_touches");
    section.end(findings);
    Some(DailyCaps {
        webinars: webinars?,
        questions_asked: questions_asked?,
        forms: forms?,
        visits: visits?,
        other_touches: other_touches?,
    })
}

fn intent(findings: &mut Findings, root: &mut Section) -> Option<IntentRules> {
    let known = &["timeframe_within_days", "timeframe_points", "disposable_address_points"];
    let mut section = root.section(findings, "intent", known)?;
    let timeframe_within_days = section.whole(findings, "timeframe_within_days", 0..=LONGEST_DAYS);
    let timeframe_points = section.points(findings, "timeframe_points");
    let disposable_address_points = section.points(findings, "disposable_address_points");
    section.end(findings);
    Some(IntentRules {
        timeframe_within_days: i64::from(timeframe_within_days?),
        timeframe_points: timeframe_points?,
        disposable_address_points: disposable_address_points?,
    })
}

fn half_life_days(findings: &mut Findings, root: &mut Section) -> Option<f64> {
    let mut section = root.section(findings, "activity", &["half_life_days"])?;
    let days = section.between(findings, "half_life_days", (0.0, f64::from(LONGEST_DAYS)));
    section.end(findings);
    days
}

fn categories(findings: &mut Findings, root: &mut Section) -> Option<Categories> {
    let mut section = root.section(findings, "categories", &["hot", "warm", "cold", "converted", "lost"])?;
    let hot = category(findings, &mut section, "hot");
    let warm = category(findings, &mut section, "warm");
    let cold = category_without_edge(findings, &mut section, "cold");
    let converted = category_without_edge(findings, &mut section, "converted");
    let lost = category_without_edge(findings, &mut section, "lost");
    section.end(findings);
    let ((_, hot_from), hot) = hot?;
    let ((place, warm_from), warm) = warm?;
    if warm_from >= hot_from {
        findings.report(place, Reason::rule(Rule::WarmAboveHot { above: hot_from }));
    }
    let actions = Actions { hot, warm, cold: cold?, converted: converted?, lost: lost? };
    Some(Categories { hot_from, warm_from, actions })
}

fn category(
    findings: &mut Findings,
    categories: &mut Section,
    name: &str,
) -> Option<((Place, Points), String)> {
    let mut section = categories.section(findings, name, &["from", "action"])?;
    let from = section.placed_points(findings, "from");
    let action = action(findings, &mut section);
    section.end(findings);
    Some((from?, action?))
}

fn category_without_edge(findings: &mut Findings, categories: &mut Section, name: &str) -> Option<String> {
    let mut section = categories.section(findings, name, &["action"])?;
    let action = action(findings, &mut section);
    section.end(findings);
    action
}

fn action(findings: &mut Findings, section: &mut Section) -> Option<String> {
    section.text(findings, "action", "what sales should do, such as call within 1 hour").map(|(_, text)| text)
}

fn probability(findings: &mut Findings, root: &mut Section) -> Option<ProbabilitySettings> {
    let mut section = root.section(findings, "probability", &["bands_from", "shrinkage", "prior"])?;
    let bands_from = bands_from(findings, &mut section);
    let shrinkage = section.between(findings, "shrinkage", (0.0, MOST_SHRINKAGE));
    let prior = section.between(findings, "prior", (0.0, 1.0));
    section.end(findings);
    Some(ProbabilitySettings { bands_from: bands_from?, shrinkage: shrinkage?, prior: prior? })
}

fn bands_from(findings: &mut Findings, section: &mut Section) -> Option<Vec<Points>> {
    let (place, items) = section.list(findings, "bands_from", "a list such as [0, 40, 80]")?;
    if items.is_empty() || items.len() > MOST_BANDS {
        let found = format!("a list of {}", items.len());
        findings.report(place, Reason::Value { found, expected: format!("1 to {MOST_BANDS} values") });
        return None;
    }
    let mut edges: Vec<Points> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let place = place.item(index, item.line);
        let Some(edge) = points(findings, place.clone(), &item.node) else { continue };
        if let Some(before) = edges.last().filter(|before| **before >= edge) {
            findings.report(place, Reason::rule(Rule::BandOrder { before: *before }));
        }
        edges.push(edge);
    }
    Some(edges)
}

fn location_shrinkage(findings: &mut Findings, root: &mut Section) -> Option<f64> {
    let mut section = root.section(findings, "location", &["shrinkage"])?;
    let shrinkage = section.between(findings, "shrinkage", (0.0, MOST_SHRINKAGE));
    section.end(findings);
    shrinkage
}
