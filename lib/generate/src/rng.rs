//! Seeded numbers that stay the same for ever: SplitMix64, so that a seed means the same events in every version.

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// What a series of numbers is for. Each purpose draws from its own series: a change in one leaves the others as they are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Person = 1,
    Journey = 2,
    Event = 3,
    Delivery = 4,
    Pace = 5,
}

#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn of(seed: u64, stream: Stream, number: u64) -> Self {
        Self(mix(mix(seed ^ mix(stream as u64)) ^ number))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }

    /// Evenly from `0..end`; 0 when there is nothing to choose from.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(end);
        (product >> 64) as u64
    }

    /// Evenly from `low..=high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Evenly from `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    pub(crate) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        self.pick_any(choices).unwrap_or_default()
    }

    /// Nothing when there are no choices.
    pub(crate) fn pick_any<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let chosen = self.below(choices.len() as u64);
        choices.get(chosen as usize).copied()
    }
}

fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(GAMMA);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}
