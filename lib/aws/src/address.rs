//! Where on S3 a lake lies: one bucket or one for each layer.

use std::fmt;
use std::str::FromStr;

use leadlake_lake::key::{KeyError, ObjectKey};
use leadlake_lake::layout::BRONZE;
use thiserror::Error;

const SCHEME: &str = "s3://";
/// Hadoop and Spark have names of their own for the same place.
const SCHEMES_OF_ENGINES: [&str; 3] = [SCHEME, "s3a://", "s3n://"];
/// Stands in a bucket's name for the layer that lies in it.
const PLACEHOLDER: &str = "{layer}";
const OPS: &str = "ops";

/// `s3://bucket`, `s3://bucket/prefix`, or `s3://acme-{layer}-prod` for buckets `acme-bronze-prod`, `acme-silver-prod` and so on.
/// Keys are the same everywhere: an object of bronze is `bronze/...` also in a bucket of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeAddress {
    bucket: String,
    /// Empty, or with one `/` at its end.
    prefix: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    #[error("{text:?} is no lake on S3; write s3://bucket, s3://bucket/prefix or s3://name-{{layer}}")]
    NotS3 { text: String },
    #[error(
        "{bucket:?} cannot be the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens"
    )]
    Bucket { bucket: String },
    #[error("the prefix of a lake on S3 cannot be used: {0}")]
    Prefix(#[from] KeyError),
}

impl LakeAddress {
    /// The bucket that an object lies in, and its key there.
    pub fn place_of(&self, key: &ObjectKey) -> (String, String) {
        (self.bucket_of(key.as_str()), format!("{}{key}", self.prefix))
    }

    /// The key of an object in the lake, if that is where it lies.
    pub fn key_at(&self, bucket: &str, key: &str) -> Option<Result<ObjectKey, KeyError>> {
        let below = key.strip_prefix(&self.prefix)?;
        (self.bucket_of(below) == bucket).then(|| ObjectKey::new(below))
    }

    /// A folder as engines write it: `s3://bucket/silver/leads/`.
    pub fn location(&self, folder: &str) -> String {
        let folder = folder.trim_end_matches('/');
        format!("{SCHEME}{}/{}{folder}/", self.bucket_of(folder), self.prefix)
    }

    /// Whether a folder, as engines write it, is one of the lake's, whatever lies in it.
    pub fn holds(&self, location: &str) -> bool {
        let folder = format!("{}/", location.trim_end_matches('/'));
        let place = SCHEMES_OF_ENGINES.iter().find_map(|scheme| folder.strip_prefix(scheme)?.split_once('/'));
        place.is_some_and(|(bucket, key)| {
            key.starts_with(&self.prefix) && self.buckets().iter().any(|ours| ours == bucket)
        })
    }

    /// In front of all keys in each bucket.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The name under which the lake's objects are told from another lake's.
    pub fn bronze_bucket(&self) -> String {
        self.bucket_of(BRONZE)
    }

    /// Each bucket once.
    pub fn buckets(&self) -> Vec<String> {
        let mut buckets =
            [BRONZE, "silver", "features", "gold", OPS].map(|layer| self.bucket_of(layer)).to_vec();
        buckets.sort();
        buckets.dedup();
        buckets
    }

    /// The bucket of a folder or an object.
    pub fn bucket_of(&self, key: &str) -> String {
        self.bucket.replace(PLACEHOLDER, layer_of(key))
    }
}

/// Refused records are of the same people as accepted ones, so they lie with them.
fn layer_of(key: &str) -> &'static str {
    match key.split('/').next() {
        Some(BRONZE) => BRONZE,
        Some("silver" | "quarantine") => "silver",
        Some("features") => "features",
        Some("gold") => "gold",
        _ => OPS,
    }
}

