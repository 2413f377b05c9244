//! What a store on S3 must do beyond what every store must.

use std::io::Read;

use leadlake_aws::LakeAddress;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{Foreign, Store, StoreError, Trouble};

use crate::Fresh;
use crate::raw::RawS3;

type Check = fn(&Fresh, &RawS3);

pub const CHECKS: [(&str, Check); 5] = [
    ("a version is read whatever was put since", a_version_is_read_whatever_was_put_since),
    ("a listing goes on behind its first page", a_listing_goes_on_behind_its_first_page),
    ("what is no object of the lake is told", what_is_no_object_of_the_lake_is_told),
    ("buckets of layers are listed as one lake", buckets_of_layers_are_listed_as_one_lake),
    ("a bucket that is not there is named", a_bucket_that_is_not_there_is_named),
];

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(name).unwrap()
}

fn text_of(store: &impl Store, key: &ObjectKey) -> String {
    let mut text = String::new();
    store.open(key).unwrap().body.read_to_string(&mut text).unwrap();
    text
}

fn a_version_is_read_whatever_was_put_since(fresh: &Fresh, raw: &RawS3) {
    let lake = fresh.lake();
    let store = fresh.aws.store(&lake);
    let (object, other) = (key("bronze/crm/2025/01/06/a b.json"), key("bronze/crm/2025/01/06/other.json"));
    let (bucket, path) = lake.place_of(&object);
    raw.keep_versions(&bucket);
    let first = raw.put(&bucket, &path, b"first").unwrap();
    raw.put(&bucket, &path, b"second, longer").unwrap();
    store.put(&other, b"other").unwrap();

    let pinned = store.at_version(object.clone(), first);
    for _ in 0..2 {
        assert_eq!(text_of(&pinned, &object), "first");
        assert_eq!(pinned.open_range(&object, 1..3).unwrap(), b"ir");
        assert_eq!(pinned.head(&object).unwrap().unwrap().size, 5);
        assert_eq!(pinned.read_versioned(&object).unwrap().unwrap().bytes, b"first");
        assert_eq!(text_of(&pinned, &other), "other");
        store.delete(&object).unwrap();
    }
    assert_eq!(store.head(&object).unwrap(), None);

    let never = store.at_version(object.clone(), "0b0bdb5a-8a33-4f4c-8d8a-0d4d2a9e7a11");
    assert!(matches!(never.open(&object), Err(StoreError::NotFound { key }) if key == object));
    assert_eq!(never.head(&object).unwrap(), None);
}

fn a_listing_goes_on_behind_its_first_page(fresh: &Fresh, _: &RawS3) {
    let store = fresh.aws.store(&fresh.lake());
    let names: Vec<String> = (0..1_203).map(|number| format!("ledger/crm/n={number:04}/a.json")).collect();
    std::thread::scope(|threads| {
        for names in names.chunks(names.len().div_ceil(8)) {
            let store = &store;
            threads.spawn(move || names.iter().for_each(|name| store.put(&key(name), b"{}").unwrap()));
        }
    });
    let listed = store.list("ledger").unwrap().map(|facts| String::from(facts.unwrap().key));
    assert_eq!(listed.collect::<Vec<_>>(), names);
    let folders = store.folders("ledger/crm").unwrap();
    let expected = names.iter().map(|name| name.split('/').nth(2).unwrap());
    assert!(folders.iter().eq(expected), "{} folders", folders.len());
}

fn what_is_no_object_of_the_lake_is_told(fresh: &Fresh, raw: &RawS3) {
    let lake = fresh.lake();
    let store = fresh.aws.store(&lake);
    let (bucket, first) = lake.place_of(&key("bronze/crm/2025/a+b c%2B&<é>'\".json"));
    let below = format!("{}bronze/crm/2025/", lake.prefix());
    raw.put(&bucket, &first, b"{}");
    for (name, bytes) in [
        ("", b"".as_slice()),
        ("folder/", b""),
        ("/empty part.json", b"{}"),
        ("full folder/", b"{}"),
        ("back\\slash.json", b"{}"),
        ("z.json", b"{}"),
    ] {
        raw.put(&bucket, &format!("{below}{name}"), bytes);
    }
    let (listed, refused): (Vec<_>, Vec<_>) = store.list("bronze").unwrap().partition(Result::is_ok);
    let listed: Vec<ObjectKey> = listed.into_iter().map(|facts| facts.unwrap().key).collect();
    assert_eq!(listed, [key("bronze/crm/2025/a+b c%2B&<é>'\".json"), key("bronze/crm/2025/z.json")]);
    assert_eq!(refused.len(), 3);
    assert!(refused.iter().all(|item| matches!(item, Err(StoreError::InvalidKey(_)))));
    assert_eq!(text_of(&store, &listed[0]), "{}");
    assert_eq!(store.folders("bronze/crm/2025").unwrap(), ["folder", "full folder"]);
}

fn buckets_of_layers_are_listed_as_one_lake(fresh: &Fresh, raw: &RawS3) {
    let lake = fresh.lake();
    let store = fresh.aws.store(&lake);
    let names = [
        "bronze/crm/2025/01/06/a.json",
        "features/lead_features/_log/1.json",
        "gold/lead_scores/_log/1.json",
        "ledger/crm/dt=2025-01-06/a.json",
        "ops/settings/kpi.yaml",
        "quarantine/crm/dt=2025-01-06/a.parquet",
        "silver/crm/dt=2025-01-06/a.parquet",
    ];
    names.iter().rev().for_each(|name| store.put(&key(name), name.as_bytes()).unwrap());
    raw.put(&lake.bronze_bucket(), &format!("{}silver/stray.parquet", lake.prefix()), b"");

    let (strays, listed): (Vec<_>, Vec<_>) = store.list("").unwrap().partition(Result::is_err);
    let listed: Vec<String> = listed.into_iter().map(|facts| facts.unwrap().key.into()).collect();
    assert_eq!(listed, names);
    assert!(matches!(
        &strays[..],
        [Err(StoreError::Foreign { at, found: Foreign::OtherLayer })] if at.ends_with("silver/stray.parquet")
    ));
    let folders = ["bronze", "features", "gold", "ledger", "ops", "quarantine", "silver"];
    assert_eq!(store.folders("").unwrap(), folders);
    assert_eq!(text_of(&store, &key(names[5])), names[5]);
}

fn a_bucket_that_is_not_there_is_named(fresh: &Fresh, _: &RawS3) {
    let nowhere: LakeAddress = "s3://leadlake-no-such-bucket".parse().unwrap();
    let store = fresh.aws.store(&nowhere);
    let failures = [
        store.put(&key("a"), b"").unwrap_err(),
        store.list("").unwrap().next().unwrap().unwrap_err(),
        store.folders("").unwrap_err(),
        store.open(&key("a")).map(drop).unwrap_err(),
    ];
    for failure in failures {
        let is_named = failure.to_string().contains("leadlake-no-such-bucket");
        assert!(is_named && !failure.is_transient(), "{failure}");
        assert!(matches!(failure, StoreError::Service { trouble: Trouble::NoBucket, .. }), "{failure}");
    }
}
