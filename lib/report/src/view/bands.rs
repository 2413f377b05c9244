//! Bands of scores, joined until they say something.

use crate::data::ScoreBand;
use crate::words;

const WIDTH: f64 = 20.0;
/// Of fewer leads a share is chance.
const FEWEST: f64 = 10.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// None is below zero.
    pub from: Option<f64>,
    /// None is the end of all scores.
    pub to: Option<f64>,
    pub decided: f64,
    pub converted: f64,
}

impl Band {
    pub fn name(&self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) => format!("{} to {}", words::count(from), words::count(to)),
            (Some(from), None) => format!("{} and more", words::count(from)),
            (None, Some(to)) => format!("below {}", words::count(to)),
            (None, None) => "all".to_owned(),
        }
    }

    pub fn conversion_rate(&self) -> Option<f64> {
        (self.decided > 0.0).then(|| self.converted / self.decided)
    }

    pub fn is_few(&self) -> bool {
        self.decided > 0.0 && self.decided < FEWEST
    }
}

/// From the lowest on, each band takes in those above it until it has enough leads. Where nobody is, between
/// two that have enough, a band says so.
pub fn joined(bands: &[ScoreBand]) -> Vec<Band> {
    let mut joined: Vec<Band> = Vec::new();
    for band in bands {
        let to = band.from.map_or(0.0, |from| from + WIDTH);
        let new = Band { from: band.from, to: Some(to), decided: band.decided, converted: band.converted };
        match joined.last_mut().filter(|last| last.decided < FEWEST) {
            Some(few) => few.take_in(&new),
            None => {
                joined.extend(gap(joined.last(), &new));
                joined.push(new);
            }
        }
    }
    // The highest may be few still: they go to those below them.
    if let Some(few) = joined.pop_if(|last| last.decided < FEWEST) {
        while joined.pop_if(|last| last.decided == 0.0).is_some() {}
        match joined.last_mut() {
            Some(last) => last.take_in(&few),
            None => joined.push(few),
        }
    }
    if let Some(last) = joined.last_mut() {
        last.to = None;
    }
    joined
}

impl Band {
    fn take_in(&mut self, above: &Self) {
        self.to = above.to;
        self.decided += above.decided;
        self.converted += above.converted;
    }
}

fn gap(below: Option<&Band>, above: &Band) -> Option<Band> {
    let (end, start) = (below?.to?, above.from?);
    (end < start).then_some(Band { from: Some(end), to: Some(start), decided: 0.0, converted: 0.0 })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn told(bands: &[(Option<f64>, f64)]) -> String {
        let band = |(from, decided): &(Option<f64>, f64)| ScoreBand {
            from: *from,
            decided: *decided,
            converted: decided / 2.0,
            conversion_rate: None,
        };
        let bands: Vec<ScoreBand> = bands.iter().map(band).collect();
        let name = |band: &Band| {
            format!("{}: {}{}", band.name(), band.decided, if band.is_few() { " few" } else { "" })
        };
        joined(&bands).iter().map(name).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn few_leads_are_joined_and_gaps_are_told() {
        let bands =
            [(None, 1.0), (Some(0.0), 30.0), (Some(40.0), 12.0), (Some(100.0), 4.0), (Some(160.0), 7.0)];
        assert_snapshot!(told(&bands), @"below 20: 31 | 20 to 40: 0 | 40 to 60: 12 | 60 to 100: 0 | 100 and more: 11");
        assert_snapshot!(told(&[(Some(20.0), 11.0), (Some(80.0), 2.0)]), @"20 and more: 13");
        assert_snapshot!(told(&[(Some(20.0), 3.0)]), @"20 and more: 3 few");
        assert_snapshot!(told(&[]), @"");
    }
}
