//! Circuit breaker of a market: trips on an improbable price, allows reductions while tripped, and closes again by
//! itself.
//!
//! The measure is how many standard deviations the risk price lies from its slow companion:
//! z² = ln(p/ema)² / (v·τ) with the variance per second `v` and the time constant `τ` of the slow price. Both
//! prices come from the oracles, so no user's own trading can trip it.

use crate::{
    error::Result,
    math::{exp_ln::ln_ratio, fixed::mul_wide},
    units::{Ppm, Price, Seconds, UnixTime, VarianceRate, LOG_BITS},
};

/// Per-market state. The numbers are those stored in rows; 1, 3 and 4 belong to the full state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum BreakerState {
    /// Everything is allowed.
    Normal = 0,
    /// Reductions, deposits, settlements and liquidations are allowed; new risk is not.
    ReduceOnly = 2,
}

/// Levels and durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerParams {
    /// Variance of log returns per second.
    pub variance: VarianceRate,
    /// Time constant of the slow price.
    pub tau: Seconds,
    /// Standard deviations, in thousandths, at which the breaker trips.
    pub trip_milli: u32,
    /// Standard deviations, in thousandths, below which it may recover before the longest stay.
    pub exit_milli: u32,
    /// Shortest stay in `ReduceOnly`.
    pub min_stay: Seconds,
    /// Longest stay in `ReduceOnly`.
    pub max_stay: Seconds,
    /// Time after a recovery in which it does not trip again, so that stays cannot be strung together.
    pub cooldown: Seconds,
}

/// What a row stores about its breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Present state.
    pub state: BreakerState,
    /// When it was entered.
    pub entered: UnixTime,
    /// Last recovery; zero: never.
    pub recovered: UnixTime,
    /// Publish time of the first reading beyond the trip level; zero: the last reading was not beyond it.
    pub streak: UnixTime,
}

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

/// True when the price is at least `level_milli` thousandths of a standard deviation away from the slow price.
///
/// # Errors
/// `DomainError` when one of the prices is zero.
pub fn is_beyond(price: Price, ema: Price, params: &BreakerParams, level_milli: u32) -> Result<bool> {
    let distance = ln_ratio(price.0, ema.0)?.0.unsigned_abs();
    // |ln| < 2^46 in 2^-40, so its square is below 2^92 and times 10^6 below 2^112. Shifting it to 2^-64 drops 16
    // bits, which is far below what a price can resolve.
    let left = mul_wide(distance, distance).wrapping_mul(1_000_000) >> (2 * LOG_BITS - 64);
    let level = u64::from(level_milli);
    // 32 bits times 32 bits fit 64.
    let level = u128::from(level.wrapping_mul(level));
    // A variance beyond the bounds of parameters saturates, which only makes the breaker harder to trip.
    Ok(left >= mul_wide(params.variance.0, params.tau.0).saturating_mul(level))
}

/// The breaker after a new accepted reading: two readings with different publish times beyond the trip level trip
/// it, unless it recovered less than the cooldown ago.
///
/// # Errors
/// As [`is_beyond`].
pub fn observe(
    breaker: &Breaker,
    params: &BreakerParams,
    price: Price,
    ema: Price,
    publish: UnixTime,
    now: UnixTime,
) -> Result<Breaker> {
    if !is_beyond(price, ema, params, params.trip_milli)? {
        return Ok(Breaker { streak: UnixTime(0), ..*breaker });
    }
    if breaker.streak.0 == 0 {
        return Ok(Breaker { streak: publish, ..*breaker });
    }
    let cooling = breaker.recovered.0 != 0 && Seconds::between(breaker.recovered, now) < params.cooldown;
    let is_second = publish > breaker.streak;
    if breaker.state == BreakerState::Normal && is_second && !cooling {
        return Ok(Breaker { state: BreakerState::ReduceOnly, entered: now, ..*breaker });
    }
    Ok(*breaker)
}

/// The breaker after anyone asked it to recover; `None` when it must stay: before the shortest stay, or before the
/// longest while the price is still beyond the exit level.
///
/// # Errors
/// As [`is_beyond`].
pub fn recover(
    breaker: &Breaker,
    params: &BreakerParams,
    price: Price,
    ema: Price,
    now: UnixTime,
) -> Result<Option<Breaker>> {
    if breaker.state != BreakerState::ReduceOnly {
        return Ok(None);
    }
    let stay = Seconds::between(breaker.entered, now);
    let calm = stay >= params.min_stay && !is_beyond(price, ema, params, params.exit_milli)?;
    if calm || stay >= params.max_stay {
        return Ok(Some(Breaker {
            state: BreakerState::Normal,
            entered: now,
            recovered: now,
            streak: UnixTime(0),
        }));
    }
    Ok(None)
}

impl BreakerState {
    /// Reads the number stored in a row; anything unknown counts as the stricter state.
    pub const fn from_u8(value: u8) -> BreakerState {
        match value {
            0 => BreakerState::Normal,
            _ => BreakerState::ReduceOnly,
        }
    }

    /// True when new risk may be opened.
    pub const fn allows_opening(self) -> bool {
        matches!(self, BreakerState::Normal)
    }
}

#[cfg(test)]
mod tests;
