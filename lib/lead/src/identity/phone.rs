//! Phones: which are nobody's own, and which are a slip of the finger apart.

/// Free-phone numbers and those of companies: 1800 and 1860 in India, and free-phone elsewhere.
const NON_PERSONAL: [&str; 11] =
    ["+911800", "+911860", "+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888", "+44800", "+44808"];

pub(super) fn is_personal(phone: &str) -> bool {
    !NON_PERSONAL.iter().any(|prefix| phone.starts_with(prefix))
}

/// At most one character replaced, left out, added, or two neighbours exchanged; and not equal.
pub(super) fn is_slip(left: &str, right: &str) -> bool {
    if left == right || left.len().abs_diff(right.len()) > 1 {
        return false;
    }
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let same_front = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let (left, right) =
        (left.get(same_front..).unwrap_or_default(), right.get(same_front..).unwrap_or_default());
    let after = |text: &[u8], skipped: usize| text.get(skipped..).map(<[u8]>::to_vec);
    let exchanged = matches!((left, right), ([a, b, ..], [c, d, ..]) if a == d && b == c);
    after(left, 1) == after(right, 1) && !left.is_empty() && !right.is_empty()
        || after(left, 1).as_deref() == Some(right)
        || after(right, 1).as_deref() == Some(left)
        || exchanged && after(left, 2) == after(right, 2)
}
