//! What is shown of the lake in Glue: a table for each kind of files.

use std::collections::{BTreeMap, BTreeSet};

use leadlake_contract::{Contract, Field, SourceName};
use leadlake_lake::catalog::Publication;
use leadlake_lake::layout::{BRONZE, Layer};
use leadlake_lake::tables::{ColumnTypeError, TableName, TableSchema, VersionNumber};
use leadlake_refine::{quarantine_schema, silver_schema};

use super::table::{Format, GlueColumn, JsonKeys, TableShown};
use crate::address::LakeAddress;

/// The entry of the table's log that was published last.
pub(super) const NUMBER: &str = "leadlake.number";
/// The version that is shown, or, of all versions, the newest registered.
pub(super) const VERSION: &str = "leadlake.version";

pub(super) const QUARANTINE: &str = "quarantine_records";
pub(super) const LEDGER_ENTRIES: &str = "ops_ledger_entries";
const DAY: &str = "dt";

/// Names of tables in Glue.
pub(super) fn silver_name(source: &SourceName) -> String {
    format!("silver_{source}")
}

pub(super) fn bronze_name(source: &SourceName) -> String {
    format!("bronze_{source}")
}

pub(super) fn versions_name(table: &TableName) -> String {
    format!("{}_versions", table.sql_name())
}

/// A table with versions, as of its current one.
pub(super) fn current(address: &LakeAddress, publication: &Publication) -> TableShown {
    let version = &publication.version;
    let parameters = [
        (NUMBER, publication.number.to_string()),
        (VERSION, version.version.to_string()),
        ("leadlake.rows", version.rows.to_string()),
        ("leadlake.as_of", version.as_of.to_string()),
        ("leadlake.committed_at", publication.committed_at.to_string()),
    ];
    TableShown {
        name: publication.table.sql_name(),
        description: None,
        columns: GlueColumn::all_of(&publication.schema),
        partition_columns: Vec::new(),
        location: address.location(version.prefix.as_str()),
        format: Format::Parquet,
        lake: address.clone(),
        parameters: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
    }
}

/// All versions of a table, with the columns of the newest of them.
pub(super) fn versions(
    address: &LakeAddress,
    table: &TableName,
    (newest, schema): (VersionNumber, &TableSchema),
) -> TableShown {
    TableShown {
        name: versions_name(table),
        description: Some(format!("Every version of {} that is still there", table.sql_name())),
        columns: GlueColumn::all_of(schema),
        partition_columns: vec![GlueColumn::new("snapshot", "bigint", "The number of the version")],
        location: address.location(&table.folder()),
        format: Format::Parquet,
        lake: address.clone(),
        parameters: BTreeMap::from([(VERSION.to_owned(), newest.to_string())]),
    }
}

pub(super) fn silver(address: &LakeAddress, contract: &Contract) -> Result<TableShown, ColumnTypeError> {
    let source = &contract.source;
    Ok(TableShown {
        name: silver_name(source),
        description: Some(described(contract, "accepted events")),
        columns: GlueColumn::all_of(&TableSchema::of(&silver_schema(contract))?),
        partition_columns: vec![day_column()],
        location: address.location(&format!("{}/{source}", Layer::Silver.folder())),
        format: Format::Parquet,
        lake: address.clone(),
        parameters: of_contract(contract),
    })
}

/// Raw records as text. A line that is no object, or an object over several lines, is seen by the embedded engine only.
pub(super) fn bronze(address: &LakeAddress, contract: &Contract) -> TableShown {
    let (columns, keys) = raw_columns(contract);
    TableShown {
        name: bronze_name(&contract.source),
        description: Some(described(contract, "raw records of JSON lines")),
        columns,
        partition_columns: vec![day_column()],
        location: address.location(&format!("{BRONZE}/{}", contract.source)),
        format: Format::JsonLines(JsonKeys::AnyCase(keys)),
        lake: address.clone(),
        parameters: of_contract(contract),
    }
}

