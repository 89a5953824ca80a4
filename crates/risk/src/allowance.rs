//! A leaky allowance: how much may leave something per window, whoever takes it and in however many parts.
//!
//! Four limits share it: payouts of settled losses, withdrawals from a vault, and what the insurance pays per day, in
//! all and per market. `used` counts what was taken and drains linearly, one cap per window. The cap is a share of
//! base + used (what would be there without the takings still counted), or an absolute minimum if that is more.
//! - Taking moves atoms from the base to `used` and leaves the cap as it was, so taking in parts is taking at once.
//! - What drains below one atom is carried, so looking often neither speeds up nor stops the drain.
//! - Nobody waits for ever: with a minimum of at least one atom something can be taken after each window.
//! - An empty allowance saves nothing up, and a clock that goes back drains nothing.
//!
//! Result: what is taken in any window of T seconds is at most cap * (1 + T / window), cap being the largest in it.

use crate::error::{Result, RiskError};
use crate::math::fixed::{div_rem_wide, mul_ppm_floor, mul_wide};
use crate::units::{Ppm, Seconds, UnixTime, PPM_ONE};

#[cfg(test)]
mod tests;

/// How much may be taken, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowanceParams {
    /// Part of base + used that may be taken in one window; more than one counts as one.
    pub cap_share: Ppm,
    /// Atoms that may be taken in one window however small the base is. Zero lets small bases starve.
    pub cap_atoms_min: u64,
    /// Time in which a fully used allowance is available again; not zero.
    pub window: Seconds,
}

/// The used part of an allowance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Atoms taken that still count.
    pub used_atoms: u64,
    /// What drained of `used_atoms` beyond whole atoms, in atoms times seconds; less than the window.
    pub drained_atom_secs: u64,
    /// When `used_atoms` was last drained. Never goes backwards.
    pub updated: UnixTime,
}

impl Allowance {
    /// What may be taken in a whole window, in atoms, rounded down. `base_atoms` is what there is to take from now.
    ///
    /// # Errors
    /// None in fact: the share is at most one.
    #[inline]
    pub fn cap_atoms(&self, params: &AllowanceParams, base_atoms: u64) -> Result<u64> {
        // A sum beyond 64 bits is more than exists of any token; saturating makes the cap smaller, never larger.
        let all = base_atoms.saturating_add(self.used_atoms);
        let share = Ppm(params.cap_share.0.min(PPM_ONE));
        Ok(mul_ppm_floor(all, share)?.max(params.cap_atoms_min))
    }

    /// The allowance at `now`: `used` drained by cap * dt / window. Unchanged if no time has passed or the clock went
    /// backwards.
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn drained(&self, params: &AllowanceParams, base_atoms: u64, now: UnixTime) -> Result<Allowance> {
        if params.window.0 == 0 {
            return Err(RiskError::DivisionByZero);
        }
        let elapsed = Seconds::between(self.updated, now);
        if elapsed.0 == 0 {
            return Ok(*self);
        }
        let cap = self.cap_atoms(params, base_atoms)?;
        // (2^64 - 1)^2 + (2^64 - 1) < 2^128.
        let atom_secs = mul_wide(cap, elapsed.0).wrapping_add(u128::from(self.drained_atom_secs));
        let (used_atoms, drained_atom_secs) = match div_rem_wide(atom_secs, params.window.0) {
            Ok((atoms, rest)) if atoms < self.used_atoms => (self.used_atoms.wrapping_sub(atoms), rest),
            // All of it drained, or more than 64 bits can say. An empty bucket saves nothing up.
            _ => (0, 0),
        };
        Ok(Allowance { used_atoms, drained_atom_secs, updated: now })
    }

    /// The most that [`charge`](Self::charge) admits at `now`, in atoms, rounded down. It may exceed the base: what
    /// there is to take is the caller's second limit.
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn room_floor(&self, params: &AllowanceParams, base_atoms: u64, now: UnixTime) -> Result<u64> {
        let drained = self.drained(params, base_atoms, now)?;
        Ok(drained.cap_atoms(params, base_atoms)?.saturating_sub(drained.used_atoms))
    }

    /// The allowance after `atoms` were taken at `now`. `base_atoms` is the base before that.
    ///
    /// # Errors
    /// [`RiskError::DomainError`] beyond the room, [`RiskError::DivisionByZero`] if the window is zero.
    pub fn charge(
        &self,
        params: &AllowanceParams,
        base_atoms: u64,
        atoms: u64,
        now: UnixTime,
    ) -> Result<Allowance> {
        let drained = self.drained(params, base_atoms, now)?;
        if atoms > drained.room_floor(params, base_atoms, now)? {
            return Err(RiskError::DomainError);
        }
        // used + atoms <= cap where atoms > 0: the sum fits.
        Ok(Allowance { used_atoms: drained.used_atoms.wrapping_add(atoms), ..drained })
    }

    /// The allowance after `atoms` came back at `now`: they count no longer. Never below zero.
    ///
    /// # Errors
    /// [`RiskError::DivisionByZero`] if the window is zero.
    pub fn credit(
        &self,
        params: &AllowanceParams,
        base_atoms: u64,
        atoms: u64,
        now: UnixTime,
    ) -> Result<Allowance> {
        let drained = self.drained(params, base_atoms, now)?;
        let used_atoms = drained.used_atoms.saturating_sub(atoms);
        // As in `drained`: a fraction that drained from nothing would speed up what is taken next.
        let drained_atom_secs = if used_atoms == 0 { 0 } else { drained.drained_atom_secs };
        Ok(Allowance { used_atoms, drained_atom_secs, ..drained })
    }
}
