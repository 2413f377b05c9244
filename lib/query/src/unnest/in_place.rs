//! `FROM t CROSS JOIN UNNEST(t.items) AS u(item)`: the engine plans it and cannot run it, because what is to be unnested
//! belongs to a row of another relation. Here it is unnested within that relation, to the same columns.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType, NullHandling, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::logical_plan::Projection;
use datafusion::logical_expr::{Expr, Join, LogicalPlan, LogicalPlanBuilder};

pub(crate) fn unnest_in_place(plan: LogicalPlan) -> Result<LogicalPlan, DataFusionError> {
    let plan = plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Join(join) => unnest_in_left(join),
        other => Ok(Transformed::no(other)),
    })?;
    refuse_what_is_left(&plan.data)?;
    Ok(plan.data)
}

fn unnest_in_left(join: Join) -> Result<Transformed<LogicalPlan>, DataFusionError> {
    let keeps_rows_without_items = match join.join_type {
        JoinType::Inner => false,
        JoinType::Left if is_always(join.filter.as_ref()) => true,
        _ => return Ok(Transformed::no(LogicalPlan::Join(join))),
    };
    if !join.on.is_empty() || !unnests_of_another(&join.right)? {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    }
    let side = LeftSide { plan: &join.left, keeps_rows_without_items };
    let Some(unnested) = side.with(&join.right)? else {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    };
    let named =
        join.right.schema().iter().zip(unnested.columns).map(|((relation, field), column)| {
            column.unalias().alias_qualified(relation.cloned(), field.name())
        });
    let columns = side.columns().chain(named).collect();
    let plan = LogicalPlan::Projection(Projection::try_new(columns, Arc::new(unnested.plan))?);
    let plan = match join.filter {
        Some(filter) if !keeps_rows_without_items => {
            LogicalPlanBuilder::from(plan).filter(filter)?.build()?
        }
        _ => plan,
    };
    Ok(Transformed::yes(plan))
}

fn is_always(filter: Option<&Expr>) -> bool {
    filter.is_none_or(|filter| matches!(filter, Expr::Literal(ScalarValue::Boolean(Some(true)), _)))
}

fn unnests_of_another(plan: &LogicalPlan) -> Result<bool, DataFusionError> {
    plan.exists(|node| match node {
        LogicalPlan::Unnest(unnest) => Ok(unnest.input.contains_outer_reference()),
        _ => Ok(false),
    })
}

struct LeftSide<'p> {
    plan: &'p LogicalPlan,
    keeps_rows_without_items: bool,
}

/// A part of the right side, as it stands in the rows of the left one.
struct Within {
    /// With the columns of the left side, and with others that `columns` are made of.
    plan: LogicalPlan,
    /// Those of the part.
    columns: Vec<Expr>,
}

impl LeftSide<'_> {
    fn columns(&self) -> impl Iterator<Item = Expr> {
        self.plan.schema().columns().into_iter().map(Expr::Column)
    }

    /// None where the part is more than unnesting and naming.
    fn with(&self, part: &LogicalPlan) -> Result<Option<Within>, DataFusionError> {
        match part {
            LogicalPlan::EmptyRelation(relation) if relation.produce_one_row => {
                Ok(Some(Within { plan: self.plan.clone(), columns: Vec::new() }))
            }
            LogicalPlan::Subquery(subquery) => self.with(&subquery.subquery),
            LogicalPlan::SubqueryAlias(alias) => self.with(&alias.input),
            LogicalPlan::Projection(projection) => {
                let Some(input) = self.with(&projection.input)? else {
                    return Ok(None);
                };
                let schema = projection.input.schema();
                let columns =
                    projection.expr.iter().map(|column| self.resolve(column, schema, &input.columns));
                let columns = columns.collect::<Result<_, _>>()?;
                Ok(Some(Within { plan: input.plan, columns }))
            }
            LogicalPlan::Unnest(unnest) => {
                let Some(input) = self.with(&unnest.input)? else {
                    return Ok(None);
                };
                let arrays = unnest.input.schema().columns().into_iter().zip(input.columns);
                let arrays = arrays.map(|(name, array)| array.unalias().alias(name.name));
                let columns = self.columns().chain(arrays).collect();
                let arrays = LogicalPlan::Projection(Projection::try_new(columns, Arc::new(input.plan))?);
                let mut options = unnest.options.clone();
                if self.keeps_rows_without_items {
                    options.null_handling = NullHandling::PreserveAndExpandEmpty;
                }
                let plan = LogicalPlanBuilder::from(arrays)
                    .unnest_columns_with_options(unnest.exec_columns.clone(), options)?
                    .build()?;
                Ok(Some(Within {
                    plan,
                    columns: unnest.schema.columns().into_iter().map(Expr::Column).collect(),
                }))
            }
            _ => Ok(None),
        }
    }

    /// An expression of the right side, in terms of what there is beside the left one's columns.
    fn resolve(
        &self,
        expression: &Expr,
        schema: &DFSchema,
        columns: &[Expr],
    ) -> Result<Expr, DataFusionError> {
        let found = |column: &Column| columns.get(schema.maybe_index_of_column(column)?).cloned();
        let resolved = expression.clone().transform_up(|part| {
            Ok(match part {
                Expr::Column(column) => match found(&column) {
                    Some(made) => Transformed::yes(made.unalias()),
                    None => Transformed::no(Expr::Column(column)),
                },
                Expr::OuterReferenceColumn(_, column) if self.plan.schema().has_column(&column) => {
                    Transformed::yes(Expr::Column(column))
                }
                other => Transformed::no(other),
            })
        })?;
        Ok(resolved.data)
    }
}

fn refuse_what_is_left(plan: &LogicalPlan) -> Result<(), DataFusionError> {
    plan.apply_with_subqueries(|node| match node {
        LogicalPlan::Unnest(unnest) if unnest.input.contains_outer_reference() => Err(DataFusionError::Plan(
            "UNNEST of another relation's column is answered where it is joined to that relation: \
                 FROM t CROSS JOIN UNNEST(t.items) AS u(item)"
                .to_owned(),
        )),
        _ => Ok(TreeNodeRecursion::Continue),
    })?;
    Ok(())
}
