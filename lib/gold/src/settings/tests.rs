use insta::assert_snapshot;

use super::*;

/// What is said about the shipped file with something in it replaced.
fn refused(replacements: &[(&str, &str)]) -> String {
    let text = replacements.iter().fold(SHIPPED.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text.replace(from, to)
    });
    KpiSettings::parse("kpi.yaml", &text).unwrap_err().to_string()
}

#[test]
fn the_shipped_file_has_a_headline_and_a_check_for_each_kpi() {
    let settings = KpiSettings::shipped().unwrap();
    assert_eq!((settings.version.as_str(), settings.looks_back_days), ("kpi-1", 35));
    assert!(settings.kpis.iter().all(|kpi| !kpi.checks.is_empty()));
    let latency = settings.of("processing_latency").unwrap();
    let headline = HeadlineSettings { measure: "p95".to_owned(), unit: Unit::Seconds, better: Better::Lower };
    let check =
        Check { measure: "p95".to_owned(), by: None, bound: Bound::AboveValue, watch: 900.0, alarm: 3600.0 };
    assert_eq!((&latency.headline, &latency.checks[0]), (&headline, &check));
    let by_source = settings.of("lead_volume").unwrap().checks.iter().find(|check| check.by.is_some());
    assert_eq!(by_source.unwrap().by.as_deref(), Some("source"));
    assert_eq!(settings.of("enrichment_coverage").unwrap().breakdown, None);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let told = refused(&[
        ("version: kpi-1", "version: 1"),
        ("looks_back_days: 35", "looks_back_days: 0"),
        (
            "{measure: dominant_share, unit: share, better: neither}",
            "{measure: dominant_share, unit: percent, better: more}",
        ),
        (
            "{measure: complete, below: usual, watch: 0.97, alarm: 0.9}",
            "{measure: complete, below: median, watch: 0.97, alarm: 0.9}",
        ),
        (
            "{measure: complete, below: value, watch: 0.3, alarm: 0.1}",
            "{measure: complete, below: value, watch: 0.3, alarm: 0.5}",
        ),
        ("{measure: auc, below: value, watch: 0.6, alarm: 0.52}", "{measure: auc, watch: 0.6, alarm: 0.52}"),
        (
            "{measure: calibration_error, above: value,",
            "{measure: calibration_error, above: value, below: value,",
        ),
        (
            "{measure: hot, above: value, watch: 0.8, alarm: 0.95}",
            "{measure: hot, above: value, watch: 0.8, alarm: 0.7, color: red}",
        ),
        ("{measure: hot, by: source}", "{measure: hot}"),
        ("{measure: records, by: source, below", "{measure: records, by: 7, below"),
        ("watch: 3600, alarm: 21600", "watch: an hour, alarm: 1e300"),
        ("  duplicate_reduction:\n", "  duplicates:\n"),
        ("{measure: conversion_rate, by: band}", "none"),
    ]);
    assert_snapshot!(told, @r#"
    kpi.yaml:18: version: is 1; give a text of 1 to 200 characters on one line (a number in quotes)
    kpi.yaml:22: looks_back_days: is 0; give a whole number from 1 to 3650
    kpi.yaml:32: kpis.lead_volume.checks[1].by: is 7; give one of source
    kpi.yaml:58: kpis.lead_source_distribution.headline.unit: is "percent"; give one of count, share, seconds, ratio, points
    kpi.yaml:58: kpis.lead_source_distribution.headline.better: is "more"; give one of higher, lower, neither
    kpi.yaml:68: kpis.enrichment_coverage.checks[0].below: is "median"; give one of value, usual
    kpi.yaml:69: kpis.enrichment_coverage.checks[1].alarm: must be at most watch, 0.3: an alarm is further out; swap or correct them
    kpi.yaml:75: kpis.lead_score_accuracy.checks[0]: is checked on no side; give below or above, and as its value `value` or `usual`
    kpi.yaml:77: kpis.lead_score_accuracy.checks[1]: is checked on both sides; write two checks, one with below and one with above
    kpi.yaml:81: kpis.high_intent_lead_ratio.breakdown.by: is missing; give one of source
    kpi.yaml:84: kpis.high_intent_lead_ratio.checks[0].color: is not known here; possible: measure, by, below, above, watch, alarm
    kpi.yaml:84: kpis.high_intent_lead_ratio.checks[0].alarm: must be at least watch, 0.8: an alarm is further out; swap or correct them
    kpi.yaml:93: kpis.processing_latency.checks[1].watch: is a text of 7 characters; give a number from -1000000000000 to 1000000000000
    kpi.yaml:93: kpis.processing_latency.checks[1].alarm: is a number with many digits; give a number from -1000000000000 to 1000000000000
    kpi.yaml:25: kpis.duplicate_reduction: is missing; give a mapping of headline, breakdown, checks
    kpi.yaml:103: kpis.conversion_by_band.breakdown: is "none"; give a mapping of measure, by
    kpi.yaml:96: kpis.duplicates: is not known here; possible: lead_volume, data_quality, processing_success_rate, lead_source_distribution, enrichment_coverage, lead_score_accuracy, high_intent_lead_ratio, processing_latency, duplicate_reduction, conversion_by_band
    "#);
}

/// A check of a name that nothing has would never speak.
#[test]
fn a_misspelt_name_is_told_of() {
    let told = refused(&[
        ("headline: {measure: auc,", "headline: {measure: ucc,"),
        ("{measure: conversion_rate, by: band}", "{measure: conversion_rate, by: bands}"),
    ]);
    assert_snapshot!(told, @r#"
    kpi.yaml:72: kpis.lead_score_accuracy.headline.measure: is "ucc"; give one of auc, log_loss, brier, calibration_error, decided
    kpi.yaml:103: kpis.conversion_by_band.breakdown.by: is "bands"; give one of band
    "#);
}

#[test]
fn what_is_no_mapping_of_settings_is_refused() {
    let refusal = |text: &str| KpiSettings::parse("kpi.yaml", text).unwrap_err().to_string();
    assert_snapshot!(refusal(""), @"kpi.yaml:1: is empty; give a mapping of version, looks_back_days, kpis");
    assert_snapshot!(refusal("version: a\nversion: b"), @"kpi.yaml: is not usable YAML: duplicate mapping key: version not allowed here at line 2, column 1");
    assert_snapshot!(refusal("version: &a x\nkpis: *a"), @"kpi.yaml: uses YAML anchors, aliases or merge keys; write the values out at each place");
}
