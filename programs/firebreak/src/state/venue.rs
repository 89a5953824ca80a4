//! An integrating perp DEX.

use anchor_lang::prelude::*;

/// A venue: a program whose PDA may report fills. Written by the administrator only.
#[account(zero_copy)]
#[repr(C)]
pub struct Venue {
    /// The group that admitted the venue.
    pub group: Pubkey,
    /// Key that signs the venue's fills: a program-derived address of the venue's program.
    pub authority: Pubkey,
    /// The venue's program.
    pub program: Pubkey,
    /// Raised by each change.
    pub sequence: u64,
    /// Bit of this venue in the approvals of margin accounts, part of the address.
    pub index: u16,
    /// 0: may report fills. 1: frozen, reductions only.
    pub is_frozen: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 3],
    /// Room for later fields.
    pub reserved: [u8; 128],
}

const _: () = assert!(core::mem::size_of::<Venue>() == 240);
