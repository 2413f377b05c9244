//! Which addresses reach the same mailbox.

use std::borrow::Cow;

struct Provider {
    domains: &'static [&'static str],
    /// The domain that stands for all of them, where one mailbox answers to each.
    one_domain: Option<&'static str>,
    ignores_dots: bool,
    ignores_after_plus: bool,
}

/// Only what a provider documents is here: to take two people for one is worse than to miss that two addresses are one.
/// Outlook, hotmail and live are different mailboxes under one name; icloud, me and mac are the same one.
const PROVIDERS: [Provider; 5] = [
    Provider {
        domains: &["gmail.com", "googlemail.com"],
        one_domain: Some("gmail.com"),
        ignores_dots: true,
        ignores_after_plus: true,
    },
    Provider {
        domains: &[
            "outlook.com",
            "outlook.in",
            "hotmail.com",
            "hotmail.co.in",
            "hotmail.co.uk",
            "live.com",
            "live.in",
            "msn.com",
        ],
        one_domain: None,
        ignores_dots: false,
        ignores_after_plus: true,
    },
    Provider {
        domains: &["icloud.com", "me.com", "mac.com"],
        one_domain: Some("icloud.com"),
        ignores_dots: false,
        ignores_after_plus: true,
    },
    Provider {
        domains: &["proton.me", "protonmail.com", "pm.me"],
        one_domain: Some("proton.me"),
        ignores_dots: true,
        ignores_after_plus: true,
    },
    Provider {
        domains: &["fastmail.com", "fastmail.fm"],
        one_domain: None,
        ignores_dots: false,
        ignores_after_plus: true,
    },
];

/// The address under which a mailbox is known, from an address trimmed and in lower case.
pub fn canonical_email(email: &str) -> Cow<'_, str> {
    let mut canonical = String::new();
    if write_canonical(email, &mut canonical) { Cow::Owned(canonical) } else { Cow::Borrowed(email) }
}

/// Writes the canonical address over what is there and says so; or leaves it, where the address is canonical already.
pub(super) fn write_canonical(email: &str, canonical: &mut String) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    let Some(provider) = PROVIDERS.iter().find(|provider| provider.domains.contains(&domain)) else {
        return false;
    };
    let tagless = match local.split_once('+') {
        Some((before, _)) if provider.ignores_after_plus && !before.is_empty() => before,
        _ => local,
    };
    let one_domain = provider.one_domain.unwrap_or(domain);
    let has_dots = provider.ignores_dots && tagless.contains('.');
    if !has_dots && tagless.len() == local.len() && one_domain == domain {
        return false;
    }
    canonical.clear();
    if has_dots {
        tagless.split('.').for_each(|part| canonical.push_str(part));
    } else {
        canonical.push_str(tagless);
    }
    canonical.push('@');
    canonical.push_str(one_domain);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("amit.kumar+news@gmail.com", "amitkumar@gmail.com"; "dots and tag at gmail")]
    #[test_case("a.mit@googlemail.com", "amit@gmail.com"; "googlemail")]
    #[test_case("amit.kumar+x@outlook.com", "amit.kumar@outlook.com"; "outlook keeps dots")]
    #[test_case("amit+x@live.com", "amit@live.com"; "live is not outlook")]
    #[test_case("amit@me.com", "amit@icloud.com"; "me is icloud")]
    #[test_case("a.b+c@pm.me", "ab@proton.me"; "proton ignores dots too")]
    #[test_case("amit-x@yahoo.com", "amit-x@yahoo.com"; "yahoo is left alone")]
    #[test_case("a.b+c@company.in", "a.b+c@company.in"; "unknown provider")]
    #[test_case("+x@gmail.com", "+x@gmail.com"; "nothing but a tag")]
    #[test_case("no address", "no address"; "no address")]
    fn canonical(email: &str, expected: &str) {
        let once = canonical_email(email);
        assert_eq!(once, expected);
        assert!(matches!(canonical_email(&once), Cow::Borrowed(_)), "what is canonical needs no new text");
    }
}
