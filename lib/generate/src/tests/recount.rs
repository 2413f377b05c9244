//! The truth once more, from nothing but the bytes: simple, slow, and sharing no code with the generator.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::Object;
use crate::{RefusalCode, Source, SourceTruth, Truth};

type Fields = Map<String, Value>;

const DISPOSABLE: &[&str] =
    &["mailinator", "guerrillamail", "yopmail", "trashmail", "sharklasers", "10minutemail"];

pub(super) fn recount(objects: &[Object]) -> Truth {
    let mut truth = Truth::default();
    for source in Source::ALL {
        truth.sources.insert(source, SourceTruth::default());
    }
    let mut events: HashSet<(Source, String)> = HashSet::new();
    let mut people = People::default();
    for object in objects {
        let source = source_of(&object.key);
        let counts = truth.sources.get_mut(&source).unwrap();
        truth.objects += 1;
        truth.bytes += object.bytes.len() as u64;
        counts.objects += 1;
        let mut in_this_object = HashSet::new();
        for line in object.lines() {
            truth.events += 1;
            counts.records += 1;
            let fields = match judge(source, line) {
                Ok(fields) => fields,
                Err(code) => {
                    counts.refused += 1;
                    *counts.refused_by_code.entry(code).or_default() += 1;
                    *truth.refused.entry(code).or_default() += 1;
                    continue;
                }
            };
            let event = fields.get("event_id").map_or(line, |id| id.as_str().unwrap()).to_owned();
            if !in_this_object.insert(event.clone()) {
                counts.duplicates_within_object += 1;
                continue;
            }
            counts.accepted += 1;
            if events.insert((source, event)) {
                counts.distinct_events += 1;
                people.meet(&fields);
            } else {
                counts.duplicates_across_objects += 1;
            }
            count_values(counts, source, &fields, object.arrived);
            if fields.get("phone").is_some_and(is_masked) {
                truth.masked_phones += 1;
            }
        }
    }
    truth.invalid_phones = truth.sources.values().filter_map(|counts| counts.invalid.get("phone")).sum();
    truth.people = people.emails().len() as u64;
    truth.disposable_addresses = people.emails().iter().filter(|email| is_disposable(email)).count() as u64;
    truth.people_converted = people.converted.len() as u64;
    truth.revenue_paise = people.revenue_paise;
    truth
}

pub(super) fn source_of(key: &str) -> Source {
    let folder = key.split('/').nth(1).unwrap();
    Source::ALL.into_iter().find(|source| source.as_str() == folder).unwrap()
}

/// The contract's rules for whole records, as the defaults have them.
fn judge(source: Source, line: &str) -> Result<Fields, RefusalCode> {
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
        return Err(RefusalCode::NotJson);
    };
    let fields: Fields = fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let (types, required, outcomes): (&[&str], &[&str], &[&str]) = match source {
        Source::Roadshow => (&["roadshow_registration", "roadshow_lead"], &[], &[]),
        Source::Webinar => (&["webinar_attendance", "webinar_registration"], &["email"], &[]),
        Source::Online => (&["online_form_submission", "online_form"], &[], &[]),
        Source::Crm => (&["conversion_outcome"], &["outcome"], &["converted", "lost", "open"]),
        Source::Transactions => (&["transaction"], &["transaction_id"], &[]),
    };
    let always = ["event_type", "timestamp"];
    if always.iter().chain(required).any(|name| !fields.contains_key(*name)) {
        return Err(RefusalCode::Missing);
    }
    if !types.contains(&text(&fields, "event_type")) {
        return Err(RefusalCode::NotAllowed);
    }
    if source == Source::Crm && !outcomes.contains(&text(&fields, "outcome")) {
        return Err(RefusalCode::NotAllowed);
    }
    if text(&fields, "timestamp").parse::<Timestamp>().is_err() {
        return Err(RefusalCode::NotATimestamp);
    }
    let known = email_of(&fields).is_some()
        || fields.get("phone").and_then(ten_digits).is_some()
        || (source == Source::Crm && fields.contains_key("crm_id"));
    if known { Ok(fields) } else { Err(RefusalCode::NoIdentity) }
}

fn count_values(counts: &mut SourceTruth, source: Source, fields: &Fields, arrived: Timestamp) {
    let happened: Timestamp = text(fields, "timestamp").parse().unwrap();
    let delay = arrived.duration_since(happened);
    assert!(!delay.is_negative() && delay < SignedDuration::from_hours(21 * 24), "{fields:?} after {delay}");
    counts.late += u64::from(delay >= SignedDuration::from_hours(24));
    counts.without_event_id += u64::from(!fields.contains_key("event_id"));
    let known = known_fields(source);
    counts.with_extra_fields += u64::from(fields.keys().any(|name| !known.contains(&name.as_str())));
    counts.with_disposable_address += u64::from(email_of(fields).is_some_and(|email| is_disposable(&email)));
    for column in invalid_columns(fields) {
        *counts.invalid.entry(column.to_owned()).or_default() += 1;
    }
}

