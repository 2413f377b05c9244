//! Names of objects, which whoever delivers has chosen.

use super::{Vocabulary, excerpt};

/// From here on digits may be a phone. A date and a time have fewer in one run.
const DIGITS_OF_A_PHONE: usize = 9;
/// What addresses are known by, also where they are spelled out.
const MARKS_OF_AN_ADDRESS: [&str; 17] = [
    "@", "\u{ff20}", "\u{fe6b}", "%40", "(at)", "[at]", "_at_", "-at-", " at ", "gmail", "yahoo", "hotmail",
    "outlook", "icloud", ".com", ".org", ".net",
];

impl Vocabulary {
    /// The same, but with those of its parts masked that may be an address or a phone.
    pub fn mask_object_key(&self, key: &str, most_letters: usize) -> String {
        let shown: Vec<String> = key
            .split('/')
            .map(|part| match may_name_a_person(part) {
                true => self.mask(part, most_letters),
                false => part.to_owned(),
            })
            .collect();
        excerpt(&shown.join("/"), most_letters)
    }
}

fn may_name_a_person(part: &str) -> bool {
    let lower = part.to_lowercase();
    MARKS_OF_AN_ADDRESS.iter().any(|mark| lower.contains(mark)) || longest_number(part) >= DIGITS_OF_A_PHONE
}

/// People write phones with gaps.
fn longest_number(part: &str) -> usize {
    let joined = part.replace("%20", "").replace("%2B", "").replace([' ', '+', '(', ')', '.'], "");
    joined.split(|letter: char| !letter.is_numeric()).map(|run| run.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::*;

    #[test_case("bronze/webinar/2025/01/14/webinar-20250114-00001.json" => "bronze/webinar/2025/01/14/webinar-20250114-00001.json")]
    #[test_case("bronze/crm/20250114T101530Z.csv" => "bronze/crm/20250114T101530Z.csv")]
    #[test_case("bronze/crm/amit.kumar@mail.in.json" => "bronze/crm/xxxx.xxxxx@xxxx.xx.json")]
    #[test_case("bronze/crm/amit%40mail.in/a.json" => "bronze/crm/xxxx%99xxxx.xx/a.json")]
    #[test_case("bronze/crm/amit_at_gmail.json" => "bronze/crm/xxxx_xx_xxxxx.json")]
    #[test_case("bronze/crm/lead-9876543210.json" => "bronze/crm/xxxx-9999999999.json")]
    #[test_case("bronze/crm/+91 98765 43210" => "bronze/crm/+99 99999 99999"; "with gaps")]
    #[test_case("bronze/crm/\u{667}\u{668}\u{669}\u{660}\u{661}\u{662}\u{663}\u{664}\u{665}" => "bronze/crm/999999999"; "other digits")]
    fn keys(key: &str) -> String {
        Vocabulary::new(["json"]).mask_object_key(key, 100)
    }
}
