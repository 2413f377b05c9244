//! Vacuum of all tables of a lake; the catalog follows.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Catalog, PublishError, checked_head, publish_head};
use crate::store::Store;
use crate::tables::{Keep, RunId, TableLog, TableName, VacuumPlan};

/// Everything that a vacuum is told.
pub struct LakeVacuum<'v> {
    pub store: &'v Arc<dyn Store>,
    pub catalog: &'v dyn Catalog,
    pub run_id: &'v RunId,
    pub now: Timestamp,
    pub keep: Keep,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// Of the tables with something to delete.
    pub done: Vec<VacuumPlan>,
    /// No time was left to look at them.
    pub not_reached: Vec<TableName>,
}

impl LakeVacuum<'_> {
    /// What [`LakeVacuum::run`] would do now.
    pub fn plan(&self) -> Result<Vec<VacuumPlan>, PublishError> {
        let mut plans = Vec::new();
        for log in self.checked_logs()? {
            plans.push(log.plan_vacuum(self.now, self.keep)?);
        }
        plans.retain(|plan| !plan.is_empty());
        Ok(plans)
    }

    /// One table after the other, as long as time is left. What is left over is done by the next vacuum.
    pub fn run(&self, is_time_left: &dyn Fn() -> bool) -> Result<Vacuumed, PublishError> {
        let mut vacuumed = Vacuumed::default();
        for log in self.checked_logs()? {
            if !is_time_left() {
                vacuumed.not_reached.push(log.table().clone());
                continue;
            }
            vacuumed.done.push(log.vacuum_while(is_time_left, self.run_id, self.now, self.keep)?);
            publish_head(&log, self.catalog)?;
        }
        vacuumed.done.retain(|plan| !plan.is_empty());
        Ok(vacuumed)
    }

    /// The versions of a log that is lost would be deleted as folders of dead runs, so all are checked before the first is
    /// touched.
    fn checked_logs(&self) -> Result<Vec<TableLog>, PublishError> {
        let logs = TableName::OWN.map(|table| TableLog::new(Arc::clone(self.store), table));
        for log in &logs {
            checked_head(log, self.catalog)?;
        }
        Ok(logs.into())
    }
}
