//! JSON texts of the kinds that public suites for parsers have: what every parser must take, what none may, and what RFC 8259
//! leaves to each. The texts are our own.

/// What must become of a text where a value may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Json,
    NotJson,
    /// The grammar allows it and parsers differ. It is kept as it was written.
    Kept,
    /// Parsers differ, and it is refused.
    Refused,
    /// A grammar's judge has to say.
    AsJudged,
}

#[derive(Debug, Clone)]
pub struct Text {
    pub kind: &'static str,
    pub bytes: Vec<u8>,
    pub class: Class,
}

fn text(kind: &'static str, class: Class, bytes: impl AsRef<[u8]>) -> Text {
    Text { kind, class, bytes: bytes.as_ref().to_vec() }
}

/// What the classes differ in, each written by hand or by a rule that says its class.
pub fn classed() -> Vec<Text> {
    let listed: [(&str, Class, &str, &[&str]); 13] = [
        ("array", Class::Json, ARRAYS, SPACED_ARRAYS),
        ("broken array", Class::NotJson, BROKEN_ARRAYS, SPACED_BROKEN_ARRAYS),
        ("object", Class::Json, OBJECTS, SPACED_OBJECTS),
        ("broken object", Class::NotJson, BROKEN_OBJECTS, SPACED_BROKEN_OBJECTS),
        ("string", Class::Json, STRINGS, SPACED_STRINGS),
        ("broken string", Class::NotJson, BROKEN_STRINGS, SPACED_BROKEN_STRINGS),
        ("literal", Class::Json, LITERALS, SPACED_LITERALS),
        ("broken literal", Class::NotJson, BROKEN_LITERALS, SPACED_BROKEN_LITERALS),
        ("number", Class::Json, NUMBERS, &[]),
        ("broken number", Class::NotJson, BROKEN_NUMBERS, SPACED_BROKEN_NUMBERS),
        ("structure", Class::NotJson, BROKEN_STRUCTURES, SPACED_BROKEN_STRUCTURES),
        ("number that no double holds", Class::Kept, EXTREME_NUMBERS, &[]),
        ("half of a surrogate pair", Class::Kept, HALF_SURROGATES, &[]),
    ];
    let mut texts: Vec<Text> = Vec::new();
    for (kind, class, without_space, spaced) in listed {
        let all = without_space.split_whitespace().chain(spaced.iter().copied());
        texts.extend(all.map(|bytes| text(kind, class, bytes)));
    }
    texts.extend(ILL_FORMED.iter().flat_map(|bytes| ill_formed(bytes)));
    texts.extend(numbers());
    texts.extend(escapes());
    texts.extend(raw_characters());
    texts.extend(white_space());
    texts.extend(nested());
    texts
}

/// A document cut at every byte, without every byte, with every byte twice, and with each of some that have a meaning put in
/// its place or before it.
pub fn mutated(whole: &[u8]) -> Vec<Text> {
    let mut texts = Vec::new();
    for at in 0..whole.len() {
        let (before, from) = whole.split_at(at);
        texts.push(text("cut", Class::AsJudged, before));
        texts.push(text("byte lost", Class::AsJudged, [before, &from[1..]].concat()));
        texts.push(text("byte twice", Class::AsJudged, [before, &from[..1], from].concat()));
        for byte in b"{}[]\",:\\\n\0 1e\xff" {
            texts.push(text("byte exchanged", Class::AsJudged, [before, &[*byte], &from[1..]].concat()));
            texts.push(text("byte more", Class::AsJudged, [before, &[*byte], from].concat()));
        }
    }
    texts
}

/// Every combination of parts, of which the grammar takes some.
fn numbers() -> Vec<Text> {
    let mut texts = Vec::new();
    for sign in ["", "-", "+", "--"] {
        for whole in ["0", "7", "907", "01", ""] {
            for fraction in ["", ".5", ".050", "."] {
                for exponent in ["", "e1", "E-2", "e+03", "e", "e+", "e1.5"] {
                    let is_json = matches!(sign, "" | "-")
                        && matches!(whole, "0" | "7" | "907")
                        && fraction != "."
                        && !matches!(exponent, "e" | "e+" | "e1.5");
                    let class = if is_json { Class::Json } else { Class::NotJson };
                    let number = format!("{sign}{whole}{fraction}{exponent}");
                    texts.push(text("parts of a number", class, number));
                }
            }
        }
    }
    texts
}

fn escapes() -> Vec<Text> {
    let letters = (0..0x80_u8).map(|letter| {
        let is_json = b"\"\\/bfnrt".contains(&letter);
        let class = if is_json { Class::Json } else { Class::NotJson };
        // `\"` leaves the text open, so it is closed once more.
        let end = if letter == b'"' { "\"" } else { "b\"" };
        text("escape", class, [b"\"a\\".as_slice(), &[letter], end.as_bytes()].concat())
    });
    let units =
        ["00e9", "D83D\\uDE00", "dbff\\udfff", "0022", "005c", "FFFE", "fdd0", "2028", "0000", "001b"];
    let broken = ["00g0", "41", "", " 041", "+041", "-041", "0x41", "{41}", "004g", "00\"", "é000"];
    letters
        .chain(units.map(|unit| text("escaped unit", Class::Json, format!("\"a\\u{unit}b\""))))
        .chain(broken.map(|unit| text("broken unit", Class::NotJson, format!("\"a\\u{unit}b\""))))
        .collect()
}

