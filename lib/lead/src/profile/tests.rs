use proptest::prelude::*;
use test_case::test_case;

use super::samples::{event, events};
use super::*;
use crate::event::{Day, EventKey, Purchase};

fn profile_of<'a>(events: &[Event<'a>]) -> Profile<'a> {
    Profile::of(Currency::INR, events)
}

fn absorbed<'a>(events: &[&Event<'a>]) -> Profile<'a> {
    let mut profile = Profile::new(Currency::INR);
    events.iter().for_each(|event| profile.absorb(event));
    profile
}

fn merged<'a>(left: &Profile<'a>, right: &Profile<'a>) -> Profile<'a> {
    let mut merged = left.clone();
    merged.merge(right);
    merged
}

proptest! {
    #[test]
    fn neither_order_nor_repetition_matters(
        (events, shuffled) in events(20).prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        repeated in 0..20_usize,
    ) {
        let profile = profile_of(&events);
        prop_assert_eq!(&profile_of(&shuffled), &profile);
        let mut more = shuffled.clone();
        more.extend(events.iter().take(repeated));
        prop_assert_eq!(&profile_of(&more), &profile);
    }

    #[test]
    fn parts_merge_to_the_whole_in_any_grouping(
        events in events(20),
        parts in proptest::collection::vec(0..3_u8, 40),
    ) {
        let mut once: Vec<_> = events.iter().collect();
        distinct(&mut once);
        let part = |number: u8| {
            let of_part: Vec<_> =
                once.iter().zip(&parts).filter(|(_, part)| **part == number).map(|(event, _)| *event).collect();
            absorbed(&of_part)
        };
        let (a, b, c) = (part(0), part(1), part(2));
        let whole = profile_of(&events);
        prop_assert_eq!(&merged(&merged(&a, &b), &c), &whole);
        prop_assert_eq!(&merged(&a, &merged(&b, &c)), &whole);
        prop_assert_eq!(&merged(&c, &merged(&b, &a)), &whole);
        prop_assert_eq!(&merged(&Profile::new(Currency::INR), &a), &a);
    }

    #[test]
    fn a_reset_profile_is_as_new(events in events(10), others in events(10)) {
        let mut profile = profile_of(&others);
        profile.reset();
        prop_assert_eq!(&profile, &Profile::new(Currency::INR));
        let mut once: Vec<_> = events.iter().collect();
        distinct(&mut once);
        once.iter().for_each(|event| profile.absorb(event));
        prop_assert_eq!(profile, profile_of(&events));
    }
}

#[test]
fn an_older_or_emptier_late_event_overwrites_nothing() {
    let mut newer = event("online", "2", 10);
    newer.identity.name = Some("Amit Kumar");
    newer.touch.budget_low = Some(Amount(8_000_000));
    let mut older = event("roadshow", "1", 5);
    older.arrived = Day(20);
    older.identity.name = Some("Amit");
    older.identity.city = Some("Pune");
    older.touch.budget_low = Some(Amount(1));
    older.touch.budget_high = Some(Amount(2));
    let emptier = event("online", "3", 30);

    let profile = profile_of(&[newer, older, emptier]);
    let from = |source, id| EventKey { source, id };
    let name = Latest { value: "Amit Kumar", at: newer.at, event: from("online", "2") };
    assert_eq!(profile.name, Some(name));
    assert_eq!(profile.city.map(|city| city.event), Some(from("roadshow", "1")));
    // The ends of two budgets are never mixed.
    assert_eq!(profile.budget.unwrap().value, Budget { low: Some(Amount(8_000_000)), high: None });
    assert_eq!(profile.first_touch, Some(Stamp { at: older.at, event: older.key }));
    assert_eq!(profile.last_touch, Some(Stamp { at: emptier.at, event: emptier.key }));
}

#[test]
fn of_events_at_one_instant_the_greater_key_wins() {
    let mut first = event("online", "1", 1);
    first.identity.name = Some("one");
    let mut second = event("online", "2", 1);
    second.identity.name = Some("two");
    assert_eq!(profile_of(&[second, first]).name.unwrap().value, "two");
}

