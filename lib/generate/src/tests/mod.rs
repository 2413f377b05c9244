mod behaviour;
mod recount;

use std::collections::BTreeSet;
use std::convert::Infallible;

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use test_case::test_case;

use crate::{Flaws, GenerateError, Plan, PlanError, RefusalCode, Sink, Source, Truth, generate};

#[derive(Debug, PartialEq, Eq)]
struct Object {
    key: String,
    arrived: Timestamp,
    bytes: Vec<u8>,
}

impl Object {
    fn lines(&self) -> impl Iterator<Item = &str> {
        let text = std::str::from_utf8(&self.bytes).unwrap();
        assert!(text.ends_with('\n'));
        text.lines()
    }
}

#[derive(Default)]
struct Collected(Vec<Object>);

impl Sink for Collected {
    type Error = Infallible;

    fn object(&mut self, key: &str, arrived: Timestamp, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.push(Object { key: key.to_owned(), arrived, bytes: bytes.to_vec() });
        Ok(())
    }
}

fn collect(plan: &Plan) -> (Vec<Object>, Truth) {
    let mut sink = Collected::default();
    let truth = generate(plan, &mut sink).unwrap();
    (sink.0, truth)
}

fn small_objects(events: u64) -> Plan {
    Plan { events_per_object: 150, ..Plan::new(events, 7) }
}

fn badly_flawed() -> Flaws {
    Flaws {
        repeated: 0.3,
        late: 0.4,
        broken: 0.3,
        masked_phones: 0.4,
        invalid_values: 0.4,
        disposable_addresses: 0.4,
        extra_fields: 0.4,
        without_event_id: 0.5,
    }
}

#[test]
fn equal_plans_make_equal_bytes_and_another_seed_makes_others() {
    let plan = small_objects(3_000);
    let first = collect(&plan);
    assert_eq!(first, collect(&plan));
    let (other, _) = collect(&Plan { seed: 8, ..plan });
    let distinct_events = |objects: &[Object]| -> BTreeSet<String> {
        objects.iter().flat_map(Object::lines).map(str::to_owned).collect()
    };
    assert!(distinct_events(&first.0).is_disjoint(&distinct_events(&other)));
}

#[test_case(0; "none")]
#[test_case(1; "one")]
#[test_case(10; "ten")]
#[test_case(1_000; "thousand")]
#[test_case(20_000; "twenty thousand")]
fn exactly_as_many_events_are_written_as_planned(events: u64) {
    for days in [1, 2, 15, 400] {
        let (objects, truth) = collect(&Plan { days, ..Plan::new(events, 3) });
        let lines: usize = objects.iter().map(|object| object.lines().count()).sum();
        assert_eq!((lines as u64, truth.events), (events, events), "{days} days");
    }
}

#[test_case(&small_objects(20_000); "usual flaws")]
#[test_case(&Plan { flaws: badly_flawed(), ..small_objects(20_000) }; "many flaws at once")]
#[test_case(&Plan { flaws: badly_flawed(), days: 1, ..small_objects(5_000) }; "one day")]
#[test_case(&Plan { flaws: badly_flawed(), days: 90, first_day: date(2024, 1, 20), ..small_objects(5_000) }; "a leap year's quarter")]
#[test_case(&Plan { flaws: badly_flawed(), events_per_object: 1, ..small_objects(1_000) }; "an object for each event")]
#[test_case(&Plan { flaws: Flaws::none(), ..small_objects(5_000) }; "no flaws")]
fn an_independent_recount_finds_the_same_truth(plan: &Plan) {
    let (objects, truth) = collect(plan);
    assert_eq!(recount::recount(&objects), truth);
}

