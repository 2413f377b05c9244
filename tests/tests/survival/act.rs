//! What processes do when they are killed, and what must be true after it.

use jiff::Timestamp;
use leadlake_lake::Lake;
use leadlake_lake::store::{MemoryStore, Store};
use leadlake_lake::tables::RunId;
use leadlake_tests::lakes::{copy, lake, now};

use crate::blow::Blow;
use crate::ground::{Ground, Remains, assert_nothing_unfinished_is_listed};

/// A run of the program: the first is killed, others come after it.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    number: u64,
    /// Half of the deaths are made good in one way, half in another.
    pub other_way: bool,
}

impl Turn {
    pub const FIRST: Self = Self { number: 0, other_way: false };

    fn after(deaths: usize, blow: Blow) -> Self {
        Self { number: deaths as u64, other_way: blow.step % 2 == 1 }
    }

    pub fn run_id(self) -> RunId {
        RunId::new(now(), 0xdead_0000 + self.number)
    }

    pub fn run_id_at(self, begun: Timestamp) -> RunId {
        RunId::new(begun, 0xdead_0000 + self.number)
    }
}

pub type Work = Box<dyn Fn(&Lake, Turn) -> Result<(), String> + Send + Sync>;

/// What must be true of a lake. Each check panics with what is not.
pub trait Truth: Send + Sync {
    /// After a death: what readers see is old or new, and whole.
    fn check_remains(&self, lake: &Lake);

    /// After the act, or after what made good its death: as if nothing had happened.
    fn check_finished(&self, lake: &Lake);
}

pub struct Act {
    pub name: &'static str,
    /// The lake that it finds.
    pub before: MemoryStore,
    pub work: Work,
    /// What an operator's next run does.
    pub recover: Work,
    pub truth: Box<dyn Truth>,
    /// Whether its steps come in the same order each time.
    pub is_ordered: bool,
    /// How many deaths it dies in the usual form, in memory and in a folder. As many answers may be lost besides.
    pub usual_kills: [usize; 2],
}

/// The lake after an act that nobody disturbed.
pub fn finished(before: &MemoryStore, work: &Work) -> MemoryStore {
    let store = copy(before);
    work(&lake(store.clone()), Turn::FIRST).unwrap();
    store
}

/// What became of a lake whose processes were killed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Survived {
    pub kills: u64,
    /// Of calls that were done, where the process lived on.
    pub lost_answers: u64,
    pub litter: usize,
}

impl Act {
    /// The deaths that it can die on this ground.
    pub fn deaths(&self, ground: &Ground, is_thorough: bool) -> Vec<Blow> {
        let lake = ground.lake();
        let process = lake.process(None);
        (self.work)(&lake_in(process.store()), Turn::FIRST).unwrap();
        self.truth.check_finished(&lake_in(lake.store()));
        process.deaths(self.is_ordered && !is_thorough)
    }

    /// Kills the work, and then the runs that are to make it good, one after the other; the last one lives.
    pub fn survive(&self, ground: &Ground, blows: &[Blow]) -> Survived {
        let lake = ground.lake();
        let (mut survived, mut turn) = (Survived::default(), Turn::FIRST);
        for (deaths, blow) in blows.iter().enumerate() {
            let work = if deaths == 0 { &self.work } else { &self.recover };
            let process = lake.process(Some(*blow));
            let told = work(&lake_in(process.store()), turn);
            turn = Turn::after(deaths + 1, *blow);
            let was_reached = process.steps() >= blow.step;
            // Threads that meet at a folder make it in a step more or less, and who clears up may have less to do.
            let must_be_reached = self.is_ordered && deaths == 0;
            assert!(was_reached || !must_be_reached, "it was finished before it could die at {blow}");
            match blow.kills() {
                true => survived.kills += u64::from(was_reached),
                false => survived.lost_answers += u64::from(was_reached),
            }
            self.check_after(&lake, &told);
            if !was_reached {
                told.unwrap();
                break;
            }
        }
        (self.recover)(&lake_in(lake.store()), turn)
            .unwrap_or_else(|error| panic!("the next run failed: {error}"));
        let litter = lake.clear_litter();
        self.truth.check_finished(&lake_in(lake.store()));
        Survived { litter, ..survived }
    }

    /// A process may die with its last word on its lips; what it told to be done is done.
    fn check_after(&self, lake: &Remains, told: &Result<(), String>) {
        let living = lake_in(lake.store());
        match told {
            Ok(()) => self.truth.check_finished(&living),
            Err(_) => self.truth.check_remains(&living),
        }
        assert_nothing_unfinished_is_listed(living.store.as_ref());
    }
}

fn lake_in(store: std::sync::Arc<dyn Store>) -> Lake {
    Lake::local(store)
}
