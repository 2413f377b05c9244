//! Processes are killed before, in the middle of and after every step of everything that changes a lake; whoever comes next
//! finds nothing torn, and comes to what an undisturbed run would have come to.
//!
//! `cargo test --test survival` spreads its kills over the steps. With `LEADLAKE_KILLS=10000` it takes every step of one lake
//! after the other until there were so many, and kills those who clear up as well. A name of an act runs that act, and the
//! whole name of a kill, as a loss tells it, repeats that one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod act;
mod arguments;
mod blow;
mod gold;
mod ground;
mod people;
mod program;
mod refining;
mod rounds;
mod table;
mod tables;

use std::process::ExitCode;

use self::act::Act;
use self::arguments::Arguments;
use self::blow::Kill;
use self::ground::Ground;
use self::program::{TYPED, Typed};
use self::rounds::{Form, keep_panics_for_later, kill_act};
use self::table::Table;

/// By its name, with a lake of a seed.
type Acts = [(&'static str, fn(u64) -> Act); 11];

const ACTS: Acts = [
    ("ingest", refining::ingest_alone),
    ("ingest-threads", refining::ingest_in_threads),
    ("deliver-again", refining::deliver_again),
    ("stricter-contract", refining::stricter_contract),
    ("replay", refining::replay_after_a_fix),
    ("score", people::score_first),
    ("score-again", people::score_next),
    ("publish", people::publish),
    ("rollback", people::rollback),
    ("vacuum", people::vacuum),
    ("gold", gold::gold),
];

const USUAL_SEED: u64 = 1;

fn main() -> ExitCode {
    let arguments = Arguments::of_process();
    // No other target's tests have such names.
    if let Some(named) = arguments.only.iter().find(|word| word.contains('/')) {
        return repeat(named);
    }
    let acts: Vec<_> = ACTS.iter().filter(|(name, _)| arguments.chooses(name)).collect();
    let typed: Vec<&Typed> = TYPED.iter().filter(|typed| arguments.chooses(typed.name)).collect();
    if arguments.lists {
        let names = acts.iter().map(|(name, _)| *name).chain(typed.iter().map(|typed| typed.name));
        names.for_each(|name| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    if acts.is_empty() && typed.is_empty() {
        println!("\nsurvival: no act was chosen; ok\n");
        return ExitCode::SUCCESS;
    }
    keep_panics_for_later();
    let form = if arguments.at_least.is_some() { Form::Long } else { Form::Usual };
    let (mut table, mut seed) = (Table::default(), USUAL_SEED);
    loop {
        for (name, act_of) in &acts {
            kill_act(name, *act_of, seed, form).into_iter().for_each(|told| table.add(told));
        }
        typed.iter().for_each(|typed| table.add(program::kill_all(typed, seed, form)));
        if table.lost() > 0 || arguments.at_least.is_none_or(|at_least| table.kills() >= at_least) {
            break;
        }
        seed += 1;
    }
    table.print(USUAL_SEED..=seed);
    let too_little = table.too_little().filter(|_| arguments.choose_all());
    if let Some(why) = &too_little {
        println!("survival: FAILED: {why}");
    }
    ExitCode::from(u8::from(table.lost() > 0 || too_little.is_some()))
}

/// One kill alone, with all that a panic tells.
fn repeat(named: &str) -> ExitCode {
    let kill = named.parse::<Kill>().ok();
    let found = kill.and_then(|kill| Some((ACTS.iter().find(|(name, _)| *name == kill.act)?, kill)));
    let Some(((_, act_of), kill)) = found else {
        println!("survival: FAILED: {named} is no kill, as <act>/<store>/<seed of the lake>/<manner>-<step>");
        return ExitCode::FAILURE;
    };
    let act = act_of(kill.seed);
    let survived = act.survive(&Ground::new(kill.ground, &act.before), &kill.blows);
    if survived.kills + survived.lost_answers == 0 {
        println!("survival: FAILED: {kill}: it was finished before it could die");
        return ExitCode::FAILURE;
    }
    println!(
        "{kill}: killed {} times, {} answers were lost, and nothing else is",
        survived.kills, survived.lost_answers
    );
    ExitCode::SUCCESS
}