fn known_fields(source: Source) -> BTreeSet<&'static str> {
    let own = match source {
        Source::Roadshow => "name phone city device_interest interested_model captured_by device_id",
        Source::Webinar => "duration_minutes duration questions_asked questions webinar_id",
        Source::Online => {
            "name phone city budget_range purchase_timeframe_days purchase_timeframe utm_source utm_medium \
             utm_campaign form_id page_url"
        }
        Source::Crm => "phone crm_id outcome revenue currency reason",
        Source::Transactions => {
            "phone transaction_id product_id quantity price currency payment_method status"
        }
    };
    "event_id event_type timestamp email".split_whitespace().chain(own.split_whitespace()).collect()
}

fn invalid_columns(fields: &Fields) -> Vec<&'static str> {
    let mut invalid = Vec::new();
    for (name, value) in fields {
        let columns: &[&str] = match name.as_str() {
            "email" if email_of(fields).is_none() => &["email"],
            "phone" if ten_digits(value).is_none() => &["phone"],
            "duration_minutes" | "duration" if !is_within(value, 0.0, 1440.0) => &["duration_minutes"],
            "questions_asked" | "questions" if !is_within(value, 0.0, 1000.0) => &["questions_asked"],
            "budget_range" if !is_budget(value) => &["budget_low", "budget_high"],
            "purchase_timeframe_days" | "purchase_timeframe" if !is_timeframe(value) => {
                &["purchase_timeframe_days"]
            }
            "quantity" if !is_within(value, 1.0, f64::MAX) => &["quantity"],
            "price" if !is_within(value, 0.0, f64::MAX) => &["price"],
            "status"
                if !["completed", "pending", "refunded", "cancelled", "failed"].contains(&words(value)) =>
            {
                &["status"]
            }
            _ => &[],
        };
        invalid.extend(columns);
    }
    invalid
}

fn is_within(value: &Value, low: f64, high: f64) -> bool {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    number.is_some_and(|number| (low..=high).contains(&number))
}

fn is_budget(value: &Value) -> bool {
    let ends: Vec<&str> = words(value).split('-').map(str::trim).collect();
    let is_amount = |end: &&str| end.trim_end_matches(['k', 'K']).parse::<u64>().is_ok();
    ends.len() == 2 && ends.iter().all(is_amount)
}

fn is_timeframe(value: &Value) -> bool {
    let spans = ["0-30 days", "30-60 days", "60-90 days", "90-180 days"];
    is_within(value, 0.0, 3650.0) || spans.contains(&words(value))
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", words)
}

pub(super) fn email_of(fields: &Fields) -> Option<String> {
    let email = fields.get("email")?.as_str()?.trim().to_lowercase();
    let (mailbox, domain) = email.split_once('@')?;
    (!mailbox.is_empty() && domain.contains('.')).then_some(())?;
    Some(email).filter(|email| email != "@gmail.com")
}

fn is_disposable(email: &str) -> bool {
    DISPOSABLE.iter().any(|domain| email.ends_with(&format!("@{domain}.com")))
}

fn is_masked(phone: &Value) -> bool {
    let phone = words(phone);
    phone.len() == 10 && ["xxxxxx", "XXXXXX", "******"].contains(&&phone[2..8])
}

fn ten_digits(phone: &Value) -> Option<String> {
    let plain: String = words(phone).chars().filter(|letter| !" -".contains(*letter)).collect();
    let national = plain.strip_prefix("+91").or(plain.strip_prefix('0')).unwrap_or(&plain);
    let is_mobile = national.len() == 10
        && national.starts_with('9')
        && national.bytes().all(|digit| digit.is_ascii_digit());
    is_mobile.then(|| national.to_owned())
}

/// Who is who, by email, or by a phone that came with an email.
#[derive(Default)]
struct People {
    by_email: BTreeSet<String>,
    by_phone: HashMap<String, String>,
    by_phone_only: BTreeSet<String>,
    converted: BTreeMap<String, u64>,
    revenue_paise: u64,
}

impl People {
    fn meet(&mut self, fields: &Fields) {
        let phone = fields.get("phone").and_then(ten_digits);
        let Some(email) = email_of(fields) else {
            self.by_phone_only.insert(phone.unwrap());
            return;
        };
        if let Some(phone) = phone {
            let owner = self.by_phone.entry(phone).or_insert_with(|| email.clone());
            assert_eq!(*owner, email, "a phone belongs to one person");
        }
        if text(fields, "outcome") == "converted" {
            let paise = (fields["revenue"].as_f64().unwrap() * 100.0).round() as u64;
            assert_eq!(self.converted.insert(email.clone(), paise), None, "nobody converts twice");
            self.revenue_paise += paise;
        }
        self.by_email.insert(email);
    }

    /// Everybody: a phone without an email always belongs to an email seen elsewhere.
    fn emails(&self) -> &BTreeSet<String> {
        for phone in &self.by_phone_only {
            let owner = self.by_phone.get(phone).expect("whose phone is it?");
            assert!(self.by_email.contains(owner));
        }
        &self.by_email
    }
}
