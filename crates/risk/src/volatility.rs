//! Variance of log returns per second, measured on readings that come whenever somebody brings them.
//!
//! With a return r over dt seconds, a time constant τ and the share s = 1 − e^(−dt/τ), an estimate v becomes
//! v + s·(r²/dt − v): the exponentially weighted mean of squared returns in continuous time (RiskMetrics 1996, for samples at
//! any distance). Beside it the same mean of |r_i|·|r_(i−1)|·π/2, each per square root of its time: bipower variation
//! (Barndorff-Nielsen and Shephard 2004), to which a single jump adds next to nothing, so that a jump is told from
//! turbulence.
//!
//! And a third: the same mean, with the slow time constant, of min(r_i²/dt_i, r_(i−1)²/dt_(i−1))·π/(π−2), the MinRV of
//! Andersen, Dobrev and Schaumburg (2012). One observation, however large, counts in it for no more than the smaller of its
//! two neighbours does: what it says is confirmed by two that follow each other.
//!
//! Prices come from oracles, but who brings them chooses when. What that can do is bounded:
//! - For readings that are brought as they appear, whatever the rule by which they are chosen, the expected sum of squared
//!   returns is the same: prices of an asset are close to a martingale. Bunching and thinning gain nothing.
//! - A reading in the same second as the last sample, or before it, is no sample.
//! - Silence is no evidence of calm: an estimate decays by at most [`SPAN_MAX`] between two samples, and a return over a
//!   longer time counts as one over that time.
//! - One sample multiplies an estimate, or the reference where that is higher, by at most [`GROWTH_MAX`].
//! - One sample lowers an estimate by at most the share s of it.

use core::num::NonZeroU64;

use crate::{
    error::{Result, RiskError},
    math::{
        exp_ln::{approach_share, ln_ratio, EXP_BITS},
        fixed::{div_rem, low_u64, mul_shift_ceil, mul_shift_floor, mul_wide},
        sqrt::sqrt_floor_u64,
    },
    units::{Ppm, Price, Seconds, UnixTime, VarianceRate, LOG_BITS, PPM_ONE},
};

/// Longest time between two samples that counts.
pub const SPAN_MAX: Seconds = Seconds(300);
/// Most that one sample multiplies an estimate by: 16, a fourfold standard deviation.
pub const GROWTH_MAX: u64 = 16;
/// Largest return that counts, as a logarithm: one half.
const RETURN_MAX: u64 = 1 << (LOG_BITS - 1);
/// π/2 in 2^-32, to nearest: E|x|·E|y| = 2/π for two independent standard normal numbers.
const HALF_PI_Q32: u64 = 6_746_518_852;
/// sqrt(2/π) in 2^-32, rounded down: the mean of an absolute standard normal number.
const MEAN_ABS_Q32: u64 = 3_426_888_758;

/// π/(π − 2) in 2^-32, to nearest: the smaller of two independent squared standard normal numbers is 1 − 2/π on average.
const SMALLER_Q32: u64 = 11_819_485_402;

/// How a row's volatility is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolatilityParams {
    /// Time constant of the fast estimate and of the bipower variation.
    pub fast: Seconds,
    /// Time constant of the slow estimate.
    pub slow: Seconds,
    /// Variance that is assumed before anything was measured.
    pub reference: VarianceRate,
}

/// What a row stores about its volatility.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volatility {
    /// Fast estimate.
    pub fast: VarianceRate,
    /// Slow estimate.
    pub slow: VarianceRate,
    /// Bipower variation with the fast time constant.
    pub bipower: VarianceRate,
    /// What two observations in a row agree on, with the slow time constant.
    pub confirmed: VarianceRate,
    /// Price of the last sample. Zero: nothing was measured yet.
    pub price: Price,
    /// Publish time of the last sample.
    pub publish: UnixTime,
    /// Absolute last return per square root of its time, in 2^-32.
    pub last_q32: u32,
}

