//! What the operator says.

use test_case::test_case;

use super::*;

const PHONE: &str = "+919876543210";
const OTHER_PHONE: &str = "+919123456789";

const CHAIN: [[&str; 5]; 3] = [
    ["a@x.in", "-", "c-1", "-", "-"],
    ["b@x.in", PHONE, "c-1", "Amit Kumar", "-"],
    ["c@x.in", PHONE, "-", "Amit Kumar", "-"],
];

#[test]
fn the_operator_splits_joins_and_ignores() {
    let chain: Vec<Mention<'_>> = CHAIN.iter().zip(0..).map(|(parts, day)| told(*parts, day)).collect();
    let (found, resolution) = resolve_with("", &chain);
    assert_eq!(found, [0, 0, 0]);
    let alias_of_c =
        resolution.joins().iter().find(|join| join.rule == JoinRule::PhoneAndName).unwrap().right;
    let separate =
        r#"{"separate":[{"one":{"email":"a@x.in"},"other":{"email":"c@x.in"},"reason":"told by both"}]}"#;
    let by_alias = format!(
        r#"{{"separate":[{{"one":{{"lead":"{alias_of_c}"}},"other":{{"crm_id":"c-1"}},"reason":"told by both"}}]}}"#
    );
    for rules in [separate, &by_alias] {
        let (found, resolution) = resolve_with(rules, &chain);
        assert_eq!(found, [0, 0, 1], "the stronger join holds");
        assert_eq!(resolution.statistics().kept_apart, 1);
        assert_eq!(reasons(&resolution), [""; 0], "what the operator decided is no question any more");
        let backwards: Vec<Mention<'_>> = chain.iter().rev().copied().collect();
        assert_eq!(resolve_with(rules, &backwards).1, {
            let (_, mut same) = resolve_with(rules, &chain);
            same.lead_of_persona.reverse();
            same
        });
    }
    let ignore = r#"{"ignore":[{"identifier":{"crm_id":"c-1"},"reason":"the test customer"}]}"#;
    assert_eq!(resolve_with(ignore, &chain).0, [0, 1, 1]);
    let join = r#"{"ignore":[{"identifier":{"phone":"+91 (98765) 432-10"},"reason":"front desk"}],
        "join":[{"one":{"email":"c@x.in"},"other":{"email":"z@x.in"},"reason":"nobody"},
                {"one":{"email":" C@x.in\r"},"other":{"email":"A@X.in"},"reason":"told by herself"}]}"#;
    let (found, resolution) = resolve_with(join, &chain);
    assert_eq!(found, [0, 0, 0]);
    assert_eq!(resolution.rules_without_effect(), ["join #1"]);
    assert_eq!(resolution.statistics().rules_without_effect, 1);
    assert_eq!(resolution.joins()[0].rule, JoinRule::Operator);
}

#[test]
fn an_ignored_email_is_only_known_by_when_nothing_else_is() {
    let ignore = r#"{"ignore":[{"identifier":{"email":"none@x.in"},"reason":"typed to get past the form"}]}"#;
    let mentions = [
        told(["none@x.in", PHONE, "-", "Amit Kumar", "-"], 0),
        told(["none@x.in", OTHER_PHONE, "-", "Priya Nair", "-"], 1),
        told(["none@x.in", "-", "-", "-", "-"], 2),
    ];
    assert_eq!(resolve_with(ignore, &mentions).0, [0, 1, 2]);
}

#[test]
fn a_rule_file_with_unknown_words_is_refused() {
    for wrong in [
        r#"{"split":[]}"#,
        r#"{"ignore":[{"identifier":{"name":"x"},"reason":""}]}"#,
        r#"{"join":[{"one":{"lead":"lead-1"},"other":{"email":"a"},"reason":""}]}"#,
    ] {
        assert!(serde_json::from_str::<IdentityRules>(wrong).is_err(), "{wrong}");
    }
}

