//! What can be wrong with a contract, where it is, and what to do about it.

use std::fmt;

use thiserror::Error;

use crate::names::NameError;

/// Why a folder or a file of contracts cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContractError {
    #[error("{folder}: cannot be listed: {fault}; name the folder that holds the contracts")]
    Folder { folder: String, fault: String },
    #[error("{folder}: holds no contract; put one file named <source>.odcs.yaml there for each source")]
    NoContract { folder: String },
    /// Everything that is wrong, one line each.
    #[error("{}", lines(.0))]
    Wrong(Vec<Problem>),
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// One thing that is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    pub place: Place,
    pub reason: Reason,
}

impl Problem {
    /// A problem of the file as a whole.
    pub(crate) fn of_file(file: &str, reason: Reason) -> Self {
        Self { file: file.to_owned(), place: Place::document(), reason }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, place, reason } = self;
        if place.0.is_empty() {
            return write!(formatter, "{file}: {reason}");
        }
        write!(formatter, "{file}: {place}: {reason}")
    }
}

/// A place in a document, such as `schema[0].properties[3].required`; empty for the document itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    pub(crate) fn document() -> Self {
        Self(String::new())
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        if self.0.is_empty() {
            return Self(key.to_owned());
        }
        Self(format!("{}.{key}", self.0))
    }

    pub(crate) fn item(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is wrong, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    // The file.
    #[error("cannot be read: {fault}")]
    Unreadable { fault: String },
    #[error("is {bytes} bytes long, a contract has at most {most}; is this another file?")]
    TooLarge { bytes: u64, most: u64 },
    #[error("is not UTF-8 text; save it as UTF-8")]
    NotText,
    #[error("is not usable YAML: {fault}")]
    NotYaml { fault: String },
    #[error("nests deeper than {most} levels, a contract needs less than ten; write it flatter")]
    TooDeep { most: usize },
    #[error("holds more than {most} values; is this another file?")]
    TooManyValues { most: usize },
    #[error("holds several documents; give each contract a file of its own")]
    SeveralDocuments,
    #[error(
        "uses YAML anchors, aliases or merge keys, which can blow up a small file; write the values out at each place"
    )]
    YamlAlias,
    #[error("ends in .yml; name it {expected}")]
    ShortExtension { expected: String },
    #[error("is the contract of the source {source_name}; name the file {source_name}.odcs.yaml")]
    FileName { source_name: String },
    #[error("{other} is a contract for the source {source_name} too; keep one of them")]
    RepeatedSource { source_name: String, other: String },

    // Any value.
    #[error("has the wrong type: {fault}")]
    Type { fault: String },
    #[error("is missing; {advice}")]
    Missing { advice: &'static str },
    #[error("is not known here; possible: {}", .possible.join(", "))]
    UnknownKey { possible: Vec<&'static str> },
    #[error("is {written:?}; possible: {}", .possible.join(", "))]
    NotOneOf { written: String, possible: Vec<&'static str> },
    #[error("is {written}; give {expected}")]
    Value { written: String, expected: &'static str },
    #[error(transparent)]
    Name(#[from] NameError),

    // The document and its schema.
    #[error("has {found} objects; a contract is for exactly one source, so give one")]
    SchemaObjects { found: usize },
    #[error("{name} is the name of a table of the lake itself; call the source otherwise")]
    ReservedSource { name: String },
    #[error("is {written:?}, but is always called {expected}; write that or leave it out")]
    PhysicalName { written: String, expected: String },

    // Custom properties.
    #[error("{property:?} is not a custom property known here; possible: {}", .possible.join(", "))]
    UnknownCustom { property: String, possible: &'static [&'static str] },
    #[error("{property} was given before; keep one of them")]
    RepeatedCustom { property: String },
    #[error("{property} has no effect here; move it into the customProperties of {home}")]
    MisplacedCustom { property: String, home: &'static str },
    #[error("{given} is given without {absent}; give both or neither")]
    HalfGiven { given: &'static str, absent: &'static str },
    #[error("names {name:?}, which is no property of this contract; use the name of one")]
    NoSuchField { name: String },
    #[error("names {name:?}, which is worked out and not received; use a property that is read")]
    DerivedField { name: String },
    #[error("names {name:?} twice; name it once")]
    FieldTwice { name: String },

    // Names of columns and inputs.
    #[error("{name} is the name of a column that every source gets anyway; choose another")]
    ReservedColumn { name: String },
    #[error(
        "{name} ends like the columns that keep a text as received; choose another name, or keepOriginal"
    )]
    OriginalSuffix { name: String },
    #[error("{name} is the name of another property too; every column needs a name of its own")]
    RepeatedColumn { name: String },
    #[error(
        "{alias:?} cannot be an input name; give up to {longest} characters without control characters or blanks around"
    )]
    Alias { alias: String, longest: usize },
    #[error("{alias:?} stands here twice, or is the property's own name, which is read anyway; leave it out")]
    RepeatedAlias { alias: String },
    #[error(
        "the input {input:?} already belongs to the property {owner}; only range_low and range_high may share, with each other and one plain text"
    )]
    SharedInput { input: String, owner: String },

    // Types.
    #[error("is {written:?}, which contradicts logicalType {logical}; give {expected}")]
    PhysicalType { written: String, logical: &'static str, expected: &'static str },
    #[error("is {written:?}; a decimal has 1 to 38 digits, of which 0 to all lie behind the point")]
    DecimalSize { written: String },
    #[error("reads: {reads} needs {needs}")]
    Reads { reads: &'static str, needs: &'static str },
    #[error("identity: {identity} needs {needs}")]
    Identity { identity: &'static str, needs: &'static str },
    #[error("is not enforced for logicalType {logical}; possible: {}", or_none(.possible))]
    Option { logical: &'static str, possible: &'static [&'static str] },
    #[error("lies above {other}, so that no value could pass; swap or correct them")]
    Crossed { other: &'static str },

    // Roles.
    #[error("no property is the primary key; give the one that names an event primaryKey: true")]
    NoPrimaryKey,
    #[error("{first} is the primary key already; exactly one property is")]
    SecondPrimaryKey { first: String },
    #[error("a primary key needs {needs}")]
    PrimaryKey { needs: &'static str },
    #[error("is for the primary key only; leave it out")]
    PrimaryKeyOnly,
    #[error(
        "no property holds the event time; give a required timestamp the custom property eventTime: true"
    )]
    NoEventTime,
    #[error("{first} is the event time already; exactly one property is")]
    SecondEventTime { first: String },
    #[error("the event time needs {needs}")]
    EventTime { needs: &'static str },
    #[error("a property that is derived is not received; leave {key} out")]
    DerivedHas { key: &'static str },
    #[error("a disposable_address is true or false; give logicalType boolean")]
    DerivedType,
    #[error(
        "names {name:?}, which is no email of this contract; use a property with logicalTypeOptions.format: email"
    )]
    DerivedFrom { name: String },
    #[error("is not checked except for the primary key; leave it out")]
    Unique,

    // Quality rules.
    #[error(
        "is not a rule that is enforced here; possible: invalidValues with arguments.validValues, duplicateValues on the primary key (both with mustBe: 0), and type: text"
    )]
    Rule,
    #[error("metric says {metric} and rule says {rule}; keep metric")]
    TwoMetrics { metric: String, rule: String },
    #[error("is a second list of valid values; join them in one rule")]
    SecondEnumeration,
    #[error("a list of valid values needs a plain text (logicalType string without reads or format)")]
    EnumerationType,

    // Service levels.
    #[error("is a second bound on how late data may be; keep one of latency and freshness")]
    SecondFreshness,
    #[error("is {written:?}, but how late data is can be told by its event time only; write {expected}")]
    FreshnessElement { written: String, expected: String },
}

fn or_none(possible: &[&str]) -> String {
    if possible.is_empty() { "none".to_owned() } else { possible.join(", ") }
}

/// Gathers what is wrong while a document is checked.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<(Place, Reason)>);

impl Findings {
    pub fn report(&mut self, place: Place, reason: Reason) {
        self.0.push((place, reason));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_problems(self, file: &str) -> Vec<Problem> {
        self.0.into_iter().map(|(place, reason)| Problem { file: file.to_owned(), place, reason }).collect()
    }
}
