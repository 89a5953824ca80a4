//! Deviations per hour, as people give them, and variances per second, as formulas take them.

use crate::units::{Ppm, VarianceRate};

/// Variance per second of a standard deviation per hour: `(ppm / 10^6)² / 3600`, rounded down.
#[allow(clippy::integer_division, clippy::arithmetic_side_effects)] // Constant divisors; bounds in the comments.
pub const fn variance_of_hourly_sigma(sigma: Ppm) -> VarianceRate {
    const HOUR: u128 = 3_600;
    const MILLION_SQUARED: u128 = 1_000_000_000_000;
    // as-safety: widens u32 to u128, lossless; `From` is not const.
    let ppm = sigma.0 as u128;
    // ppm^2 < 2^64, so the product with 2^63 stays below 2^127.
    let scaled = (ppm * ppm) << 63;
    let doubled = scaled / (MILLION_SQUARED * HOUR / 2);
    #[allow(clippy::cast_possible_truncation)] // Compared with the largest value first.
    // as-safety: widens u64::MAX, then narrows a value that is not above it.
    VarianceRate(if doubled > u64::MAX as u128 { u64::MAX } else { doubled as u64 })
}

/// The largest standard deviation per hour whose variance is not above this one, below 2^18 ppm: what
/// [`variance_of_hourly_sigma`] was given, from 1 ppm on, as each further ppm raises the variance.
pub fn hourly_sigma_of_variance(variance: VarianceRate) -> Ppm {
    let sigma = (0..18).rev().fold(0u32, |sigma, bit| {
        let larger = sigma | 1 << bit;
        if variance_of_hourly_sigma(Ppm(larger)) <= variance {
            larger
        } else {
            sigma
        }
    });
    Ppm(sigma)
}

#[cfg(test)]
mod tests;
