use insta::assert_snapshot;

use super::*;

/// What is said about the shipped file with something in it replaced.
fn refused(replacements: &[(&str, &str)]) -> String {
    let text = replacements.iter().fold(SHIPPED.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text.replace(from, to)
    });
    Scoring::parse("scoring.yaml", &text).unwrap_err().to_string()
}

#[test]
fn the_shipped_file_is_the_starting_rule() {
    let scoring = Scoring::shipped().unwrap();
    let engagement = EngagementWeights {
        webinar_minute: Points(150),
        question: Points::ZERO,
        form: Points::ZERO,
        visit: Points::ZERO,
    };
    let intent = IntentRules {
        timeframe_within_days: 30,
        timeframe_points: Points(3_000),
        disposable_address_points: Points(-2_000),
    };
    assert_eq!((scoring.engagement, scoring.intent), (engagement, intent));
    assert_eq!(scoring.categories.actions.hot, "call within 1 hour");
    let weights = ["roadshow", "webinar", "online", "kiosk"].map(|name| scoring.source.weight_of(name));
    assert_eq!(weights, [3_000, 2_000, 1_000, 1_000].map(Points));
    assert_eq!(scoring.main_currency, Currency::INR);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let told = refused(&[
        ("version: rules-1", "version: 1"),
        ("main_currency: INR", "main_currency: rupees"),
        ("    online: 10", "    online: ten"),
        ("webinar_minutes: 1.5", "webinar_minutes: 1.555\n  webinar_minute: 2"),
        ("  webinars: 3\n", ""),
        ("  forms: 3", "  forms: 0"),
        ("timeframe_within_days: 30", "timeframe_within_days: 30.5"),
        ("timeframe_points: 30", "timeframe_points: 1000000000000000000000"),
        ("half_life_days: 14", "half_life_days: 0"),
        ("    from: 40\n    action: call within 2 days", "    from: 80\n    action: ' '"),
        ("  cold:\n    action: keep informed by email", "  cold: keep informed by email"),
        ("[0, 20, 40, 60, 80, 100, 140]", "[0, 20, 20, high]"),
        ("prior: 0.1", "prior: 1"),
        ("location:\n  shrinkage: 50", "place:\n  shrinkage: 50"),
    ]);
    assert_snapshot!(told, @r#"
    scoring.yaml:6: version: is 1; give a text of 1 to 200 characters on one line (a number in quotes)
    scoring.yaml:9: main_currency: is "rupees"; give the three capital letters of its ISO 4217 code, such as INR
    scoring.yaml:16: source.weights.online: is "ten"; give points from -10000 to 10000 with at most two decimals
    scoring.yaml:22: engagement.webinar_minutes: is 1.555; give points from -10000 to 10000 with at most two decimals
    scoring.yaml:23: engagement.webinar_minute: is not known here, did you mean webinar_minutes?; possible: webinar_minutes, questions_asked, forms, visits
    scoring.yaml:31: daily_caps.webinars: is missing; give a whole number from 1 to 1000
    scoring.yaml:32: daily_caps.forms: is 0; give a whole number from 1 to 1000
    scoring.yaml:38: intent.timeframe_within_days: is 30.5; give a whole number from 0 to 3650
    scoring.yaml:39: intent.timeframe_points: is a number with many digits; give points from -10000 to 10000 with at most two decimals
    scoring.yaml:45: activity.half_life_days: is 0; give a number above 0 and below 3650
    scoring.yaml:54: categories.warm.action: is a text of 1 character; give a text of 1 to 200 characters on one line (a number in quotes)
    scoring.yaml:55: categories.cold: is a text of 22 characters; give a mapping of action
    scoring.yaml:66: probability.bands_from[2]: does not lie above the 20.00 before it; put the bands in ascending order, each once
    scoring.yaml:66: probability.bands_from[3]: is "high"; give points from -10000 to 10000 with at most two decimals
    scoring.yaml:70: probability.prior: is 1; give a number above 0 and below 1
    scoring.yaml: location: is missing; give a mapping of shrinkage
    scoring.yaml:74: place: is not known here; possible: version, main_currency, source, engagement, daily_caps, intent, activity, categories, probability, location
    "#);
}

#[test]
fn a_misspelt_key_is_told_with_what_was_probably_meant() {
    let told = |written: &str| refused(&[("  weights:", &format!("  {written}:"))]);
    let meant = "did you mean weights?; possible: weights, other";
    for (written, shown) in [("wieghts", "wieghts"), ("Weights", "(other)")] {
        let expected = format!("source.{shown}: is not known here, {meant}");
        assert!(told(written).contains(&expected), "{}", told(written));
    }
}

#[test]
fn a_band_that_is_warm_above_hot_is_refused() {
    assert_snapshot!(refused(&[("    from: 40", "    from: 80")]), @"scoring.yaml:53: categories.warm.from: must lie below the 80.00 from which a lead is hot; swap or correct them");
}

#[test]
fn what_is_no_mapping_of_settings_is_refused() {
    let refusal = |text: &str| Scoring::parse("scoring.yaml", text).unwrap_err().to_string();
    assert_snapshot!(refusal(""), @"scoring.yaml:1: is empty; give a mapping of version, main_currency, source, engagement, daily_caps, intent, activity, categories, probability, location");
    assert_snapshot!(refusal("- 1"), @"scoring.yaml:1: is a list; give a mapping of version, main_currency, source, engagement, daily_caps, intent, activity, categories, probability, location");
    assert_snapshot!(refusal("version: [1"), @"scoring.yaml: is not usable YAML: unclosed bracket '[' at line 1, column 10");
    assert_snapshot!(refusal("version: a\nversion: b"), @"scoring.yaml: is not usable YAML: duplicate mapping key: version not allowed here at line 2, column 1");
    assert_snapshot!(refusal("source: &a {}\nintent: *a"), @"scoring.yaml: uses YAML anchors, aliases or merge keys; write the values out at each place");
    assert_snapshot!(refusal("version: !secret a"), @"scoring.yaml: is not usable YAML: unsupported tag `!secret` at line 1, column 18");
    assert_snapshot!(refusal(&format!("version: {}", "x".repeat(300_000))), @"scoring.yaml: is 300009 bytes long, settings have at most 262144; is this another file?");
    assert_snapshot!(refused(&[("bands_from: [0, 20, 40, 60, 80, 100, 140]", "bands_from: []")]), @"scoring.yaml:67: probability.bands_from: is a list of 0; give 1 to 50 values");
    assert_snapshot!(refused(&[("    roadshow: 30", "    roadshow: .inf")]), @"scoring.yaml: is not usable YAML: value `.inf` is not a finite number at line 14, column 15");
}

/// The functions log what is wrong with the settings that lie in the lake.
#[test]
fn a_file_of_people_in_the_place_of_settings_is_refused_and_nobody_is_named() {
    let (name, email, phone) = ("Asha Rao", "asha.rao@example.in", "+91 98227 37812");
    let files = [
        format!("name,email,phone\n{name},{email},{phone}\n"),
        format!("{email}: {phone}\n"),
        format!(
            "\"{phone}\": 919822737812\nversion: {email}\nmain_currency: {email}\nsource: 919822737812\n"
        ),
        format!("version: {{{email}: 1, {email}: 2}}"),
        format!("version: !{email} x"),
        format!("- {email}: {phone}\n"),
        format!("{name}: x\nversion: !{name}\n"),
        format!("{name}: x\nmain_currency: {name}\nsource: {{weights: {{{name}: {name}}}, other: {name}}}\n"),
        format!("{name}: 1\n{name}: 2\n"),
    ];
    for file in &files {
        let told = Scoring::parse("scoring.yaml", file).unwrap_err().to_string();
        let said = told.to_lowercase();
        assert!(["asha", "rao", "98227"].iter().all(|part| !said.contains(part)), "{told}");
    }
    let refusal = |text: &str| Scoring::parse("scoring.yaml", text).unwrap_err().to_string();
    assert_snapshot!(refusal(&files[0]), @"scoring.yaml:1: is a text of 61 characters; give a mapping of version, main_currency, source, engagement, daily_caps, intent, activity, categories, probability, location");
    assert_snapshot!(refusal(&files[3]), @"scoring.yaml: is not usable YAML: something else is expected at line 1, column 35");
    assert!(
        refusal(&files[2]).contains("scoring.yaml:1: (other): is not known here"),
        "{}",
        refusal(&files[2])
    );
}
