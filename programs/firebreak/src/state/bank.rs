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
    /// Withdrawals that still count against the outflow allowance, in atoms.
    pub outflow_used_atoms: u64,
    /// What drained of them beyond whole atoms, in atoms times seconds.
    pub outflow_drained_atom_secs: u64,
    /// Time up to which the allowance has refilled.
    pub outflow_updated_ts: i64,
    /// Withdrawals allowed per window whatever the vault holds, in atoms.
    pub outflow_floor_atoms: u64,
    /// Quote notional of conversions that would move the log price by one, in quote atoms. Not used for the quote mint.
    pub depth_atoms: u64,
    /// Price impact that conversions still hold, in 2^-40 of the log price.
    pub impact_level_q40: u64,
    /// Time up to which that level has decayed.
    pub impact_updated_ts: i64,
    /// Share of the vault that can leave per window, in ppm.
    pub outflow_share_ppm: u32,
    /// Outflow window, in seconds.
    pub outflow_window_secs: u32,
    /// Impact that conversions may hold in the price at once, in ppm of the log price.
    pub impact_cap_ppm: u32,
    /// Decay time of impact, in seconds.
    pub impact_decay_secs: u32,
    /// Largest discount of a conversion, in ppm of the risk price.
    pub discount_ppm: u32,
    /// Time over which the discount rises to its largest value, in seconds.
    pub discount_ramp_secs: u32,
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
    pub reserved: [u8; 96],
}

const _: () = assert!(core::mem::size_of::<CollateralBank>() == 304);

impl CollateralBank {
    /// Called by each instruction that changes the bank.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }
}
