//! Keys as S3 writes them in notifications: form-encoded, so that `a b+c` is `a+b%2Bc`.

/// None where the bytes are no UTF-8. A `%` before anything but two hexadecimal digits stands for itself.
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| byte_of(after)).flatten();
        rest = match escaped {
            Some(byte) => {
                bytes.push(byte);
                after.get(2..).unwrap_or_default()
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                after
            }
        };
    }
    String::from_utf8(bytes).ok()
}

fn byte_of(digits: &[u8]) -> Option<u8> {
    let [high, low, ..] = digits else { return None };
    let value = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(value(*high)? * 16 + value(*low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use test_case::test_case;

    #[test_case("raw/a+b%2Bc%3Dd.json")]
    #[test_case("raw/a%20b%2Bc%3Dd.json")]
    #[test_case("raw%2Fa+b%2Bc%3dd.json")]
    fn all_that_send_notifications_mean_the_same(encoded: &str) {
        assert_eq!(decoded(encoded).as_deref(), Some("raw/a b+c=d.json"));
    }

    #[test_case("100%" => Some("100%".to_owned()))]
    #[test_case("%zz%4" => Some("%zz%4".to_owned()))]
    #[test_case("%E0%A4%B5" => Some("व".to_owned()))]
    #[test_case("caf%E9" => None)]
    #[test_case("%+1" => Some("% 1".to_owned()))]
    fn odd_ones(encoded: &str) -> Option<String> {
        decoded(encoded)
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(key in "\\PC{0,20}") {
            let encoded: String = key.bytes().map(|byte| match byte {
                b' ' => "+".to_owned(),
                plain if plain.is_ascii_alphanumeric() => char::from(plain).to_string(),
                other => format!("%{other:02X}"),
            }).collect();
            prop_assert_eq!(decoded(&encoded), Some(key));
        }
    }
}
