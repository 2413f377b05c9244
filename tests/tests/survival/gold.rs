//! The tables that SQL makes, with an engine that answers from a script: KPIs with their history, the list for sales.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use leadlake_gold::scripted::{World, models};
use leadlake_gold::{GoldRun, KpiSettings};
use leadlake_lake::Lake;
use leadlake_lake::catalog::LocalCatalog;
use leadlake_lake::tables::{RunId, TableName, VersionNumber};
use leadlake_tests::lakes::{contracts, lake};

use crate::act::{Act, Work, finished};
use crate::people::scored_twice;
use crate::tables::Tables;

fn day(number: i8) -> Date {
    Date::constant(2025, 1, number)
}

fn first_day() -> World {
    World::of(&[("2025-01-01", "online", 10), ("2025-01-01", "webinar", 4), ("2025-01-02", "online", 12)])
}

/// A day later something of the first day was corrected, and more has come.
fn next_day() -> World {
    let mut world = first_day();
    world.records.insert((day(1), "online"), 11);
    world.records.insert((day(3), "online"), 5);
    world.hot = Some((day(3), 0.5));
    world.objects = BTreeMap::from([(day(1), [1, 1, 0, 0])]);
    world
}

fn add_up(lake: &Lake, world: &World, as_of: &str, run_id: RunId) -> Result<(), String> {
    let as_of: Timestamp = as_of.parse().unwrap();
    let minutes = Cell::new(0);
    let clock = || {
        minutes.set(minutes.get() + 1);
        as_of + SignedDuration::from_mins(minutes.get())
    };
    let run = GoldRun {
        lake,
        engine: world,
        models: &models(),
        settings: &KpiSettings::shipped().unwrap(),
        as_of,
        seen_at: as_of,
        inputs: BTreeMap::from([(TableName::LEAD_SCORES, VersionNumber::new(2).unwrap())]),
        model_version: Some("rules-1".to_owned()),
        catalog: &LocalCatalog::new(Arc::clone(&lake.store)),
        run_id,
        clock: &clock,
    };
    run.run().map(drop).map_err(|error| error.to_string())
}

pub fn gold(seed: u64) -> Act {
    let before = scored_twice(seed);
    let first = RunId::new("2025-01-03T00:00:00Z".parse().unwrap(), 1);
    add_up(&lake(before.clone()), &first_day(), "2025-01-02T23:59:59Z", first).unwrap();
    let work = || -> Work {
        Box::new(|lake, turn| add_up(lake, &next_day(), "2025-01-03T23:59:59Z", turn.run_id()))
    };
    let truth = Tables::new(contracts(), &lake(before.clone()), &lake(finished(&before, &work())));
    Act {
        name: "gold",
        before,
        work: work(),
        recover: work(),
        truth: Box::new(truth),
        is_ordered: true,
        usual_kills: [16, 22],
    }
}
