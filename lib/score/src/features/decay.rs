//! How much of an action is left after some time.

use leadlake_lead::event::Micros;

use super::days_between;

/// Past this many half-lives nothing is left that a sum would notice.
const FORGOTTEN_AFTER: f64 = 64.0;

/// One at once, a half after a half-life, a quarter after two.
pub(super) fn remaining(at: Micros, as_of: Micros, half_life_days: f64) -> f64 {
    let half_lives = (days_between(at, as_of) / half_life_days).max(0.0);
    if half_lives >= FORGOTTEN_AFTER {
        return 0.0;
    }
    let whole = half_lives.floor();
    half_power(half_lives - whole) / (1_u64 << (whole as u32).min(63)) as f64
}

/// A half to the power of something between zero and one. The standard library's own may differ in the last bits
/// from machine to machine, and the laptop should write the bytes that the cloud writes.
fn half_power(exponent: f64) -> f64 {
    let argument = -exponent * std::f64::consts::LN_2;
    // Horner's rule for the power series of e; its next term would lie below the precision of the type.
    (1..=18).rev().fold(1.0, |sum, number| 1.0 + argument / f64::from(number) * sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_halves_with_each_half_life() {
        let as_of = Micros(1_000 * Micros::PER_DAY);
        for (days_ago, expected) in [(0, 1.0), (14, 0.5), (28, 0.25), (140, 1.0 / 1024.0), (1_000, 0.0)] {
            let at = Micros(as_of.0 - days_ago * Micros::PER_DAY);
            assert_eq!(remaining(at, as_of, 14.0), expected, "{days_ago}");
        }
    }

    #[test]
    fn it_agrees_with_the_standard_library() {
        for step in 0..=10_000 {
            let exponent = f64::from(step) / 10_000.0;
            assert!((half_power(exponent) - (-exponent).exp2()).abs() < 1e-15, "{exponent}");
        }
    }
}
