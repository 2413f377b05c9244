//! When leads were decided and when they converted, kept so that any instant can be asked about.

use leadlake_lead::event::Micros;

use crate::decision::Decision;

/// The instants alone, in order once they are sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Decisions {
    decided: Vec<Micros>,
    converted: Vec<Micros>,
}

/// How many leads were decided, and how many of them had converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Share {
    pub decided: usize,
    pub converted: usize,
}

impl Decisions {
    pub fn learn(&mut self, decision: &Decision<'_>) {
        self.decided.push(decision.at);
        self.converted.extend(decision.converted_at);
    }

    pub fn merge(&mut self, mut other: Self) {
        self.decided.append(&mut other.decided);
        self.converted.append(&mut other.converted);
    }

    pub fn sort(&mut self) {
        self.decided.sort_unstable();
        self.converted.sort_unstable();
    }

    /// As things stand in the end.
    pub fn all(&self) -> Share {
        Share { decided: self.decided.len(), converted: self.converted.len() }
    }

    /// As things stood at the instant, with what happened at it.
    pub fn until(&self, instant: Micros) -> Share {
        self.share(|at| at <= instant)
    }

    /// As things stood just before the instant.
    pub fn before(&self, instant: Micros) -> Share {
        self.share(|at| at < instant)
    }

    fn share(&self, counts: impl Fn(Micros) -> bool) -> Share {
        Share {
            decided: self.decided.partition_point(|at| counts(*at)),
            converted: self.converted.partition_point(|at| counts(*at)),
        }
    }
}

impl Share {
    pub fn rate(self) -> Option<f64> {
        (self.decided > 0).then(|| self.converted as f64 / self.decided as f64)
    }
}
