use super::*;
use proptest::prelude::*;
use test_case::test_case;

fn walk(text: &str) -> Result<Vec<(String, String, Kind)>, Malformed> {
    let mut members = Members::new();
    walk_object(text.as_bytes(), &mut members)?;
    Ok(members
        .iter()
        .map(|member| (member.key.of(text).to_owned(), member.value.of(text).to_owned(), member.kind))
        .collect())
}

#[test]
fn members_are_spans_of_the_record() {
    let members = walk(r#" "#.trim_start().to_owned().as_str()).unwrap_err();
    assert_eq!(members.trouble, Trouble::Ended);
    let members = walk(r#"{"a": -1.5e3 ,"b":"x\"y","c":[{"d":[]},{}],"e":null,"f":true}"#).unwrap();
    let seen: Vec<(&str, &str, Kind)> =
        members.iter().map(|(key, value, kind)| (key.as_str(), value.as_str(), *kind)).collect();
    assert_eq!(
        seen,
        vec![
            ("a", "-1.5e3", Kind::Number),
            ("b", r#"x\"y"#, Kind::Text { escaped: true }),
            ("c", r#"[{"d":[]},{}]"#, Kind::Nested),
            ("e", "null", Kind::Null),
            ("f", "true", Kind::True),
        ]
    );
}

#[test_case(r#"{"a":1"#, Trouble::Ended; "cut before the end")]
#[test_case(r#"{"a"#, Trouble::Ended; "cut inside a key")]
#[test_case(r#"{"a":"\u12"#, Trouble::Ended; "cut inside an escape")]
#[test_case(r#"{"a":tru"#, Trouble::Ended; "cut inside a word")]
#[test_case(r#"{"a":1,}"#, Trouble::Expected("a key in double quotes"); "trailing comma")]
#[test_case(r#"{a:1}"#, Trouble::Expected("a key in double quotes"); "bare key")]
#[test_case(r#"{"a":01}"#, Trouble::Expected("a comma or the end of the object"); "leading zero")]
#[test_case(r#"{"a":+1}"#, Trouble::Expected("a value"); "plus sign")]
#[test_case(r#"{"a":NaN}"#, Trouble::Expected("a value"); "not a number")]
#[test_case("{\"a\":\"x\ny\"}", Trouble::Expected("the closing quote on the same line"); "raw newline")]
#[test_case(r#"{"a":"\x"}"#, Trouble::Expected("a known escape after the backslash"); "unknown escape")]
#[test_case(r#"{"a":[1}"#, Trouble::Expected("a comma or the end of the nested value"); "crossed brackets")]
fn what_is_not_json_is_told_with_its_reason(text: &str, trouble: Trouble) {
    assert_eq!(walk(text).unwrap_err().trouble, trouble);
}

#[test]
fn nesting_is_bounded_without_recursion() {
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(walk(&nested(63)).is_ok());
    assert_eq!(walk(&nested(64)).unwrap_err().trouble, Trouble::TooDeep);
    assert_eq!(walk(&nested(1_000_000)).unwrap_err().trouble, Trouble::TooDeep);
}

#[test]
fn members_are_bounded() {
    let many: Vec<String> = (0..1_001).map(|number| format!("\"k{number}\":1")).collect();
    let text = format!("{{{}}}", many.join(","));
    assert_eq!(walk(&text).unwrap_err().trouble, Trouble::TooManyMembers);
}

/// JSON-like text: mostly grammar, sometimes broken.
fn json_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(":".to_owned()),
        Just(",".to_owned()),
        Just("\"a\"".to_owned()),
        Just("\"b\":".to_owned()),
        Just("\"\\u00e9\\n\"".to_owned()),
        Just("-0.5E+7".to_owned()),
        Just("12".to_owned()),
        Just("null".to_owned()),
        Just(" \n".to_owned()),
        Just("\\".to_owned()),
        Just("1.".to_owned()),
        "[ -~]{0,12}".prop_map(|text| format!("\"{text}\"")),
    ];
    proptest::collection::vec(piece, 0..14).prop_map(|pieces| format!("{{{}}}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// The judge is a JSON reader that we did not write.
    #[test]
    fn accepts_exactly_what_serde_json_accepts(text in json_like()) {
        let mut members = Members::new();
        let ours = walk_object(text.as_bytes(), &mut members)
            .is_ok_and(|walked| text.as_bytes()[walked.length..].iter().all(u8::is_ascii_whitespace));
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        prop_assert_eq!(ours, theirs, "{}", text);
    }

    #[test]
    fn finds_the_first_special_byte(bytes in proptest::array::uniform8(any::<u8>())) {
        let plain = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
        let expected = bytes.iter().position(|byte| !plain(byte)).unwrap_or(8);
        prop_assert_eq!(first_special(u64::from_le_bytes(bytes)), expected);
    }
}
