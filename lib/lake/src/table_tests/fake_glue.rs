//! A catalog that behaves like Glue: each change needs the version id of the state it is made to, and an answer may be lost.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{TABLE, commit, day, log, memory, number, run};
use crate::catalog::{
    Catalog, CatalogError, Publication, Publish, PublishError, PublishOutcome, PublishToken, Published,
    RegisteredVersion, Registration, publish_head, register_again,
};
use crate::tables::{Keep, Placement, TableName, VersionNumber};

type Interruption = Box<dyn FnOnce(&FakeGlue) + Send>;

#[derive(Default)]
struct FakeGlue {
    state: Mutex<State>,
    calls: AtomicU64,
    is_unreliable: bool,
    /// Happens right before versions are registered for the first time.
    interruption: Mutex<Option<Interruption>>,
}

#[derive(Default)]
struct State {
    version_id: u64,
    publication: Option<Publication>,
    /// Every number that was ever shown, in order.
    shown: Vec<VersionNumber>,
    versions: BTreeMap<VersionNumber, RegisteredVersion>,
}

impl FakeGlue {
    fn unreliable() -> Self {
        Self { is_unreliable: true, ..Self::default() }
    }

    fn call<T>(&self, act: impl FnOnce(&mut State) -> T) -> Result<T, CatalogError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        // Of five calls one is not done, and one is done without an answer, in no order that a caller could fall into.
        let chance = blake3::hash(&call.to_le_bytes()).as_bytes()[0] % 5;
        let (is_lost, is_refused) = (self.is_unreliable && chance == 0, self.is_unreliable && chance == 1);
        let failure =
            || CatalogError::Service { operation: "update", table: TABLE, source: "throttled".into() };
        if is_refused {
            return Err(failure());
        }
        let answer = act(&mut self.state.lock().unwrap());
        if is_lost { Err(failure()) } else { Ok(answer) }
    }
}

impl Catalog for FakeGlue {
    fn published(&self, _: &TableName) -> Result<Option<Published>, CatalogError> {
        self.call(|state| {
            let publication = state.publication.as_ref()?;
            let token = PublishToken::new(state.version_id.to_string());
            Some(Published { number: Some(publication.number), token })
        })
    }

    fn publish(
        &self,
        _: &TableName,
        publication: &Publication,
        expected: Option<&PublishToken>,
    ) -> Result<Publish, CatalogError> {
        self.call(|state| {
            let there = state.publication.is_some().then(|| state.version_id.to_string());
            if expected.map(|token| token.as_str().to_owned()) != there {
                return Publish::Changed;
            }
            state.version_id += 1;
            state.shown.push(publication.number);
            state.publication = Some(publication.clone());
            Publish::Done
        })
    }

    fn register_versions(&self, _: &TableName, versions: &[Registration]) -> Result<(), CatalogError> {
        let interruption = self.interruption.lock().unwrap().take();
        interruption.into_iter().for_each(|interrupt| interrupt(self));
        self.call(|state| {
            for Registration { version, .. } in versions {
                state.versions.entry(version.version).or_insert_with(|| version.clone());
            }
        })
    }

    fn unregister_versions(&self, _: &TableName, numbers: &[VersionNumber]) -> Result<(), CatalogError> {
        self.call(|state| state.versions.retain(|number, _| !numbers.contains(number)))
    }
}

/// Commits go on while eight publishers, whose calls fail now and then, publish what they find.
#[test]
fn what_is_shown_never_goes_back_and_ends_at_the_head() {
    let (store, glue, is_over) = (memory(), FakeGlue::unreliable(), AtomicBool::new(false));
    let publish_on = || {
        while !is_over.load(Ordering::SeqCst) {
            let _ = publish_head(&log(&store), &glue);
        }
    };
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(publish_on);
        }
        for n in 1..=60_u32 {
            let log = log(&store);
            commit(&log, &run(u64::from(n)), 2, day(i64::from(n)), Placement::Current);
            if n % 10 == 0 {
                log.vacuum(&run(1000 + u64::from(n)), day(i64::from(n)), Keep::days(3)).unwrap();
            }
        }
        is_over.store(true, Ordering::SeqCst);
    });
    let outcome = (0..100).find_map(|_| publish_head(&log(&store), &glue).ok());
    let registered =
        || -> Vec<VersionNumber> { glue.state.lock().unwrap().versions.keys().copied().collect() };
    let left = registered();
    assert!((0..100).any(|_| register_again(&log(&store), &glue).is_ok()), "the catalog never answers");
    let left_in_the_end = registered();
    let head = log(&store).head().unwrap().unwrap();
    assert!(
        matches!(outcome, Some(PublishOutcome::Published(n) | PublishOutcome::AlreadyPublished(n)) if n == head.number)
    );

    let state = glue.state.into_inner().unwrap();
    assert!(state.shown.is_sorted_by(|one, next| one < next), "{:?}", state.shown);
    let publication = state.publication.unwrap();
    assert_eq!((publication.number, Some(publication.version.version)), (head.number, head.current));
    let written = log(&store).entries().unwrap().into_iter().filter_map(|entry| entry.version());
    let (vacuumed, kept): (Vec<_>, Vec<_>) =
        written.map(|version| version.number).partition(|number| head.vacuumed.contains(*number));
    assert!(kept.iter().all(|number| left.contains(number)), "{kept:?} are to be registered: {left:?}");
    // Whoever was held up while a vacuum went by, and failed then, leaves a version that was vacuumed. It has no files, so
    // that asking for it finds what asking for one that is not registered finds, and it goes when versions are registered again.
    assert!(left.iter().all(|number| kept.contains(number) || vacuumed.contains(number)));
    assert_eq!(left_in_the_end, kept);
    assert!(!vacuumed.is_empty());
}

