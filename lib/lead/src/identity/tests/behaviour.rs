//! What joins, what does not, and what somebody should look at.

use test_case::test_case;

use super::*;

const PHONE: &str = "+919876543210";
const OTHER_PHONE: &str = "+919123456789";

/// Two mentions; whether they are one lead, by which rule, and what is left to review.
#[test_case(["a.b+x@gmail.com", "-", "-", "-", "-"], ["ab@googlemail.com", "-", "-", "-", "-"], true, &[], &[]; "one mailbox")]
#[test_case(["a@x.in", "-", "c-1", "-", "-"], ["b@x.in", "-", "c-1", "-", "-"], true, &["same_crm_id"], &[]; "crm id")]
#[test_case(["a@x.in", PHONE, "-", "Amit Kumar", "-"], ["-", PHONE, "-", "अमित कुमार", "-"], true, &["phone_and_name"], &[]; "phone and name in another script")]
#[test_case(["a@x.in", PHONE, "-", "Amit Kumar", "-"], ["b@x.in", PHONE, "-", "A. Kumar", "-"], true, &["phone_and_name"], &[]; "phone and initial")]
#[test_case(["a@x.in", PHONE, "-", "Amit Kumar", "-"], ["b@x.in", PHONE, "-", "Priya Nair", "-"], false, &[], &[]; "one phone two people")]
#[test_case(["a@x.in", PHONE, "-", "Amit Kumar", "Pune"], ["b@x.in", PHONE, "-", "Priya Kumar", "Poona"], false, &[], &["household"]; "couple")]
#[test_case(["a@x.in", PHONE, "-", "Vikram Kumar", "Pune"], ["b@x.in", PHONE, "-", "Vikam Kumar", "Pune"], false, &[], &["similar_names"]; "slip in the name")]
#[test_case(["a@x.in", PHONE, "-", "Amit Kumar", "-"], ["-", PHONE, "-", "-", "-"], false, &[], &["phone_only"]; "phone alone")]
#[test_case(["a@x.in", PHONE, "-", "-", "-"], ["b@x.in", PHONE, "-", "-", "-"], false, &[], &[]; "phone alone on both sides")]
#[test_case(["a@x.in", "+9118001234567", "-", "Amit Kumar", "-"], ["b@x.in", "+9118001234567", "-", "Amit Kumar", "-"], false, &[], &[]; "free phone")]
#[test_case(["amit.kumar123@gmail.com", "-", "-", "Amit Kumar", "Pune"], ["amit.kumar1234@gmail.com", "-", "-", "Amit Kumar", "Pune"], false, &[], &[]; "other digits")]
#[test_case(["amit.kumar123@gmail.com", PHONE, "-", "Amit Kumar", "Pune"], ["amit.kumar124@gmail.com", "+919876543211", "-", "Amit Kumar", "Pune"], false, &[], &[]; "other digits and a near phone")]
#[test_case(["amit.kumar123@yahoo.com", "-", "-", "Amit Kumar", "Pune"], ["amit.kumar123@yaho.com", "-", "-", "Amit Kumar", "Poona"], true, &["likeness"], &[]; "slip in the provider")]
#[test_case(["amit.kumar123@yahoo.com", PHONE, "-", "Amit Kumar", "Pune"], ["amit.kumar123@yaho.com", OTHER_PHONE, "-", "Amit Kumar", "Pune"], false, &[], &["likeness"]; "two phones speak against")]
#[test_case(["amit.kumar123@yahoo.com", "-", "c-1111111", "Amit Kumar", "Pune"], ["amit.kumar123@yaho.com", "-", "c-7654321", "Amit Kumar", "Pune"], false, &[], &[]; "two crm ids exclude")]
#[test_case(["-", PHONE, "-", "Amit Kumar", "Pune"], ["-", "+919876543211", "-", "Amit Kumar", "Pune"], false, &[], &["likeness"]; "near phones of one name and city")]
#[test_case(["priya.sharma@gmail.com", "-", "-", "Priya Sharma", "Pune"], ["priyasharma@yahoo.com", "-", "-", "Priya Sharma", "Pune"], false, &[], &["likeness"]; "a common mailbox")]
fn two(one: [&str; 5], other: [&str; 5], joined: bool, rules: &[&str], reviews: &[&str]) {
    let (leads, resolution) = leads(&[one, other]);
    assert_eq!(leads, if joined { [0, 0] } else { [0, 1] });
    let found: Vec<&str> = resolution.joins().iter().map(|join| join.rule.name()).collect();
    assert_eq!(found, rules);
    assert_eq!(reasons(&resolution), reviews);
}

