//! The pool of settled losses of a market, and how fast profits may be paid out of it.
//!
//! A profit becomes money only when somebody's loss was settled, and then only at a limited pace: an inflated mark
//! can promise any profit, but it can take no more than one allowance per window before a person looks at it.
//!
//! The allowance is a leaky bucket. `used` counts payments and drains linearly, one cap per window. The cap is a
//! share of pool + used (what the pool would hold without the payments still counted), or an absolute minimum if
//! that is more.
//! - A payment moves atoms from pool to used and leaves the cap as it was, so paying in parts is paying at once.
//! - A payment never exceeds the pool; the pool changes by losses and payments only, to the atom.
//! - What drains below one atom is carried, so refreshing often neither speeds up nor stops the drain.
//! - Nobody waits for ever: with a minimum of at least one atom some profit is payable after each window, the
//!   queue is finite because a paid profit is gone, and small accounts need little. First come, first served.
//!
//! Result: payments in any window of T seconds are at most cap * (1 + T / window), cap being the largest in it.

use crate::error::{Result, RiskError};
use crate::math::fixed::{div_rem_wide, mul_ppm_floor, mul_wide};
use crate::units::{Ppm, Seconds, UnixTime, PPM_ONE};

#[cfg(test)]
mod tests;

/// How fast profits of a market may be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutLimiter {
    /// Part of the pool that may be paid in one window; more than one counts as one.
    pub cap_share: Ppm,
    /// Quote atoms that may be paid in one window however small the pool is. Zero lets small pools starve.
    pub cap_atoms_min: u64,
    /// Time in which a fully used allowance is available again.
    pub window: Seconds,
}

/// Settled losses of a market that are not yet paid out, and the used part of the allowance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LossPool {
    /// Quote atoms that profits can be paid from.
    pub pool_atoms: u64,
    /// Quote atoms of payments that still count against the allowance.
    pub used_atoms: u64,
    /// What drained of `used_atoms` beyond whole atoms, in atoms times seconds; less than the window.
    pub drained_atom_secs: u64,
    /// When `used_atoms` was last drained. Never goes backwards.
    pub updated: UnixTime,
}

impl LossPool {
    /// The allowance of a whole window in quote atoms.
    ///
    /// # Errors
    /// None in fact: the share is at most one.
    #[inline]
    pub fn cap_atoms(&self, limiter: &PayoutLimiter) -> Result<u64> {
        // A sum beyond 64 bits is more quote than exists; saturating makes the cap smaller, never larger.
        let base = self.pool_atoms.saturating_add(self.used_atoms);
        let share = Ppm(limiter.cap_share.0.min(PPM_ONE));
        Ok(mul_ppm_floor(base, share)?.max(limiter.cap_atoms_min))
    }

    /// The pool at `now`: `used` drained by cap * dt / window. Unchanged if no time has passed or the clock went
    /// backwards.
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn drained(&self, limiter: &PayoutLimiter, now: UnixTime) -> Result<LossPool> {
        if limiter.window.0 == 0 {
            return Err(RiskError::DivisionByZero);
        }
        let elapsed = Seconds::between(self.updated, now);
        if elapsed.0 == 0 {
            return Ok(*self);
        }
        // (2^64 - 1)^2 + (2^64 - 1) < 2^128.
        let atom_secs =
            mul_wide(self.cap_atoms(limiter)?, elapsed.0).wrapping_add(u128::from(self.drained_atom_secs));
        let (used_atoms, drained_atom_secs) = match div_rem_wide(atom_secs, limiter.window.0) {
            Ok((atoms, rest)) if atoms < self.used_atoms => (self.used_atoms.wrapping_sub(atoms), rest),
            // All of it drained, or more than 64 bits can say. An empty bucket saves nothing up.
            _ => (0, 0),
        };
        Ok(LossPool { pool_atoms: self.pool_atoms, used_atoms, drained_atom_secs, updated: now })
    }

    /// The pool after a loss was settled at `now`. Drained first, so that the new cap does not apply to the past.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] if the pool does not fit; [`RiskError::DivisionByZero`] if the window is zero.
    pub fn credit(&self, limiter: &PayoutLimiter, loss_atoms: u64, now: UnixTime) -> Result<LossPool> {
        let pool = self.drained(limiter, now)?;
        let pool_atoms = pool.pool_atoms.checked_add(loss_atoms).ok_or(RiskError::Overflow)?;
        Ok(LossPool { pool_atoms, ..pool })
    }

    /// How much of a profit can be paid at `now`: limited by the pool and by what is left of the allowance.
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn payable_floor(&self, limiter: &PayoutLimiter, profit_atoms: u64, now: UnixTime) -> Result<u64> {
        self.drained(limiter, now)?.payable_now(limiter, profit_atoms)
    }

    /// [`payable_floor`](Self::payable_floor) of a drained pool.
    fn payable_now(&self, limiter: &PayoutLimiter, profit_atoms: u64) -> Result<u64> {
        let allowance = self.cap_atoms(limiter)?.saturating_sub(self.used_atoms);
        Ok(profit_atoms.min(self.pool_atoms).min(allowance))
    }

    /// Pays what is payable of a profit: the pool afterwards, and the atoms that were paid (possibly none).
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn pay(&self, limiter: &PayoutLimiter, profit_atoms: u64, now: UnixTime) -> Result<(LossPool, u64)> {
        let pool = self.drained(limiter, now)?;
        let paid = pool.payable_now(limiter, profit_atoms)?;
        // paid <= pool, and used + paid <= cap where paid > 0: neither wraps.
        let after = LossPool {
            pool_atoms: pool.pool_atoms.wrapping_sub(paid),
            used_atoms: pool.used_atoms.wrapping_add(paid),
            ..pool
        };
        Ok((after, paid))
    }
}
