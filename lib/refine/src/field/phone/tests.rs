use phonenumber::country;
use proptest::prelude::*;
use test_case::test_case;

use super::{PhoneReader, UnknownRegion};
use crate::field::Scalar;

fn read(region: Option<&str>, scalar: Scalar) -> Result<String, &'static str> {
    let number = PhoneReader::new(region).unwrap().read(scalar).map_err(|misread| misread.code())?;
    Ok(number.unwrap().as_str().to_owned())
}

#[test_case("9876543210")]
#[test_case("09876543210")]
#[test_case("919876543210")]
#[test_case("+919876543210")]
#[test_case("00919876543210")]
#[test_case("+91 98765 43210")]
#[test_case("+91-98765-43210")]
#[test_case("(+91) 98765.43210")]
#[test_case("+91 (0) 98765 43210")]
#[test_case(" 98765\u{a0}43210 ")]
#[test_case("\u{202a}+91\u{a0}98765\u{2011}43210\u{202c}"; "copied from contacts")]
#[test_case("＋919876543210"; "full-width plus")]
#[test_case("+00919876543210")]
#[test_case("9876543210.0"; "been through a float")]
fn reads_one_indian_mobile_in_every_spelling(text: &str) {
    assert_eq!(read(Some("IN"), Scalar::Text(text)), Ok("+919876543210".to_owned()));
}

#[test_case("IN", "9198765432", "+919198765432"; "begins like the country code")]
#[test_case("IN", "9191919191", "+919191919191")]
#[test_case("IN", "011 2345 6789", "+911123456789"; "Delhi")]
#[test_case("IN", "1800 123 4567", "+9118001234567")]
#[test_case("IN", "+1 202-555-0123", "+12025550123")]
#[test_case("IN", "+1 (868) 622-1234", "+18686221234"; "Trinidad shares its code")]
#[test_case("IN", "+7 812 123-45-67", "+78121234567"; "the national prefix is 8 there")]
#[test_case("IN", "+39 06 6982 1234", "+390669821234"; "Italy keeps its zero")]
#[test_case("US", "(202) 555-0123", "+12025550123")]
#[test_case("US", "1-202-555-0123", "+12025550123")]
#[test_case("US", "011 49 15123456789", "+4915123456789")]
#[test_case("US", "+49 15123456789", "+4915123456789"; "the national prefix of home is not theirs")]
#[test_case("GB", "020 7946 0958", "+442079460958")]
#[test_case("GB", "07912 345678", "+447912345678")]
#[test_case("DE", "030 123456", "+4930123456")]
#[test_case("BR", "0 15 11 91234-5678", "+5511912345678"; "by way of a carrier")]
#[test_case("AR", "011 15 2345 6789", "+5491123456789"; "mobile numbers change their shape")]
fn reads_as_dialled_at_home(region: &str, text: &str, expected: &str) {
    assert_eq!(read(Some(region), Scalar::Text(text)), Ok(expected.to_owned()));
}

#[test_case("98xxxxxx12"; "masked")]
#[test_case("98******12"; "masked with stars")]
#[test_case("1-800-FLOWERS")]
#[test_case("tel:+919876543210")]
#[test_case("9876543210 x12")]
#[test_case("9876543210 / 9876543211")]
#[test_case("9876543210, 9876543211")]
#[test_case("987654321")]
#[test_case("98765432101")]
#[test_case("0000000000")]
#[test_case("1111111111")]
#[test_case("+9876543210")]
#[test_case("+0 98765 43210")]
#[test_case("++919876543210")]
#[test_case("91+9876543210")]
#[test_case("+")]
#[test_case("()-.")]
#[test_case("99999999999999999999999999999999999999999999"; "more digits than any number")]
#[test_case("９８７６５４３２１０"; "full-width digits")]
#[test_case("98765\n43210"; "on two lines")]
fn refuses_what_cannot_be_called(text: &str) {
    assert_eq!(read(Some("IN"), Scalar::Text(text)), Err("not_a_phone"));
}

