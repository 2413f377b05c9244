//! Under which spellings somebody is looked for.

use std::collections::BTreeSet;

use leadlake_lead::identity::{IdentifierKind, canonical_email};
use leadlake_refine::{UnknownRegion, e164};

/// Fewer digits than this are no phone, however it is written.
const SHORTEST_PHONE: usize = 8;

/// The regions' phones that may be meant, in E.164 and whole: another's phone may end with the same digits.
pub fn phones<'r>(
    written: &str,
    regions: impl IntoIterator<Item = &'r str>,
) -> Result<BTreeSet<String>, UnknownRegion> {
    let dialled: String =
        written.chars().filter(|letter| !letter.is_whitespace() && !"-().[]".contains(*letter)).collect();
    let digits = dialled.strip_prefix('+').unwrap_or(&dialled);
    let is_phone = digits.bytes().all(|byte| byte.is_ascii_digit());
    let significant = digits.trim_start_matches('0');
    if !is_phone || significant.len() < SHORTEST_PHONE {
        return Ok(BTreeSet::new());
    }
    let mut phones = BTreeSet::from([format!("+{significant}")]);
    for region in regions {
        phones.extend(e164(&dialled, Some(region))?);
    }
    Ok(phones)
}

/// The alias that all spellings of a mailbox lead to.
pub fn mailbox(email: &str, salt: &[u8; 32]) -> String {
    IdentifierKind::Email.alias(salt, &canonical_email(email)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_india(written: &str) -> Vec<String> {
        phones(written, ["IN"]).unwrap().into_iter().collect()
    }

    #[test]
    fn a_phone_is_looked_for_as_it_is_dialled_at_home_and_with_its_country() {
        assert_eq!(in_india("+91 98200-31111"), ["+919820031111"]);
        for written in ["98200 31111", "098200 31111", "(98200) 31111"] {
            assert_eq!(in_india(written), ["+919820031111", "+9820031111"], "{written}");
        }
        assert_eq!(in_india("00 91 98200 31111"), ["+919820031111"]);
        assert_eq!(phones("98200 31111", []).unwrap().len(), 1);
        assert!(phones("98200 31111", ["XX"]).is_err());
    }

    #[test]
    fn what_is_too_short_or_holds_letters_is_no_phone() {
        for written in ["00000000", "0031111", "+", "", "98xx200 31111", "98200+31111", "lead-012345678901"] {
            assert!(in_india(written).is_empty(), "{written}");
        }
    }

    #[test]
    fn spellings_of_a_mailbox_have_one_alias() {
        let salt = [7; 32];
        assert_eq!(mailbox("asha.rao+x@googlemail.com", &salt), mailbox("asharao@gmail.com", &salt));
        assert_ne!(mailbox("asha.rao@rao.in", &salt), mailbox("asharao@rao.in", &salt));
    }
}
