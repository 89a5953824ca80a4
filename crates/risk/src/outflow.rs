//! How fast a vault may empty: a leaky allowance on what leaves it, and a credit for own recent deposits.
//!
//! The allowance binds everybody, so somebody who deposits and withdraws in circles would use it up and block the
//! others. Therefore a deposit gives its account a credit of the same size. Withdrawals use the credit first, and
//! nothing that it pays for counts against the allowance. It fades linearly over the limiter's window.
//!
//! SECURITY: fresh deposits do not raise the cap. The vault keeps the credits of all accounts in one [`Credit`] of its
//! own, and the allowance's base is what the vault holds less those. Otherwise borrowed tokens, deposited and withdrawn
//! in one transaction, would raise the cap of everybody for that moment, and the limit would be no limit.
//!
//! - What leaves without credit in any window of T seconds is at most cap * (1 + T / window), the cap being a share of
//!   settled funds or the minimum. What leaves with credit was deposited at most a window before.
//! - With a minimum of at least one atom everybody gets out in the end. First come, first served.

use crate::allowance::{Allowance, AllowanceParams};
use crate::error::{Result, RiskError};
use crate::math::fixed::{mul_div_ceil, mul_div_floor};
use crate::units::{Seconds, UnixTime};

#[cfg(test)]
mod tests;

/// Recent deposits that may leave again without using the allowance: a straight line that falls to zero.
///
/// Each deposit X fades on a line of its own, X * (1 - age / window). Their sum is convex; stored is one line that
/// starts at or below its present value and falls at least as steeply, hence stays below it from now on. So the credit
/// never exceeds the sum of the deposits' lines, nor what was deposited within the window, however often it is topped
/// up. (The rest of a simple linear fade that restarts at each deposit would never fade out.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credit {
    /// Where the line starts, in atoms: the deposit itself as long as there is only one.
    pub atoms: u64,
    /// When it starts. Nothing is left one window later.
    pub updated: UnixTime,
}

impl Credit {
    /// What is left of the credit, in atoms, rounded down. Before `updated` it is what the line starts with.
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn faded(&self, window: Seconds, now: UnixTime) -> Result<u64> {
        mul_div_floor(self.atoms, self.seconds_left(window, now), window.0)
    }

    /// Seconds until the line reaches zero; at most the window.
    const fn seconds_left(&self, window: Seconds, now: UnixTime) -> u64 {
        window.0.saturating_sub(Seconds::between(self.updated, now).0)
    }

    /// An account's credit after a deposit: what is left of it plus the deposit. One atom of what was left may be lost
    /// to rounding, nothing of the deposit.
    ///
    /// Symbols: c = credit now, A = start of its line, X = deposit, W = window.
    /// The slopes add up to (A + X) / W, so a line through c + X reaches zero after R = (c + X) * W / (A + X) at most.
    /// Result: R rounded down (1 <= R <= W, because 1 <= c <= A), start (c + X) * W / R rounded down, `updated` W - R
    /// ago.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] if the sum does not fit 64 bits; [`RiskError::DivisionByZero`] if the window is zero.
    pub fn deposit_floor(&self, window: Seconds, atoms: u64, now: UnixTime) -> Result<Credit> {
        self.topped_up(window, atoms, now, mul_div_floor)
    }

    /// The same with the start rounded up: the value now is exactly c + X. For the vault, which must not believe that
    /// more has settled than has.
    ///
    /// # Errors
    /// As [`deposit_floor`](Self::deposit_floor).
    pub fn deposit_ceil(&self, window: Seconds, atoms: u64, now: UnixTime) -> Result<Credit> {
        self.topped_up(window, atoms, now, mul_div_ceil)
    }

    fn topped_up(
        &self,
        window: Seconds,
        atoms: u64,
        now: UnixTime,
        rounded: fn(u64, u64, u64) -> Result<u64>,
    ) -> Result<Credit> {
        let left = self.faded(window, now)?;
        if atoms == 0 {
            return Ok(*self);
        }
        if left == 0 {
            return Ok(Credit { atoms, updated: now });
        }
        let sum = left.checked_add(atoms).ok_or(RiskError::Overflow)?;
        let slope = self.atoms.checked_add(atoms).ok_or(RiskError::Overflow)?;
        let seconds = mul_div_floor(sum, window.0, slope)?;
        // A start beyond 64 bits, which needs more atoms than a token has, makes the credit smaller.
        let start = rounded(sum, window.0, seconds).unwrap_or(u64::MAX);
        let age = i64::try_from(window.0.saturating_sub(seconds)).map_err(|_| RiskError::Overflow)?;
        Ok(Credit { atoms: start, updated: UnixTime(now.0.saturating_sub(age)) })
    }

