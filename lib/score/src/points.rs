//! Points as whole hundredths, so that reasons add up to their score exactly.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

/// Hundredths of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Points(pub i64);

impl Points {
    pub const ZERO: Self = Self(0);
    /// What one reason can give or take at most: a thousand of them still add up exactly.
    pub const LARGEST: Self = Self(1_000_000_000_000_000);

    pub fn bounded(self) -> Self {
        self.clamp(Self(-Self::LARGEST.0), Self::LARGEST)
    }

    /// So many times these points, within bounds.
    pub fn times(self, count: u64) -> Self {
        let product = i128::from(self.0) * i128::from(count);
        let largest = i128::from(Self::LARGEST.0);
        let bounded = product.clamp(-largest, largest);
        Self(i64::try_from(bounded).unwrap_or(Self::LARGEST.0))
    }

    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

impl Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::ZERO, Self::add)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let hundredths = self.0.unsigned_abs();
        write!(formatter, "{sign}{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::Points;
    use test_case::test_case;

    #[test_case(7_250, "72.50")]
    #[test_case(-5, "-0.05")]
    #[test_case(i64::MIN, "-92233720368547758.08")]
    fn points_read_as_decimals(hundredths: i64, written: &str) {
        assert_eq!(Points(hundredths).to_string(), written);
    }

    #[test]
    fn no_product_leaves_its_bounds() {
        assert_eq!(Points(150).times(48), Points(7_200));
        assert_eq!(Points(i64::MAX).times(u64::MAX), Points::LARGEST);
        assert_eq!(Points(i64::MIN).times(u64::MAX), Points(-Points::LARGEST.0));
    }
}
