//! What one owner has staked in a group's insurance.

use anchor_lang::prelude::*;
use core::mem::{offset_of, size_of};
use firebreak_risk::stake::ExitRequest;

/// Shares of one owner in an insurance vault. Written by its owner only; losses and donations reach it through the value
/// of a share.
#[account(zero_copy)]
#[repr(C)]
pub struct InsuranceStake {
    /// The group.
    pub group: Pubkey,
    /// Owner of the stake.
    pub owner: Pubkey,
    /// All shares of the stake, those in `exit_shares` included. Every one of them bears losses.
    pub shares: u64,
    /// Shares among them for which an exit was asked. 0: no request.
    pub exit_shares: u64,
    /// Quote atoms that those were worth when it was asked: the most that they can still fetch.
    pub exit_atoms: u64,
    /// When it was asked. 0: no request.
    pub exit_requested_ts: i64,
    /// Raised by each mutation; in every event about the stake.
    pub sequence: u64,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 6],
    /// Room for later fields.
    pub reserved: [u8; 64],
}

const _: () = assert!(size_of::<InsuranceStake>() == 176);
// Clients sort and filter accounts by these offsets, behind the discriminator.
const _: () = assert!(offset_of!(InsuranceStake, group) == 0);
const _: () = assert!(offset_of!(InsuranceStake, owner) == 32);
const _: () = assert!(offset_of!(InsuranceStake, shares) == 64);
const _: () = assert!(offset_of!(InsuranceStake, version) == 105);

impl InsuranceStake {
    /// True when nothing is staked.
    pub fn is_empty(&self) -> bool {
        self.shares == 0
    }

    /// True while an exit was asked for and neither taken nor cancelled.
    pub fn has_request(&self) -> bool {
        self.exit_shares > 0
    }

    /// The request for an exit; of no shares without one.
    pub fn request(&self) -> ExitRequest {
        ExitRequest { shares: self.exit_shares, atoms_at_request: self.exit_atoms }
    }

    /// Ends the request for an exit: of its shares, `kept_shares` stay with the stake and the others are gone.
    /// Returns the number of those that are gone. `kept_shares` must not exceed the shares of the request.
    pub fn end_request(&mut self, kept_shares: u64) -> u64 {
        let burnt = self.exit_shares.saturating_sub(kept_shares);
        self.shares = self.shares.saturating_sub(burnt);
        self.exit_shares = 0;
        self.exit_atoms = 0;
        self.exit_requested_ts = 0;
        burnt
    }

    /// Called by each instruction that changes the stake.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }
}
