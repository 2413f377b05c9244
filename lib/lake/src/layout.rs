//! Where things live.
//!
//! `bronze/<source>/YYYY/MM/DD/<name>`, and what is made of one such object: `silver/<source>/dt=D/<object id>.parquet`,
//! `quarantine/<source>/dt=D/<object id>.parquet` and `ledger/<source>/dt=D/<object id>.json`.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use leadlake_contract::SourceName;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::key::{KeyError, ObjectKey};
use crate::store::ObjectFacts;

pub const BRONZE: &str = "bronze";

/// The tables that one bronze object is refined into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    Silver,
    Quarantine,
    Ledger,
}

impl Layer {
    pub fn folder(self) -> &'static str {
        match self {
            Self::Silver => "silver",
            Self::Quarantine => "quarantine",
            Self::Ledger => "ledger",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Silver | Self::Quarantine => "parquet",
            Self::Ledger => "json",
        }
    }
}

#[derive(Debug, Error, PartialEq, Eq)]
pub enum LayoutError {
    #[error(
        "{key} lies in no source's folder; bronze objects are named bronze/<source>/YYYY/MM/DD/<name>, and a source has lower-case letters, digits and underscores"
    )]
    NoSource { key: ObjectKey },
    #[error("{key} is no file that leadlake writes; it belongs outside of the lake's folders")]
    Foreign { key: ObjectKey },
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Names everything made from one version of one bronze object, so that doing it again, in any order and any number
/// of times, writes the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectId(u128);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("{text:?} is no object id: 32 hexadecimal digits in lower case")]
pub struct ObjectIdError {
    text: String,
}

