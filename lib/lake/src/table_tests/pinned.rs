//! Which versions are read together.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::{commit, day, memory, number, run, written};
use crate::Lake;
use crate::tables::{
    Keep, NewVersion, Placement, RunId, TableError, TableLog, TableName, VersionNumber, current_versions,
    versions_as_of,
};

/// Commits a version as of a day.
fn commit_as_of(log: &TableLog, days: i64, placement: Placement) -> VersionNumber {
    let build = |base: Option<&_>| {
        let new = written(log, base, &run(1), 1)?;
        Ok::<_, TableError>(NewVersion { placement, as_of: day(days), committed_at: day(50), ..new })
    };
    log.commit_with_retry(1, build).unwrap().number
}

fn log_of(lake: &Lake, table: TableName) -> TableLog {
    TableLog::new(Arc::clone(&lake.store), table)
}

#[test]
fn what_readers_use_now() {
    let lake = Lake::local(memory());
    assert_eq!(current_versions(&lake).unwrap(), BTreeMap::new());
    let (leads, scores) = (log_of(&lake, TableName::LEADS), log_of(&lake, TableName::LEAD_SCORES));
    for placement in [Placement::Current, Placement::Current, Placement::Side] {
        commit_as_of(&leads, 1, placement);
    }
    commit_as_of(&scores, 1, Placement::Side);
    assert_eq!(current_versions(&lake).unwrap(), BTreeMap::from([(TableName::LEADS, number(2))]));
    leads.rollback(number(1), &run(4), day(51)).unwrap();
    assert_eq!(current_versions(&lake).unwrap(), BTreeMap::from([(TableName::LEADS, number(1))]));
}

#[test]
fn what_was_known_at_an_instant() {
    let lake = Lake::local(memory());
    let leads = log_of(&lake, TableName::LEADS);
    let pinned =
        |days: i64| versions_as_of(&lake, day(days)).unwrap().remove(&TableName::LEADS).map(u32::from);
    for (days, placement) in
        [(10, Placement::Current), (20, Placement::Current), (15, Placement::Side), (15, Placement::Side)]
    {
        commit_as_of(&leads, days, placement);
    }
    assert_eq!(
        [9, 10, 14, 15, 19, 20, 99].map(pinned),
        [None, Some(1), Some(1), Some(4), Some(4), Some(2), Some(2)]
    );
    assert_eq!(
        versions_as_of(&lake, day(20) - SignedDuration::from_nanos(1)).unwrap(),
        BTreeMap::from([(TableName::LEADS, number(4))])
    );

    leads.rollback(number(1), &run(5), day(50)).unwrap();
    assert_eq!([12, 15, 99].map(pinned), [Some(1), Some(4), Some(4)], "what a rollback gave up is not read");
    leads.rollback(number(2), &run(6), day(50)).unwrap();
    assert_eq!([12, 99].map(pinned), [Some(1), Some(2)]);
    assert!(!leads.vacuum(&run(7), day(200), Keep::default()).unwrap().is_empty());
    assert_eq!([12, 15, 99].map(pinned), [None, None, Some(2)], "what was vacuumed is not read");
}

#[test]
fn events_and_what_they_came_from_are_read_as_they_are_now() {
    let lake = Lake::local(memory());
    let tables = [TableName::LEDGER, TableName::LEAD_EVENTS];
    for log in tables.clone().map(|table| log_of(&lake, table)) {
        commit_as_of(&log, 10, Placement::Current);
        commit(&log, &run(2), 1, day(50), Placement::Current);
    }
    assert_eq!(
        versions_as_of(&lake, day(-5)).unwrap(),
        BTreeMap::from(tables.map(|table| (table, number(2))))
    );
}

/// Scores name the rows of the other tables, so a rollback of theirs leads to the others of the same run.
#[test]
fn what_a_score_run_wrote_is_read_together() {
    let lake = Lake::local(memory());
    let (leads, scores) = (log_of(&lake, TableName::LEADS), log_of(&lake, TableName::LEAD_SCORES));
    for (days, number) in [(10, 1), (20, 2), (30, 3)] {
        commit(&leads, &run(number), 1, day(days), Placement::Current);
        // The last run died before its scores.
        if number < 3 {
            commit(&scores, &run(number), 1, day(days), Placement::Current);
        }
    }
    let pinned = || current_versions(&lake).unwrap();
    let both = |leads, scores| {
        BTreeMap::from([(TableName::LEADS, number(leads)), (TableName::LEAD_SCORES, number(scores))])
    };
    assert_eq!(pinned(), both(2, 2));
    scores.rollback(number(1), &run(9), day(50)).unwrap();
    assert_eq!(pinned(), both(1, 1));
    assert_eq!(RunId::new(day(7), 1).begun(), Some(day(7)));
}

/// Its tables are committed one after the other, and the scores last.
#[test]
fn readers_stay_with_the_run_of_the_scores_until_a_later_one_is_done() {
    let lake = Lake::local(memory());
    let write = |table: &TableName, by: u64| {
        commit(&log_of(&lake, table.clone()), &run(by), 1, day(10), Placement::Current);
    };
    let all_of = |version| BTreeMap::from(TableName::OF_A_SCORE_RUN.map(|table| (table, number(version))));
    TableName::OF_A_SCORE_RUN.iter().for_each(|table| write(table, 1));
    for table in &TableName::OF_A_SCORE_RUN {
        assert_eq!(current_versions(&lake).unwrap(), all_of(1), "before {table}");
        write(table, 2);
    }
    assert_eq!(TableName::OF_A_SCORE_RUN.last(), Some(&TableName::LEAD_SCORES));
    assert_eq!(current_versions(&lake).unwrap(), all_of(2));
}
