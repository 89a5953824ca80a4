//! The slow price: an exponential moving average whose speed has a bound, so that no burst of readings pumps it.

use crate::error::{Result, RiskError};
use crate::math::exp_ln::{approach_share, EXP_BITS};
use crate::math::fixed::{mul_div_ceil, mul_shift_ceil};
use crate::units::{Ppm, Price, Seconds, PPM_ONE};

#[cfg(test)]
mod tests;

/// Longest time that one step accounts for. After a longer gap the average approaches the price over several steps.
pub const EMA_STEP_MAX: Seconds = Seconds(600);

/// The next average: `prev` moved toward `observed` by the share 1 - e^(-dt/tau) of their distance, but at most by
/// `max_move_per_sec` * dt of `prev`. dt is cut at [`EMA_STEP_MAX`].
///
/// Always between `prev` and `observed`; unchanged without elapsed time; splitting a step with the same observation
/// gives the same average, up to one quantum and 2^-32 of the distance per part.
/// Both limits are rounded up to a whole quantum, so that even the smallest price follows instead of sticking: one
/// update moves by less than a quantum of 2^-32 more than the exact limits say.
///
/// # Errors
/// [`RiskError::PriceOutOfRange`] if a price is zero; [`RiskError::DivisionByZero`] if `tau` is zero.
pub fn ema_next(
    prev: Price,
    observed: Price,
    dt: Seconds,
    tau: Seconds,
    max_move_per_sec: Ppm,
) -> Result<Price> {
    if prev.0 == 0 || observed.0 == 0 {
        return Err(RiskError::PriceOutOfRange);
    }
    let dt = dt.min(EMA_STEP_MAX);
    let share_q63 = approach_share(dt, tau)?;
    let distance = prev.0.abs_diff(observed.0);
    // A share of at most one: the result is at most the distance.
    let wanted = mul_shift_ceil(distance, share_q63, EXP_BITS)?;
    // A bound that does not fit 64 bits does not bind.
    let ppm = u64::from(max_move_per_sec.0).wrapping_mul(dt.0);
    let bound = mul_div_ceil(prev.0, ppm, u64::from(PPM_ONE)).unwrap_or(u64::MAX);
    let step = wanted.min(bound);
    // step <= distance, so neither end is passed.
    let next = if observed > prev { prev.0.wrapping_add(step) } else { prev.0.wrapping_sub(step) };
    Ok(Price(next))
}
