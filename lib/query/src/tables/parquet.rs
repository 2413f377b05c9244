//! Tables of Parquet files.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::ExecutionPlan;

use super::provider::FileReading;
use crate::files::TableFile;
use crate::store::{lake_url, meta_of};

#[derive(Debug)]
pub(crate) struct ParquetFiles {
    schema: TableSchema,
}

impl ParquetFiles {
    pub(crate) fn new(file_schema: &Schema, partition: &SchemaRef) -> Self {
        let partition: Vec<FieldRef> = partition.fields().iter().cloned().collect();
        let files = Arc::new(as_read(file_schema));
        Self { schema: TableSchema::builder(files).with_table_partition_cols(partition).build() }
    }

    /// Enough for the engine to tell a small table from a large one where it joins them.
    fn statistics_of(&self, files: &[TableFile]) -> Statistics {
        let bytes: u64 = files.iter().map(|file| file.facts.size).sum();
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let mut statistics = Statistics::new_unknown(self.schema.table_schema());
        statistics.total_byte_size = Precision::Inexact(bytes);
        statistics
    }
}

/// The columns as the engine works on them. A file from before a column was added has none of it, so any may be null;
/// texts are views, which the engine compares and groups fastest.
fn as_read(schema: &Schema) -> Schema {
    let column = |field: &FieldRef| {
        let data_type = match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
            DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
            other => other.clone(),
        };
        Field::new(field.name(), data_type, true)
    };
    Schema::new(schema.fields().iter().map(column).collect::<Vec<_>>())
}

#[async_trait]
impl FileReading for ParquetFiles {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        files: Vec<TableFile>,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let options = &state.config_options().execution;
        let format = ParquetFormat::default().with_options(TableParquetOptions {
            global: options.parquet.clone(),
            ..TableParquetOptions::default()
        });
        let statistics = self.statistics_of(&files);
        let files = files.into_iter().map(partitioned_file).collect::<Result<Vec<_>, _>>()?;
        let groups = FileGroup::new(files).split_files(options.target_partitions.max(1));
        let source = format.file_source(self.schema.clone());
        let scan = FileScanConfigBuilder::new(lake_url()?, source)
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        format.create_physical_plan(state, scan).await
    }
}

fn partitioned_file(file: TableFile) -> Result<PartitionedFile, DataFusionError> {
    let meta = meta_of(&file.facts)?;
    Ok(PartitionedFile::new_from_meta(meta).with_partition_values(file.partition))
}
