//! What is told in the end.

use std::ops::RangeInclusive;
use std::time::Instant;

use crate::rounds::Told;

/// More of them say no more.
const MOST_LOSSES: usize = 20;
/// When every act is killed there are more.
const FEWEST_KILLS: u64 = 1_000;

pub struct Table {
    rows: Vec<Told>,
    began: Instant,
}

impl Default for Table {
    fn default() -> Self {
        Self { rows: Vec::new(), began: Instant::now() }
    }
}

impl Table {
    /// Lakes of other seeds are in one row.
    pub fn add(&mut self, told: Told) {
        let same = self.rows.iter_mut().find(|row| row.act == told.act && row.ground == told.ground);
        let Some(row) = same else { return self.rows.push(told) };
        row.steps = row.steps.max(told.steps);
        row.kills += told.kills;
        row.lost_answers += told.lost_answers;
        row.lost += told.lost;
        row.litter += told.litter;
        row.losses.extend(told.losses);
    }

    pub fn kills(&self) -> u64 {
        self.rows.iter().map(|row| row.kills).sum()
    }

    pub fn lost(&self) -> u64 {
        self.rows.iter().map(|row| row.lost).sum()
    }

    pub fn litter(&self) -> usize {
        self.rows.iter().map(|row| row.litter).sum()
    }

    /// What proves nothing, as the whole of it killed too little or too tamely.
    pub fn too_little(&self) -> Option<String> {
        let (kills, litter) = (self.kills(), self.litter());
        if kills <= FEWEST_KILLS {
            return Some(format!("{kills} kills are too few, there must be more than {FEWEST_KILLS}"));
        }
        (litter == 0)
            .then(|| "nobody left an unfinished file, so nobody died in the middle of a write".to_owned())
    }

    pub fn print(&self, seeds: RangeInclusive<u64>) {
        let (kills, lost) = (self.kills(), self.lost());
        println!(
            "\n{:<18} {:<8} {:>6} {:>7} {:>10} {:>5} {:>12}",
            "act", "store", "steps", "kills", "recovered", "lost", "lost answers"
        );
        for row in &self.rows {
            let Told { act, ground, steps, kills, lost_answers, lost, .. } = row;
            let recovered = kills.saturating_sub(*lost);
            println!(
                "{act:<18} {ground:<8} {:>6} {:>7} {:>10} {lost:>5} {:>12}",
                if *steps == 0 { "any".to_owned() } else { grouped(*steps) },
                grouped(*kills),
                grouped(recovered),
                grouped(*lost_answers)
            );
        }
        let lost_answers = grouped(self.rows.iter().map(|row| row.lost_answers).sum());
        let recovered = grouped(kills.saturating_sub(lost));
        println!(
            "{:<18} {:<8} {:>6} {:>7} {recovered:>10} {lost:>5} {lost_answers:>12}",
            "total",
            "",
            "",
            grouped(kills)
        );
        println!("{} unfinished files were left by the dead, and cleaned up", grouped(self.litter() as u64));
        let losses: Vec<&String> = self.rows.iter().flat_map(|row| &row.losses).collect();
        for loss in losses.iter().take(MOST_LOSSES) {
            println!("LOST {loss}");
        }
        if losses.len() > MOST_LOSSES {
            println!("and {} more", losses.len() - MOST_LOSSES);
        }
        let outcome = if lost > 0 { "FAILED" } else { "ok" };
        println!(
            "\nsurvival: {} kills, {recovered} recovered, {lost} lost; {outcome} (lakes of seeds {} to {}, {:.1} s)\n",
            grouped(kills),
            seeds.start(),
            seeds.end(),
            self.began.elapsed().as_secs_f64()
        );
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let starts = digits.char_indices().map(|(place, digit)| match place {
        0 => digit.to_string(),
        place if place % 3 == first => format!(",{digit}"),
        _ => digit.to_string(),
    });
    starts.collect()
}
