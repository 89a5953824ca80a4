//! One clearing domain: its authorities and the parameters that hold for every market in it.

use anchor_lang::prelude::*;
use firebreak_risk::{
    allowance::AllowanceParams,
    units::{Ppm, Seconds},
};

use crate::constants::COVER_WINDOW_SECS;

/// A clearing domain with its own vaults. Written by the administrator only.
#[account(zero_copy)]
#[repr(C)]
pub struct Group {
    /// Key that may configure the group; meant to be a multisig vault.
    pub admin: Pubkey,
    /// Key that may tighten and pause. Default key: nobody.
    pub guardian: Pubkey,
    /// Mint in which profit, loss and requirements are counted.
    pub quote_mint: Pubkey,
    /// Seconds by which a loosening is delayed. 0 while governance is not switched on.
    pub timelock_secs: u64,
    /// Raised by each parameter change.
    pub parameter_epoch: u64,
    /// Raised by each mutation of this account; in every event about it.
    pub sequence: u64,
    /// Quote that an account may owe beyond its cash before its collateral is converted, in quote atoms.
    pub quote_debt_limit_atoms: u64,
    /// Number that distinguishes groups of one creator, part of the address.
    pub id: u32,
    /// Margin buffer above maintenance at which a liquidation stops, in ppm of the requirement.
    pub target_buffer_ppm: u32,
    /// Share of the maintenance requirement below which an account is critical, in ppm.
    pub critical_ppm: u32,
    /// Share of the insurance vault that one bankruptcy can draw, in ppm.
    pub cover_event_ppm: u32,
    /// Protocol's share of trading fees, in ppm.
    pub protocol_fee_share_ppm: u32,
    /// Share of the insurance vault that one day can draw, in ppm.
    pub cover_day_ppm: u32,
    /// Share of the protocol's fees that goes to the insurance, in ppm.
    pub insurance_fee_share_ppm: u32,
    /// Time between asking for an exit from the insurance and taking it, in seconds.
    pub unstake_cooldown_secs: u32,
    /// Markets created.
    pub market_count: u16,
    /// Rows used in the snapshot, the quote row included.
    pub row_count: u16,
    /// Venues registered.
    pub venue_count: u16,
    /// Shards created.
    pub shard_count: u8,
    /// [`GroupStatus`] as a number.
    pub status: u8,
    /// Decimals of the quote mint.
    pub quote_decimals: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 5],
    /// Key that the administrator proposed as its successor, until that key accepts. Default key: none.
    pub proposed_admin: Pubkey,
    /// Share of the sum over positions that an account needs at least, in ppm. All of it: no account is margined as a
    /// portfolio.
    pub portfolio_floor_ppm: u32,
    /// Room for later fields.
    pub reserved: [u8; 196],
}

/// Whether a group takes public deposits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum GroupStatus {
    /// Being configured; takes no deposits.
    Setup = 0,
    /// Open.
    Active = 1,
}

impl Group {
    /// True once `activate` has run.
    pub fn is_active(&self) -> bool {
        self.status == GroupStatus::Active as u8
    }

    /// Limits of what the insurance pays for all markets together per day.
    pub fn cover_day(&self) -> AllowanceParams {
        AllowanceParams {
            cap_share: Ppm(self.cover_day_ppm),
            cap_atoms_min: 0,
            window: Seconds(COVER_WINDOW_SECS),
        }
    }

    /// Called by each instruction that changes parameters, here or in an account of the group; returns the new epoch.
    pub fn next_epoch(&mut self) -> u64 {
        self.parameter_epoch = self.parameter_epoch.wrapping_add(1);
        self.touch();
        self.parameter_epoch
    }

    /// Called by each instruction that changes this account.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }
}

const _: () = assert!(core::mem::size_of::<Group>() == 408);
