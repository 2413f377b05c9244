//! One call that takes away old versions, and does nothing else.

use std::collections::BTreeMap;
use std::time::Duration;

use leadlake_lake::catalog::LakeVacuum;
use leadlake_lake::tables::{Keep, RunId, TableName, VacuumPlan};
use serde::Serialize;

use crate::cataloguing::{CatalogueError, Cataloguer, Surroundings};

/// With less time left no file is deleted any more: engines are still to be told which versions are no more.
const LEAST_TIME: Duration = Duration::from_secs(2);

#[derive(Debug, Serialize)]
pub struct Vacuumed {
    #[serde(flatten)]
    pub in_all: Deleted,
    /// Those with something to delete.
    pub tables: BTreeMap<TableName, Deleted>,
    /// There was not the time to end or to begin these. The next vacuum goes on.
    pub unfinished: Vec<TableName>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Deleted {
    /// That were given up now: an earlier call may have given up some whose files this one deleted.
    pub versions: u64,
    pub dead_runs: u64,
    pub files: u64,
    pub bytes: u64,
}

impl Cataloguer {
    pub fn vacuum(&self, keep: Keep, around: &dyn Surroundings) -> Result<Vacuumed, CatalogueError> {
        let now = around.now();
        let vacuum = LakeVacuum {
            store: &self.lake.store,
            catalog: self.services.catalog(),
            run_id: &RunId::new(now, around.random()?),
            now,
            keep,
        };
        let vacuumed = vacuum.run(&|| around.left() >= LEAST_TIME)?;
        let stopped = vacuumed.done.iter().filter(|plan| plan.files_left > 0);
        let unfinished = stopped.map(|plan| plan.table.clone()).chain(vacuumed.not_reached).collect();
        let tables: BTreeMap<TableName, Deleted> =
            vacuumed.done.iter().map(|plan| (plan.table.clone(), Deleted::of(plan))).collect();
        let in_all = tables.values().fold(Deleted::default(), Deleted::and);
        Ok(Vacuumed { in_all, tables, unfinished })
    }
}

impl Deleted {
    fn of(plan: &VacuumPlan) -> Self {
        Self {
            versions: plan.versions.len() as u64,
            dead_runs: plan.abandoned.len() as u64,
            files: plan.files,
            bytes: plan.bytes,
        }
    }

    fn and(self, other: &Self) -> Self {
        Self {
            versions: self.versions + other.versions,
            dead_runs: self.dead_runs + other.dead_runs,
            files: self.files + other.files,
            bytes: self.bytes + other.bytes,
        }
    }
}