pub(super) fn quarantine(address: &LakeAddress) -> Result<TableShown, ColumnTypeError> {
    Ok(TableShown {
        name: QUARANTINE.to_owned(),
        description: Some("Refused records, with the reason and their original bytes".to_owned()),
        columns: GlueColumn::all_of(&TableSchema::of(&quarantine_schema())?),
        partition_columns: vec![source_column(), day_column()],
        location: address.location(Layer::Quarantine.folder()),
        format: Format::Parquet,
        lake: address.clone(),
        parameters: BTreeMap::new(),
    })
}

/// As they lie there, one for each object; `ops_ledger` has them as columns, as of a score run.
pub(super) fn ledger_entries(address: &LakeAddress) -> TableShown {
    let counts = "map<string,bigint>";
    let counts = format!(
        "struct<input:bigint,accepted:bigint,refused:{counts},duplicate:bigint,invalid:{counts},missing:{counts},drifted:{counts}>"
    );
    let outputs = "array<struct<layer:string,key:string,rows:bigint,bytes:bigint,blake3:string>>";
    let columns = [
        ("object_id", "string", "Names all that was made of the object"),
        ("object_key", "string", "The object in bronze"),
        ("object_etag", "string", "Which version of it"),
        ("bytes", "bigint", "Its size"),
        ("expanded_bytes", "bigint", "Its size decompressed"),
        ("object_blake3", "string", "Checksum of its bytes"),
        ("contract_version", "string", "The contract it was read by"),
        ("arrived_at", "string", "When it arrived, as 2025-01-31T12:00:00Z"),
        ("completed_at", "string", "When its outputs were written"),
        ("refused_whole", "boolean", "Whether too much of it was wrong, so that all was refused"),
        ("counts", &counts, "What became of its records"),
        ("outputs", outputs, "The files made of it"),
    ];
    TableShown {
        name: LEDGER_ENTRIES.to_owned(),
        description: Some("What became of each object, as it was written down".to_owned()),
        columns: columns.map(|(name, kind, comment)| GlueColumn::new(name, kind, comment)).to_vec(),
        partition_columns: vec![source_column(), day_column()],
        location: address.location(Layer::Ledger.folder()),
        format: Format::JsonLines(JsonKeys::AsWritten),
        lake: address.clone(),
        parameters: BTreeMap::new(),
    }
}

fn day_column() -> GlueColumn {
    GlueColumn::new(DAY, "date", "The day of arrival")
}

fn source_column() -> GlueColumn {
    GlueColumn::new("source", "string", "Where the record came from")
}

fn described(contract: &Contract, what: &str) -> String {
    match &contract.description {
        Some(description) => format!("{}: {what}. {description}", contract.source),
        None => format!("{}: {what}", contract.source),
    }
}

fn of_contract(contract: &Contract) -> BTreeMap<String, String> {
    BTreeMap::from([("leadlake.contract_version".to_owned(), contract.version.to_string())])
}

/// A column for each spelling under which a record may carry a value, and the key it is read from where that is no name
/// of a column. Case does not tell keys apart, as it tells no columns apart.
fn raw_columns(contract: &Contract) -> (Vec<GlueColumn>, BTreeMap<String, String>) {
    let (mut columns, mut keys) = (Vec::new(), BTreeMap::new());
    let (mut spelled, mut taken) = (BTreeSet::new(), BTreeSet::from([DAY.to_owned()]));
    for field in &contract.fields {
        for input in &field.inputs {
            let key = input.to_lowercase();
            if !spelled.insert(key.clone()) {
                continue;
            }
            let name = free_name(&key, &mut taken);
            columns.push(GlueColumn::new(&name, "string", &raw_comment(field, input)));
            if name != key {
                keys.insert(name, key);
            }
        }
    }
    (columns, keys)
}

fn raw_comment(field: &Field, input: &str) -> String {
    match &field.description {
        Some(description) if field.name == input => format!("As received. {description}"),
        _ => format!("As received; read as {}", field.name),
    }
}

/// A column's name for a key, unlike those that are taken.
fn free_name(key: &str, taken: &mut BTreeSet<String>) -> String {
    let is_plain = |letter: &char| matches!(letter, 'a'..='z' | '0'..='9' | '_');
    let mut name: String = key.chars().map(|letter| if is_plain(&letter) { letter } else { '_' }).collect();
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    name
}
