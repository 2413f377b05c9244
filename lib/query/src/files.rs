//! Which objects of the lake hold a table's rows, and which of them a query can leave unread.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{Array, BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::datasource::listing::helpers::expr_applicable_for_cols;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use jiff::civil::{Date, date};
use leadlake_contract::SourceName;
use leadlake_lake::catalog::Catalog;
use leadlake_lake::layout::{BronzeObject, Layer, made_of};
use leadlake_lake::store::{ObjectFacts, StoreError};
use leadlake_lake::tables::{TableLog, TableName, Version, VersionNumber};
use leadlake_lake::{Lake, LakeError};

use crate::error::QueryError;

/// The lake as the tables of one engine reach it.
pub(crate) struct Reach {
    pub lake: Lake,
    /// Remembers how far the logs of tables went.
    pub catalog: Arc<dyn Catalog>,
    left_out: Mutex<BTreeSet<String>>,
}

impl Reach {
    pub(crate) fn new(lake: Lake, catalog: Arc<dyn Catalog>) -> Self {
        Self { lake, catalog, left_out: Mutex::default() }
    }

    /// Remembers what lies in a table's folder and is none of its files.
    fn leave_out(&self, stray: &LakeError) {
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner).insert(stray.to_string());
    }

    pub(crate) fn take_left_out(&self) -> Vec<String> {
        let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *left_out).into_iter().collect()
    }
}

impl fmt::Debug for Reach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reach").field("bucket", &self.lake.bucket).finish_non_exhaustive()
    }
}

/// An object that holds rows, with what its place says about all of them.
#[derive(Debug, Clone)]
pub(crate) struct TableFile {
    pub facts: ObjectFacts,
    /// In the order of [`Files::partition_columns`].
    pub partition: Vec<ScalarValue>,
}

/// Where a table's rows lie.
#[derive(Debug, Clone)]
pub(crate) enum Files {
    /// `<layer>/<source>/dt=D/`
    OfSource(Layer, SourceName),
    /// `<layer>/<any source>/dt=D/`
    OfAllSources(Layer),
    /// `bronze/<source>/YYYY/MM/DD/`
    Bronze(SourceName),
    /// One version of a table, which nobody changes any more.
    OfVersion(Arc<Version>),
    /// A table that nothing was ever written to.
    NoneYet,
    /// All versions of a table that vacuum has left.
    OfVersions(TableName),
}

impl Files {
    /// What stands in the names of files and not in their rows.
    pub(crate) fn partition_columns(&self) -> Vec<Field> {
        let day = || Field::new("dt", DataType::Date32, false);
        match self {
            Self::OfSource(..) => vec![day()],
            Self::OfAllSources(_) => vec![Field::new("source", DataType::Utf8, false), day()],
            Self::Bronze(_) => {
                let number = |name| Field::new(name, DataType::Int32, false);
                vec![day(), number("year"), number("month"), number("day")]
            }
            Self::OfVersion(_) | Self::NoneYet => Vec::new(),
            Self::OfVersions(_) => vec![Field::new("snapshot", DataType::Int64, false)],
        }
    }

