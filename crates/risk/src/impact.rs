//! The impact budget of a market: how far outside trades of liquidations may push its price.
//!
//! A leaky bucket in log-price units. A trade of q quote atoms raises the level by q / depth (linear impact), the
//! level decays as e^(-rate * time), and nothing is admitted that would lift it above the cap. There is one bucket
//! per market and it knows no accounts: splitting a position over accounts, keepers or transactions gains nothing.
//!
//! Result: what was charged within any window of T seconds moves ln price by at most cap * (1 + rate * T). A charge
//! raises the level by at least its exact impact, a decay takes at most rate * dt of a level that never exceeds the
//! cap, and the level ends between zero and the cap. Every rounding raises the level, so the bound has no error term.
//! A bucket that is refreshed each second does not fall below about 1 / rate quanta of 2^-40: too little to matter.

use crate::error::{Result, RiskError};
use crate::math::exp_ln::{exp_neg_ceil, EXP_BITS};
use crate::math::fixed::{div_rem_wide, mul_ppm_floor, mul_shift_ceil, mul_shift_floor};
use crate::units::{Log, Ppm, Seconds, UnixTime, LOG_BITS, PPM_ONE};

#[cfg(test)]
mod tests;

/// Limits of a market's impact budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImpactParams {
    /// Quote atoms of outside trade that move ln price by one. Zero: no trade is admitted.
    pub depth_atoms: u64,
    /// Level that is never exceeded; a negative cap admits nothing.
    pub cap: Log,
    /// Part of the cap that is open to accounts that are not critical; the rest is reserved for those that are.
    pub healthy_share: Ppm,
    /// Rate of decay per second, in 2^-32.
    pub decay_rate_q32: u64,
}

/// State of a market's impact budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImpactBucket {
    /// Impact of past trades that is still counted, in 2^-40 of ln price.
    pub level_q40: u64,
    /// When the level was last decayed. Never goes backwards.
    pub updated: UnixTime,
}

impl ImpactParams {
    /// Limits from parameters as they are configured: a cap relative to a log price of one, at most that, and a
    /// decay time, 1 / rate, of at least a second. Both quotients are rounded down.
    #[allow(clippy::integer_division, clippy::arithmetic_side_effects)] // Divisors are constant or at least one.
    pub fn new(depth_atoms: u64, cap: Ppm, healthy_share: Ppm, decay: Seconds) -> Self {
        ImpactParams {
            depth_atoms,
            // Below 2^20, shifted by 40 bits.
            cap: Log((i64::from(cap.0.min(PPM_ONE)) << LOG_BITS) / i64::from(PPM_ONE)),
            healthy_share,
            decay_rate_q32: (1u64 << 32) / decay.0.max(1),
        }
    }

    /// The level up to which an account of this health is admitted.
    #[inline]
    fn limit_q40(&self, is_critical: bool) -> u64 {
        let cap = u64::try_from(self.cap.0).unwrap_or(0);
        if is_critical {
            return cap;
        }
        // A share of at most one cannot overflow; a larger one counts as one.
        let share = Ppm(self.healthy_share.0.min(PPM_ONE));
        mul_ppm_floor(cap, share).unwrap_or(cap)
    }
}

impl ImpactBucket {
    /// The bucket at `now`, its level rounded up. Unchanged if no time has passed or the clock went backwards.
    pub fn decayed(&self, params: &ImpactParams, now: UnixTime) -> ImpactBucket {
        let elapsed = Seconds::between(self.updated, now);
        if elapsed.0 == 0 {
            return *self;
        }
        let exponent_q32 = params.decay_rate_q32.saturating_mul(elapsed.0);
        // A factor of at most one cannot raise the level, so it fits.
        let level = mul_shift_ceil(self.level_q40, exp_neg_ceil(exponent_q32), EXP_BITS);
        ImpactBucket { level_q40: level.unwrap_or(self.level_q40), updated: now }
    }

    /// The largest trade in quote atoms that the bucket admits now, for a bucket that was [`decayed`](Self::decayed)
    /// to now: exactly the largest whose charge does not lift the level above the limit.
    pub fn room_atoms_floor(&self, params: &ImpactParams, is_critical: bool) -> u64 {
        let room_q40 = params.limit_q40(is_critical).saturating_sub(self.level_q40);
        // ceil(q * 2^40 / depth) <= room exactly if q <= room * depth / 2^40. What exceeds 64 bits is no limit.
        mul_shift_floor(room_q40, params.depth_atoms, LOG_BITS).unwrap_or(u64::MAX)
    }

    /// The bucket after a trade, its level rounded up, for a bucket that was [`decayed`](Self::decayed) to now.
    /// Does not check the room: a caller trades no more than [`room_atoms_floor`](Self::room_atoms_floor).
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the depth is zero; [`RiskError::Overflow`] if the level does not fit.
    pub fn charge_ceil(&self, params: &ImpactParams, notional_atoms: u64) -> Result<ImpactBucket> {
        let (impact, rem) = div_rem_wide(u128::from(notional_atoms) << LOG_BITS, params.depth_atoms)?;
        let level = impact.checked_add(u64::from(rem != 0)).and_then(|up| self.level_q40.checked_add(up));
        Ok(ImpactBucket { level_q40: level.ok_or(RiskError::Overflow)?, updated: self.updated })
    }
}
