//! The premium of venues' prices over the risk price: one sample, its average over time, the mean over venues.

use core::num::NonZeroU64;

use crate::error::{Result, RiskError};
use crate::math::exp_ln::one_minus_exp_neg;
use crate::math::fixed::{div_rem, div_rem_u128, mul_div_floor, mul_high, to_u64};
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

/// Moves averages up to one time. Keeps the last share of the distance, so that averages of the same age, as many venues'
/// are, cost one exponential.
#[derive(Clone, Copy, Debug)]
pub struct Averager {
    tau: NonZeroU64,
    now: UnixTime,
    elapsed: Seconds,
    /// The share that is covered after that time, in 2^-63.
    share_q63: u64,
}

impl Averager {
    /// For averages with this time constant, up to `now`.
    ///
    /// # Errors
    /// `DivisionByZero` for a tau of zero.
    pub fn new(tau: Seconds, now: UnixTime) -> Result<Self> {
        let tau = NonZeroU64::new(tau.0).ok_or(RiskError::DivisionByZero)?;
        Ok(Averager { tau, now, elapsed: Seconds(0), share_q63: 0 })
    }

    /// The average of a premium at that time, in ppm in 2^-16: moved toward the standing sample by the share 1 − e^(−dt/tau) of their distance, rounded
    /// to the nearest quantum. Unchanged if no time has passed or the clock went backwards. dt is cut at
    /// [`PREMIUM_STEP_MAX`].
    ///
    /// Error against exact arithmetic: each step adds at most half a quantum of rounding, and half of 2^-32 of the
    /// distance because dt/tau is rounded there; for clamps up to 5 % (distance below 2^33 quanta) 3/2 quanta. Each
    /// later step leaves e^(−dt/tau) of it. Result: after n steps below 3/2 · n quanta, and for steps of at least a
    /// second never above 3/2 · (tau + 1) quanta: 2 ppm for a tau of one day.
    ///
    /// # Errors
    /// `Overflow` if the average leaves its range, which one within the clamp does not.
    pub fn average_q16(&mut self, premium: &Premium) -> Result<i64> {
        let elapsed = Seconds::between(premium.updated, self.now);
        if elapsed.0 == 0 {
            return Ok(premium.average_q16);
        }
        if elapsed != self.elapsed {
            // dt <= 3 600 < 2^12: the shifted number fits, and so does half a divisor on top of it for any sane tau.
            let scaled = elapsed.0.min(PREMIUM_STEP_MAX.0) << 32;
            let (exponent_q32, _) = div_rem(scaled.saturating_add(self.tau.get() >> 1), self.tau);
            (self.elapsed, self.share_q63) = (elapsed, one_minus_exp_neg(exponent_q32));
        }
        // |last| < 2^31, so the shifted number fits.
        let target = i64::from(premium.last_ppm) << AVERAGE_BITS;
        let distance = target.abs_diff(premium.average_q16);
        // The upper word of its product with a share in 2^-63 is twice the step: all that rounding to the nearest needs.
        let quadruple = distance.checked_mul(4).ok_or(RiskError::Overflow)?;
        // A share of at most one: the step is no longer than the distance, and the sum does not pass the target.
        let step = (mul_high(quadruple, self.share_q63).wrapping_add(1) >> 1).cast_signed();
        let is_below = premium.average_q16 < target;
        Ok(premium.average_q16.wrapping_add(if is_below { step } else { step.wrapping_neg() }))
    }
}

impl Premium {
    /// The premium at `now`, its average as [`Averager::average_q16`] moves it.
    ///
    /// # Errors
    /// Those of [`Averager`].
    pub fn at(&self, tau: Seconds, now: UnixTime) -> Result<Premium> {
        let average_q16 = Averager::new(tau, now)?.average_q16(self)?;
        Ok(Premium { average_q16, last_ppm: self.last_ppm, updated: self.updated.max(now) })
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
        to_ppm(self.average_q16)
    }
}

/// An average in ppm, rounded toward zero.
#[inline]
pub fn to_ppm(average_q16: i64) -> i32 {
    let size = i32::try_from(average_q16.unsigned_abs() >> AVERAGE_BITS).unwrap_or(i32::MAX);
    if average_q16 < 0 {
        size.wrapping_neg()
    } else {
        size
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
#[derive(Clone, Copy, Debug)]
pub struct PremiumMean {
    total_units: u64,
    weights: u64,
    /// Sums of products with the upper and with the lower halves of weights, because products of 64 bits cost little on the
    /// VM: each is below 2^63.
    products: [i128; 2],
}

impl PremiumMean {
    /// Of no venue yet, in a market with this open interest.
    pub const fn new(total_units: u64) -> Self {
        PremiumMean { total_units, weights: 0, products: [0; 2] }
    }

    /// Counts a venue.
    ///
    /// # Errors
    /// `Overflow` if the weights do not add up to 64 bits.
    #[inline]
    pub fn count(&mut self, venue: &VenuePremium) -> Result<()> {
        let weight = venue.weight_units.min(self.total_units);
        self.weights = self.weights.checked_add(weight).ok_or(RiskError::Overflow)?;
        let premium = i64::from(venue.premium_ppm);
        for (sum, half) in self.products.iter_mut().zip([weight >> 32, weight & u64::from(u32::MAX)]) {
            *sum = sum.wrapping_add(i128::from(premium.wrapping_mul(half.cast_signed())));
        }
        Ok(())
    }

    /// The mean.
    ///
    /// # Errors
    /// None: a mean is not larger than the largest premium, which fits.
    pub fn ppm(&self) -> Result<i32> {
        let divisor = self.weights.max(self.total_units);
        if divisor == 0 {
            return Ok(0);
        }
        // Below 2^31 times the sum of the weights.
        let [high, low] = self.products;
        let sum = (high << 32).wrapping_add(low);
        let (size, _) = div_rem_u128(sum.unsigned_abs(), divisor)?;
        let size = i32::try_from(to_u64(size)?).unwrap_or(i32::MAX);
        Ok(if sum < 0 { size.wrapping_neg() } else { size })
    }
}
