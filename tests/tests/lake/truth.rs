//! A lake finds in generated events exactly what the generator knows to be true of them.

use std::collections::{BTreeMap, HashSet};

use leadlake_generate::{Flaws, Plan, SourceTruth, Truth};
use leadlake_lake::layout::Layer;
use leadlake_lake::ledger::LedgerEntry;
use leadlake_lake::store::Store;
use leadlake_lake::verify::verify;
use leadlake_refine::Counts;
use leadlake_tests::lakes::{bronze, contracts, generated, ingest_well, lake};

use crate::tables::{read_table, texts, trues};

const EVENTS: u64 = 20_000;

#[test]
fn the_lake_counts_what_was_generated() {
    for (seed, flaws) in [(1, Flaws::default()), (2, Flaws::default()), (3, Flaws::none())] {
        let flawless = flaws == Flaws::none();
        let (objects, truth) = generated(&Plan { flaws, ..Plan::new(EVENTS, seed) });
        let (refused, duplicates) = (total(&truth, |source| source.refused), total(&truth, duplicates));
        assert_eq!(refused == 0 && duplicates == 0, flawless, "seed {seed} makes another kind of lake");

        let store = bronze(&objects);
        let lake = lake(store.clone());
        let outcomes = ingest_well(&lake, contracts(), 2);
        let entries: Vec<LedgerEntry> = outcomes.into_iter().map(|outcome| outcome.result.unwrap()).collect();
        check_ledger(&entries, &truth, seed);
        for (source, expected) in &truth.sources {
            check_silver(&store, source.as_str(), expected, seed);
        }

        let verification = verify(&lake, contracts()).unwrap();
        assert_eq!(verification.faults, [], "seed {seed}");
        assert_eq!(verification.objects, truth.objects);
        assert_eq!(verification.counts.input, EVENTS);
    }
}

fn duplicates(source: &SourceTruth) -> u64 {
    source.duplicates_within_object
}

fn total(truth: &Truth, of: impl Fn(&SourceTruth) -> u64) -> u64 {
    truth.sources.values().map(of).sum()
}

fn check_ledger(entries: &[LedgerEntry], truth: &Truth, seed: u64) {
    assert_eq!(entries.len() as u64, truth.objects);
    assert_eq!(entries.iter().map(|entry| entry.bytes).sum::<u64>(), truth.bytes);
    let mut by_source: BTreeMap<&str, (u64, Counts)> = BTreeMap::new();
    for entry in entries {
        assert!(entry.counts.is_balanced(), "{entry:?}");
        assert!(!entry.refused_whole, "{}", entry.object_key);
        let (objects, counts) = by_source.entry(entry.source.as_str()).or_default();
        *objects += 1;
        counts.add(&entry.counts);
    }
    assert_eq!(by_source.len(), truth.sources.len());
    for (source, expected) in &truth.sources {
        let (objects, counts) = &by_source[source.as_str()];
        let of = format!("{source}, seed {seed}");
        assert_eq!(*objects, expected.objects, "objects of {of}");
        assert_eq!(counts.input, expected.records, "records of {of}");
        assert_eq!(counts.accepted, expected.accepted, "accepted of {of}");
        assert_eq!(counts.refused_total(), expected.refused, "refused of {of}");
        assert_eq!(counts.duplicate, expected.duplicates_within_object, "duplicates of {of}");
        assert_eq!(counts.invalid, expected.invalid, "invalid of {of}");
        assert_eq!(counts.drifted.values().sum::<u64>(), expected.with_extra_fields, "drifted of {of}");
        let by_code = |name: &str, count: u64| (name.to_owned(), count);
        let refused: BTreeMap<String, u64> =
            counts.refused.iter().map(|(code, count)| by_code(code.as_str(), *count)).collect();
        let expected: BTreeMap<String, u64> =
            expected.refused_by_code.iter().map(|(code, count)| by_code(code.as_str(), *count)).collect();
        assert_eq!(refused, expected, "refused of {of}");
    }
}

fn check_silver(store: &dyn Store, source: &str, expected: &SourceTruth, seed: u64) {
    let of = format!("{source}, seed {seed}");
    let silver = read_table(store, Layer::Silver, source);
    let events: Vec<String> = silver.iter().flat_map(|batch| texts(batch, "event_id")).collect();
    assert_eq!(events.len() as u64, expected.accepted, "rows of {of}");
    let distinct: HashSet<&String> = events.iter().collect();
    assert_eq!(distinct.len() as u64, expected.distinct_events, "distinct events of {of}");
    let count = |column| silver.iter().map(|batch| trues(batch, column)).sum::<u64>();
    assert_eq!(count("event_id_from_content"), expected.without_event_id, "ids from content of {of}");
    assert_eq!(count("email_is_disposable"), expected.with_disposable_address, "disposable of {of}");
    let refused: usize =
        read_table(store, Layer::Quarantine, source).iter().map(|batch| batch.num_rows()).sum();
    assert_eq!(refused as u64, expected.refused, "quarantine of {of}");
}
