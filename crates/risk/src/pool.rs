//! The pool of settled losses of a market, and how fast profits may be paid out of it.
//!
//! A profit becomes money only when somebody's loss was settled, and then only at a limited pace: an inflated mark
//! can promise any profit, but it can take no more than one allowance per window before a person looks at it.
//!
//! The pace is a leaky [`Allowance`] whose base is the pool.
//! - A payment moves atoms from pool to used and leaves the cap as it was, so paying in parts is paying at once.
//! - A payment never exceeds the pool; the pool changes by losses and payments only, to the atom.
//! - Nobody waits for ever: with a minimum of at least one atom some profit is payable after each window, the
//!   queue is finite because a paid profit is gone, and small accounts need little. First come, first served.
//!
//! Result: payments in any window of T seconds are at most cap * (1 + T / window), cap being the largest in it.

use crate::allowance::Allowance;
use crate::error::{Result, RiskError};
use crate::units::UnixTime;

#[cfg(test)]
mod tests;

/// How fast profits of a market may be paid: at most a share of the pool, or a minimum, per window.
pub use crate::allowance::AllowanceParams as PayoutLimiter;

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
    /// The used part of the allowance.
    const fn allowance(&self) -> Allowance {
        Allowance {
            used_atoms: self.used_atoms,
            drained_atom_secs: self.drained_atom_secs,
            updated: self.updated,
        }
    }

    const fn with(pool_atoms: u64, allowance: Allowance) -> LossPool {
        LossPool {
            pool_atoms,
            used_atoms: allowance.used_atoms,
            drained_atom_secs: allowance.drained_atom_secs,
            updated: allowance.updated,
        }
    }

    /// The allowance of a whole window in quote atoms.
    ///
    /// # Errors
    /// None in fact: the share is at most one.
    #[inline]
    pub fn cap_atoms(&self, limiter: &PayoutLimiter) -> Result<u64> {
        self.allowance().cap_atoms(limiter, self.pool_atoms)
    }

    /// The pool at `now`: `used` drained by cap * dt / window. Unchanged if no time has passed or the clock went
    /// backwards.
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn drained(&self, limiter: &PayoutLimiter, now: UnixTime) -> Result<LossPool> {
        let allowance = self.allowance().drained(limiter, self.pool_atoms, now)?;
        Ok(LossPool::with(self.pool_atoms, allowance))
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
        let room = self.allowance().room_floor(limiter, self.pool_atoms, now)?;
        Ok(profit_atoms.min(self.pool_atoms).min(room))
    }

    /// Pays what is payable of a profit: the pool afterwards, and the atoms that were paid (possibly none).
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn pay(&self, limiter: &PayoutLimiter, profit_atoms: u64, now: UnixTime) -> Result<(LossPool, u64)> {
        // Drained here, so that neither of the next two steps divides again.
        let pool = self.drained(limiter, now)?;
        let paid = pool.payable_floor(limiter, profit_atoms, now)?;
        let allowance = pool.allowance().charge(limiter, pool.pool_atoms, paid, now)?;
        // paid <= pool.
        Ok((LossPool::with(pool.pool_atoms.wrapping_sub(paid), allowance), paid))
    }
}
