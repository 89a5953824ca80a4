//! The insurance vault of a group.

use anchor_lang::prelude::*;
use firebreak_risk::{allowance::Allowance, stake::SharePool, units::UnixTime};

use crate::error::FirebreakError;

/// Insurance of a group: quote tokens in a vault of their own.
#[account(zero_copy)]
#[repr(C)]
pub struct InsuranceVault {
    /// The group.
    pub group: Pubkey,
    /// Token account that holds the insurance.
    pub vault: Pubkey,
    /// Raised by each mutation; in every event about the vault.
    pub sequence: u64,
    /// Quote atoms that belong to the insurance. Counted here, so a donation to the token account changes nothing.
    pub balance_atoms: u64,
    /// Quote atoms paid in without shares since creation.
    pub funded_atoms: u64,
    /// Quote atoms paid for losses since creation.
    pub paid_atoms: u64,
    /// Shares of all stakers, those that asked for an exit included.
    pub share_count: u64,
    /// Payouts that still count against the day's allowance, in atoms.
    pub day_used_atoms: u64,
    /// What drained of them beyond whole atoms, in atoms times seconds.
    pub day_drained_atom_secs: u64,
    /// Time up to which the allowance has refilled.
    pub day_updated_ts: i64,
    /// Bump of this account's address.
    pub bump: u8,
    /// Bump of the vault's address.
    pub vault_bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 5],
    /// Room for later fields.
    pub reserved: [u8; 224],
}

const _: () = assert!(core::mem::size_of::<InsuranceVault>() == 360);

impl InsuranceVault {
    /// Payouts that count against the day's allowance.
    pub fn day_allowance(&self) -> Allowance {
        Allowance {
            used_atoms: self.day_used_atoms,
            drained_atom_secs: self.day_drained_atom_secs,
            updated: UnixTime(self.day_updated_ts),
        }
    }

    /// Takes over a new state of that allowance.
    pub fn set_day_allowance(&mut self, allowance: Allowance) {
        self.day_used_atoms = allowance.used_atoms;
        self.day_drained_atom_secs = allowance.drained_atom_secs;
        self.day_updated_ts = allowance.updated.0;
    }

    /// Balance and shares.
    pub fn pool(&self) -> SharePool {
        SharePool { total_shares: self.share_count, balance_atoms: self.balance_atoms }
    }

    /// Takes over a new balance and number of shares.
    pub fn set_pool(&mut self, pool: &SharePool) {
        self.share_count = pool.total_shares;
        self.balance_atoms = pool.balance_atoms;
    }

    /// Tokens were paid in for nobody's shares.
    ///
    /// # Errors
    /// `MathOverflow` when the balance does not fit.
    pub fn on_funding(&mut self, atoms: u64) -> Result<()> {
        self.balance_atoms = self.balance_atoms.checked_add(atoms).ok_or(FirebreakError::MathOverflow)?;
        self.funded_atoms = self.funded_atoms.saturating_add(atoms);
        self.touch();
        Ok(())
    }

    /// A loss was paid.
    ///
    /// # Errors
    /// `VaultMismatch` when the balance does not cover it.
    pub fn on_payout(&mut self, atoms: u64) -> Result<()> {
        self.balance_atoms = self.balance_atoms.checked_sub(atoms).ok_or(FirebreakError::VaultMismatch)?;
        self.paid_atoms = self.paid_atoms.saturating_add(atoms);
        self.touch();
        Ok(())
    }

    /// Called by each instruction that changes the vault.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }
}
