//! Names and cities as they come, in both scripts.

use std::collections::HashMap;

use crate::identity::city_key;
use crate::identity::name::{Name, NameMatch};
use test_case::test_case;

const GIVEN_NAMES: &[(&str, &str)] = &[
    ("Amit", "अमित"),
    ("Rahul", "राहुल"),
    ("Priya", "प्रिया"),
    ("Ananya", "अनन्या"),
    ("Vikram", "विक्रम"),
    ("Sneha", "स्नेहा"),
    ("Arjun", "अर्जुन"),
    ("Kavita", "कविता"),
    ("Rohan", "रोहन"),
    ("Divya", "दिव्या"),
    ("Suresh", "सुरेश"),
    ("Meera", "मीरा"),
    ("Karthik", "कार्तिक"),
    ("Neha", "नेहा"),
    ("Sanjay", "संजय"),
    ("Pooja", "पूजा"),
    ("Aditya", "आदित्य"),
    ("Lakshmi", "लक्ष्मी"),
    ("Manish", "मनीष"),
    ("Ritu", "रितु"),
    ("Deepak", "दीपक"),
    ("Shreya", "श्रेया"),
    ("Nikhil", "निखिल"),
    ("Asha", "आशा"),
    ("Rajesh", "राजेश"),
    ("Swati", "स्वाति"),
    ("Harish", "हरीश"),
    ("Isha", "ईशा"),
    ("Varun", "वरुण"),
    ("Nandini", "नंदिनी"),
    ("Gaurav", "गौरव"),
    ("Tanvi", "तन्वी"),
    ("Imran", "इमरान"),
    ("Fatima", "फ़ातिमा"),
    ("Joseph", "जोसेफ"),
    ("Gurpreet", "गुरप्रीत"),
];

const FAMILY_NAMES: &[(&str, &str)] = &[
    ("Kumar", "कुमार"),
    ("Sharma", "शर्मा"),
    ("Patel", "पटेल"),
    ("Reddy", "रेड्डी"),
    ("Iyer", "अय्यर"),
    ("Nair", "नायर"),
    ("Singh", "सिंह"),
    ("Gupta", "गुप्ता"),
    ("Mehta", "मेहता"),
    ("Rao", "राव"),
    ("Das", "दास"),
    ("Banerjee", "बनर्जी"),
    ("Joshi", "जोशी"),
    ("Kulkarni", "कुलकर्णी"),
    ("Desai", "देसाई"),
    ("Verma", "वर्मा"),
    ("Mishra", "मिश्रा"),
    ("Chatterjee", "चटर्जी"),
    ("Pillai", "पिल्लई"),
    ("Menon", "मेनन"),
    ("Shetty", "शेट्टी"),
    ("Bhat", "भट"),
    ("Agarwal", "अग्रवाल"),
    ("Khan", "खान"),
    ("Fernandes", "फर्नांडीस"),
    ("Chopra", "चोपड़ा"),
    ("Malhotra", "मल्होत्रा"),
    ("Saxena", "सक्सेना"),
    ("Thakur", "ठाकुर"),
    ("Yadav", "यादव"),
    ("Pandey", "पांडे"),
    ("Naidu", "नायडू"),
];

const CITIES: &[&[&str]] = &[
    &["Bangalore", "Bengaluru", "bengaluru", "BANGALORE", "Banglore", "बेंगलुरु", "बैंगलोर"],
    &["Mumbai", "Bombay", "mumbai", "मुंबई"],
    &["Delhi", "New Delhi", "DELHI", "delhi ", "दिल्ली", "नई दिल्ली"],
    &["Chennai", "Madras", "CHENNAI", "चेन्नई"],
    &["Hyderabad", "hyderabad", "Hyderabad ", "हैदराबाद"],
    &["Pune", "Poona", "pune", "पुणे"],
    &["Kolkata", "Calcutta", "कोलकाता"],
    &["Ahmedabad", "Amdavad", "ahmedabad", "अहमदाबाद"],
    &["Gurugram", "Gurgaon", "GURGAON", "गुरुग्राम"],
    &["Kochi", "Cochin", "कोच्चि"],
    &["Mysuru", "Mysore", "मैसूर"],
    &["Jaipur", "jaipur", "जयपुर"],
    &["Lucknow", " Lucknow"],
    &["Thiruvananthapuram", "Trivandrum", "तिरुवनंतपुरम"],
    &["Visakhapatnam", "Vizag", "Vishakhapatnam", "विशाखापत्तनम"],
    &["Indore", "INDORE"],
    &["Nagpur", "nagpur", "नागपुर"],
];

