//! Email addresses, in the form by which people are matched.

use std::borrow::Cow;

use email_address::{EmailAddress, Options};

use super::text::composed;
use super::{Fault, Misread, Scalar, Wanted};

/// What a mail server takes as a path (RFC 5321, with its angle brackets 256).
const MOST_BYTES: usize = 254;
const MOST_LOCAL_BYTES: usize = 64;
const MOST_LABEL_BYTES: usize = 63;

/// Reads an address that mail can be sent to over the internet: no quotes, no display name, a domain of at least
/// two labels and not an IP address. Trimmed and lower-cased: every large provider ignores case, and matching must.
pub fn read(scalar: Scalar<'_>) -> Result<Option<Cow<'_, str>>, Misread> {
    let Some(text) = scalar.text(Wanted::Email)? else {
        return Ok(None);
    };
    let address = parse_ascii(text).map_or_else(|| parse_any(text).map(Cow::Owned), Ok);
    address.map(Some).map_err(|fault| Wanted::Email.misread(fault))
}

/// What follows the `@` of an address that [`read`] returned.
pub fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_local, domain)| domain)
}

fn parse_any(text: &str) -> Result<String, Fault> {
    // Lower-casing may take a letter apart.
    let address = composed(&composed(text).to_lowercase()).into_owned();
    if address.len() > MOST_BYTES {
        return Err(Fault::TooLong);
    }
    let options = Options::default().without_display_text().without_domain_literal();
    let is_address = EmailAddress::parse_with_options(&address, options).is_ok();
    if !is_address || address.starts_with('"') || !is_internet_domain(domain(&address)) {
        return Err(Fault::NotAnEmail);
    }
    Ok(address)
}

fn is_internet_domain(domain: &str) -> bool {
    let is_plain = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let last_label = domain.rsplit_once('.').map(|(_parents, label)| label);
    // No top-level domain is a number, but the end of an IP address is.
    last_label.is_some_and(|label| !label.bytes().all(|byte| byte.is_ascii_digit()))
        && domain.chars().all(is_plain)
}

/// One look at each byte; `None` when [`parse_any`] has to decide.
fn parse_ascii(text: &str) -> Option<Cow<'_, str>> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let at = memchr::memchr(b'@', text.as_bytes())?;
    let (local, at_and_domain) = text.as_bytes().split_at_checked(at)?;
    let (_at, domain) = at_and_domain.split_first()?;
    let has_capitals = scan_local(local)? | scan_domain(domain)?;
    Some(if has_capitals { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) })
}

/// Whether a valid local part has capitals.
fn scan_local(local: &[u8]) -> Option<bool> {
    if local.len() > MOST_LOCAL_BYTES {
        return None;
    }
    let mut has_capitals = false;
    let mut after_dot = true;
    for &byte in local {
        let is_dot = byte == b'.';
        if is_dot && after_dot || !is_dot && !is_atom_text(byte) {
            return None;
        }
        after_dot = is_dot;
        has_capitals |= byte.is_ascii_uppercase();
    }
    (!after_dot).then_some(has_capitals)
}

/// Whether a valid domain has capitals.
fn scan_domain(domain: &[u8]) -> Option<bool> {
    let mut has_capitals = false;
    let mut labels = 0;
    let mut label_length = 0;
    let mut label_is_number = true;
    let mut previous = b'.';
    for &byte in domain {
        if byte == b'.' {
            if !previous.is_ascii_alphanumeric() {
                return None;
            }
            labels += 1;
            label_length = 0;
            label_is_number = true;
        } else {
            let may_stand = byte.is_ascii_alphanumeric() || byte == b'-' && previous != b'.';
            if !may_stand || label_length == MOST_LABEL_BYTES {
                return None;
            }
            label_length += 1;
            label_is_number &= byte.is_ascii_digit();
            has_capitals |= byte.is_ascii_uppercase();
        }
        previous = byte;
    }
    let is_whole = labels > 0 && previous.is_ascii_alphanumeric() && !label_is_number;
    is_whole.then_some(has_capitals)
}

