//! From a document to [`KpiSettings`]. Goes on after a problem, so that all of them are told at once.

use leadlake_settings::{Findings, Place, Problem, Reason, Section, Written};
use thiserror::Error;

use super::known::{Known, known_of};
use super::{Better, Bound, Breakdown, Check, HeadlineSettings, KpiSetting, KpiSettings, Unit};
use crate::model::KPI_NAMES;

const LONGEST_DAYS: u32 = 3_650;

const UNITS: [(&str, Unit); 5] = [
    ("count", Unit::Count),
    ("share", Unit::Share),
    ("seconds", Unit::Seconds),
    ("ratio", Unit::Ratio),
    ("points", Unit::Points),
];
const BETTER: [(&str, Better); 3] =
    [("higher", Better::Higher), ("lower", Better::Lower), ("neither", Better::Neither)];
const BELOW: [(&str, Bound); 2] = [("value", Bound::BelowValue), ("usual", Bound::BelowUsual)];
const ABOVE: [(&str, Bound); 2] = [("value", Bound::AboveValue), ("usual", Bound::AboveUsual)];

/// What these settings have to keep to beside being of the right form.
#[derive(Debug, Error)]
enum Rule {
    #[error("must be {sides} watch, {watch}: an alarm is further out; swap or correct them")]
    AlarmBeforeWatch { sides: &'static str, watch: f64 },
    #[error("is checked on both sides; write two checks, one with below and one with above")]
    BothSides,
    #[error("is checked on no side; give below or above, and as its value `value` or `usual`")]
    NoSide,
}

pub(super) fn check(document: Written) -> Result<KpiSettings, Vec<Problem>> {
    let mut findings = Findings::default();
    match settings(&mut findings, document) {
        Some(settings) if findings.0.is_empty() => Ok(settings),
        _ => Err(findings.0),
    }
}

fn settings(findings: &mut Findings, document: Written) -> Option<KpiSettings> {
    let place = Place { line: Some(document.line), path: String::new() };
    let mut root = Section::of(findings, place, document.node, &["version", "looks_back_days", "kpis"])?;
    let version = root.text(findings, "version", "the name of this set of thresholds, such as kpi-1");
    let looks_back_days = root.whole(findings, "looks_back_days", 1..=LONGEST_DAYS);
    let kpis = kpis(findings, &mut root);
    root.end(findings);
    Some(KpiSettings { version: version?.1, looks_back_days: looks_back_days?, kpis: kpis? })
}

fn kpis(findings: &mut Findings, root: &mut Section) -> Option<Vec<KpiSetting>> {
    let mut section = root.section(findings, "kpis", &KPI_NAMES)?;
    let read: Vec<_> = KPI_NAMES.iter().map(|name| kpi(findings, &mut section, name)).collect();
    section.end(findings);
    read.into_iter().collect()
}

fn kpi(findings: &mut Findings, kpis: &mut Section, name: &str) -> Option<KpiSetting> {
    let mut section = kpis.section(findings, name, &["headline", "breakdown", "checks"])?;
    let known = known_of(name);
    let headline = headline(findings, &mut section, known);
    let breakdown = match section.has("breakdown") {
        true => Some(breakdown(findings, &mut section, known)),
        false => None,
    };
    let checks = checks(findings, &mut section, known);
    section.end(findings);
    let breakdown = match breakdown {
        Some(written) => Some(written?),
        None => None,
    };
    Some(KpiSetting { name: name.to_owned(), headline: headline?, breakdown, checks: checks? })
}

fn headline(findings: &mut Findings, kpi: &mut Section, known: Known) -> Option<HeadlineSettings> {
    let mut section = kpi.section(findings, "headline", &["measure", "unit", "better"])?;
    let measure = measure(findings, &mut section, known);
    let unit = section.word(findings, "unit", &UNITS);
    let better = section.word(findings, "better", &BETTER);
    section.end(findings);
    Some(HeadlineSettings { measure: measure?, unit: unit?, better: better? })
}

fn breakdown(findings: &mut Findings, kpi: &mut Section, known: Known) -> Option<Breakdown> {
    let mut section = kpi.section(findings, "breakdown", &["measure", "by"])?;
    let measure = measure(findings, &mut section, known);
    let by = dimension(findings, &mut section, known);
    section.end(findings);
    Some(Breakdown { measure: measure?, by: by? })
}

fn measure(findings: &mut Findings, section: &mut Section, known: Known) -> Option<String> {
    section.word(findings, "measure", known.measures).map(str::to_owned)
}

fn dimension(findings: &mut Findings, section: &mut Section, known: Known) -> Option<String> {
    section.word(findings, "by", known.dimensions).map(str::to_owned)
}

fn checks(findings: &mut Findings, kpi: &mut Section, known: Known) -> Option<Vec<Check>> {
    let (place, items) = kpi.list(findings, "checks", "a list, which may be empty: []")?;
    let read: Vec<_> = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| {
            let place = place.item(index, item.line);
            one_check(findings, place, item, known)
        })
        .collect();
    read.into_iter().collect()
}

fn one_check(findings: &mut Findings, place: Place, item: Written, known: Known) -> Option<Check> {
    let keys = &["measure", "by", "below", "above", "watch", "alarm"];
    let mut section = Section::of(findings, place.clone(), item.node, keys)?;
    let measure = measure(findings, &mut section, known);
    let by = section.has("by").then(|| dimension(findings, &mut section, known));
    let below = section.has("below").then(|| section.word(findings, "below", &BELOW));
    let above = section.has("above").then(|| section.word(findings, "above", &ABOVE));
    let watch = section.number(findings, "watch");
    let alarm = section.number(findings, "alarm");
    section.end(findings);
    let (bound, sides, is_below) = match (below, above) {
        (Some(bound), None) => (bound?, "at most", true),
        (None, Some(bound)) => (bound?, "at least", false),
        (Some(_), Some(_)) => {
            findings.report(place, Reason::rule(Rule::BothSides));
            return None;
        }
        (None, None) => {
            findings.report(place, Reason::rule(Rule::NoSide));
            return None;
        }
    };
    let ((_, watch), (place, alarm)) = (watch?, alarm?);
    if (is_below && alarm > watch) || (!is_below && alarm < watch) {
        findings.report(place, Reason::rule(Rule::AlarmBeforeWatch { sides, watch }));
        return None;
    }
    let by = match by {
        Some(written) => Some(written?),
        None => None,
    };
    Some(Check { measure: measure?, by, bound, watch, alarm })
}