#[test]
fn of_an_event_that_came_twice_the_first_arrival_holds() {
    let mut first = event("crm", "1", 9);
    first.identity.city = Some("Pune");
    first.arrived = Day(10);
    let mut again = event("crm", "1", 20);
    again.identity.city = Some("Delhi");
    let profile = profile_of(&[again, first]);
    assert_eq!((profile.counts.events, profile.city.unwrap().value), (1, "Pune"));
    assert_eq!(profile.last_seen_at, Some(first.at));
}

#[test]
fn of_two_accounts_of_one_event_on_one_day_the_same_one_always_holds() {
    let plain = event("crm", "1", 1);
    let mut accounts = [plain; 5];
    accounts[1].identity.city = Some("Pune");
    accounts[2].touch.device_interest = Some("Fold");
    accounts[3].outcome = Some(converted(None, None));
    accounts[4].purchase = Some(Purchase {
        transaction_id: "t",
        product_id: None,
        quantity: None,
        price: None,
        currency: None,
        status: None,
    });
    for left in accounts {
        for right in accounts {
            assert_eq!(profile_of(&[left, right]), profile_of(&[right, left]));
        }
    }
}

#[test]
fn absurd_amounts_add_up_alike_in_any_grouping() {
    let brought = |id, amount| {
        let mut sold = event("crm", id, 1);
        sold.outcome = Some(converted(Some(Amount(amount)), None));
        profile_of(&[sold])
    };
    let [a, b, c] = [brought("1", i128::MAX), brought("2", i128::MAX), brought("3", i128::MIN)];
    assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
}

#[test]
fn everything_is_counted_by_what_it_is() {
    let mut attended = event("webinar", "1", 1);
    attended.touch.webinar_minutes = Some(48);
    attended.touch.questions_asked = Some(2);
    let registered = event("webinar", "2", 1);
    let mut elsewhere = event("kiosk", "3", 2);
    elsewhere.touch.webinar_minutes = Some(12);
    let mut form = event("kiosk", "4", 2);
    form.touch.purchase_timeframe_days = Some(15);
    let mut sold = event("crm", "5", 3);
    sold.outcome = Some(converted(Some(Amount(100)), None));
    let others = [event("online", "6", 4), event("roadshow", "7", 4), event("kiosk", "8", 4)];

    let profile = profile_of(&[&[attended, registered, elsewhere, form, sold][..], &others].concat());
    let counts = Counts {
        events: 8,
        touches: 7,
        webinars: 3,
        webinars_attended: 2,
        webinar_minutes: 60,
        questions_asked: 2,
        forms: 2,
        visits: 1,
    };
    assert_eq!(profile.counts, counts);
    assert_eq!(profile.sources.held(), ["crm", "kiosk", "online", "roadshow", "webinar"]);
    assert_eq!(profile.channels, Channels { roadshow: true, webinar: true, online: true });
    assert_eq!(profile.last_seen_at, Some(others[0].at));
}

fn converted(revenue: Option<Amount>, currency: Option<&str>) -> OutcomeFacts<'_> {
    OutcomeFacts { outcome: Outcome::Converted, revenue, currency, reason: None }
}

#[test]
fn a_conversion_stands_whatever_is_said_later() {
    let mut events = [event("crm", "1", 1), event("crm", "2", 2), event("crm", "3", 3), event("crm", "4", 4)];
    events[0].outcome = Some(converted(Some(Amount(8_990_000)), Some("INR")));
    events[1].outcome = Some(converted(Some(Amount(50)), None));
    events[2].outcome = Some(converted(Some(Amount(70)), Some("USD")));
    events[3].outcome = Some(OutcomeFacts { outcome: Outcome::Lost, ..converted(None, None) });
    let profile = profile_of(&events);
    assert_eq!(profile.outcome.unwrap().value, Outcome::Lost);
    assert_eq!(profile.conversion.unwrap().at, events[0].at);
    let revenue = Revenue { conversions: 3, amount: Amount(8_990_050), in_other_currencies: 1 };
    assert_eq!(profile.revenue, revenue);
    // Outcomes are no touches.
    assert_eq!((profile.first_touch, profile.counts.touches), (None, 0));
}