fn key(name: &str) -> String {
    Name::of(name).key()
}

#[test]
fn both_scripts_give_one_key_and_no_two_names_share_one() {
    let mut faults = Vec::new();
    for names in [GIVEN_NAMES, FAMILY_NAMES] {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for (latin, devanagari) in names {
            if key(latin) != key(devanagari) {
                faults.push(format!("{latin} {} {devanagari} {}", key(latin), key(devanagari)));
            }
            if let Some(other) = seen.insert(key(latin), latin) {
                faults.push(format!("{latin} and {other} are both {}", key(latin)));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn all_whole_names_match_themselves_in_the_other_script_and_nobody_else() {
    let mut seen: HashMap<String, (usize, usize)> = HashMap::new();
    for (given, given_names) in GIVEN_NAMES.iter().enumerate() {
        for (family, family_names) in FAMILY_NAMES.iter().enumerate() {
            let latin = Name::of(&format!("{} {}", given_names.0, family_names.0));
            let devanagari = Name::of(&format!("{} {}", given_names.1, family_names.1));
            assert_eq!(latin.compare(&devanagari), NameMatch::Same);
            assert_eq!(seen.insert(latin.key(), (given, family)), None, "{}", latin.key());
        }
    }
}

#[test]
fn a_city_has_one_key_under_all_its_names() {
    let mut faults = Vec::new();
    let mut seen: HashMap<String, &str> = HashMap::new();
    for names in CITIES {
        let usual = city_key(names[0]);
        for name in *names {
            if city_key(name) != usual {
                faults.push(format!("{} {usual} {name} {}", names[0], city_key(name)));
            }
        }
        if let Some(other) = seen.insert(usual, names[0]) {
            faults.push(format!("{} and {other}", names[0]));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test_case("Amit Kumar", "Mr. Amit  KUMAR ji", NameMatch::Same; "titles and case")]
#[test_case("Shreya Iyer", "Sreya Ayyar", NameMatch::Same; "spelling")]
#[test_case("Singh", "सिंह", NameMatch::Same; "singh")]
#[test_case("Vivek Shah", "विवेक शाह", NameMatch::Same; "final h")]
#[test_case("Sinha", "Singh", NameMatch::Different; "sinha is not singh")]
#[test_case("Aditya Rao", "Aditi Rao", NameMatch::Near; "aditya is not aditi")]
#[test_case("A. Kumar", "Amit Kumar", NameMatch::Compatible; "initial")]
#[test_case("Kumar Amit", "Amit Kumar", NameMatch::Compatible; "transposed")]
#[test_case("Amit", "Amit Kumar", NameMatch::Compatible; "subset")]
#[test_case("Amit Raj Kumar", "Amit Kumar", NameMatch::Compatible; "middle name")]
#[test_case("A. K.", "Amit Kumar", NameMatch::Different; "initials alone are nobody's name")]
#[test_case("Vikram Sharma", "Vikam Sharma", NameMatch::Near; "slip")]
#[test_case("Amit Kumar", "Priya Kumar", NameMatch::Different; "other given name")]
#[test_case("Amit Kumar", "Amit Patel", NameMatch::Different; "other family")]
#[test_case("Amit Kumar", "--", NameMatch::Unknown; "no name")]
#[test_case("José García", "Jose Garcia", NameMatch::Same; "accents")]
fn names_compare(one: &str, other: &str, expected: NameMatch) {
    assert_eq!(Name::of(one).compare(&Name::of(other)), expected);
    assert_eq!(Name::of(other).compare(&Name::of(one)), expected);
}
