//! One call of a function.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::metrics::Metrics;

/// What a call in progress is given to come down in. With little time in all it is a part of that.
const LONGEST_LANDING: Duration = Duration::from_secs(5);
/// What is left for the answer itself and for metrics.
const LONGEST_ANSWER: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Invocation {
    pub request_id: String,
    /// The first of this process.
    pub cold_start: bool,
    /// Written when the call ends, whether well or not.
    pub metrics: Metrics,
    begun: Instant,
    deadline: Instant,
}

impl Invocation {
    pub fn new(request_id: impl Into<String>, left: Duration, cold_start: bool) -> Self {
        let begun = Instant::now();
        let request_id = request_id.into();
        Self { request_id, cold_start, metrics: Metrics::default(), begun, deadline: begun + left }
    }

    /// From then on nothing is to be begun, and what runs is to stop.
    pub fn stop_at(&self) -> Instant {
        self.before_deadline(LONGEST_LANDING, 4)
    }

    /// The answer has to be given by then, whatever still runs.
    pub fn answer_by(&self) -> Instant {
        self.before_deadline(LONGEST_ANSWER, 10)
    }

    /// How long work may go on.
    pub fn left(&self) -> Duration {
        self.stop_at().saturating_duration_since(Instant::now())
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn before_deadline(&self, longest: Duration, part: u32) -> Instant {
        let margin = longest.min(self.deadline.saturating_duration_since(self.begun) / part);
        self.deadline.checked_sub(margin).unwrap_or(self.begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case(900, 895.0, 899.0)]
    #[test_case(4, 3.0, 3.6)]
    #[test_case(0, 0.0, 0.0)]
    fn work_stops_before_the_deadline(seconds: u64, stops: f64, answers: f64) {
        let invocation = Invocation::new("r", Duration::from_secs(seconds), true);
        let after = |instant: Instant| instant.duration_since(invocation.begun).as_secs_f64();
        assert!((after(invocation.stop_at()) - stops).abs() < 1e-6);
        assert!((after(invocation.answer_by()) - answers).abs() < 1e-6);
        assert!(invocation.left().as_secs_f64() <= stops);
    }
}
