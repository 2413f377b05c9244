//! The Open Data Contract Standard document as it was written, before anything is believed about it.
//!
//! Every value is a [`Written`]: one of a wrong type does not end the reading, so that all that is
//! wrong with a file can be told at once.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The releases of the standard whose words this reader knows.
pub(crate) const API_VERSIONS: &[&str] = &["v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0"];

/// A value that may be of a wrong type; then what is wrong with it.
#[derive(Debug)]
pub(crate) enum Written<T> {
    Well(T),
    Ill { fault: String },
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(match T::deserialize(value) {
            Ok(well) => Self::Well(well),
            Err(error) => Self::Ill { fault: type_fault(&error) },
        })
    }
}

/// What was found and what was expected.
pub(crate) fn type_fault(error: &serde_json::Error) -> String {
    let fault = error.to_string();
    let fault = fault.strip_prefix("invalid type: ").unwrap_or(&fault);
    let is_unquoted =
        fault.ends_with("expected a string") && !fault.starts_with("sequence") && !fault.starts_with("map");
    if is_unquoted { format!("{fault}; put it in quotes") } else { fault.to_owned() }
}

/// A value that may be absent, or of a wrong type.
pub(crate) type Maybe<T> = Option<Written<T>>;
pub(crate) type MaybeList<T> = Maybe<Vec<Written<T>>>;
/// The keys that no field of ours takes.
pub(crate) type OtherKeys = BTreeMap<String, IgnoredAny>;

/// A part of the document with the keys that the standard gives it and we have no use for.
pub(crate) trait Part {
    /// The keys that are read, for messages.
    const READ: &'static [&'static str];
    /// The keys that the standard knows and that change nothing here.
    const UNUSED: &'static [&'static str];
    fn other_keys(&self) -> &OtherKeys;
}

macro_rules! part {
    ($part:ty, read: [$($read:literal),* $(,)?], unused: [$($unused:literal),* $(,)?]) => {
        impl Part for $part {
            const READ: &'static [&'static str] = &[$($read),*];
            const UNUSED: &'static [&'static str] = &[$($unused),*];

            fn other_keys(&self) -> &OtherKeys {
                &self.other_keys
            }
        }
    };
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a contract, which is a mapping that begins with apiVersion")]
pub(crate) struct Document {
    pub api_version: Maybe<String>,
    pub kind: Maybe<String>,
    pub id: Maybe<String>,
    pub name: Maybe<String>,
    pub version: Maybe<String>,
    pub status: Maybe<String>,
    pub description: Maybe<Description>,
    pub schema: MaybeList<SchemaObject>,
    pub sla_properties: MaybeList<SlaProperty>,
    pub custom_properties: MaybeList<CustomProperty>,
    #[serde(flatten)]
    pub other_keys: OtherKeys,
}

part!(Document,
    read: ["apiVersion", "kind", "id", "name", "version", "status", "description", "schema", "slaProperties",
        "customProperties"],
    unused: ["authoritativeDefinitions", "context", "contractCreatedTs", "dataProduct", "domain", "price", "roles",
        "servers", "slaDefaultElement", "support", "tags", "team", "tenant"]);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping with purpose, usage and limitations")]
pub(crate) struct Description {
    pub purpose: Maybe<String>,
    #[serde(flatten)]
    pub other_keys: OtherKeys,
}

part!(Description,
    read: ["purpose"],
    unused: ["usage", "limitations", "authoritativeDefinitions", "customProperties"]);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping that describes the source")]
pub(crate) struct SchemaObject {
    pub name: Maybe<String>,
    pub logical_type: Maybe<String>,
    pub physical_name: Maybe<String>,
    pub properties: MaybeList<Property>,
    pub quality: MaybeList<QualityRule>,
    pub custom_properties: MaybeList<CustomProperty>,
    #[serde(flatten)]
    pub other_keys: OtherKeys,
}

part!(SchemaObject,
    read: ["name", "logicalType", "physicalName", "properties", "quality", "customProperties"],
    unused: ["authoritativeDefinitions", "businessName", "context", "dataGranularityDescription", "deprecated",
        "description", "id", "physicalType", "relationships", "synonyms", "tags"]);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping that describes a column")]
pub(crate) struct Property {
    pub name: Maybe<String>,
    pub description: Maybe<String>,
    pub logical_type: Maybe<String>,
    pub physical_type: Maybe<String>,
    pub physical_name: Maybe<String>,
    pub logical_type_options: Maybe<LogicalTypeOptions>,
    pub required: Maybe<bool>,
    pub unique: Maybe<bool>,
    pub primary_key: Maybe<bool>,
    pub primary_key_position: Maybe<i64>,
    pub classification: Maybe<String>,
    pub quality: MaybeList<QualityRule>,
    pub custom_properties: MaybeList<CustomProperty>,
    #[serde(flatten)]
    pub other_keys: OtherKeys,
}

// `enum`, `items`, `properties` and `map` are left out on purpose: they promise what nobody here would keep.
part!(Property,
    read: ["name", "description", "logicalType", "physicalType", "physicalName", "logicalTypeOptions", "required",
        "unique", "primaryKey", "primaryKeyPosition", "classification", "quality", "customProperties"],
    unused: ["authoritativeDefinitions", "businessName", "criticalDataElement", "deprecated", "encryptedName",
        "examples", "id", "partitionKeyPosition", "partitioned", "relationships", "semanticType", "synonyms", "tags",
        "transformDescription", "transformLogic", "transformSourceObjects"]);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping such as {maxLength: 200}")]
pub(crate) struct LogicalTypeOptions {
    pub min_length: Maybe<usize>,
    pub max_length: Maybe<usize>,
    pub format: Maybe<String>,
    pub minimum: Option<Value>,
    pub maximum: Option<Value>,
    /// Options that the standard has and nobody here would enforce are refused, not ignored.
    #[serde(flatten)]
    pub other_keys: OtherKeys,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping such as {metric: invalidValues, ...}")]
pub(crate) struct QualityRule {
    #[serde(rename = "type")]
    pub kind: Maybe<String>,
    pub metric: Maybe<String>,
    pub rule: Maybe<String>,
    pub arguments: Maybe<BTreeMap<String, Value>>,
    pub must_be: Option<Value>,
    #[serde(flatten)]
    pub other_keys: OtherKeys,
}

part!(QualityRule,
    read: ["type", "metric", "rule", "arguments", "mustBe"],
    unused: ["authoritativeDefinitions", "businessImpact", "customProperties", "description", "dimension", "id",
        "method", "name", "schedule", "scheduler", "severity", "tags", "unit"]);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping such as {property: latency, value: 24, unit: h}")]
pub(crate) struct SlaProperty {
    pub property: Maybe<String>,
    pub value: Option<Value>,
    pub unit: Maybe<String>,
    pub element: Maybe<String>,
    #[serde(flatten)]
    pub other_keys: OtherKeys,
}

part!(SlaProperty,
    read: ["property", "value", "unit", "element"],
    unused: ["authoritativeDefinitions", "customProperties", "description", "driver", "id", "schedule", "scheduler",
        "valueExt"]);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping such as {property: aliases, value: [duration]}")]
pub(crate) struct CustomProperty {
    pub property: Maybe<String>,
    pub value: Option<Value>,
    #[serde(flatten)]
    pub other_keys: OtherKeys,
}

part!(CustomProperty, read: ["property", "value"], unused: ["description", "id", "vendor"]);
