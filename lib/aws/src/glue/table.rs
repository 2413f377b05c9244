//! A table as the lake means it, and what becomes of what stands in Glue.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_glue::types::{Column, PartitionInput, SerDeInfo, StorageDescriptor, Table, TableInput};
use leadlake_lake::tables::{TableColumn, TableSchema};

use super::error::GlueError;
use crate::address::LakeAddress;

const LAKE: &str = "leadlake.lake";
const EXTERNAL: &str = "EXTERNAL_TABLE";
/// Of Glue.
const LONGEST_COMMENT: usize = 255;

/// How the files of a table are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    Parquet,
    /// One object a line.
    JsonLines(JsonKeys),
}

/// How columns are found in objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum JsonKeys {
    /// Case does not tell keys apart. Holds which column is read from which key, where the two differ.
    AnyCase(BTreeMap<String, String>),
    /// As they are written, also in maps, whose keys are in lower case otherwise.
    AsWritten,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GlueColumn {
    pub name: String,
    pub data_type: String,
    pub comment: Option<String>,
}

/// All that the lake says of a table. The rest, such as rights and remarks of others, is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableShown {
    pub name: String,
    pub description: Option<String>,
    pub columns: Vec<GlueColumn>,
    pub partition_columns: Vec<GlueColumn>,
    pub location: String,
    pub format: Format,
    /// The lake it is of.
    pub lake: LakeAddress,
    pub parameters: BTreeMap<String, String>,
}

impl Format {
    fn classification(&self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::JsonLines(_) => "json",
        }
    }

    /// The classes that read and write the files, by which Hive, Spark and Athena tell a format.
    fn classes(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Parquet => (
                "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            ),
            Self::JsonLines(_) => (
                "org.apache.hadoop.mapred.TextInputFormat",
                "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "org.openx.data.jsonserde.JsonSerDe",
            ),
        }
    }

    fn parameters(&self) -> HashMap<String, String> {
        match self {
            Self::Parquet => HashMap::from([("serialization.format".to_owned(), "1".to_owned())]),
            Self::JsonLines(keys) => {
                let mut parameters = keys.parameters();
                // A line that is no record is a row of nulls, as it is no reason to show none of the others.
                parameters.insert("ignore.malformed.json".to_owned(), "true".to_owned());
                parameters
            }
        }
    }
}

impl JsonKeys {
    fn parameters(&self) -> HashMap<String, String> {
        match self {
            Self::AnyCase(keys) => {
                keys.iter().map(|(column, key)| (format!("mapping.{column}"), key.clone())).collect()
            }
            Self::AsWritten => HashMap::from([("case.insensitive".to_owned(), "false".to_owned())]),
        }
    }
}

impl GlueColumn {
    pub(super) fn new(name: &str, data_type: &str, comment: &str) -> Self {
        let comment = Some(comment.to_owned());
        Self { name: name.to_owned(), data_type: data_type.to_owned(), comment }
    }

    pub(super) fn all_of(schema: &TableSchema) -> Vec<Self> {
        let column = |column: &TableColumn| Self {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
            comment: column.comment.clone(),
        };
        schema.columns.iter().map(column).collect()
    }

    /// What somebody remarked in Glue stays where the lake has nothing to say.
    fn to_glue(&self, there: &[Column]) -> Result<Column, GlueError> {
        let remarked = || there.iter().find(|column| column.name == self.name)?.comment.clone();
        let comment = self.comment.as_deref().map(shortened).or_else(remarked);
        Ok(Column::builder().name(&self.name).r#type(&self.data_type).set_comment(comment).build()?)
    }
}

/// Comments may be longer here than Glue takes.
fn shortened(comment: &str) -> String {
    let one_line = comment.split_whitespace().collect::<Vec<_>>().join(" ");
    match one_line.char_indices().nth(LONGEST_COMMENT) {
        None => one_line,
        Some(_) => one_line.chars().take(LONGEST_COMMENT - 1).chain(['…']).collect(),
    }
}

impl TableShown {
    /// The table as it is to be, from what is there.
    pub(super) fn over(&self, there: Option<&Table>) -> Result<TableInput, GlueError> {
        if let Some(there) = there {
            self.check_lake(there)?;
        }
        let input = match there {
            Some(there) => copied(there),
            None => {
                TableInput::builder().set_partition_keys(Some(self.partition_columns()?)).table_type(EXTERNAL)
            }
        };
        let mut parameters = there.and_then(|there| there.parameters.clone()).unwrap_or_default();
        parameters.extend(self.parameters.clone());
        parameters.insert(LAKE.to_owned(), self.lake.to_string());
        parameters.insert("classification".to_owned(), self.format.classification().to_owned());
        parameters.insert("EXTERNAL".to_owned(), "TRUE".to_owned());
        let described = self.description.as_deref().map(shortened);
        let description = described.or_else(|| there.and_then(|there| there.description.clone()));
        let storage = there.and_then(|there| there.storage_descriptor.as_ref());
        let input = input.name(&self.name).set_description(description).set_parameters(Some(parameters));
        let known = storage.map(StorageDescriptor::columns).unwrap_or_default();
        let columns = self.columns_over(known)?;
        Ok(input.storage_descriptor(self.storage(columns, &self.location, storage)).build()?)
    }

