//! What is asked of the tables between two runs: whether they are made, and what a monitor is told.

use insta::assert_snapshot;

use super::*;
use crate::newest::newest_kpis;

fn is_made(store: &Arc<dyn Store>, as_of: &str, scores: u32) -> bool {
    let world = World::default();
    let as_of = end_of(as_of);
    with_run(store, &world, (as_of, as_of), (99, "rules-1"), scores, |run| run.is_made().unwrap())
}

#[test]
fn tables_are_made_once_all_of_them_are_of_the_scores() {
    let store = memory();
    let world = World::of(&[("2025-01-01", "online", 10)]);
    let run = |day: &str, number, scores| {
        run_from(&store, &world, (end_of(day), end_of(day)), (number, "rules-1"), scores).unwrap()
    };
    assert!(!is_made(&store, "2025-01-01", 1), "there is nothing yet");
    run("2025-01-01", 1, 1);
    assert!(is_made(&store, "2025-01-01", 1));
    assert!(!is_made(&store, "2025-01-02", 2), "new scores");
    run("2025-01-02", 2, 2);
    assert!(is_made(&store, "2025-01-02", 2));
    assert!(!is_made(&store, "2025-01-01", 1), "KPIs know more, but the list for sales is of other scores");

    // A run that died between two of its commits.
    let log = store.list("gold/sales_dashboard/_log").unwrap().last().unwrap().unwrap();
    store.delete(&log.key).unwrap();
    assert!(!is_made(&store, "2025-01-02", 2));
}

/// The values of the newest complete day that are headlines or have a check, and no others.
#[test]
fn a_monitor_is_told_of_what_is_looked_at() {
    let store = memory();
    let lake = Lake::local(Arc::clone(&store));
    let told = || {
        let newest = newest_kpis(&lake, &models(), &KpiSettings::shipped().unwrap()).unwrap();
        newest.map(|newest| {
            let lines = newest.kpis.iter().flat_map(|kpi| {
                kpi.values.iter().map(move |value| {
                    let of: Vec<&str> = value.dimensions.values().map(String::as_str).collect();
                    let (day, state) = (kpi.day, kpi.state.as_str());
                    format!(
                        "{} {day} {state}: {} {of:?} {} {:?}",
                        kpi.name, value.measure, value.value, value.unit
                    )
                })
            });
            lines.collect::<Vec<_>>().join("\n")
        })
    };
    assert_eq!(told(), None);

    let mut records: Vec<(String, &'static str, i64)> = Vec::new();
    for day in 1..=5 {
        records.push((format!("2025-01-{day:02}"), "online", 100));
        records.push((format!("2025-01-{day:02}"), "webinar", if day == 5 { 1 } else { 100 }));
    }
    records.push(("2025-01-06".to_owned(), "online", 7));
    let records = records.iter().map(|(day, source, count)| ((date(day), *source), *count)).collect();
    let world = World { records, hot: Some((date("2025-01-06"), 0.25)), ..World::default() };
    run(&store, &world, instant("2025-01-06T09:00:00Z"), (1, "rules-1")).unwrap();
    assert_snapshot!(told().unwrap(), @r#"
    lead_volume 2025-01-05 alarm: records [] 101 Some(Count)
    lead_volume 2025-01-05 alarm: records ["online"] 100 Some(Count)
    lead_volume 2025-01-05 alarm: records ["webinar"] 1 Some(Count)
    high_intent_lead_ratio 2025-01-06 ok: hot [] 0.25 Some(Share)
    "#);
}
