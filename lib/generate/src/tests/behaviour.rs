//! The people behave as later stages need them to.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use phonenumber::country::Id::IN;
use serde_json::Value;

use super::recount::{email_of, source_of, text};
use super::{collect, small_objects};
use crate::people::Person;
use crate::world::{DISPOSABLE_DOMAINS, USUAL_DOMAINS};
use crate::{Flaws, Plan, Source};

#[derive(Default)]
struct Seen {
    minutes: u64,
    timeframe: Option<u64>,
    first_touch: Option<(Timestamp, Source)>,
    outcome: bool,
    converted: bool,
}

fn everybody(plan: &Plan) -> Vec<Seen> {
    let (objects, _) = collect(plan);
    let mut people: HashMap<String, Seen> = HashMap::new();
    for object in &objects {
        for line in object.lines() {
            let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
                continue;
            };
            let Some(email) = email_of(&fields) else { continue };
            let seen = people.entry(email).or_default();
            let source = source_of(&object.key);
            let touch = (text(&fields, "timestamp").parse().unwrap(), source);
            seen.first_touch = Some(seen.first_touch.map_or(touch, |first| first.min(touch)));
            match source {
                Source::Webinar => {
                    let minutes = fields.get("duration_minutes").or(fields.get("duration"));
                    seen.minutes += minutes.and_then(Value::as_u64).unwrap_or_default();
                }
                Source::Online => {
                    let days = fields.get("purchase_timeframe_days").and_then(Value::as_u64);
                    seen.timeframe = seen.timeframe.or(days);
                }
                Source::Crm => {
                    seen.outcome |= text(&fields, "outcome") != "open";
                    seen.converted |= text(&fields, "outcome") == "converted";
                }
                Source::Roadshow | Source::Transactions => {}
            }
        }
    }
    people.into_values().collect()
}

#[test]
fn conversion_depends_on_webinar_minutes_timeframe_and_origin() {
    let plan = Plan { flaws: Flaws::none(), ..small_objects(20_000) };
    let people = everybody(&plan);
    let rate = |belongs: &dyn Fn(&Seen) -> bool| {
        let group: Vec<&Seen> = people.iter().filter(|seen| seen.outcome && belongs(seen)).collect();
        assert!(group.len() > 200, "{} people", group.len());
        group.iter().filter(|seen| seen.converted).count() as f64 / group.len() as f64
    };
    let much = rate(&|seen| seen.minutes > 90);
    let little = rate(&|seen| seen.minutes < 20);
    assert!(much > 1.5 * little, "{much} with many minutes, {little} with few");
    let soon = rate(&|seen| seen.timeframe.is_some_and(|days| days <= 30));
    let far = rate(&|seen| seen.timeframe.is_some_and(|days| days > 60));
    assert!(soon > 1.5 * far, "{soon} soon, {far} far");
    let came_by = |source| move |seen: &Seen| seen.first_touch.is_some_and(|(_, first)| first == source);
    let by_roadshow = rate(&came_by(Source::Roadshow));
    let by_form = rate(&came_by(Source::Online));
    assert!(by_roadshow > 1.2 * by_form, "{by_roadshow} by roadshow, {by_form} by form");
}

#[test]
fn every_phone_is_valid_for_the_library_that_will_judge_it_and_every_useless_one_is_not() {
    let (objects, _) = collect(&small_objects(4_000));
    let phones: BTreeSet<String> = objects
        .iter()
        .flat_map(super::Object::lines)
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|fields| Some(fields.get("phone")?.as_str()?.to_owned()))
        .collect();
    let (mut good, mut bad) = (0, 0);
    for phone in &phones {
        let has_letters = phone.contains(|letter: char| letter.is_alphabetic() || letter == '*');
        let is_valid = !has_letters
            && phonenumber::parse(Some(IN), phone).is_ok_and(|number| phonenumber::is_valid(&number));
        let digits = phone.bytes().filter(u8::is_ascii_digit).count();
        let is_meant = digits >= 10 && !phone.starts_with("00000");
        assert_eq!(is_valid, is_meant, "{phone}");
        if is_valid { good += 1 } else { bad += 1 }
    }
    assert!(good > 500 && bad > 20, "{good} good, {bad} bad");
}

#[test]
fn throw_away_domains_are_known_as_such_and_usual_ones_are_not() {
    for domain in DISPOSABLE_DOMAINS {
        assert!(!mailchecker::is_valid(&format!("amit.kumar12@{domain}")), "{domain}");
    }
    for domain in USUAL_DOMAINS {
        assert!(mailchecker::is_valid(&format!("amit.kumar12@{domain}")), "{domain}");
    }
}

#[test]
fn nobody_shares_a_phone_or_a_number() {
    let plan = Plan::new(1, 1);
    let people = 300_000;
    let mut numbers = BTreeSet::new();
    let mut phones = BTreeSet::new();
    let mut with_phone = 0;
    for index in 0..people {
        let person = Person::of(&plan, index);
        numbers.insert(person.number);
        if let Some(phone) = person.phone {
            with_phone += 1;
            phones.insert(format!("{phone:?}"));
        }
    }
    assert_eq!((numbers.len(), phones.len()), (people as usize, with_phone));
    assert!(with_phone > 200_000);
}
