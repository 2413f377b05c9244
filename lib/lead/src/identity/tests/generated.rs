//! Many people of one name and city, told apart by their addresses alone.

use super::*;

#[test]
fn nobody_of_one_name_and_city_is_merged() {
    let emails: Vec<String> =
        (0..4_000).map(|number| format!("amit.kumar{}@gmail.com", number * 37 % 9_973)).collect();
    let phones: Vec<String> = (0..4_000).map(|number| format!("+919845{number:06}")).collect();
    let mut mentions: Vec<[&str; 5]> = Vec::new();
    for (email, phone) in emails.iter().zip(&phones) {
        mentions.push([email, phone, "-", "Amit Kumar", "Bangalore"]);
        mentions.push(["-", phone, "-", "अमित कुमार", "Bengaluru"]);
        mentions.push([email, "-", "-", "-", "-"]);
    }
    let (found, resolution) = leads(&mentions);
    let expected: Vec<u32> = (0..4_000).flat_map(|person| [person; 3]).collect();
    assert_eq!(found, expected);
    assert_eq!(reasons(&resolution), [""; 0]);
    let compared = resolution.statistics().compared_pairs;
    assert!(compared < 40 * 4_000, "{compared} pairs is too near to all with all");
}
