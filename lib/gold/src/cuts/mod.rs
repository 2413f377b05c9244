//! What a day's value was when the day was over, and what it became later.
//!
//! The value of a day that is not over yet is cut 0, which the next run replaces. Cut 1 is the first value after the
//! day's end. When the value is another later, that is cut 2, and so on: nothing but cut 0 is ever taken away. What can
//! only be known while the day lasts has no value after its end: there the last one becomes cut 1.

#[cfg(test)]
mod laws;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::day;
use crate::report::{Because, Correction};
use crate::rows::KpiRow;

/// A small difference comes from the order in which numbers were added up.
const ROUNDING: f64 = 1e-12;

/// What a value is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CutKey {
    pub kpi: String,
    pub measure: String,
    pub dimensions: BTreeMap<String, String>,
    pub date: Date,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    pub value: Option<f64>,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
}

/// One value, and what it was known from.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    pub number: i64,
    pub measured: Measured,
    pub as_of: Timestamp,
    /// To the cut before.
    pub change: Option<f64>,
    pub because: Option<String>,
    pub detail: Option<String>,
    pub state: Option<String>,
    pub computed_at: Timestamp,
    pub model_version: Option<String>,
}

/// The cuts of each value, the latest last.
pub type History = BTreeMap<CutKey, Vec<Cut>>;

/// What one run measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fresh {
    pub values: BTreeMap<CutKey, Measured>,
    /// Of each KPI the first and the last day that was asked about. Other days are left as they are.
    pub looked_at: BTreeMap<String, (Date, Date)>,
    /// KPIs that tell only how things stand now, and never again how they stood.
    pub only_now: BTreeSet<String>,
}

/// What is the same for all that a run measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    pub as_of: Timestamp,
    pub computed_at: Timestamp,
    pub model_version: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    pub history: History,
    /// What this run has written, the values of days that are not over included.
    pub written: BTreeSet<CutKey>,
    /// How many cuts were added that stay.
    pub cuts: u64,
    pub corrections: Vec<Correction>,
}

impl Measured {
    const NOTHING: Self = Self { value: None, numerator: None, denominator: None };

    fn is_same(&self, other: &Self) -> bool {
        is_same(self.value, other.value)
            && is_same(self.numerator, other.numerator)
            && is_same(self.denominator, other.denominator)
    }
}

impl Fresh {
    /// Rows about the whole range have no history.
    pub fn take(&mut self, kpi: &str, rows: Vec<KpiRow>, days: Option<(Date, Date)>) {
        for row in rows {
            let Some(date) = row.day else { continue };
            let KpiRow { measure, dimensions, value, numerator, denominator, .. } = row;
            let key = CutKey { kpi: kpi.to_owned(), measure, dimensions, date };
            self.values.insert(key, Measured { value, numerator, denominator });
        }
        if let Some(days) = days {
            self.looked_at.insert(kpi.to_owned(), days);
        }
    }

    fn has_looked_at(&self, key: &CutKey) -> bool {
        self.looked_at.get(&key.kpi).is_some_and(|(from, to)| (*from..=*to).contains(&key.date))
    }
}

/// The history with what a run measured. `why` is asked about each value that is another than before.
pub fn merge(
    history: History,
    fresh: &Fresh,
    origin: &Origin,
    why: &dyn Fn(&CutKey) -> (Because, String),
) -> Merged {
    let mut merged = Merged { history, written: BTreeSet::new(), cuts: 0, corrections: Vec::new() };
    let before: Vec<CutKey> = merged.history.keys().filter(|key| fresh.has_looked_at(key)).cloned().collect();
    let keys: BTreeSet<&CutKey> = before.iter().chain(fresh.values.keys()).collect();
    for key in keys {
        merged.take(key, fresh.values.get(key).copied(), origin, why);
    }
    merged.close(&fresh.only_now, origin);
    merged
}

impl Merged {
    /// What the last run on a day that is over now has measured is all that will ever be known of it.
    fn close(&mut self, only_now: &BTreeSet<String>, origin: &Origin) {
        let of_now = self.history.iter_mut().filter(|(key, _)| only_now.contains(&key.kpi));
        for (_, cuts) in of_now.filter(|(key, _)| day::is_over(key.date, origin.as_of)) {
            for open in cuts.iter_mut().filter(|cut| cut.number == 0) {
                open.number = 1;
                self.cuts += 1;
            }
        }
    }

    fn take(
        &mut self,
        key: &CutKey,
        measured: Option<Measured>,
        origin: &Origin,
        why: &dyn Fn(&CutKey) -> (Because, String),
    ) {
        let mut cuts = self.history.remove(key).unwrap_or_default();
        cuts.retain(|cut| cut.number > 0);
        let is_over = day::is_over(key.date, origin.as_of);
        let next = match (cuts.last(), measured) {
            (None, Some(measured)) => Some(origin.cut(i64::from(is_over), measured)),
            (Some(last), measured) if is_over => self.changed(key, last, measured, origin, why),
            _ => None,
        };
        if let Some(next) = next {
            self.cuts += u64::from(next.number > 0);
            self.written.insert(key.clone());
            cuts.push(next);
        }
        if !cuts.is_empty() {
            self.history.insert(key.clone(), cuts);
        }
    }

    fn changed(
        &mut self,
        key: &CutKey,
        last: &Cut,
        measured: Option<Measured>,
        origin: &Origin,
        why: &dyn Fn(&CutKey) -> (Because, String),
    ) -> Option<Cut> {
        let now = measured.unwrap_or(Measured::NOTHING);
        if last.measured.is_same(&now) {
            return None;
        }
        let (because, mut detail) = why(key);
        if measured.is_none() {
            detail.push_str("; there is no such value any more");
        }
        self.corrections.push(Correction {
            kpi: key.kpi.clone(),
            measure: key.measure.clone(),
            dimensions: key.dimensions.clone(),
            date: key.date,
            from: last.measured.value,
            to: now.value,
            because,
            detail: detail.clone(),
        });
        let change = match (last.measured.value, now.value) {
            (Some(before), Some(now)) => Some(now - before),
            _ => None,
        };
        Some(Cut {
            change,
            because: Some(because.as_str().to_owned()),
            detail: Some(detail),
            ..origin.cut(last.number + 1, now)
        })
    }
}

impl Origin {
    fn cut(&self, number: i64, measured: Measured) -> Cut {
        Cut {
            number,
            measured,
            as_of: self.as_of,
            change: None,
            because: None,
            detail: None,
            state: None,
            computed_at: self.computed_at,
            model_version: self.model_version.clone(),
        }
    }
}

/// Whole numbers are counts, of which each one matters.
fn is_same(before: Option<f64>, now: Option<f64>) -> bool {
    let (Some(before), Some(now)) = (before, now) else { return before.is_none() && now.is_none() };
    let are_counts = before.fract() == 0.0 && now.fract() == 0.0;
    let largest = before.abs().max(now.abs()).max(1.0);
    before == now || (!are_counts && (before - now).abs() <= ROUNDING * largest)
}