/// RFC 5322's `atext`.
fn is_atom_text(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
        )
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;
    use test_case::test_case;

    use super::{domain, parse_any, parse_ascii, read};
    use crate::field::Scalar;

    #[test_case("amit@gmail.com", "amit@gmail.com")]
    #[test_case(" Amit.Kumar+Leads@Gmail.COM\t", "amit.kumar+leads@gmail.com")]
    #[test_case("o'brien@mail.example.co.uk", "o'brien@mail.example.co.uk")]
    #[test_case("a@b.co", "a@b.co")]
    #[test_case("1@2.example", "1@2.example")]
    #[test_case("x@xn--mnchen-3ya.de", "x@xn--mnchen-3ya.de")]
    #[test_case("JÖRG@MÜNCHEN.DE", "jörg@münchen.de"; "letters of every script")]
    #[test_case("Jo\u{308}rg@example.com", "jörg@example.com"; "composed")]
    fn reads_an_address(text: &str, expected: &str) {
        assert_eq!(read(Scalar::Text(text)).unwrap().as_deref(), Some(expected));
    }

    #[test_case("amit")]
    #[test_case("amit@")]
    #[test_case("@gmail.com")]
    #[test_case("amit@gmail")]
    #[test_case("amit@@gmail.com")]
    #[test_case("amit@gmail@com.com")]
    #[test_case("amit@gmail..com")]
    #[test_case("amit@.gmail.com")]
    #[test_case("amit@gmail.com.")]
    #[test_case(".amit@gmail.com")]
    #[test_case("amit.@gmail.com")]
    #[test_case("am..it@gmail.com")]
    #[test_case("amit@-gmail.com")]
    #[test_case("amit@gmail-.com")]
    #[test_case("amit@gm_ail.com")]
    #[test_case("amit@gm$ail.com")]
    #[test_case("amit kumar@gmail.com")]
    #[test_case("amit@gmail.com, john@gmail.com")]
    #[test_case("Amit <amit@gmail.com>")]
    #[test_case("<amit@gmail.com>")]
    #[test_case("mailto:amit@gmail.com")]
    #[test_case("\"amit\"@gmail.com")]
    #[test_case("amit@[127.0.0.1]")]
    #[test_case("amit@127.0.0.1")]
    #[test_case("amit@gmail.com\0")]
    #[test_case("amit@gmail\u{200b}.com"; "zero-width space")]
    #[test_case("n/a")]
    fn refuses_what_no_mail_reaches(text: &str) {
        assert_eq!(read(Scalar::Text(text)).map_err(|misread| misread.code()), Err("not_an_email"));
    }

    #[test]
    fn holds_to_the_lengths_of_the_mail_system() {
        let local = "l".repeat(64);
        let label = "d".repeat(63);
        let longest = format!("{local}@{label}.{label}.{}.com", "d".repeat(57));
        assert_eq!(longest.len(), 254);
        assert_eq!(read(Scalar::Text(&longest)), Ok(Some(Cow::Borrowed(longest.as_str()))));
        for (text, code) in [
            (longest.replace(".com", "d.com"), "too_long"),
            (format!("l{local}@example.com"), "not_an_email"),
            (format!("amit@d{label}.com"), "not_an_email"),
        ] {
            assert_eq!(read(Scalar::Text(&text)).map_err(|misread| misread.code()), Err(code), "{text}");
        }
    }

    #[test]
    fn the_domain_is_what_follows_the_at_sign() {
        assert_eq!(domain("amit@mail.example.com"), "mail.example.com");
        assert_eq!(domain("amit"), "");
    }

    const NEARLY_ASCII_ADDRESS: &str =
        "[a-zA-Z0-9!#'._+\"<-]{0,8}[@ ]?@([a-zA-Z0-9_-]{0,4}[.]){0,4}[a-z0-9-]{0,3}";

    proptest! {
        #[test]
        fn the_short_way_is_the_long_way(text in NEARLY_ASCII_ADDRESS) {
            let long = parse_any(&text).ok();
            prop_assert_eq!(parse_ascii(&text).map(Cow::into_owned), long, "{}", text);
        }

        #[test]
        fn what_was_read_is_read_as_itself(text in "[a-zßéİΣſK\u{307}\u{301}]{1,6}@[a-zÉİΣ]{1,4}[.][a-zA-Z]{2}") {
            if let Ok(Some(address)) = read(Scalar::Text(&text)) {
                prop_assert_eq!(read(Scalar::Text(&address)), Ok(Some(Cow::Borrowed(address.as_ref()))));
            }
        }

        #[test]
        fn lower_case_ascii_is_never_copied(text in "[a-z0-9+_]{1,12}@[a-z0-9]{1,10}[.](com|co[.]in)") {
            prop_assert!(matches!(read(Scalar::Text(&text)), Ok(Some(Cow::Borrowed(_)))));
        }
    }
}
