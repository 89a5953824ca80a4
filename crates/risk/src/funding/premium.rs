//! The premium of venues' prices over the risk price: one sample, its average over time, the mean over venues.

use core::num::NonZeroU64;

use crate::error::{Result, RiskError};
use crate::math::exp_ln::{one_minus_exp_neg, EXP_BITS};
use crate::math::fixed::{div_rem, div_rem_u128, mul_div_floor, mul_wide_iu, to_i64, to_u64};
use crate::units::{Ppm, Price, Seconds, UnixTime, PPM_ONE};

/// Fractional bits of an average premium.
pub const AVERAGE_BITS: u32 = 16;
/// Longest time that one sample counts. Beyond it the venue is silent, and its average stands still.
pub const PREMIUM_STEP_MAX: Seconds = Seconds(3_600);

/// `(mark − risk) / risk` in ppm, rounded toward zero and cut at ± the clamp.
///
/// # Errors
/// `PriceOutOfRange` for a risk price of zero.
pub fn premium_ppm(mark: Price, risk: Price, clamp: Ppm) -> Result<i32> {
    if risk.0 == 0 {
        return Err(RiskError::PriceOutOfRange);
    }
    // A quotient beyond 64 bits is beyond the clamp.
    let size = mul_div_floor(mark.0.abs_diff(risk.0), u64::from(PPM_ONE), risk.0).unwrap_or(u64::MAX);
    let size = i32::try_from(size.min(u64::from(clamp.0))).unwrap_or(i32::MAX);
    Ok(if mark < risk { size.wrapping_neg() } else { size })
}

/// Average premium of one venue, and the sample that stands since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Premium {
    /// Exponential average up to `updated`, in ppm in 2^-16.
    pub average_q16: i64,
    /// Sample that stands since `updated`, in ppm.
    pub last_ppm: i32,
    /// Time up to which the average is complete. Zero: no sample yet, and none stood before. Never goes backwards.
    pub updated: UnixTime,
}

impl Premium {
    /// The average at `now`: moved toward the standing sample by the share 1 − e^(−dt/tau) of their distance, rounded
    /// to the nearest quantum. Unchanged if no time has passed or the clock went backwards. dt is cut at
    /// [`PREMIUM_STEP_MAX`].
    ///
    /// Error against exact arithmetic: each step adds at most half a quantum of rounding, and half of 2^-32 of the
    /// distance because dt/tau is rounded there; for clamps up to 5 % (distance below 2^33 quanta) 3/2 quanta. Each
    /// later step leaves e^(−dt/tau) of it. Result: after n steps below 3/2 · n quanta, and for steps of at least a
    /// second never above 3/2 · (tau + 1) quanta: 2 ppm for a tau of one day.
    ///
    /// # Errors
    /// `DivisionByZero` for a tau of zero.
    pub fn at(&self, tau: Seconds, now: UnixTime) -> Result<Premium> {
        let tau = NonZeroU64::new(tau.0).ok_or(RiskError::DivisionByZero)?;
        let elapsed = Seconds::between(self.updated, now);
        if elapsed.0 == 0 {
            return Ok(*self);
        }
        // dt <= 3 600 < 2^12: the shifted number fits, and so does half a divisor on top of it for any sane tau.
        let scaled = elapsed.0.min(PREMIUM_STEP_MAX.0) << 32;
        let (exponent_q32, _) = div_rem(scaled.saturating_add(tau.get() >> 1), tau);
        let share_q63 = one_minus_exp_neg(exponent_q32);
        // |last| < 2^31, so the shifted number fits.
        let target = i64::from(self.last_ppm) << AVERAGE_BITS;
        let distance = target.checked_sub(self.average_q16).ok_or(RiskError::Overflow)?;
        // Below 2^127; half a quantum more does not wrap. A share of at most one: the sum does not pass the target.
        let product = mul_wide_iu(distance, share_q63).wrapping_add(1 << (EXP_BITS.wrapping_sub(1)));
        let step = to_i64(product >> EXP_BITS)?;
        let average_q16 = self.average_q16.checked_add(step).ok_or(RiskError::Overflow)?;
        Ok(Premium { average_q16, last_ppm: self.last_ppm, updated: now })
    }

    /// The average at `now`, and a new sample that stands from now on. In the same second it replaces the one before.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn observe(&self, tau: Seconds, sample_ppm: i32, now: UnixTime) -> Result<Premium> {
        Ok(Premium { last_ppm: sample_ppm, ..self.at(tau, now)? })
    }

    /// The average in ppm, rounded toward zero.
    pub fn average_ppm(&self) -> i32 {
        let size = self.average_q16.unsigned_abs() >> AVERAGE_BITS;
        let size = i32::try_from(size).unwrap_or(i32::MAX);
        if self.average_q16 < 0 {
            size.wrapping_neg()
        } else {
            size
        }
    }
}

/// One venue's part in a market's premium.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VenuePremium {
    /// Open interest that the venue opened, in 2^-16 units.
    pub weight_units: u64,
    /// Its average premium, in ppm.
    pub premium_ppm: i32,
}

/// Mean of the venues' premiums, weighted by their open interest and rounded toward zero, in ppm.
///
/// Symbols: w = weight, at most the market's open interest O; p = premium; D = max(O, Σw).
/// Result: Σ w·p / D. Open interest of venues that are silent counts with a premium of zero, so that a small venue that
/// alone posts does not set the funding of the whole market. Zero if nothing is open.
///
/// # Errors
/// `Overflow` if the weights do not add up to 64 bits.
pub fn combine(venues: &[VenuePremium], total_units: u64) -> Result<i32> {
    let (mut weights, mut sum) = (0u64, 0i128);
    for venue in venues {
        let weight = venue.weight_units.min(total_units);
        weights = weights.checked_add(weight).ok_or(RiskError::Overflow)?;
        let product = mul_wide_iu(i64::from(venue.premium_ppm), weight);
        // Each product is below 2^31 times its weight, and the weights add up to 64 bits.
        sum = sum.wrapping_add(product);
    }
    let divisor = weights.max(total_units);
    if divisor == 0 {
        return Ok(0);
    }
    let (size, _) = div_rem_u128(sum.unsigned_abs(), divisor)?;
    // A mean is not larger than the largest premium, which fits.
    let size = i32::try_from(to_u64(size)?).unwrap_or(i32::MAX);
    Ok(if sum < 0 { size.wrapping_neg() } else { size })
}