    /// Waits for the store: not to be called from the engine's own threads.
    pub(crate) fn list(&self, reach: &Reach) -> Result<Vec<TableFile>, QueryError> {
        match self {
            Self::OfSource(layer, source) => {
                list_layer(reach, &format!("{}/{source}", layer.folder()), |_, day| vec![day])
            }
            Self::OfAllSources(layer) => list_layer(reach, layer.folder(), |source, day| vec![source, day]),
            Self::Bronze(source) => list_bronze(reach, source),
            Self::OfVersion(version) => list_version(reach, version, &[]),
            Self::NoneYet => Ok(Vec::new()),
            Self::OfVersions(table) => {
                let snapshots = retained_snapshots(&reach.lake, table)?;
                let files = snapshots.iter().map(|(number, version)| {
                    let snapshot = ScalarValue::Int64(Some(i64::from(number.get())));
                    list_version(reach, version, &[snapshot])
                });
                Ok(files.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
            }
        }
    }
}

fn list_layer(
    reach: &Reach,
    folder: &str,
    partition: impl Fn(ScalarValue, ScalarValue) -> Vec<ScalarValue>,
) -> Result<Vec<TableFile>, QueryError> {
    let mut files = Vec::new();
    for facts in reach.lake.store.list(folder)? {
        let placed = facts.map_err(LakeError::from).and_then(|facts| {
            let (_, day) = made_of(&facts.key)?;
            Ok((facts, day))
        });
        match placed {
            Ok((facts, day)) => {
                let source = facts.key.segments().nth(1).map(str::to_owned);
                let partition = partition(ScalarValue::Utf8(source), day_value(day));
                files.push(TableFile { facts, partition });
            }
            Err(stray) if stray.is_stray() => reach.leave_out(&stray),
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(files)
}

fn list_bronze(reach: &Reach, source: &SourceName) -> Result<Vec<TableFile>, QueryError> {
    let mut files = Vec::new();
    for object in reach.lake.bronze(Some(source))? {
        match object {
            Ok(BronzeObject { day, facts, .. }) => {
                let number = |number: i32| ScalarValue::Int32(Some(number));
                let parts = [i32::from(day.year()), i32::from(day.month()), i32::from(day.day())];
                let partition = std::iter::once(day_value(day)).chain(parts.map(number)).collect();
                files.push(TableFile { facts, partition });
            }
            Err(stray) if stray.is_stray() => reach.leave_out(&stray),
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(files)
}

fn list_version(
    reach: &Reach,
    version: &Version,
    partition: &[ScalarValue],
) -> Result<Vec<TableFile>, QueryError> {
    let facts_of = |key| {
        let facts = reach.lake.store.head(key)?;
        facts.ok_or_else(|| StoreError::NotFound { key: key.clone() })
    };
    let files = version.content.files.iter().map(|file| {
        let facts = facts_of(&file.key)?;
        Ok(TableFile { facts, partition: partition.to_vec() })
    });
    files.collect()
}

/// What each entry of a table's log shows, oldest first; after a rollback that is an older version once more.
pub(crate) fn retained_snapshots(
    lake: &Lake,
    table: &TableName,
) -> Result<Vec<(VersionNumber, Version)>, QueryError> {
    let entries = TableLog::new(Arc::clone(&lake.store), table.clone()).entries()?;
    let Some(newest) = entries.last() else {
        return Ok(Vec::new());
    };
    let snapshots = entries.iter().filter_map(|entry| {
        let version = entry.version()?;
        (!newest.has_vacuumed(version.number)).then_some((entry.number, version))
    });
    Ok(snapshots.collect())
}

fn day_value(day: Date) -> ScalarValue {
    const EPOCH: Date = date(1970, 1, 1);
    let days = day.duration_since(EPOCH).as_hours() / 24;
    ScalarValue::Date32(i32::try_from(days).ok())
}

/// Whether the filters can be decided by a file's place alone.
pub(crate) fn pushdown(partition: &SchemaRef, filters: &[&Expr]) -> Vec<TableProviderFilterPushDown> {
    let decide = |filter: &&Expr| {
        if is_about_place(partition, filter) {
            TableProviderFilterPushDown::Exact
        } else {
            TableProviderFilterPushDown::Inexact
        }
    };
    filters.iter().map(decide).collect()
}

fn is_about_place(partition: &SchemaRef, filter: &Expr) -> bool {
    let names: Vec<&str> = partition.fields().iter().map(|field| field.name().as_str()).collect();
    let needs_other_rows = |expression: &Expr| {
        Ok(matches!(
            expression,
            Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::ScalarSubquery(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::ScalarVariable(..)
        ))
    };
    !names.is_empty()
        && expr_applicable_for_cols(&names, filter)
        && !filter.exists(needs_other_rows).unwrap_or(true)
}

/// The files whose place meets all filters that are about it.
pub(crate) fn prune(
    state: &dyn Session,
    files: Vec<TableFile>,
    partition: &SchemaRef,
    filters: &[Expr],
) -> Result<Vec<TableFile>, DataFusionError> {
    let about_place: Vec<&Expr> = filters.iter().filter(|filter| is_about_place(partition, filter)).collect();
    if about_place.is_empty() || files.is_empty() {
        return Ok(files);
    }
    let column = |index: usize| {
        let values = files.iter().filter_map(|file| file.partition.get(index).cloned());
        ScalarValue::iter_to_array(values)
    };
    let columns = (0..partition.fields().len()).map(column).collect::<Result<Vec<_>, _>>()?;
    let rows = RecordBatchOptions::new().with_row_count(Some(files.len()));
    let places = RecordBatch::try_new_with_options(Arc::clone(partition), columns, &rows)?;
    let schema = DFSchema::try_from(Arc::clone(partition))?;

    let mut kept = vec![true; files.len()];
    for filter in about_place {
        let met = state.create_physical_expr(filter.clone(), &schema)?.evaluate(&places)?;
        let met = met.into_array(files.len())?;
        let Some(met) = met.as_any().downcast_ref::<BooleanArray>() else {
            return Err(DataFusionError::Plan(format!("{filter} is neither true nor false")));
        };
        for (kept, met) in kept.iter_mut().zip(met) {
            *kept &= met.unwrap_or(false);
        }
    }
    Ok(files.into_iter().zip(kept).filter_map(|(file, kept)| kept.then_some(file)).collect())
}
