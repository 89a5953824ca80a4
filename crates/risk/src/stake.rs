//! Shares of the insurance: who owns how much of its balance.
//!
//! Stakers own the balance in proportion to their shares. Payouts lower what a share is worth, fees and donations
//! raise it; neither touches the number of shares. To every pool belong 1 000 shares and one atom that nobody owns.
//! They set the first price, and they take the largest part of a donation to an almost empty pool, so that nobody gains
//! by making shares so expensive that the next staker's are rounded away.
//!
//! Symbols: B = balance, S = shares, V = virtual shares, p = (B + 1) / (S + V) atoms per share.
//! - Deposits and exits are rounded down, so neither ever lowers p. Only losses do.
//! - What all holders together can take is at most B: S * p < B + 1, and every part of it is rounded down.
//! - A pool that losses have almost emptied may have so many shares per atom that a stake does not fit 64 bits any
//!   more. Then it is refused, and the insurance can only be funded without shares.

use crate::error::{Result, RiskError};
use crate::math::fixed::mul_div_floor;

#[cfg(test)]
mod tests;

/// Shares of every pool that nobody owns.
pub const VIRTUAL_SHARES: u64 = 1_000;
/// Atoms that every pool counts beyond its balance.
pub const VIRTUAL_ATOMS: u64 = 1;

/// The insurance's balance, and the shares that own it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SharePool {
    /// Shares of all stakers, those that asked for an exit included.
    pub total_shares: u64,
    /// Balance in quote atoms.
    pub balance_atoms: u64,
}

/// A stake whose owner asked for an exit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExitRequest {
    /// Shares that leave.
    pub shares: u64,
    /// What they were worth at the request, in quote atoms: they earn nothing from then on.
    pub atoms_at_request: u64,
}

impl SharePool {
    /// Shares plus the virtual ones.
    fn all_shares(&self) -> Result<u64> {
        self.total_shares.checked_add(VIRTUAL_SHARES).ok_or(RiskError::Overflow)
    }

    /// Balance plus the virtual atom.
    fn all_atoms(&self) -> Result<u64> {
        self.balance_atoms.checked_add(VIRTUAL_ATOMS).ok_or(RiskError::Overflow)
    }

    /// Shares that a deposit buys, rounded down; possibly none.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] if the shares, or the pool, do not fit 64 bits.
    pub fn shares_for_deposit_floor(&self, atoms: u64) -> Result<u64> {
        mul_div_floor(atoms, self.all_shares()?, self.all_atoms()?)
    }

    /// What these shares are worth, in quote atoms, rounded down.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] if the result, or the pool, does not fit 64 bits.
    pub fn atoms_for_shares_floor(&self, shares: u64) -> Result<u64> {
        mul_div_floor(shares, self.all_atoms()?, self.all_shares()?)
    }

    /// What these shares cost, rounded up: the least deposit that buys as many. A share may cost many atoms, above all
    /// where somebody paid into a pool without stakers. Who pays only what whole shares cost loses less than an atom by
    /// rounding, so nobody can gain from making that loss large.
    ///
    /// # Errors
    /// As [`atoms_for_shares_floor`](Self::atoms_for_shares_floor).
    pub fn cost_of_shares_ceil(&self, shares: u64) -> Result<u64> {
        // The worth rounded down, unless that does not buy them; then one atom more does.
        let floor = self.atoms_for_shares_floor(shares)?;
        let is_enough = self.shares_for_deposit_floor(floor)? >= shares;
        Ok(if is_enough { floor } else { floor.saturating_add(1) })
    }

    /// Shares that stay with a stake whose request is taken back: all of them unless they earned something since then;
    /// else what leaving and staking the payout again would buy, rounded down. Whoever could take the earnings of the
    /// cooldown by cancelling would keep a request open for ever: leave at once when a loss comes, cancel otherwise.
    ///
    /// # Errors
    /// As [`exit`](Self::exit).
    pub fn kept_shares_floor(&self, request: &ExitRequest) -> Result<u64> {
        if self.atoms_for_shares_floor(request.shares)? <= request.atoms_at_request {
            return Ok(request.shares);
        }
        let (rest, atoms) = self.exit(request)?;
        Ok(rest.shares_for_deposit_floor(atoms)?.min(request.shares))
    }

    /// The pool after a deposit, and the shares it bought.
    ///
    /// # Errors
    /// [`RiskError::DomainError`] if it would buy none; [`RiskError::Overflow`] if something does not fit 64 bits.
    pub fn deposit(&self, atoms: u64) -> Result<(SharePool, u64)> {
        let shares = self.shares_for_deposit_floor(atoms)?;
        if shares == 0 {
            return Err(RiskError::DomainError);
        }
        let total_shares = self.total_shares.checked_add(shares).ok_or(RiskError::Overflow)?;
        let balance_atoms = self.balance_atoms.checked_add(atoms).ok_or(RiskError::Overflow)?;
        let pool = SharePool { total_shares, balance_atoms };
        // Whoever is let in must be able to ask for the way out.
        pool.all_shares()?;
        pool.all_atoms()?;
        Ok((pool, shares))
    }

    /// A request to leave with these shares, valued now.
    ///
    /// # Errors
    /// [`RiskError::DomainError`] for more shares than there are; [`RiskError::Overflow`] if the pool does not fit.
    pub fn request_exit(&self, shares: u64) -> Result<ExitRequest> {
        if shares > self.total_shares {
            return Err(RiskError::DomainError);
        }
        Ok(ExitRequest { shares, atoms_at_request: self.atoms_for_shares_floor(shares)? })
    }

    /// What a leaving stake gets: its present worth, but not more than at the request. Rounded down. Losses of the
    /// cooldown are borne, gains stay with those who stay.
    ///
    /// # Errors
    /// As [`atoms_for_shares_floor`](Self::atoms_for_shares_floor).
    pub fn exit_atoms_floor(&self, request: &ExitRequest) -> Result<u64> {
        Ok(self.atoms_for_shares_floor(request.shares)?.min(request.atoms_at_request))
    }

    /// The pool after an exit, and the atoms that left.
    ///
    /// # Errors
    /// [`RiskError::DomainError`] for more shares than there are; [`RiskError::Overflow`] if the pool does not fit.
    pub fn exit(&self, request: &ExitRequest) -> Result<(SharePool, u64)> {
        let atoms = self.exit_atoms_floor(request)?;
        let total_shares = self.total_shares.checked_sub(request.shares).ok_or(RiskError::DomainError)?;
        // All shares together are worth less than the balance and one atom, rounded down.
        let balance_atoms = self.balance_atoms.checked_sub(atoms).ok_or(RiskError::Overflow)?;
        Ok((SharePool { total_shares, balance_atoms }, atoms))
    }
}
