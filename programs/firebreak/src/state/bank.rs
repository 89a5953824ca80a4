//! A collateral mint of a group and its vault.

use anchor_lang::prelude::*;

/// One collateral mint. Written by the administrator, deposits and withdrawals.
#[account(zero_copy)]
#[repr(C)]
pub struct CollateralBank {
    /// The group of the bank.
    pub group: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// Token account that holds the deposits.
    pub vault: Pubkey,
    /// Raised by each mutation; in every event about the bank.
    pub sequence: u64,
    /// Atoms owed to margin accounts and, for the quote mint, to the markets' pools.
    pub deposits_atoms: u64,
    /// Largest total of deposits, in atoms.
    pub deposit_cap_atoms: u64,
    /// Room for the outflow limiter.
    pub reserved_limiter: [u64; 6],
    /// Row of the mint in the snapshot.
    pub row: u16,
    /// Decimals of the mint.
    pub decimals: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Bump of the vault's address.
    pub vault_bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 2],
    /// Room for later fields.
    pub reserved: [u8; 128],
}

const _: () = assert!(core::mem::size_of::<CollateralBank>() == 304);

impl CollateralBank {
    /// Called by each instruction that changes the bank.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }
}
