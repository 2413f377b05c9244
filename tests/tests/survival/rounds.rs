//! Which kills are made, in as many threads as there are cores, and what is told of them.

use std::cell::RefCell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use leadlake_tests::shares::Shares;

use crate::act::{Act, Survived};
use crate::blow::{Blow, Kill};
use crate::ground::{Ground, KINDS, Kind};

/// Of one act on one ground.
#[derive(Debug, Default)]
pub struct Told {
    pub act: String,
    pub ground: String,
    pub steps: u64,
    pub kills: u64,
    pub lost_answers: u64,
    pub lost: u64,
    pub litter: usize,
    /// Each with the kill that repeats it and what was found.
    pub losses: Vec<String>,
}

/// How thorough a round is.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// As many as the act says, of every manner of death, spread evenly over its steps.
    Usual,
    /// At every step in every manner, and of the runs that are to make it good up to two are killed too.
    Long,
}

/// Runs that are to make a death good and die themselves, at the most.
const MORE_DEATHS: u32 = 2;

/// The act on every ground, with a lake of the seed.
pub fn kill_act(name: &str, act_of: fn(u64) -> Act, seed: u64, form: Form) -> Vec<Told> {
    let act = match caught(|| act_of(seed)) {
        Ok(act) => act,
        Err(why) => return vec![Told::of(name, "").undisturbed_failed(seed, &why)],
    };
    KINDS.into_iter().map(|kind| kill_on(&act, kind, seed, form)).collect()
}

fn kill_on(act: &Act, kind: Kind, seed: u64, form: Form) -> Told {
    let told = Told::of(act.name, &kind.to_string());
    let undisturbed = caught(|| {
        let ground = Ground::new(kind, &act.before);
        let deaths = act.deaths(&ground, matches!(form, Form::Long));
        (ground, deaths)
    });
    let (ground, deaths) = match undisturbed {
        Ok(undisturbed) => undisturbed,
        Err(why) => return told.undisturbed_failed(seed, &why),
    };
    let steps = deaths.last().map_or(0, |last| last.step);
    let mut shares = Shares::new(seed);
    let most = match form {
        Form::Usual => act.usual_kills[KINDS.iter().position(|known| *known == kind).unwrap()],
        Form::Long => usize::MAX,
    };
    let chains: Vec<Vec<Blow>> = match form {
        Form::Usual => {
            let share = shares.next_share();
            spread_by_manner(&deaths, most, share).into_iter().map(|blow| vec![blow]).collect()
        }
        Form::Long => deaths.iter().map(|blow| with_more_deaths(*blow, &deaths, &mut shares)).collect(),
    };
    let of_chain = |blows: Vec<Blow>| Kill { act: act.name.to_owned(), ground: kind, seed, blows };
    let kills: Vec<Kill> = chains.into_iter().map(of_chain).collect();
    let mut told = in_threads(&kills, told, |kill| act.survive(&ground, &kill.blows));
    if let Err(why) = caught(|| ground.assert_untouched()) {
        told.lost += 1;
        told.losses.push(format!("{}: in a {kind}, with the lake of seed {seed}: {why}", act.name));
    }
    let kills_due = deaths.iter().filter(|blow| blow.kills()).count().min(most) as u64;
    // Where threads meet, the last steps are not there each time.
    let kills_due = if act.is_ordered { kills_due } else { kills_due * 9 / 10 };
    if kills_due == 0 || told.kills < kills_due {
        told.lost += 1;
        let few = format!("{}: in {kind} only {} of {kills_due} kills were made", act.name, told.kills);
        told.losses.push(few);
    }
    Told { steps, ..told }
}

/// Kills, and lost answers, at most so many of each. Each manner of death is spread over the steps by itself.
fn spread_by_manner(deaths: &[Blow], most: usize, share: f64) -> Vec<Blow> {
    let (mut kills, mut lost_answers): (Vec<Blow>, Vec<Blow>) = deaths.iter().partition(|blow| blow.kills());
    [&mut kills, &mut lost_answers]
        .into_iter()
        .flat_map(|some| {
            some.sort_by_key(|blow| (blow.manner, blow.step));
            spread(some, most, share)
        })
        .collect()
}

/// At most so many of them, at equal distances.
fn spread(deaths: &[Blow], most: usize, share: f64) -> Vec<Blow> {
    if deaths.len() <= most {
        return deaths.to_vec();
    }
    let shift = (share * deaths.len() as f64) as usize;
    (0..most).map(|number| deaths[(number * deaths.len() + shift) / most % deaths.len()]).collect()
}

fn with_more_deaths(first: Blow, deaths: &[Blow], shares: &mut Shares) -> Vec<Blow> {
    let more = (shares.next_share() * f64::from(MORE_DEATHS + 1)) as u32;
    let mut any = || deaths[(shares.next_share() * deaths.len() as f64) as usize];
    [first].into_iter().chain((0..more).map(|_| any())).collect()
}

/// Does all of them in as many threads as there are cores.
pub fn in_threads<J: Display + Sync>(
    jobs: &[J],
    told: Told,
    survive: impl Fn(&J) -> Survived + Sync,
) -> Told {
    let (next, told) = (AtomicUsize::new(0), Mutex::new(told));
    let work = || {
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let ended = caught(|| survive(job));
            told.lock().unwrap().take(job, ended);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    told.into_inner().unwrap()
}

impl Told {
    pub fn of(act: &str, ground: &str) -> Self {
        Self { act: act.to_owned(), ground: ground.to_owned(), ..Self::default() }
    }

    pub fn undisturbed_failed(self, seed: u64, why: &str) -> Self {
        let loss = format!("{}: undisturbed, with the lake of seed {seed}: {why}", self.act);
        Self { lost: 1, losses: vec![loss], ..self }
    }

    fn take(&mut self, job: &impl Display, ended: Result<Survived, String>) {
        match ended {
            Ok(Survived { kills, lost_answers, litter }) => {
                self.kills += kills;
                self.lost_answers += lost_answers;
                self.litter += litter;
            }
            Err(why) => {
                self.kills += 1;
                self.lost += 1;
                self.losses.push(format!("{job}: {why}"));
            }
        }
    }
}

thread_local! {
    /// What the last panic said, and where, of a thread that catches them.
    static CATCHING: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What a kill finds is told at the end, with the name that repeats it. Threads that catch nothing tell at once.
pub fn keep_panics_for_later() {
    let at_once = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_kept = CATCHING.with_borrow_mut(|kept| kept.as_mut().map(|kept| *kept = told_of(panic)));
        if is_kept.is_none() {
            at_once(panic);
        }
    }));
}

fn told_of(panic: &PanicHookInfo<'_>) -> String {
    let message = panic.payload_as_str().unwrap_or("it panicked");
    panic.location().map_or_else(|| message.to_owned(), |place| format!("{message} (at {place})"))
}

pub fn caught<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    CATCHING.set(Some(String::new()));
    let outcome = catch_unwind(AssertUnwindSafe(act));
    let told = CATCHING.take().unwrap_or_default();
    outcome.map_err(|_| told)
}