#[test_case("9822737812"; "without its country")]
#[test_case("98227 37812"; "with a space")]
#[test_case("+91 98a2737812"; "a letter")]
#[test_case("+9198227"; "too short")]
#[test_case("+9198227378129822"; "too long")]
#[test_case("++919822737812"; "two signs")]
fn a_phone_that_is_not_e164_is_refused_without_being_repeated(phone: &str) {
    let rules = format!(r#"{{"ignore":[{{"identifier":{{"phone":"{phone}"}},"reason":""}}]}}"#);
    let told = serde_json::from_str::<IdentityRules>(&rules).unwrap_err().to_string();
    assert!(told.starts_with(&WrittenPhoneError.to_string()), "{told}");
    assert!(!told.contains("98"), "{told}");
}

#[test]
fn rules_without_effect_are_told_by_list_and_place() {
    let chain: Vec<Mention<'_>> = CHAIN.iter().zip(0..).map(|(parts, day)| told(*parts, day)).collect();
    let rules = r#"{
        "separate":[{"one":{"email":"a@x.in"},"other":{"email":"c@x.in"},"reason":""},
                    {"one":{"email":"b@x.in"},"other":{"phone":"+919876543210"},"reason":""},
                    {"one":{"email":"a@x.in"},"other":{"email":"nobody@x.in"},"reason":""}],
        "join":[{"one":{"email":"a@x.in"},"other":{"email":"b@x.in"},"reason":""},
                {"one":{"email":"a@x.in"},"other":{"email":"A@x.in"},"reason":""}],
        "ignore":[{"identifier":{"phone":"+919123456789"},"reason":""},
                  {"identifier":{"crm_id":"c-1"},"reason":""},
                  {"identifier":{"lead":"lead-000000000000000000000000"},"reason":""}]}"#;
    let (_, resolution) = resolve_with(rules, &chain);
    assert_eq!(
        resolution.rules_without_effect(),
        ["separate #2", "separate #3", "join #2", "ignore #1", "ignore #3"]
    );
    assert_eq!(resolution.statistics().rules_without_effect, 5);
}

/// Each of the pairs by itself would be millions, looked through at each join.
#[test]
fn two_shared_identifiers_are_kept_apart_as_soon_as_two_people_are() {
    const BEARERS: usize = 20_000;
    let names: Vec<[String; 3]> = (0..BEARERS)
        .map(|number| [format!("m{number}@x.in"), format!("n{number}@x.in"), format!("c-{number}")])
        .collect();
    let mut mentions = Vec::new();
    for [one, other, crm_id] in &names {
        mentions.push(told([one, PHONE, crm_id, "-", "-"], 0));
        mentions.push(told([other, OTHER_PHONE, crm_id, "-", "-"], 0));
    }
    let rules =
        r#"{"separate":[{"one":{"phone":"+919876543210"},"other":{"phone":"+919123456789"},"reason":""}]}"#;
    let (found, resolution) = resolve_with(rules, &mentions);
    assert_eq!(resolution.statistics().kept_apart, BEARERS as u64);
    assert_eq!(resolution.statistics().leads, 2 * BEARERS as u64);
    assert!(found.chunks(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn a_cluster_stands_on_all_the_sides_of_its_members() {
    let mentions = [
        told(["a@x.in", "-", "c-1", "-", "-"], 0),
        told(["b@x.in", PHONE, "c-1", "Amit Kumar", "-"], 1),
        told(["c@x.in", PHONE, "c-2", "Amit Kumar", "-"], 2),
        told(["d@x.in", "-", "c-2", "-", "-"], 3),
    ];
    assert_eq!(resolve_with("", &mentions).0, [0; 4]);
    for (one, other, kept_apart) in [("a", "d", 1), ("d", "b", 1), ("c", "a", 1)] {
        let rules = format!(
            r#"{{"separate":[{{"one":{{"email":"{one}@x.in"}},"other":{{"email":"{other}@x.in"}},"reason":""}}]}}"#
        );
        let (found, resolution) = resolve_with(&rules, &mentions);
        assert_eq!((found, resolution.statistics().kept_apart), (vec![0, 0, 1, 1], kept_apart), "{rules}");
    }
}
