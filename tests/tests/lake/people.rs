//! A score run finds in generated events exactly the people that the generator knows of.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::cast::AsArray;
use arrow_array::types::Decimal128Type;
use leadlake_generate::{Flaws, Plan, Truth};
use leadlake_lake::layout::Layer;
use leadlake_lake::store::MemoryStore;
use leadlake_lake::tables::TableName;
use leadlake_tests::lakes::{bronze, generated, lake};
use leadlake_tests::scores::{Asked, TINY, ingest_and_score};

use crate::scored::{batches, current};
use crate::tables::{read_table, texts, trues};

const EVENTS: u64 = 20_000;

#[test]
fn the_people_are_those_who_were_generated() {
    let usual = Asked { threads: 1, ..Asked::default() };
    let tiny = Asked {
        threads: 2,
        memory: leadlake_pipeline::Memory { shard: 1 << 20, ..TINY },
        ..Asked::default()
    };
    for (seed, flaws, asked) in
        [(1, Flaws::default(), &usual), (1, Flaws::default(), &tiny), (4, Flaws::none(), &tiny)]
    {
        let (objects, truth) =
            generated(&Plan { flaws, events_per_object: 1_000, ..Plan::new(EVENTS, seed) });
        let store = bronze(&objects);
        let report = ingest_and_score(&lake(store.clone()), asked);

        assert_eq!((report.leads, report.converted), (truth.people, truth.people_converted), "seed {seed}");
        assert_eq!(report.objects, truth.objects);
        let accepted: u64 = truth.sources.values().map(|source| source.accepted).sum();
        let distinct: u64 = truth.sources.values().map(|source| source.distinct_events).sum();
        assert_eq!((report.rows_read, report.events, report.later), (accepted, distinct, 0));
        check_leads(&store, &truth);
        check_events(&store, &truth);
        let parts = current(&store, &TableName::LEADS).unwrap().content.files.len();
        assert_eq!(parts > 1, asked.memory == tiny.memory, "{parts} shards");
    }
}

fn check_leads(store: &MemoryStore, truth: &Truth) {
    for table in [TableName::LEADS, TableName::FEATURES, TableName::LEAD_SCORES] {
        let rows = batches(store, &current(store, &table).unwrap());
        let ids: BTreeSet<String> = rows.iter().flat_map(|batch| texts(batch, "lead_id")).collect();
        assert_eq!(ids.len() as u64, truth.people, "leads in {table}");
        let converted: u64 = rows.iter().map(|batch| trues(batch, "converted")).sum();
        assert_eq!(converted, truth.people_converted, "converted in {table}");
    }
    let leads = batches(store, &current(store, &TableName::LEADS).unwrap());
    let revenue: i128 = leads
        .iter()
        .flat_map(|batch| batch.column_by_name("revenue").unwrap().as_primitive::<Decimal128Type>().values())
        .sum();
    assert_eq!(revenue, i128::from(truth.revenue_paise));
}

fn check_events(store: &MemoryStore, truth: &Truth) {
    let mut distinct: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut rows = 0;
    for batch in batches(store, &current(store, &TableName::LEAD_EVENTS).unwrap()) {
        rows += batch.num_rows();
        for (source, event) in texts(&batch, "source").into_iter().zip(texts(&batch, "event_id")) {
            distinct.entry(source).or_default().insert(event);
        }
    }
    assert_eq!(rows, distinct.values().map(BTreeSet::len).sum::<usize>(), "each event has one row");
    for (source, expected) in &truth.sources {
        let events = distinct[source.as_str()].len() as u64;
        assert_eq!(events, expected.distinct_events, "{source}");
        let silver = read_table(store, Layer::Silver, source.as_str());
        let accepted: usize = silver.iter().map(|batch| batch.num_rows()).sum();
        assert_eq!(accepted as u64 - events, expected.duplicates_across_objects, "{source}");
    }
}
