//! Bodies are told apart by what is in them, since producers differ in version and in what they leave out. Read is only what is used.

use leadlake_lake::key::ObjectKey;
use serde_json::Value;

use crate::asked::{Asked, BackfillRequest, Malformed, NoKey, Place, Wanted};
use crate::form;

/// The body of a message, which may be anything.
pub fn parse_text(body: &str) -> Result<Asked, Malformed> {
    let value = serde_json::from_str(body)
        .map_err(|error| Malformed::NotJson { line: error.line(), column: error.column() })?;
    parse(&value)
}

pub fn parse(body: &Value) -> Result<Asked, Malformed> {
    let Value::Object(members) = body else { return Err(Malformed::Unknown) };
    let has = |name: &str| members.contains_key(name);
    if has("Records") {
        return notification(body);
    }
    if has("detail-type") {
        return from_event_bridge(body);
    }
    if has("leadlake") {
        return request(body);
    }
    if body.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        return Ok(Asked { test_events: 1, ..Asked::default() });
    }
    if ["source", "from", "to"].into_iter().any(has) {
        return Ok(Asked { backfill: Some(backfill(body)?), ..Asked::default() });
    }
    Err(Malformed::Unknown)
}

fn notification(body: &Value) -> Result<Asked, Malformed> {
    let records = body.get("Records").and_then(Value::as_array).filter(|records| !records.is_empty());
    let records = records.ok_or_else(|| field("Records", "a list of records"))?;
    let mut asked = Asked::default();
    for (number, record) in records.iter().enumerate() {
        let at = |path: &str| format!("Records[{number}].{path}");
        // Version 2.0 begins with `s3:`, and emulators do.
        let name = record.get("eventName").and_then(Value::as_str).unwrap_or("ObjectCreated:");
        if !name.trim_start_matches("s3:").starts_with("ObjectCreated:") {
            asked.ignored += 1;
            continue;
        }
        let bucket = text(record, "/s3/bucket/name", at("s3.bucket.name"))?;
        let encoded = text(record, "/s3/object/key", at("s3.object.key"))?;
        let key = form::decoded(encoded).ok_or_else(|| field(at("s3.object.key"), "form-encoded UTF-8"))?;
        if is_folder(&key, record.pointer("/s3/object/size")) {
            asked.ignored += 1;
            continue;
        }
        let version = version(record.pointer("/s3/object/versionId"));
        asked.objects.push(wanted(bucket, key, version));
    }
    Ok(asked)
}

/// Keys are plain here.
fn from_event_bridge(body: &Value) -> Result<Asked, Malformed> {
    if text(body, "/source", "source")? != "aws.s3" {
        return Err(Malformed::Unknown);
    }
    let mut asked = Asked::default();
    if text(body, "/detail-type", "detail-type")? != "Object Created" {
        asked.ignored = 1;
        return Ok(asked);
    }
    let bucket = text(body, "/detail/bucket/name", "detail.bucket.name")?;
    let key = text(body, "/detail/object/key", "detail.object.key")?;
    if is_folder(key, body.pointer("/detail/object/size")) {
        asked.ignored = 1;
        return Ok(asked);
    }
    let version = version(body.pointer("/detail/object/version-id"));
    asked.objects.push(wanted(bucket, key.to_owned(), version));
    Ok(asked)
}

/// What a backfill sends.
fn request(body: &Value) -> Result<Asked, Malformed> {
    if text(body, "/leadlake", "leadlake")? != "refine" {
        return Err(field("leadlake", "the word refine"));
    }
    let key = text(body, "/key", "key")?;
    let key = object_key("key", key)?;
    let object = Wanted { place: Place::Lake(key), version: None, force: force(body)? };
    Ok(Asked { objects: vec![object], ..Asked::default() })
}

fn backfill(body: &Value) -> Result<BackfillRequest, Malformed> {
    let after: Option<String> = optional(body, "after", "the key of an object")?;
    let request = BackfillRequest {
        source: optional(body, "source", "the name of a source")?,
        from: optional(body, "from", "a day such as 2025-01-31")?,
        to: optional(body, "to", "a day such as 2025-01-31")?,
        force: force(body)?,
        after: after.map(|after| object_key("after", &after)).transpose()?,
    };
    match (request.from, request.to) {
        (Some(from), Some(to)) if from > to => Err(Malformed::DaysReversed),
        _ => Ok(request),
    }
}

fn object_key(path: &str, key: &str) -> Result<ObjectKey, Malformed> {
    ObjectKey::new(key).map_err(|error| Malformed::Key { path: path.to_owned(), reason: NoKey(error) })
}

fn force(body: &Value) -> Result<bool, Malformed> {
    match body.get("force") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(force)) => Ok(*force),
        Some(_) => Err(field("force", "true or false")),
    }
}

fn optional<T: std::str::FromStr>(
    body: &Value,
    name: &'static str,
    expected: &'static str,
) -> Result<Option<T>, Malformed> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => text.parse().map(Some).map_err(|_| field(name, expected)),
        Some(_) => Err(field(name, expected)),
    }
}

fn wanted(bucket: &str, key: String, version: Option<String>) -> Wanted {
    Wanted { place: Place::Bucket { bucket: bucket.to_owned(), key }, version, force: false }
}

/// S3's console makes such an empty object where somebody asks it for a folder.
fn is_folder(key: &str, size: Option<&Value>) -> bool {
    key.ends_with('/') && size.is_none_or(|size| size.as_u64() == Some(0))
}

fn version(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|version| !version.is_empty()).map(str::to_owned)
}

fn text<'v>(value: &'v Value, pointer: &str, path: impl Into<String>) -> Result<&'v str, Malformed> {
    let text = value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| field(path, "a text"))
}