impl Volatility {
    /// The estimates after a reading. A first reading starts all of them at the reference; one that is not later than the
    /// last sample changes nothing. Estimates are rounded up.
    ///
    /// # Errors
    /// `DomainError` for a price of zero, `DivisionByZero` for a time constant of zero.
    pub fn observe(&self, params: &VolatilityParams, price: Price, publish: UnixTime) -> Result<Self> {
        if self.price.0 == 0 {
            return self.started(params, price, publish);
        }
        let Some(span) = NonZeroU64::new(Seconds::between(self.publish, publish).0.min(SPAN_MAX.0)) else {
            return Ok(*self);
        };
        let distance = ln_ratio(price.0, self.price.0)?.0.unsigned_abs().min(RETURN_MAX);
        // At most 2^39 in 2^-40, so the square is below 2^79 in 2^-80 and below 2^63 in 2^-64.
        let squared = low_u64(mul_wide(distance, distance) >> (2 * LOG_BITS - 64));
        let (rate, _) = div_rem(squared, span);
        let absolute = sqrt_floor_u64(rate);
        let bipower = mul_shift_floor(absolute.wrapping_mul(u64::from(self.last_q32)), HALF_PI_Q32, 32)?;
        // The root of a number below 2^63.
        let root = u32::try_from(absolute).unwrap_or(u32::MAX);
        let smaller = u64::from(root.min(self.last_q32));
        // The square of 32 bits. What does not fit is cut below.
        let confirmed = mul_shift_floor(smaller.wrapping_mul(smaller), SMALLER_Q32, 32).unwrap_or(u64::MAX);
        let fast_share = approach_share(Seconds(span.get()), params.fast)?;
        let slow_share = approach_share(Seconds(span.get()), params.slow)?;
        let next = |old: VarianceRate, rate: u64, share_q63: u64| {
            let cap = old.0.max(params.reference.0).saturating_mul(GROWTH_MAX);
            mean(old.0, rate, share_q63).map(|mean| VarianceRate(mean.min(cap)))
        };
        Ok(Self {
            fast: next(self.fast, rate, fast_share)?,
            slow: next(self.slow, rate, slow_share)?,
            bipower: next(self.bipower, bipower, fast_share)?,
            confirmed: next(self.confirmed, confirmed, slow_share)?,
            price,
            publish,
            last_q32: root,
        })
    }

    fn started(&self, params: &VolatilityParams, price: Price, publish: UnixTime) -> Result<Self> {
        if price.0 == 0 {
            return Err(RiskError::DomainError);
        }
        let VarianceRate(reference) = params.reference;
        let absolute = mul_shift_floor(sqrt_floor_u64(reference), MEAN_ABS_Q32, 32)?;
        Ok(Self {
            fast: params.reference,
            slow: params.reference,
            bipower: params.reference,
            confirmed: params.reference,
            price,
            publish,
            last_q32: u32::try_from(absolute).unwrap_or(u32::MAX),
        })
    }

    /// What maintenance margin follows: the slow estimate, as far as observations confirm each other. Whoever chooses when
    /// to bring prices can make neighbours alike, which raises the confirmed estimate, but not the slow one.
    pub fn agreed(&self) -> VarianceRate {
        self.slow.min(self.confirmed)
    }

    /// The larger of both estimates.
    pub fn higher(&self) -> VarianceRate {
        self.fast.max(self.slow)
    }

    /// Share of the fast estimate that came in jumps: 1 − bipower / fast, not below zero, rounded down to ppm.
    pub fn jump_share(&self) -> Ppm {
        let jumps = self.fast.0.saturating_sub(self.bipower.0);
        let Some(fast) = NonZeroU64::new(self.fast.0) else { return Ppm(0) };
        // Both shifted alike, so that the product fits.
        let shift = 64u32.saturating_sub(fast.leading_zeros()).saturating_sub(44);
        let fast = NonZeroU64::new(fast.get() >> shift).unwrap_or(NonZeroU64::MIN);
        let (share, _) = div_rem((jumps >> shift).wrapping_mul(u64::from(PPM_ONE)), fast);
        Ppm(u32::try_from(share).unwrap_or(PPM_ONE).min(PPM_ONE))
    }
}

/// old + share·(rate − old), rounded up.
fn mean(old: u64, rate: u64, share_q63: u64) -> Result<u64> {
    // A share of at most one, so the results lie between both.
    if rate >= old {
        Ok(old.wrapping_add(mul_shift_ceil(rate.wrapping_sub(old), share_q63, EXP_BITS)?))
    } else {
        Ok(old.wrapping_sub(mul_shift_floor(old.wrapping_sub(rate), share_q63, EXP_BITS)?))
    }
}

#[cfg(test)]
mod tests;
