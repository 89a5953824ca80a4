//! How improbable a price is.

use core::num::NonZeroU64;

use crate::{
    error::{Result, RiskError},
    math::{
        exp_ln::ln_ratio,
        fixed::{div_rem, mul_wide},
        sqrt::sqrt_floor_u128,
    },
    units::{Price, Seconds, VarianceRate},
};

/// Distance of the price from its slow companion in thousandths of a standard deviation, z = |ln(p/ema)| / √(v·τ), with
/// the variance per second v and the time constant τ of the slow price. At most 2^32 − 1.
///
/// Rounded down, of a deviation that is rounded down to 2^-48: too high by at most 2^-47 / √(v·τ) of itself. A v·τ of
/// 2^32 or more, far beyond the bounds of parameters, gives zero.
///
/// # Errors
/// `DomainError` when a price is zero; `DivisionByZero` when v·τ is below 2^-64.
pub fn deviations_milli_floor(price: Price, ema: Price, variance: VarianceRate, tau: Seconds) -> Result<u32> {
    let distance = ln_ratio(price.0, ema.0)?.0.unsigned_abs();
    let deviation = deviation_q48_floor(variance, tau);
    let deviation = NonZeroU64::new(deviation).ok_or(RiskError::DivisionByZero)?;
    // |ln| < 64 ln 2 < 45 in 2^-40: below 2^54 in 2^-48, and times 1 000 below 2^64.
    let (thousandths, _) = div_rem((distance << 8).wrapping_mul(1_000), deviation);
    Ok(u32::try_from(thousandths).unwrap_or(u32::MAX))
}

/// Standard deviation √(v·T) of a time T in 2^-48, rounded down; the largest value if it is 2^16 or more.
pub(crate) fn deviation_q48_floor(variance: VarianceRate, time: Seconds) -> u64 {
    let spread = mul_wide(variance.0, time.0);
    // √(x / 2^64) in 2^-48 is √(x · 2^32).
    if spread >> 96 == 0 {
        sqrt_floor_u128(spread << 32)
    } else {
        u64::MAX
    }
}
