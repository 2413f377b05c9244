//! Tables of Parquet files.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Statistics, project_schema};
use datafusion::config::TableParquetOptions;
use datafusion::datasource::TableType;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use super::rows::list_in_background;
use crate::files::{Files, Reach, TableFile, prune, pushdown};
use crate::store::{lake_url, meta_of};

#[derive(Debug)]
pub(crate) struct ParquetTable {
    reach: Arc<Reach>,
    files: Files,
    partition: SchemaRef,
    schema: TableSchema,
}

impl ParquetTable {
    pub(crate) fn new(reach: Arc<Reach>, files: Files, file_schema: &Schema) -> Self {
        let partition: Vec<FieldRef> = files.partition_columns().into_iter().map(Arc::new).collect();
        Self {
            reach,
            files,
            partition: Arc::new(Schema::new(partition.clone())),
            schema: TableSchema::builder(Arc::new(as_read(file_schema)))
                .with_table_partition_cols(partition)
                .build(),
        }
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
impl TableProvider for ParquetTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(pushdown(&self.partition, filters))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let files = list_in_background(&self.reach, &self.files).await?;
        let files = prune(state, files, &self.partition, filters)?;
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(project_schema(&self.schema(), projection)?)));
        }
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

impl ParquetTable {
    /// Enough for the engine to tell a small table from a large one where it joins them.
    fn statistics_of(&self, files: &[TableFile]) -> Statistics {
        let bytes: u64 = files.iter().map(|file| file.facts.size).sum();
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.total_byte_size = Precision::Inexact(bytes);
        statistics
    }
}

fn partitioned_file(file: TableFile) -> Result<PartitionedFile, DataFusionError> {
    let meta = meta_of(&file.facts)?;
    Ok(PartitionedFile::new_from_meta(meta).with_partition_values(file.partition))
}
