//! The contracts that ship with the lake load, and are read as their sources send.

use std::path::Path;

use leadlake_contract::{Contract, ContractError, Derivation, IdentityRole, Reading, load_folder};

fn shipped() -> Result<Vec<Contract>, ContractError> {
    load_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts"))
}

#[test]
fn every_source_has_one() {
    let contracts = shipped().unwrap();
    let sources: Vec<_> = contracts.iter().map(|contract| contract.source.as_str()).collect();
    assert_eq!(sources, ["crm", "online", "roadshow", "transactions", "webinar"]);
}

#[test]
fn every_source_names_its_event_and_tells_who_it_is_about() {
    for contract in shipped().unwrap() {
        let event_id = contract.field(contract.event_id).unwrap();
        assert_eq!((event_id.name.as_str(), event_id.made_from_content), ("event_id", true));
        let event_time = contract.field(contract.event_time).unwrap();
        assert_eq!(event_time.inputs, ["event_time", "timestamp"]);

        let email = contract.field_named("email").unwrap();
        assert_eq!((email.reading, email.identity), (Reading::Email, Some(IdentityRole::Email)));
        let disposable = contract.field_named("email_is_disposable").unwrap();
        let Reading::Derived(Derivation::DisposableAddress { email: source }) = disposable.reading else {
            panic!("{} is read as {:?}", disposable.name, disposable.reading);
        };
        assert_eq!(contract.field(source), Some(email));
        assert!(email.required || contract.any_of.is_some(), "{} may be about nobody", contract.source);
        assert!(contract.freshness.is_some() && contract.limits.breaker.is_some());
    }
}

#[test]
fn the_spellings_of_the_sources_are_read() {
    let contracts = shipped().unwrap();
    let inputs = |source: &str, field: &str| {
        let contract = contracts.iter().find(|contract| contract.source.as_str() == source).unwrap();
        let field = contract.field_named(field).unwrap();
        (field.reading, field.inputs.join(" "))
    };
    let (precision, scale) = (18, 2);
    assert_eq!(
        inputs("webinar", "duration_minutes"),
        (Reading::Integer, "duration_minutes duration".to_owned())
    );
    assert_eq!(
        inputs("webinar", "questions_asked"),
        (Reading::Integer, "questions_asked questions".to_owned())
    );
    assert_eq!(
        inputs("roadshow", "device_interest"),
        (Reading::Text, "device_interest interested_model".to_owned())
    );
    let low = (Reading::RangeLow { precision, scale }, "budget_low budget_range".to_owned());
    assert_eq!(inputs("online", "budget_low"), low);
    let high = (Reading::RangeHigh { precision, scale }, "budget_high budget_range".to_owned());
    assert_eq!(inputs("online", "budget_high"), high);
    let days = (Reading::Days, "purchase_timeframe_days purchase_timeframe".to_owned());
    assert_eq!(inputs("online", "purchase_timeframe_days"), days);
}
