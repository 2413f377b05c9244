//! Domains that give out throw-away addresses.

use std::sync::LazyLock;

use hashbrown::HashSet;

/// Built once, in about a millisecond: the library's own check walks its whole list for every address.
static DOMAINS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| mailchecker::blacklist().into_iter().collect());

/// Whether a lower-case domain, or one that it belongs to, gives out throw-away addresses.
pub fn is_disposable(domain: &str) -> bool {
    let parents =
        std::iter::successors(Some(domain), |child| child.split_once('.').map(|(_label, parent)| parent));
    // A top-level domain belongs to no provider.
    parents.take_while(|domain| domain.contains('.')).any(|domain| DOMAINS.contains(domain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;
    use test_case::test_case;

    use super::is_disposable;

    #[test_case("mailinator.com", true)]
    #[test_case("eu.mx.mailinator.com", true; "a domain below")]
    #[test_case("notmailinator.com.example", false)]
    #[test_case("gmail.com", false)]
    #[test_case("yahoo.co.in", false)]
    #[test_case("com", false)]
    #[test_case("", false)]
    fn knows_the_providers_and_what_is_below_them(domain: &str, disposable: bool) {
        assert_eq!(is_disposable(domain), disposable);
    }

    proptest! {
        #[test]
        fn agrees_with_the_librarys_own_check(
            listed: Index,
            below in "([a-z]{1,5}[.])?",
            other in "[a-z]{1,4}[.][a-z]{2,3}",
        ) {
            let list = mailchecker::blacklist();
            for domain in [format!("{below}{}", listed.get(&list)), format!("{below}{other}")] {
                let library = !mailchecker::is_valid(&format!("a@{domain}"));
                prop_assert_eq!(is_disposable(&domain), library, "{}", domain);
            }
        }
    }
}