    /// The credit after `atoms` of it were used: exactly as much less, with the same end. It does not go below zero.
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn spend(&self, window: Seconds, atoms: u64, now: UnixTime) -> Result<Credit> {
        let rest = self.faded(window, now)?.saturating_sub(atoms);
        if atoms == 0 || rest == 0 {
            return Ok(Credit { atoms: if atoms == 0 { self.atoms } else { 0 }, updated: self.updated });
        }
        // Rounded up, so that the value now, rounded down, is the rest itself. Still not above the old start: that
        // is whole, and at least rest * window / left. Some seconds are left, because the rest is not zero.
        let start = mul_div_ceil(rest, window.0, self.seconds_left(window, now))?;
        Ok(Credit { atoms: start, updated: self.updated })
    }
}

/// What a vault remembers about deposits and withdrawals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outflow {
    /// Withdrawals that count against the limit.
    pub allowance: Allowance,
    /// Credits of all accounts together: recent deposits, which the cap does not count.
    pub fresh: Credit,
}

/// A withdrawal, divided into what the account's own credit pays for and the rest.
struct Parts {
    by_credit: u64,
    fresh: Credit,
    base_atoms: u64,
    room_atoms: u64,
}

impl Outflow {
    /// Vault and account after a deposit.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] if a credit does not fit; [`RiskError::DivisionByZero`] if the window is zero.
    pub fn deposit(
        &self,
        params: &AllowanceParams,
        credit: &Credit,
        atoms: u64,
        now: UnixTime,
    ) -> Result<(Outflow, Credit)> {
        let fresh = self.fresh.deposit_ceil(params.window, atoms, now)?;
        let credit = credit.deposit_floor(params.window, atoms, now)?;
        Ok((Outflow { allowance: self.allowance, fresh }, credit))
    }

    /// How a withdrawal of `atoms`, which the vault holds, would be divided, and the room for the rest of it.
    fn parts(
        &self,
        params: &AllowanceParams,
        credit: &Credit,
        vault_atoms: u64,
        atoms: u64,
        now: UnixTime,
    ) -> Result<Parts> {
        let by_credit = credit.faded(params.window, now)?.min(atoms);
        let fresh = self.fresh.spend(params.window, by_credit, now)?;
        let held = vault_atoms.saturating_sub(by_credit);
        let base_atoms = held.saturating_sub(fresh.faded(params.window, now)?);
        let room_atoms = self.allowance.room_floor(params, base_atoms, now)?.min(held);
        Ok(Parts { by_credit, fresh, base_atoms, room_atoms })
    }

    /// The largest withdrawal that passes at `now`, in atoms: what [`withdraw`](Self::withdraw) admits, and no atom
    /// more. `vault_atoms` is what the vault holds.
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn available_floor(
        &self,
        params: &AllowanceParams,
        credit: &Credit,
        vault_atoms: u64,
        now: UnixTime,
    ) -> Result<u64> {
        let parts = self.parts(params, credit, vault_atoms, vault_atoms, now)?;
        // Both are parts of what the vault holds.
        Ok(parts.by_credit.saturating_add(parts.room_atoms))
    }

    /// Vault and account after a withdrawal, credit first. `None`: the limiter refuses, and nothing changes.
    /// `vault_atoms` is what the vault holds before it.
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn withdraw(
        &self,
        params: &AllowanceParams,
        credit: &Credit,
        vault_atoms: u64,
        atoms: u64,
        now: UnixTime,
    ) -> Result<Option<(Outflow, Credit)>> {
        if atoms > vault_atoms {
            return Ok(None);
        }
        let parts = self.parts(params, credit, vault_atoms, atoms, now)?;
        let rest = atoms.saturating_sub(parts.by_credit);
        if rest > parts.room_atoms {
            return Ok(None);
        }
        let allowance = match rest {
            // What the credit pays for leaves the allowance alone, its clock included.
            0 => self.allowance,
            _ => self.allowance.charge(params, parts.base_atoms, rest, now)?,
        };
        let credit = credit.spend(params.window, parts.by_credit, now)?;
        Ok(Some((Outflow { allowance, fresh: parts.fresh }, credit)))
    }
}