type Told = (&'static str, Option<i64>, Option<i128>, Option<&'static str>, Option<&'static str>);

/// Each with its day: transaction, quantity, price, currency, status.
fn purchases(told: &[Told]) -> Purchases {
    let ids: Vec<String> = (0..told.len()).map(|number| format!("tx-{number}")).collect();
    let events: Vec<_> = std::iter::zip(told, &ids)
        .enumerate()
        .map(|(day, (&(transaction_id, quantity, price, currency, status), id))| {
            let price = price.map(Amount);
            let product_id = None;
            let sold = Purchase { transaction_id, product_id, quantity, price, currency, status };
            Event { purchase: Some(sold), ..event("transactions", id, day as i64) }
        })
        .collect();
    profile_of(&events).purchases()
}

#[test_case(&[("t", Some(2), Some(13_400), Some("INR"), Some("completed"))], (1, 1, 0, 26_800) ; "completed")]
#[test_case(&[("t", None, Some(13_400), None, None)], (1, 1, 0, 13_400) ; "without quantity, currency and status")]
#[test_case(&[("t", None, None, None, None)], (1, 0, 0, 0) ; "without a price")]
#[test_case(&[("t", None, Some(5), None, Some("pending"))], (0, 0, 0, 0) ; "not completed")]
#[test_case(&[("t", None, Some(5), None, Some("pending")), ("t", None, None, None, Some("completed"))], (1, 1, 0, 5) ; "completed later, told without its price")]
#[test_case(&[("t", None, Some(5), None, Some("completed")), ("t", None, Some(5), None, Some("refunded"))], (0, 0, 0, 0) ; "refunded later")]
#[test_case(&[("t", None, Some(5), Some("USD"), None), ("u", None, Some(7), Some("INR"), None)], (2, 1, 1, 7) ; "in another currency")]
fn only_completed_transactions_are_purchases(told: &[Told], expected: (u64, u64, u64, i128)) {
    let found = purchases(told);
    assert_eq!((found.count, found.priced, found.in_other_currencies, found.spend.0), expected);
}

#[test]
fn a_purchase_is_dated_by_when_it_was_first_told() {
    let found = purchases(&[
        ("t", None, Some(5), None, Some("pending")),
        ("u", None, Some(5), None, None),
        ("t", None, None, None, Some("completed")),
    ]);
    assert_eq!((found.first_at, found.last_at), (Some(Micros(0)), Some(Micros(Micros::PER_DAY))));
}

#[test]
fn a_lead_that_is_fed_endless_addresses_stays_small() {
    let addresses: Vec<String> = (0..1_000).map(|number| format!("{number:04}@example.org")).collect();
    let events: Vec<_> = addresses
        .iter()
        .map(|address| {
            let mut event = event("online", address, 1);
            event.identity.email = Some(address);
            event
        })
        .collect();
    let profile = profile_of(&events);
    let held: Vec<_> = addresses.iter().map(String::as_str).take(DistinctTexts::MOST).collect();
    assert_eq!(profile.emails.held(), held);
    assert!(profile.emails.has_more());
    let (low, high) = events.split_at(100);
    assert!(!profile_of(low).emails.has_more());
    assert_eq!(merged(&profile_of(high), &profile_of(low)), profile);
    let mut other = Profile::new(Currency::INR);
    other.merge(&profile);
    assert_eq!(other, profile);
    other.reset();
    assert_eq!(other, Profile::new(Currency::INR));
}

#[test_case("INR", true)]
#[test_case("Inr", false)]
#[test_case("RUPEE", false)]
fn a_currency_is_three_capitals(written: &str, is_one: bool) {
    let currency: Result<Currency, _> = written.parse();
    assert_eq!(currency.is_ok_and(|currency| currency.to_string() == written), is_one);
}