#[test]
fn every_flaw_occurs_about_as_often_as_planned() {
    let (_, truth) = collect(&small_objects(20_000));
    let flaws = Flaws::default();
    let of_all = |count: u64| count as f64 / truth.events as f64;
    let sum = |count: fn(&crate::SourceTruth) -> u64| truth.sources.values().map(count).sum::<u64>();
    let within = sum(|source| source.duplicates_within_object);
    let across = sum(|source| source.duplicates_across_objects);
    for (planned, found) in [
        (flaws.repeated, of_all(within + across)),
        (flaws.broken, of_all(truth.refused.values().sum())),
        (flaws.extra_fields, of_all(sum(|source| source.with_extra_fields))),
        (flaws.without_event_id, of_all(sum(|source| source.without_event_id))),
        (flaws.disposable_addresses, truth.disposable_addresses as f64 / truth.people as f64),
    ] {
        assert!((0.7..1.3).contains(&(found / planned)), "planned {planned}, found {found}");
    }
    assert!((0.5..2.0).contains(&(of_all(sum(|source| source.late)) / flaws.late)));
    assert!(within > 50 && across > 50, "{within} within, {across} across");
    let codes = [
        RefusalCode::NotJson,
        RefusalCode::Missing,
        RefusalCode::NotAllowed,
        RefusalCode::NotATimestamp,
        RefusalCode::NoIdentity,
    ];
    assert!(truth.refused.keys().eq(&codes), "{:?}", truth.refused);
    assert!(truth.masked_phones > 50 && truth.invalid_phones > truth.masked_phones);
    assert!(truth.sources[&Source::Roadshow].invalid["email"] > 0, "somebody is known by phone only");
}

#[test]
fn without_flaws_nothing_is_wrong() {
    let (_, truth) = collect(&Plan { flaws: Flaws::none(), ..small_objects(5_000) });
    assert_eq!((truth.refused.len(), truth.invalid_phones, truth.disposable_addresses), (0, 0, 0));
    for counts in truth.sources.values() {
        assert_eq!(counts.distinct_events, counts.records);
        assert_eq!((counts.late, counts.without_event_id, counts.with_extra_fields), (0, 0, 0));
        assert!(counts.invalid.is_empty());
    }
}

#[test]
fn objects_come_in_order_of_arrival_under_the_day_on_which_they_arrive() {
    let plan = small_objects(5_000);
    let (objects, truth) = collect(&plan);
    assert!(objects.is_sorted_by_key(|object| object.arrived));
    let keys: BTreeSet<&str> = objects.iter().map(|object| object.key.as_str()).collect();
    assert_eq!((keys.len() as u64, objects.len() as u64), (truth.objects, truth.objects));
    for object in &objects {
        let day = object.arrived.to_zoned(TimeZone::UTC).date();
        let folder = format!("bronze/{}/{}/", recount::source_of(&object.key), day.strftime("%Y/%m/%d"));
        assert!(object.key.starts_with(&folder) && object.key.ends_with(".json"), "{}", object.key);
        assert!(object.lines().count() <= 225);
    }
}

#[test]
fn the_truth_survives_being_written_down() {
    let (_, truth) = collect(&small_objects(1_000));
    let text = serde_json::to_string(&truth).unwrap();
    assert!(text.contains(r#""roadshow":{"#) && text.contains(r#""not_json":"#));
    assert_eq!(serde_json::from_str::<Truth>(&text).unwrap(), truth);
}

#[test_case(&Plan { days: 0, ..Plan::new(1, 1) } => PlanError::NoDays; "no days")]
#[test_case(&Plan { events_per_object: 0, ..Plan::new(1, 1) } => PlanError::EmptyObjects; "empty objects")]
#[test_case(&Plan { first_day: date(1999, 12, 31), ..Plan::new(1, 1) } => PlanError::TooEarly { first_day: date(1999, 12, 31) }; "too early")]
#[test_case(&Plan { days: u32::MAX, ..Plan::new(1, 1) } => PlanError::BeyondCalendar { days: u32::MAX }; "too long")]
#[test_case(&Plan { flaws: Flaws { late: 1.5, ..Flaws::none() }, ..Plan::new(1, 1) } => PlanError::NotAShare { flaw: "late", share: 1.5 }; "not a share")]
fn an_impossible_plan_is_refused(plan: &Plan) -> PlanError {
    match generate(plan, &mut Collected::default()) {
        Err(GenerateError::Plan(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sink_that_fails_stops_everything_and_is_named() {
    struct Full;
    impl Sink for Full {
        type Error = std::io::Error;

        fn object(&mut self, _: &str, _: Timestamp, _: &[u8]) -> Result<(), std::io::Error> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
    }
    let error = generate(&Plan::new(100, 1), &mut Full).unwrap_err();
    let GenerateError::Sink { key, source } = &error else { panic!("{error:?}") };
    assert!(key.starts_with("bronze/"));
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    assert_eq!(error.to_string(), format!("object {key} could not be handed over: {source}"));
}