fn field(path: impl Into<String>, expected: &'static str) -> Malformed {
    Malformed::Field { path: path.into(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use test_case::test_case;

    const SENTINEL: &str = "asha@example.com";

    fn object(bucket: &str, key: &str, version: Option<&str>) -> Wanted {
        wanted(bucket, key.to_owned(), version.map(str::to_owned))
    }

    fn record(event: &str, object: &Value) -> Value {
        json!({"eventVersion": "2.1", "eventName": event, "s3": {"bucket": {"name": "acme"}, "object": object}})
    }

    #[test]
    fn a_notification_of_any_version_names_its_objects() {
        let body = json!({"Records": [
            record("ObjectCreated:Put", &json!({"key": "bronze/crm/a+b%2Bc.json", "size": 1, "eTag": "e"})),
            record("s3:ObjectCreated:CompleteMultipartUpload", &json!({"key": "b", "versionId": "v1"})),
            json!({"s3": {"bucket": {"name": "acme"}, "object": {"key": "c", "versionId": ""}}}),
            record("ObjectRemoved:Delete", &json!({"key": "d"})),
            record("ObjectCreated:Put", &json!({"key": "bronze/crm/2025/", "size": 0})),
        ]});
        let asked = parse(&body).unwrap();
        let objects = [
            object("acme", "bronze/crm/a b+c.json", None),
            object("acme", "b", Some("v1")),
            object("acme", "c", None),
        ];
        assert_eq!((asked.objects.as_slice(), asked.ignored), (objects.as_slice(), 2));
    }

    #[test_case("etag")]
    #[test_case("eTag")]
    fn event_bridge_writes_keys_as_they_are(etag: &str) {
        let detail = json!({"bucket": {"name": "acme"}, "object": {"key": "bronze/a+b%2B c", etag: "e", "version-id": "v"}});
        let body = json!({"source": "aws.s3", "detail-type": "Object Created", "detail": detail});
        assert_eq!(parse(&body).unwrap().objects, [object("acme", "bronze/a+b%2B c", Some("v"))]);
        let deleted = json!({"source": "aws.s3", "detail-type": "Object Deleted", "detail": detail});
        assert_eq!(parse(&deleted).unwrap(), Asked { ignored: 1, ..Asked::default() });
    }

    #[test]
    fn our_own_messages() {
        let asked =
            parse(&json!({"leadlake": "refine", "key": "bronze/crm/a+b.json", "force": true})).unwrap();
        let place = Place::Lake(ObjectKey::new("bronze/crm/a+b.json").unwrap());
        assert_eq!(asked.objects, [Wanted { place, version: None, force: true }]);
        let test =
            parse(&json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "acme"})).unwrap();
        assert_eq!(test, Asked { test_events: 1, ..Asked::default() });
        let days = parse(&json!({"source": "crm", "from": "2025-01-01", "to": null})).unwrap();
        let days = days.backfill.unwrap().selection();
        assert_eq!((days.source.unwrap().as_str(), days.to, days.force), ("crm", None, false));
        let going_on =
            json!({"source": null, "from": "2025-01-01", "to": null, "force": true, "after": "bronze/a"});
        let request = parse(&going_on).unwrap().backfill.unwrap();
        assert_eq!(request.to_json(), going_on);
    }

    #[test_case("")]
    #[test_case("asha@example.com")]
    #[test_case(r#""asha@example.com""#)]
    #[test_case("[]")]
    #[test_case("null")]
    #[test_case(r#"{"email": "asha@example.com"}"#)]
    #[test_case(r#"{"Records": []}"#)]
    #[test_case(r#"{"Records": "asha@example.com"}"#)]
    #[test_case(r#"{"Records": ["asha@example.com"]}"#)]
    #[test_case(r#"{"Records": [{"s3": {"bucket": {"name": 7}, "object": {"key": "a"}}}]}"#)]
    #[test_case(
        r#"{"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": ["asha@example.com"]}}}]}"#
    )]
    #[test_case(r#"{"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": "caf%E9"}}}]}"#)]
    #[test_case(r#"{"detail-type": "Object Created", "source": "aws.s3", "detail": "asha@example.com"}"#)]
    #[test_case(r#"{"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}"#)]
    #[test_case(r#"{"leadlake": "refine", "key": "../asha@example.com"}"#)]
    #[test_case(r#"{"leadlake": "refine", "key": "asha@example.com/"}"#)]
    #[test_case(r#"{"source": "crm", "after": "/asha@example.com"}"#)]
    #[test_case(r#"{"source": "crm", "after": ["asha@example.com"]}"#)]
    #[test_case(r#"{"leadlake": "forget", "key": "a"}"#)]
    #[test_case(r#"{"leadlake": "refine", "key": "a", "force": "asha@example.com"}"#)]
    #[test_case(r#"{"source": "asha@example.com"}"#)]
    #[test_case(r#"{"source": "crm", "from": "asha@example.com"}"#)]
    #[test_case(r#"{"source": "crm", "from": "2025-02-01", "to": "2025-01-01"}"#)]
    fn what_is_not_understood_is_refused_without_its_values(body: &str) {
        let told = parse_text(body).unwrap_err().to_string();
        assert!(!told.contains(SENTINEL), "{told}");
    }

    #[test]
    fn depth_and_size_end_nothing() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert!(matches!(parse_text(&deep), Err(Malformed::NotJson { .. })));
        let deep = format!(r#"{{"Records":{deep}}}"#);
        assert!(matches!(parse_text(&deep), Err(Malformed::NotJson { .. })));
        let huge = json!({"leadlake": "refine", "key": "a".repeat(1 << 20)}).to_string();
        let told = parse_text(&huge).unwrap_err().to_string();
        assert!(told.len() < 500, "{}", told.len());
    }
}
