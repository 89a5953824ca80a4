//! How far triggers may have moved since they were registered.

use crate::{
    demand::BIN_PERCENT,
    math::{fixed::mul_wide, sqrt::sqrt_ceil_u128},
    units::{Seconds, VarianceRate},
};

/// Deviations that a trigger is given for what it depends on besides this market's price: other prices, funding.
const DEVIATIONS: u64 = 3;

/// What triggers move by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReachInput {
    /// Variance of the market per second.
    pub variance: VarianceRate,
    /// Age of the oldest registrations.
    pub age: Seconds,
    /// Fastest rise of maintenance margin, in ppm of notional per hour.
    pub ramp_ppm_per_hour: u32,
}

/// Bins by which triggers may have come nearer: `ceil((3 sqrt(v t) + ramp t) / 3 %)`, saturating.
///
/// A rise of maintenance margin by x of notional brings a trigger nearer by at most x / (1 - d) in ln price, d being how far
/// the price has to fall; for what is near that is x.
#[allow(clippy::integer_division)] // Constant divisors.
pub fn reach_bins(input: &ReachInput) -> u8 {
    // Numbers of 2^40 and more are cut there: they are far beyond 255 bins anyway, and 64 bits are enough below.
    const FAR: u64 = 1 << 40;
    // Root of 2^-64 in 2^-32.
    let root_q32 = sqrt_ceil_u128(mul_wide(input.variance.0, input.age.0)).unwrap_or(FAR).min(FAR);
    let drift_q32 = root_q32.wrapping_mul(DEVIATIONS);
    let ramp_ppm = u64::from(input.ramp_ppm_per_hour).saturating_mul(input.age.0).div_ceil(3_600);
    // ppm in 2^-32, below 2^62.
    let ramp_q32 = (ramp_ppm.min(1 << 30) << 32).div_ceil(1_000_000);
    let bin_q32 = (u64::from(BIN_PERCENT) << 32) / 100;
    u8::try_from(drift_q32.saturating_add(ramp_q32).div_ceil(bin_q32)).unwrap_or(u8::MAX)
}
