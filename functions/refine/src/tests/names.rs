//! Keys that somebody chose to do harm, as S3 tells of them: in a notification's form and in EventBridge's.

use leadlake_lake::key::LONGEST_KEY;
use leadlake_lake::layout::made_of;
use serde_json::{Value, json};

use super::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Becomes {
    /// Data like any other, whatever it is called.
    Refined,
    /// With this code; nothing of the lake is touched.
    Aside(&'static str),
    /// No object of bronze.
    LeftAlone,
}

use Becomes::{Aside, LeftAlone, Refined};

const MALFORMED: Becomes = Aside("malformed");
const ELSEWHERE: Becomes = Aside("elsewhere");

/// What follows `bronze/webinar/2025/01/10/`.
const BELOW_A_DAY: &[(&str, Becomes)] = &[
    ("../x.json", MALFORMED),
    ("../../../../../../etc/passwd", MALFORMED),
    ("a/../../x.json", MALFORMED),
    ("..", MALFORMED),
    (".", MALFORMED),
    ("./x.json", MALFORMED),
    ("/x.json", MALFORMED),
    ("a//x.json", MALFORMED),
    ("\0", MALFORMED),
    ("x\0.json", MALFORMED),
    ("x\n.json", MALFORMED),
    ("x\r\nledger/y", MALFORMED),
    ("\u{1b}[2J.json", MALFORMED),
    ("x\u{7f}.json", MALFORMED),
    ("x\u{85}.json", MALFORMED),
    ("..\\..\\x.json", MALFORMED),
    ("x\\", MALFORMED),
    ("...", Refined),
    ("..x", Refined),
    ("x..", Refined),
    ("%2e%2e%2fx.json", Refined),
    ("%252e%252e%252fx.json", Refined),
    ("%00.json", Refined),
    ("100%.json", Refined),
    ("a+b c&d=e;f?g#h.json", Refined),
    ("\u{202e}nosj.exe", Refined),
    ("x\u{200b}\u{feff}.json", Refined),
    ("\u{2025}/\u{2215}\u{ff0f}x", Refined),
    ("e\u{301}.json", Refined),
    ("no-extension", Refined),
    (".json", Refined),
    ("x.csv", Refined),
    ("x.parquet", Refined),
    ("x.json.gz.zst.exe", Refined),
    ("con", Refined),
    ("silver/webinar/dt=2025-01-10/x.parquet", Refined),
    ("ledger", Refined),
    ("_log/00000001.json", Refined),
    (".tmp/x", Refined),
    ("$(reboot)`reboot`|x", Refined),
    ("'; DROP TABLE leads; --", Refined),
    ("<script>.json", Refined),
    ("{\"Records\":[]}", Refined),
];

const ANYWHERE: &[(&str, Becomes)] = &[
    ("bronze/../bronze/webinar/x.json", MALFORMED),
    ("bronze//webinar/x.json", MALFORMED),
    ("bronze/webinar/../../silver/webinar/x", MALFORMED),
    ("bronze/webinar", ELSEWHERE),
    ("bronze/WEBINAR/x.json", ELSEWHERE),
    ("bronze/web inar/x.json", ELSEWHERE),
    ("bronze/web.inar/x.json", ELSEWHERE),
    ("bronze/\u{ff57}ebinar/x.json", ELSEWHERE),
    ("bronze/.tmp/x.json", ELSEWHERE),
    ("bronze/ledger/2025/01/10/x.json", Aside("no_contract")),
    ("bronze/silver/x.json", Aside("no_contract")),
    ("bronze/webinar/2025/13/99/x.json", Refined),
    ("bronze/webinar/0000/00/00/x.json", Refined),
    ("bronze/webinar/9999/12/31/x.json", Refined),
    ("bronze/webinar/-001/01/01/x.json", Refined),
    ("/bronze/webinar/x.json", LeftAlone),
    ("../bronze/webinar/x.json", LeftAlone),
    ("./bronze/webinar/x.json", LeftAlone),
    ("bronze", LeftAlone),
    ("Bronze/webinar/x.json", LeftAlone),
    ("bronze\\webinar\\x.json", LeftAlone),
    ("silver/../bronze/webinar/x.json", LeftAlone),
    ("ledger/webinar/dt=2025-01-10/x.json", LeftAlone),
    (".tmp/x", LeftAlone),
    ("\0", LeftAlone),
];

fn form_encoded(key: &str) -> String {
    let encoded = key.bytes().map(|byte| match byte {
        b' ' => "+".to_owned(),
        plain if plain.is_ascii_alphanumeric() || b"/-_.".contains(&plain) => char::from(plain).to_string(),
        other => format!("%{other:02X}"),
    });
    encoded.collect()
}

fn told_of(encoded: &str) -> Value {
    json!({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": BUCKET}, "object": {"key": encoded}}}]})
}

fn told_by_event_bridge(key: &str) -> Value {
    let detail = json!({"bucket": {"name": BUCKET}, "object": {"key": key, "size": 7}});
    json!({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})
}

/// What a message led to, in a lake that holds the object where an object can be called so.
fn became(name: &str, told: &Value) -> Becomes {
    let store = MemoryStore::new();
    if let Ok(key) = ObjectKey::new(name) {
        store.put_at(&key, content(0).as_bytes(), "2025-01-10T09:00:01Z".parse().unwrap());
    }
    let before = store.list("").unwrap().count();
    let bench = bench(store.clone());
    assert_eq!(
        bench.failed(batch(&[told.to_string()], 1)),
        Vec::<String>::new(),
        "{name:?} comes again for ever"
    );
    let mut made = outputs(&store);
    made.remove(name);
    assert_eq!(store.list("").unwrap().count(), before + made.len(), "{name:?} wrote beside its layers");
    match (bench.aside.reasons().as_slice(), made.len()) {
        ([], 0) => LeftAlone,
        ([], 3) => {
            for key in made.keys() {
                assert!(made_of(&ObjectKey::new(key.as_str()).unwrap()).is_ok(), "{name:?} wrote {key}");
            }
            Refined
        }
        ([(code, reason)], 0) => {
            assert!(
                reason.chars().all(|character| !character.is_control()) && reason.len() < 500,
                "{reason:?}"
            );
            let known = ["malformed", "elsewhere", "no_contract"].into_iter().find(|known| known == code);
            Aside(known.unwrap_or_else(|| panic!("{name:?}: {code}")))
        }
        other => panic!("{name:?}: {other:?}"),
    }
}

#[test]
fn an_object_may_be_called_what_it_likes_and_writes_only_where_it_belongs() {
    let long = |length: usize| format!("bronze/webinar/2025/01/10/{}", "n".repeat(length - 26));
    let mut names: Vec<(String, Becomes)> = vec![
        (long(LONGEST_KEY), Refined),
        (long(LONGEST_KEY + 1), MALFORMED),
        (format!("bronze/webinar/{}x", "../".repeat(300)), MALFORMED),
        (format!("bronze/webinar/{}x", "d/".repeat(500)), Refined),
    ];
    names.extend(
        BELOW_A_DAY.iter().map(|(name, becomes)| (format!("bronze/webinar/2025/01/10/{name}"), *becomes)),
    );
    names.extend(ANYWHERE.iter().map(|(name, becomes)| ((*name).to_owned(), *becomes)));
    for (name, becomes) in &names {
        let encoded = form_encoded(name);
        let twice: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for told in [told_of(&encoded), told_of(&twice), told_by_event_bridge(name)] {
            assert_eq!(became(name, &told), *becomes, "{name:?} in {told}");
        }
        let event = json!({"leadlake": "refine", "key": name});
        // Our own messages name keys of the lake, so that anything else is malformed.
        let direct = became(name, &event);
        assert!(direct == *becomes || matches!(direct, Aside(_)), "{name:?}: {direct:?}");
    }
}

#[test]
fn what_is_no_text_when_it_is_decoded_is_refused() {
    for wrong in ["%FF", "caf%E9", "%C0%AE%C0%AE%2F", "%ED%A0%80", "%F4%90%80%80", "x%80"] {
        let told = told_of(&format!("bronze/webinar/2025/01/10/{wrong}"));
        assert_eq!(became("bronze/webinar/x", &told), MALFORMED, "{wrong}");
    }
}
