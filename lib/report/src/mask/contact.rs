//! Addresses, phones and names.

use super::HIDDEN;

/// Words of a name that are shown; who has more is not told by them.
const MOST_WORDS: usize = 4;

/// `a•••@g•••.com`: the first letters, and the ending where it is a common one.
pub fn email(address: &str) -> String {
    let Some((local, domain)) = address.trim().rsplit_once('@') else { return HIDDEN.to_owned() };
    let (host, ending) = domain.rsplit_once('.').unwrap_or((domain, ""));
    format!("{}@{}{}", first_of(local), first_of(host), common_ending(ending))
}

/// `+91 •••• 10`: the country code and the last two digits.
pub fn phone(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let country = if number.trim().starts_with('+') { country_code(&digits) } else { "" };
    let own = digits.get(country.len()..).unwrap_or_default();
    let last = match own.len() {
        // Of a short number two digits are much of it.
        0..6 => "",
        length => own.get(length - 2..).unwrap_or_default(),
    };
    let parts = [if country.is_empty() { String::new() } else { format!("+{country}") }, HIDDEN.to_owned()];
    let shown: Vec<&str> =
        parts.iter().map(String::as_str).chain([last]).filter(|part| !part.is_empty()).collect();
    shown.join(" ")
}

/// `A•••• K••••`: initials, in scripts where a letter is no more than that.
pub fn name(name: &str) -> String {
    let initials: Vec<String> = name
        .split_whitespace()
        .take(MOST_WORDS)
        .map(|word| {
            let mut letters = word.chars();
            let initial = letters.next().filter(|letter| letter.is_uppercase() || letter.is_lowercase());
            match initial {
                Some(initial) if letters.count() >= 2 => format!("{initial}{HIDDEN}"),
                _ => HIDDEN.to_owned(),
            }
        })
        .collect();
    if initials.is_empty() { HIDDEN.to_owned() } else { initials.join(" ") }
}

/// What people typed into another field, such as their city: shown unless it may be an address or a phone.
pub fn free_text(text: &str) -> String {
    let digits = text.chars().filter(|letter| letter.is_numeric()).count();
    if text.contains('@') || digits >= 6 { HIDDEN.to_owned() } else { text.to_owned() }
}

fn first_of(part: &str) -> String {
    let mut letters = part.chars();
    let first = letters.next().filter(char::is_ascii_alphanumeric);
    match first.zip(letters.next()) {
        Some((first, _)) => format!("{first}•••"),
        None => "•••".to_owned(),
    }
}

/// Longer endings may be a name, or rare enough to be one.
fn common_ending(ending: &str) -> String {
    let is_common =
        matches!(ending.len(), 2..=3) && ending.bytes().all(|letter| letter.is_ascii_alphabetic());
    match ending {
        "" => String::new(),
        _ if is_common => format!(".{ending}"),
        _ => ".•••".to_owned(),
    }
}

/// Country codes are of one, two or three digits, and none is the beginning of another (ITU-T E.164).
fn country_code(digits: &str) -> &str {
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        [b'2'..=b'9', ..] => 3,
        _ => 0,
    };
    digits.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use test_case::test_case;

    use super::*;

    #[test_case("amit@gmail.com" => "a•••@g•••.com")]
    #[test_case("A@b.co" => "•••@•••.co")]
    #[test_case("amit.kumar+x@mail.example.online" => "a•••@m•••.•••")]
    #[test_case("\"odd@local\"@gmail.com" => "•••@g•••.com")]
    #[test_case("amit@localhost" => "a•••@l•••")]
    #[test_case("no address" => "••••")]
    #[test_case("" => "••••")]
    fn addresses(address: &str) -> String {
        email(address)
    }

    #[test_case("+919876543210" => "+91 •••• 10")]
    #[test_case("+1 212 555 0147" => "+1 •••• 47")]
    #[test_case("+35312345678" => "+353 •••• 78")]
    #[test_case("9876543210" => "•••• 10")]
    #[test_case("98xxxxxx12" => "••••"; "too little of it is there")]
    #[test_case("+0123456789" => "•••• 89"; "no country has this code")]
    #[test_case("+91" => "+91 ••••")]
    #[test_case("" => "••••")]
    fn phones(number: &str) -> String {
        phone(number)
    }

    #[test_case("Amit Kumar" => "A•••• K••••")]
    #[test_case("  zoë   d'Arc " => "z•••• d••••")]
    #[test_case("Bo Li" => "•••• ••••"; "short words")]
    #[test_case("अमित कुमार" => "•••• ••••"; "a letter may be a syllable")]
    #[test_case("王小明" => "••••"; "a letter may be a family name")]
    #[test_case("one two three four five" => "o•••• t•••• t•••• f••••")]
    #[test_case("" => "••••")]
    fn names(of: &str) -> String {
        name(of)
    }

    #[test_case("Navi Mumbai" => "Navi Mumbai")]
    #[test_case("iPhone 15 Pro" => "iPhone 15 Pro")]
    #[test_case("call 98765 43210" => "••••")]
    #[test_case("amit@gmail.com" => "••••")]
    fn other_texts(text: &str) -> String {
        free_text(text)
    }

    proptest! {
        #[test]
        fn little_of_any_text_is_shown(text in "\\PC{0,40}") {
            let shown = |masked: String| masked.chars().filter(|letter| letter.is_alphanumeric()).count();
            prop_assert!(shown(email(&text)) <= 5);
            prop_assert!(shown(phone(&text)) <= 5);
            prop_assert!(shown(name(&text)) <= MOST_WORDS);
        }

        #[test]
        fn no_three_letters_of_a_persons_own_stand_together(
            (local, host) in ("[a-z]{3,12}", "[a-z]{3,12}"),
            number in "[6-9][0-9]{9}",
            given in "[A-Z][a-z]{2,9}",
        ) {
            let address = format!("{local}@{host}.com");
            let masked = [email(&address), phone(&format!("+91{number}")), name(&given)];
            for own in [&local, &host, &number, &given] {
                for at in 0..own.len() - 2 {
                    let three = &own[at..at + 3];
                    prop_assert!(three == "com" || masked.iter().all(|masked| !masked.contains(three)));
                }
            }
        }
    }
}