impl FromStr for LakeAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| AddressError::NotS3 { text: text.to_owned() })?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_letter = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
        let longest = bucket.replace(PLACEHOLDER, "features");
        if !(3..=63).contains(&longest.len()) || !longest.bytes().all(is_letter) {
            return Err(AddressError::Bucket { bucket: bucket.to_owned() });
        }
        let prefix = match prefix.trim_end_matches('/') {
            "" => String::new(),
            prefix => format!("{}/", ObjectKey::new(prefix)?),
        };
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for LakeAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lake = format!("{SCHEME}{}/{}", self.bucket, self.prefix);
        formatter.write_str(lake.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    fn key(text: &str) -> ObjectKey {
        ObjectKey::new(text).unwrap()
    }

    #[test]
    fn one_bucket_or_one_for_each_layer() {
        let one: LakeAddress = "s3://acme/lakes/dev/".parse().unwrap();
        let bronze = key("bronze/webinar/2025/01/01/a.json");
        assert_eq!(
            one.place_of(&bronze),
            ("acme".to_owned(), "lakes/dev/bronze/webinar/2025/01/01/a.json".to_owned())
        );
        assert_eq!(one.location("silver/leads"), "s3://acme/lakes/dev/silver/leads/");
        assert_eq!(
            (one.buckets(), one.to_string()),
            (vec!["acme".to_owned()], "s3://acme/lakes/dev".to_owned())
        );

        let each: LakeAddress = "s3://acme-{layer}-dev".parse().unwrap();
        let bucket = |text: &str| each.place_of(&key(text)).0;
        assert_eq!(bucket("quarantine/crm/dt=2025-01-01/a.parquet"), "acme-silver-dev");
        assert_eq!(bucket("ledger/crm/dt=2025-01-01/a.json"), "acme-ops-dev");
        assert_eq!(bucket("features/leads/_log/1.json"), "acme-features-dev");
        assert_eq!((each.buckets().len(), each.bronze_bucket()), (5, "acme-bronze-dev".to_owned()));
    }

    #[test]
    fn an_object_of_another_lake_is_none_of_this() {
        let lake: LakeAddress = "s3://acme-{layer}/dev".parse().unwrap();
        let found = |bucket, key| lake.key_at(bucket, key).map(|key| key.map(|key| key.to_string()));
        assert_eq!(found("acme-bronze", "dev/bronze/crm/a.json"), Some(Ok("bronze/crm/a.json".to_owned())));
        assert_eq!(found("acme-silver", "dev/bronze/crm/a.json"), None);
        assert_eq!(found("acme-bronze", "prod/bronze/crm/a.json"), None);
        assert!(matches!(found("acme-bronze", "dev/bronze/../a"), Some(Err(KeyError::DotSegment { .. }))));
    }

    #[test_case("s3://acme/lakes/dev", "s3://acme/lakes/dev/silver/leads/" => true)]
    #[test_case("s3://acme/lakes/dev", "s3a://acme/lakes/dev" => true; "the lake itself")]
    #[test_case("s3://acme/lakes/dev", "s3://acme/lakes/devil/silver/leads/" => false; "a longer name")]
    #[test_case("s3://acme/lakes/dev", "s3://acme/silver/leads/" => false; "beside it")]
    #[test_case("s3://acme", "s3://acme" => true; "a bucket")]
    #[test_case("s3://acme", "s3://acme-prod/silver/leads/" => false; "another bucket")]
    #[test_case("s3://acme-{layer}-dev", "s3://acme-silver-dev/" => true; "the bucket of a layer")]
    #[test_case("s3://acme-{layer}-dev", "s3://acme-sales-dev/silver/leads/" => false; "the bucket of no layer")]
    #[test_case("s3://acme", "hdfs://acme/silver/leads/" => false; "not on S3")]
    fn holds(lake: &str, location: &str) -> bool {
        lake.parse::<LakeAddress>().unwrap().holds(location)
    }

    #[test_case("acme")]
    #[test_case("s3://")]
    #[test_case("s3:///bronze")]
    #[test_case("s3://Acme")]
    #[test_case("s3://acme/../b")]
    #[test_case("s3://acme-{layers}")]
    fn is_refused(text: &str) {
        assert!(text.parse::<LakeAddress>().is_err());
    }
}