#[test_case("9876543210", Ok("+919876543210"))]
#[test_case("919876543210", Ok("+919876543210"))]
#[test_case("9876543210.0", Ok("+919876543210"))]
#[test_case("9.87654321e9", Ok("+919876543210"))]
#[test_case("9876543210.5", Err("not_a_phone"))]
#[test_case("-9876543210", Err("not_a_phone"))]
#[test_case("0", Err("not_a_phone"))]
#[test_case("1e300", Err("not_a_phone"))]
fn reads_json_numbers(written: &str, expected: Result<&str, &'static str>) {
    assert_eq!(read(Some("IN"), Scalar::Number(written)), expected.map(str::to_owned));
}

#[test]
fn without_a_home_a_number_needs_its_country() {
    assert_eq!(read(None, Scalar::Text("+919876543210")), Ok("+919876543210".to_owned()));
    assert_eq!(read(None, Scalar::Text("9876543210")), Err("phone_without_country"));
    assert_eq!(read(None, Scalar::Text("00919876543210")), Err("phone_without_country"));
    assert_eq!(read(None, Scalar::Text("98xxxxxx12")), Err("not_a_phone"));
}

#[test_case("XX")]
#[test_case("in")]
#[test_case("001"; "numbers of no country")]
#[test_case("")]
fn an_unknown_region_is_named(region: &str) {
    let error = PhoneReader::new(Some(region)).unwrap_err();
    assert_eq!(error, UnknownRegion { region: region.to_owned() });
}

/// The crate's reading of a number in international form, where no default region leads it astray.
fn by_the_crate(international: &str) -> Option<String> {
    let number = phonenumber::parse(None, international).ok()?;
    phonenumber::is_valid(&number).then(|| number.format().mode(phonenumber::Mode::E164).to_string())
}

fn home() -> impl Strategy<Value = (&'static str, country::Id, &'static str)> {
    prop_oneof![
        Just(("IN", country::IN, "91")),
        Just(("US", country::US, "1")),
        Just(("GB", country::GB, "44")),
        Just(("DE", country::DE, "49")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_accepted_is_valid_to_the_crate((region, _id, code) in home(), digits in "[0-9]{5,15}|[6-9][0-9]{9}", plus: bool) {
        let text = if plus { format!("+{code}{digits}") } else { digits };
        if let Ok(number) = read(Some(region), Scalar::Text(&text)) {
            prop_assert_eq!(by_the_crate(&number), Some(number), "{} {}", region, text);
        }
    }

    #[test]
    fn what_is_accepted_at_home_is_what_the_crate_reads(
        (region, id, code) in home(),
        digits in "[2-9][0-9]{9}|[1-9][0-9]{8,10}",
        prefix: bool,
    ) {
        // Digits that begin with the country code are where the crate is wrong.
        prop_assume!(!digits.starts_with(code));
        let text = match (prefix, region) {
            (false, _) => digits.clone(),
            (true, "US") => format!("1{digits}"),
            (true, _) => format!("0{digits}"),
        };
        let ours = read(Some(region), Scalar::Text(&text)).ok();
        let theirs = phonenumber::parse(Some(id), &text).ok().filter(phonenumber::is_valid);
        let theirs = theirs.map(|number| number.format().mode(phonenumber::Mode::E164).to_string());
        if ours.is_some() {
            prop_assert_eq!(&ours, &theirs, "{} {}", region, text);
        }
    }

    #[test]
    fn what_was_read_is_read_as_itself_anywhere((region, _id, _code) in home(), digits in "[+]?[0-9]{6,14}") {
        if let Ok(number) = read(Some(region), Scalar::Text(&digits)) {
            prop_assert_eq!(read(None, Scalar::Text(&number)), Ok(number.clone()));
            prop_assert_eq!(read(Some("US"), Scalar::Text(&number)), Ok(number));
        }
    }
}