#[test]
fn birth_date_and_address_join_what_no_identifier_does() {
    let mut one = told(["-", "-", "-", "mitchell green", "cleveland"], 1);
    one.traits =
        Traits { birth_date: Some("19560409"), street: Some("7 wallaby place"), ..Traits::default() };
    let mut other = told(["-", "-", "-", "mitchel green", "cleveland"], 2);
    other.traits =
        Traits { birth_date: Some("19560904"), street: Some("7 wallaby place"), ..Traits::default() };
    assert_eq!(resolve_with("", &[one, other]).0, [0, 0]);
}

#[test]
fn a_phone_or_crm_id_that_many_share_is_no_evidence() {
    let emails: Vec<String> = ('a'..='i').map(|letter| format!("{letter}@x.in")).collect();
    let names = ["Amit", "Priya", "Rohan", "Kavita", "Suresh", "Deepak", "Lakshmi", "Gaurav", "Fatima"];
    let by_phone: Vec<[&str; 5]> =
        emails.iter().zip(names).map(|(email, name)| [email.as_str(), PHONE, "-", name, "-"]).collect();
    let by_crm_id: Vec<[&str; 5]> =
        emails.iter().map(|email| [email.as_str(), "-", "c-0", "-", "-"]).collect();
    let by_phone_and_common_name: Vec<[&str; 5]> =
        emails.iter().map(|email| [email.as_str(), PHONE, "-", "Amit Kumar", "-"]).collect();
    for mentions in [by_phone, by_phone_and_common_name, by_crm_id] {
        let (found, resolution) = leads(&[mentions.clone(), mentions].concat());
        assert_eq!(found, [0, 1, 2, 3, 4, 5, 6, 7, 8].repeat(2));
        assert_eq!(reasons(&resolution), ["shared_identifier"]);
        assert_eq!(resolution.reviews()[0].personas, 9);
        assert_eq!(resolution.aliases().len(), 9, "a shared identifier is nobody's alias");
    }
}

#[test]
fn a_phone_is_evidence_for_as_many_emails_as_one_person_may_have() {
    let emails = ["a@x.in", "b@x.in", "c@x.in", "d@x.in", "e@x.in"];
    let mentions = emails.map(|email| [email, PHONE, "-", "Amit Kumar", "-"]);
    assert_eq!(leads(&mentions).0, [0; 5]);
}

#[test]
fn the_oldest_names_the_lead_and_its_identifiers_are_aliases() {
    let (_, alone) = leads(&[["old@x.in", PHONE, "-", "Amit Kumar", "-"]]);
    let (found, both) =
        leads(&[["old@x.in", PHONE, "-", "Amit Kumar", "-"], ["new@x.in", PHONE, "c-1", "Amit Kumar", "-"]]);
    assert_eq!(found, [0, 0]);
    assert_eq!(both.lead_ids(), alone.lead_ids(), "what comes later renames nobody");
    let kinds: Vec<&str> = both.aliases().iter().map(|alias| alias.kind.name()).collect();
    assert_eq!(kinds, ["email", "email", "crm_id", "phone"]);
    assert!(both.aliases().iter().any(|alias| Some(alias.id) == both.lead_id(LeadIndex(0))));
    assert_eq!(both.joins()[0].evidence, Evidence::PhoneAndSameName);
}

#[test]
fn a_lead_grows_to_its_limit_and_no_further() {
    let emails: Vec<String> = (0..60).map(|number| format!("{number}@x.in")).collect();
    let mentions: Vec<[&str; 5]> =
        emails.iter().map(|email| [email.as_str(), PHONE, "-", "Amit Kumar", "-"]).collect();
    let mentions: Vec<Mention<'_>> = mentions.into_iter().map(|parts| told(parts, 0)).collect();
    let settings = IdentitySettings { most_emails_of_phone: 60, ..IdentitySettings::default() };
    let (found, resolution) = resolve_as(settings, "", &mentions);
    let of_first = found.iter().filter(|lead| **lead == 0).count();
    assert_eq!(of_first, IdentitySettings::default().largest_lead);
    assert!(reasons(&resolution).contains(&"too_large"));
}

#[test]
fn likeness_is_no_bridge_between_groups() {
    let mentions = [
        ["amit.kumar123@yahoo.com", "-", "c-1", "Amit Kumar", "Pune"],
        ["a@x.in", "-", "c-1", "-", "-"],
        ["amit.kumar123@yaho.com", "-", "c-2", "Amit Kumar", "Pune"],
        ["b@x.in", "-", "c-2", "-", "-"],
    ];
    let (found, resolution) = leads(&mentions);
    assert_eq!(found, [0, 0, 1, 1]);
    assert_eq!(reasons(&resolution), ["weak_bridge"]);
}