fn raw_characters() -> Vec<Text> {
    let controls =
        (0..0x20_u8).map(|byte| text("raw control", Class::NotJson, [b'"', b'a', byte, b'b', b'"']));
    let others = "\u{7f}\u{80}\u{9f}\u{a0}\u{200b}\u{200f}\u{2028}\u{2029}\u{202e}\u{2060}\u{fdd0}\u{feff}\u{fffe}\u{ffff}\u{1fffe}\u{10ffff}é€𝄞";
    let others =
        others.chars().map(|character| text("raw character", Class::Json, format!("\"a{character}b\"")));
    controls.chain(others).collect()
}

fn white_space() -> Vec<Text> {
    let json = [" ", "\t", "\n", "\r", " \r\n\t "];
    let other = "\0\u{b}\u{c}\u{1c}\u{85}\u{a0}\u{1680}\u{2003}\u{2028}\u{2060}\u{3000}\u{feff}";
    let around = |class, white: &str| {
        [format!("{white}7"), format!("7{white}"), format!("[7,{white}8]"), format!("{{\"a\"{white}:7}}")]
            .map(|bytes| text("white space", class, bytes))
    };
    let taken = json.into_iter().flat_map(|white| around(Class::Json, white));
    let refused = other.chars().flat_map(|white| around(Class::NotJson, &white.to_string()));
    taken.chain(refused).collect()
}

/// A record may have 64 levels, and is the first of them.
fn nested() -> Vec<Text> {
    let mut texts = Vec::new();
    for levels in [1, 2, 62, 63, 64, 65, 127, 128, 129, 500, 100_000] {
        let class = if levels < 64 { Class::Json } else { Class::Refused };
        let arrays = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let objects = format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        texts.extend([arrays, objects].map(|bytes| text("nested", class, bytes)));
        let open = ["[".repeat(levels), "{\"a\":".repeat(levels), "[{\"a\":".repeat(levels / 2 + 1)];
        texts.extend(open.map(|bytes| text("nested and left open", Class::NotJson, bytes)));
    }
    texts
}

/// In text, in a key and where nothing may be.
fn ill_formed(bytes: &[u8]) -> [Text; 4] {
    let of =
        |class, before: &[u8], after: &[u8]| text("ill-formed UTF-8", class, [before, bytes, after].concat());
    [
        of(Class::Refused, b"\"a", b"b\""),
        of(Class::Refused, b"{\"a", b"b\":1}"),
        of(Class::NotJson, b"[1", b"]"),
        of(Class::NotJson, b"\"\\", b"\""),
    ]
}

const ILL_FORMED: &[&[u8]] = &[
    b"\x80",
    b"\xbf",
    b"\xc0\xaf",
    b"\xc1\x80",
    b"\xc3",
    b"\xe0\xff",
    b"\xe0\x80\x80",
    b"\xe2\x82",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x81\xed\xb0\x80",
    b"\xf0\x9f\x98",
    b"\xf4\x90\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xfc\x80\x80\x80\x80\x80",
    b"\xfe",
    b"\xff",
    b"caf\xe9",
    b"\xe9\x80",
];

const ARRAYS: &str = r#"
    [] [[]] [""] ["a"] [false] [null] [1,null,null,null,2] [{},[],{}] [[[[[["x"]]]]]] ["a,b","]","["]
"#;

const SPACED_ARRAYS: &[&str] =
    &["[ ]", "[[ ] ]", "[1, null, \"1\", {}]", "[ 1]", "[2 ]", "[1\n]", "[1,\n1\n,1]"];

