//! Neither the order of mentions nor their repetition decides anything.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::lead_id::LeadId;

const EMAILS: &[&str] = &[
    "amit.kumar1@yahoo.com",
    "amit.kumar1@yaho.com",
    "amit.kumar12@yahoo.com",
    "a.b@gmail.com",
    "ab@gmail.com",
    "priya@x.in",
    "priya@y.in",
    "-",
    "-",
    "-",
];
const PHONES: &[&str] = &["+919876543210", "+919876543211", "+919123456789", "+9118001234567", "-", "-"];
const CRM_IDS: &[&str] = &["c-1", "c-2", "c-77777", "-", "-", "-"];
const NAMES: &[&str] =
    &["Amit Kumar", "अमित कुमार", "A Kumar", "Amita Kumar", "Priya Kumar", "Kumar Amit", "Dr.", "-"];
const CITIES: &[&str] = &["Pune", "Poona", "Delhi", "-"];
const BIRTH_DATES: &[&str] = &["19560409", "19560904", "19990101", "-", "-"];

fn any_mention() -> impl Strategy<Value = Mention<'static>> {
    let parts = (select(EMAILS), select(PHONES), select(CRM_IDS), select(NAMES), select(CITIES));
    (parts, select(BIRTH_DATES), 0..4, 0..3_i64).prop_map(|(parts, birth_date, day, at)| {
        let mut mention = told(parts.into(), day);
        mention.at = Micros(at);
        mention.traits.birth_date = Some(birth_date).filter(|date| *date != "-");
        mention
    })
}

/// All that a resolution says but the personas' numbers, which follow the order of mentions.
type Said = (Vec<LeadId>, Vec<LeadId>, Vec<Alias>, Vec<Join>, Vec<Review>, IdentityStatistics);

fn said(settings: &IdentitySettings, mentions: &[Mention<'_>], asked: &[Mention<'_>]) -> Said {
    let rules = r#"{"separate":[{"one":{"email":"priya@x.in"},"other":{"email":"ab@gmail.com"},"reason":""}],
        "join":[{"one":{"email":"priya@y.in"},"other":{"crm_id":"c-2"},"reason":""}]}"#;
    let mut builder = IdentityBuilder::new(settings.clone(), serde_json::from_str(rules).unwrap());
    for mention in mentions {
        builder.add(mention);
    }
    let personas: Vec<Persona> = asked.iter().map(|mention| builder.add(mention)).collect();
    let resolution = builder.resolve(&SALT);
    let lead_id = |persona| resolution.lead_id(resolution.lead_of(persona).unwrap()).unwrap();
    let of_asked = personas.into_iter().map(lead_id).collect();
    let mut statistics = *resolution.statistics();
    statistics.mentions = 0;
    let Resolution { lead_ids, aliases, joins, reviews, .. } = resolution;
    (of_asked, lead_ids, aliases, joins, reviews, statistics)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_repetition_do_not_matter(
        (mentions, shuffled) in prop::collection::vec(any_mention(), 1..24).prop_flat_map(|mentions| {
            let twice = [mentions.clone(), mentions.clone()].concat();
            (Just(mentions), Just(twice).prop_shuffle())
        }),
        largest_lead in 2..6_usize,
        largest_block in 2..6_usize,
    ) {
        let settings = IdentitySettings {
            largest_lead,
            largest_block,
            most_emails_of_crm_id: 2,
            most_emails_of_phone: 2,
            most_names_of_phone: 3,
            join_by_likeness: true,
        };
        let first = said(&settings, &[], &mentions);
        prop_assert_eq!(&first, &said(&settings, &shuffled, &mentions));

        let (of_asked, lead_ids, aliases, joins, ..) = first;
        let distinct: BTreeSet<&LeadId> = of_asked.iter().collect();
        prop_assert_eq!(distinct.len(), lead_ids.len(), "every lead has a mention");
        let ids: BTreeSet<&LeadId> = aliases.iter().map(|alias| &alias.id).collect();
        prop_assert_eq!(ids.len(), aliases.len(), "an alias names one lead");
        for lead_id in &lead_ids {
            prop_assert!(ids.contains(lead_id), "a lead's own id is an alias");
        }
        for join in &joins {
            let lead_of = |id: LeadId| aliases.iter().find(|alias| alias.id == id).map(|alias| alias.lead);
            prop_assert_eq!(lead_of(join.left), Some(join.lead));
            prop_assert_eq!(lead_of(join.right), Some(join.lead));
        }
    }
}
