//! Numbers from 0 to 1 that are the same in every run.

#[derive(Debug, Clone)]
pub struct Shares(u64);

impl Shares {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below 1.
    pub fn next_share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 33) as u32) / f64::from(1_u32 << 31)
    }
}