const BROKEN_ARRAYS: &str = r#"
    [1,,2] [,1] [1,] [1,,] [,] [1]] [1 [1, [ [x [3[4]] [1:2] [1;2] [-] [*] ["" [{} [{] [1} ["a] [a [a]
    [<null>] [, [[[ ['] [...] [1,...] [1-2] [1+2]
"#;

const SPACED_BROKEN_ARRAYS: &[&str] = &["[1 true]", "[\"\": 1]", "[   , \"\"]", "[\"a\",\n4\n,1,", "[1] x"];

const OBJECTS: &str = r#"
    {} {"a":1} {"a":"b","c":"d"} {"":0} {"a\u0000b":1} {"a":{}} {"a":[]}
    {"..":1,"../../x":2,"__proto__":3,"constructor":4} {"a":1,"a":2} {"a":1,"a":1}
    {"min":-1.0e+28,"max":1.0e+28} {"title":"\u041f\u043e"} {"event_id":{"event_id":"w-0"}}
    {"x":"}","y":"{"}
"#;

const SPACED_OBJECTS: &[&str] = &["{ }", "{\n\"a\"\n:\n1\n}"];

const BROKEN_OBJECTS: &str = r#"
    {"a":1,} {,"a":1} {"a":1,,"b":2} {"a"::1} {"a",1} {"a"=1} {a:1} {'a':1} {"a":'1'} {1:1} {null:1} {[]:1}
    {"a":} {:1} {"a"} {"a":1] {"a":[1} {"a":1 {"a":1, {"a": {"a" {"a {" { {"a":1}} {"a":1}# {"a":1}/**/
    {"a":1}// {"a":/*1*/2} {/**/"a":1} {"a":1}x {"a":"b"}"c" {"a":truth} {"a":b} {"a":1;"b":2} {😀:1} {“a”:1}
"#;

const SPACED_BROKEN_OBJECTS: &[&str] = &["{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\":1}\u{feff}x"];

const STRINGS: &str = r#"
    "" "asd" "a/*b*/c//d#e" "\\a" "\\n" "\"" "\u0012" "\uFFFF" "new\u000Aline" "\u0061\u30af" "\u005C\u005C"
    "{\"a\":1}" "]" "}" "," "../../etc/passwd" "<script>alert(1)</script>" "${jndi:ldap://x}" "%s%n%x"
    "h@gmail.com" "\u0068@gmail.com"
"#;

const SPACED_STRINGS: &[&str] =
    &["\" \"", "\"'; DROP TABLE leads; --\"", "\"=cmd|' /C calc'!A0\"", "\" H@GMAIL.COM \""];

const BROKEN_STRINGS: &str = r#"
    " "a "\ "\" "\u "\u00A "\uD834\ "\uD834\u "\uD834\uDd "a"b ""x "\a" "\x00" "\U0041" "\😀" "\'" 'a' ' `a`
    “a” abc \u0020"a" é
"#;

const SPACED_BROKEN_STRINGS: &[&str] = &["\"a\nb\"", "\"a\r\nb\""];

const LITERALS: &str = r#"
    true false null
"#;

const SPACED_LITERALS: &[&str] = &[" true ", "\tnull\t"];

const BROKEN_LITERALS: &str = r#"
    t tr tru truE True TRUE trues true1 f fals False falsey n nul Null NULL nulls nil None undefined NaN
    -NaN nan Infinity -Infinity inf yes no null,null nullnull
"#;

const SPACED_BROKEN_LITERALS: &[&str] = &["true false"];

const NUMBERS: &str = r#"
    0 -0 -0.0 0e1 0e+1 123 -123 123.456789 123e65 1E22 1E-2 1E+2 123.456e78 0.1 9007199254740993
    18446744073709551615 -9223372036854775808 1.0000000000000000000000000001 4.9e-324
    -0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001
"#;

const BROKEN_NUMBERS: &str = r#"
    - + ++1 -01 -1.0. 0.1.2 1_000 1,5 1e1e1 1eE2 0x1 0x42 0b1 0o7 1a -1x -foo 1+2 .e1 1.e 0E 012 00 1f 1d 1n
    1L １ ١ ½ 1/2 1% $1 1e 1e- ..1 1.. 1−2
"#;

const SPACED_BROKEN_NUMBERS: &[&str] = &["1 000", "- 1"];

const BROKEN_STRUCTURES: &str = r#"
    ] } ]] }{ ][ , : ; * # / // /**/ < <a/> "a":1 a:1 a=1&b=2 %PDF-1.7 PAR1 {}} [][] {}{} []{} {}[] \ \n [}
    {] [{"a":1]} "a\" (1) 1; @
"#;

const SPACED_BROKEN_STRUCTURES: &[&str] = &[
    "",
    " ",
    "\u{feff}",
    "\u{2060}",
    "--\n---",
    "PK\u{3}\u{4}",
    "event_id,email\n1,2",
    "1 2",
    "\"a\" \"b\"",
    "null true",
    "\0",
    "\u{1b}[2J",
    "{\"a\":1}\n}",
];

const EXTREME_NUMBERS: &str = r#"
    1e400 -1e400 1e99999 -1e99999 0.4e00669999999999999999999999999999999999999999999999999999999999999999
    123123e100000 1e-400 -1e-400 123e-10000000 100000000000000000000 -100000000000000000000
    -123123123123123123123123123123 123123123123123123123123123123 18446744073709551616 -9223372036854775809
    1e2147483648 1e-2147483649 1e9223372036854775808 1e18446744073709551616
"#;

const HALF_SURROGATES: &str = r#"
    "\uD800" "\uDC00" "\uDADA" "\uD888\u1234" "\uD800\n" "\uDd1ea" "\uD800\uD800" "\uD800\uD800\n"
    "\ud800abc" "\uDd1e\uD834" "\uDFAA" {"\uDFAA":0} ["\udc00\ud800"] "\uD83D\\uDE00"
"#;