    /// Tables of two lakes under one name would show now this one and now that, with days of both. One that bears no lake's
    /// name may be made for this one beforehand, and may as well be somebody's who knows of no lake.
    fn check_lake(&self, there: &Table) -> Result<(), GlueError> {
        let (table, lake) = (self.name.clone(), self.lake.to_string());
        if let Some(marked) = there.parameters.as_ref().and_then(|parameters| parameters.get(LAKE)) {
            let other = marked.clone();
            return if other == lake { Ok(()) } else { Err(GlueError::OtherLake { table, other, lake }) };
        }
        let location = there.storage_descriptor.as_ref().and_then(|storage| storage.location.as_deref());
        match location.filter(|location| !location.is_empty()) {
            Some(location) if self.lake.holds(location) => Ok(()),
            Some(location) => Err(GlueError::Foreign { table, place: format!("lies at {location}"), lake }),
            None => Err(GlueError::Foreign { table, place: "has no location".to_owned(), lake }),
        }
    }

    /// One of its partitions, with columns of its own: versions of a table may differ in them.
    pub(super) fn partition(
        &self,
        values: Vec<String>,
        columns: &[GlueColumn],
        location: &str,
    ) -> Result<PartitionInput, GlueError> {
        let columns = columns.iter().map(|column| column.to_glue(&[])).collect::<Result<Vec<_>, _>>()?;
        Ok(partition(&self.storage(columns, location, None), values, location))
    }

    /// Of Parquet, engines find columns by name. Of text they know those of a partition by their places, so that these
    /// never change.
    fn columns_over(&self, known: &[Column]) -> Result<Vec<Column>, GlueError> {
        let wanted = self.columns.iter().map(|column| column.to_glue(known));
        let wanted = wanted.collect::<Result<Vec<Column>, GlueError>>()?;
        if self.format == Format::Parquet {
            return Ok(wanted);
        }
        let named =
            |columns: &[Column], name: &str| columns.iter().find(|column| column.name == name).cloned();
        let kept = known.iter().map(|old| named(&wanted, &old.name).unwrap_or_else(|| old.clone()));
        let new = wanted.iter().filter(|column| named(known, &column.name).is_none());
        Ok(kept.chain(new.cloned()).collect())
    }

    fn partition_columns(&self) -> Result<Vec<Column>, GlueError> {
        self.partition_columns.iter().map(|column| column.to_glue(&[])).collect()
    }

    fn storage(
        &self,
        columns: Vec<Column>,
        location: &str,
        there: Option<&StorageDescriptor>,
    ) -> StorageDescriptor {
        let (input_format, output_format, library) = self.format.classes();
        let read_so_far = there.and_then(StorageDescriptor::serde_info);
        let mut parameters = read_so_far.and_then(|serde| serde.parameters.clone()).unwrap_or_default();
        parameters.extend(self.format.parameters());
        let serde = SerDeInfo::builder()
            .serialization_library(library)
            .set_parameters(Some(parameters))
            .set_name(read_so_far.and_then(|serde| serde.name.clone()));
        let storage = match there {
            Some(there) => StorageDescriptor::builder()
                .set_additional_locations(there.additional_locations.clone())
                .compressed(there.compressed)
                .number_of_buckets(there.number_of_buckets)
                .set_bucket_columns(there.bucket_columns.clone())
                .set_sort_columns(there.sort_columns.clone())
                .set_parameters(there.parameters.clone())
                .set_skewed_info(there.skewed_info.clone())
                .stored_as_sub_directories(there.stored_as_sub_directories)
                .set_schema_reference(there.schema_reference.clone()),
            None => StorageDescriptor::builder(),
        };
        storage
            .set_columns(Some(columns))
            .location(location)
            .input_format(input_format)
            .output_format(output_format)
            .serde_info(serde.build())
            .build()
    }
}

/// A partition whose files are as those of the table, in a folder of their own.
pub(super) fn partition(table: &StorageDescriptor, values: Vec<String>, location: &str) -> PartitionInput {
    let mut storage = table.clone();
    storage.location = Some(location.to_owned());
    PartitionInput::builder().set_values(Some(values)).storage_descriptor(storage).build()
}

/// Whether what is there is as the table is to be.
pub(super) fn is_same(there: &Table, wanted: &TableInput) -> Result<bool, GlueError> {
    let name = there.name();
    let there = copied(there)
        .name(name)
        .set_description(there.description.clone())
        .set_parameters(there.parameters.clone())
        .set_storage_descriptor(there.storage_descriptor.clone())
        .build()?;
    Ok(there == *wanted)
}

/// An update replaces all of a table, so what is not the lake's to say is said again.
fn copied(there: &Table) -> aws_sdk_glue::types::builders::TableInputBuilder {
    TableInput::builder()
        .set_owner(there.owner.clone())
        .set_last_access_time(there.last_access_time)
        .set_last_analyzed_time(there.last_analyzed_time)
        .retention(there.retention)
        .set_partition_keys(there.partition_keys.clone())
        .set_view_original_text(there.view_original_text.clone())
        .set_view_expanded_text(there.view_expanded_text.clone())
        .set_table_type(there.table_type.clone())
        .set_target_table(there.target_table.clone())
}