/// The publisher reads the token, is held up, and by then another has published something newer.
#[test]
fn a_publisher_that_was_held_up_changes_nothing() {
    let (store, glue) = (memory(), FakeGlue::default());
    let log = log(&store);
    let first = commit(&log, &run(1), 2, day(0), Placement::Current);
    let old = Publication::of(&first, &log.current_after(&first).unwrap().unwrap());
    publish_head(&log, &glue).unwrap();
    let token = glue.published(&TABLE).unwrap().unwrap().token;
    commit(&log, &run(2), 2, day(1), Placement::Current);
    assert_eq!(publish_head(&log, &glue).unwrap(), PublishOutcome::Published(number(2)));

    assert_eq!(glue.publish(&TABLE, &old, Some(&token)).unwrap(), Publish::Changed);
    assert_eq!(glue.publish(&TABLE, &old, None).unwrap(), Publish::Changed);
    assert_eq!(publish_head(&log, &glue).unwrap(), PublishOutcome::AlreadyPublished(number(2)));
}

/// A publisher is held up before it registers a version that another takes away meanwhile.
#[test]
fn what_was_vacuumed_is_not_registered_again() {
    let (store, glue) = (memory(), FakeGlue::default());
    for n in 1..=2 {
        commit(&log(&store), &run(n), 2, day(0), Placement::Current);
    }
    let other = log(&store);
    *glue.interruption.lock().unwrap() = Some(Box::new(move |glue| {
        other.vacuum(&run(3), day(40), Keep::default()).unwrap();
        publish_head(&other, glue).unwrap();
    }));
    assert_eq!(publish_head(&log(&store), &glue).unwrap(), PublishOutcome::AlreadyPublished(number(3)));
    let state = glue.state.into_inner().unwrap();
    assert_eq!(state.versions.into_keys().collect::<Vec<_>>(), [number(2)]);
}

#[test]
fn a_catalog_of_another_lake_is_refused() {
    let glue = FakeGlue::default();
    let other = memory();
    for n in 1..=2 {
        commit(&log(&other), &run(n), 2, day(0), Placement::Current);
    }
    publish_head(&log(&other), &glue).unwrap();

    let store = memory();
    let gone = publish_head(&log(&store), &glue).unwrap_err();
    assert!(matches!(gone, PublishError::LogGone { .. }));
    commit(&log(&store), &run(3), 2, day(0), Placement::Current);
    let ahead = publish_head(&log(&store), &glue).unwrap_err();
    insta::assert_snapshot!(format!("{gone}\n{ahead}"), @r"
    the catalog shows entry 2 of silver/leads, which has no log: it is lost, or this is another lake's catalog; restore silver/leads/_log from a copy, or, to begin anew, delete silver_leads and silver_leads_versions from Glue, or catalog/silver_leads.json and catalog/silver_leads_versions.json from the lake
    the catalog shows entry 2 of silver/leads, but its log ends with 1: the newest entries are lost, or this is another lake's catalog; restore silver/leads/_log from a copy, or, to begin anew, delete silver_leads and silver_leads_versions from Glue, or catalog/silver_leads.json and catalog/silver_leads_versions.json from the lake
    ");
}

#[test]
fn beside_nothing_current_versions_are_registered_only() {
    let (store, glue) = (memory(), FakeGlue::default());
    let log = log(&store);
    assert_eq!(publish_head(&log, &glue).unwrap(), PublishOutcome::NothingCurrent);
    commit(&log, &run(1), 2, day(0), Placement::Side);
    assert_eq!(publish_head(&log, &glue).unwrap(), PublishOutcome::NothingCurrent);
    let state = glue.state.into_inner().unwrap();
    assert_eq!(state.versions.into_keys().collect::<Vec<_>>(), [number(1)]);
    assert_eq!(state.publication, None);
}