impl ObjectId {
    /// `version` is the store's version id, or its ETag where there is none.
    pub fn of(bucket: &str, key: &ObjectKey, version: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [bucket, key.as_str(), version] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut half = [0; 16];
        hasher.finalize_xof().fill(&mut half);
        Self(u128::from_be_bytes(half))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

impl std::str::FromStr for ObjectId {
    type Err = ObjectIdError;

    fn from_str(text: &str) -> Result<Self, ObjectIdError> {
        let is_id = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match u128::from_str_radix(text, 16) {
            Ok(number) if is_id => Ok(Self(number)),
            _ => Err(ObjectIdError { text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for ObjectId {
    type Error = ObjectIdError;

    fn try_from(text: String) -> Result<Self, ObjectIdError> {
        text.parse()
    }
}

impl From<ObjectId> for String {
    fn from(id: ObjectId) -> Self {
        id.to_string()
    }
}

/// One raw object and what follows from its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BronzeObject {
    pub id: ObjectId,
    pub source: SourceName,
    /// The day of its partition: that of its key, or of its arrival where the key has none.
    pub day: Date,
    pub facts: ObjectFacts,
}

impl BronzeObject {
    pub fn of(bucket: &str, facts: ObjectFacts) -> Result<Self, LayoutError> {
        let no_source = || LayoutError::NoSource { key: facts.key.clone() };
        let mut segments = facts.key.segments();
        let in_bronze = segments.next() == Some(BRONZE);
        let source = segments.next().filter(|_| in_bronze).ok_or_else(no_source)?;
        let source = SourceName::new(source).map_err(|_| no_source())?;
        let below: Vec<&str> = segments.collect();
        if below.is_empty() {
            return Err(no_source());
        }
        let day = key_day(&below).unwrap_or_else(|| utc_day(facts.modified));
        let id = ObjectId::of(bucket, &facts.key, &facts.etag);
        Ok(Self { id, source, day, facts })
    }

    /// Then it is the same however often the object is put. Else it is the day of one arrival.
    pub fn day_is_in_key(&self) -> bool {
        let below: Vec<&str> = self.facts.key.segments().skip(2).collect();
        key_day(&below).is_some()
    }

    /// Where what is made of this object lies in a layer.
    pub fn key_in(&self, layer: Layer) -> Result<ObjectKey, KeyError> {
        key_of(layer, &self.source, self.day, self.id)
    }
}

/// The object that a file of silver, quarantine or ledger was made of, and the day of its partition.
pub fn made_of(key: &ObjectKey) -> Result<(ObjectId, Date), LayoutError> {
    let foreign = || LayoutError::Foreign { key: key.clone() };
    let id = key.stem().parse().map_err(|_| foreign())?;
    let partition = key.segments().rev().nth(1).and_then(|folder| folder.strip_prefix("dt="));
    let day = partition.and_then(|day| day.parse().ok()).ok_or_else(foreign)?;
    Ok((id, day))
}

/// Where a layer keeps what was made of an object.
pub fn key_of(layer: Layer, source: &SourceName, day: Date, id: ObjectId) -> Result<ObjectKey, KeyError> {
    let (folder, extension) = (layer.folder(), layer.extension());
    ObjectKey::new(format!("{folder}/{source}/dt={day}/{id}.{extension}"))
}

fn key_day(below_source: &[&str]) -> Option<Date> {
    let [year, month, day, _name, ..] = below_source else {
        return None;
    };
    let number = |text: &str, digits: usize| {
        let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { text.parse::<i16>().ok() } else { None }
    };
    let month = i8::try_from(number(month, 2)?).ok()?;
    let day = i8::try_from(number(day, 2)?).ok()?;
    Date::new(number(year, 4)?, month, day).ok()
}

fn utc_day(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    fn object(key: &str) -> Result<BronzeObject, LayoutError> {
        BronzeObject::of(
            "local",
            ObjectFacts {
                key: ObjectKey::new(key).unwrap(),
                size: 10,
                modified: "2025-03-09T23:59:59Z".parse().unwrap(),
                etag: "a".to_owned(),
            },
        )
    }

    #[test_case("bronze/webinar/2025/01/02/a.json" => "2025-01-02"; "of its key")]
    #[test_case("bronze/webinar/2025/01/02/deep/a.json" => "2025-01-02"; "of its key with folders below")]
    #[test_case("bronze/webinar/a.json" => "2025-03-09"; "of its arrival")]
    #[test_case("bronze/webinar/2025/02/30/a.json" => "2025-03-09"; "no such day")]
    #[test_case("bronze/webinar/2025/1/2/a.json" => "2025-03-09"; "short month")]
    #[test_case("bronze/webinar/2025/01/02" => "2025-03-09"; "a file named like a day")]
    fn the_day_is_found(key: &str) -> String {
        let object = object(key).unwrap();
        assert_eq!(object.day_is_in_key(), object.day != utc_day(object.facts.modified));
        object.day.to_string()
    }

    #[test_case("bronze/a.json"; "no source")]
    #[test_case("silver/webinar/2025/01/02/a.json"; "another layer")]
    #[test_case("bronze/Web Site/2025/01/02/a.json"; "a name no table can have")]
    fn what_has_no_source_is_refused(key: &str) {
        assert!(matches!(object(key), Err(LayoutError::NoSource { .. })));
    }

    #[test]
    fn the_id_tells_bucket_key_and_version_apart_for_ever() {
        let object = object("bronze/webinar/2025/01/02/a.json").unwrap();
        let silver = object.key_in(Layer::Silver).unwrap();
        assert_eq!(silver.as_str(), format!("silver/webinar/dt=2025-01-02/{}.parquet", object.id));
        assert_eq!(made_of(&silver), Ok((object.id, object.day)));
        let key = ObjectKey::new("b/c").unwrap();
        let ids = [
            ObjectId::of("a", &key, "1"),
            ObjectId::of("a", &key, "2"),
            ObjectId::of("ab", &ObjectKey::new("c").unwrap(), "1"),
        ];
        assert!(ids[0] != ids[1] && ids[0] != ids[2]);
        assert_eq!(ids[0].to_string(), "ca9678d7441f5f393ac7f49e0c583994");
    }
}
