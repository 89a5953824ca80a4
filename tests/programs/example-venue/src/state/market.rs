//! A market of the venue.

use anchor_lang::prelude::*;

/// Configuration of one market. Written once.
#[account(zero_copy)]
#[repr(C)]
#[derive(Debug, PartialEq, Eq)]
pub struct Market {
    /// Key that opened the market.
    pub admin: Pubkey,
    /// Firebreak's group.
    pub group: Pubkey,
    /// This venue, as registered with Firebreak.
    pub venue: Pubkey,
    /// Firebreak's account of this venue's use of the market.
    pub venue_market: Pubkey,
    /// Firebreak's risk snapshot.
    pub snapshot: Pubkey,
    /// The market's order book.
    pub book: Pubkey,
    /// Price step, in quote atoms per lot.
    pub tick_atoms: u64,
    /// Fee of the taker, in ppm of notional, rounded up.
    pub taker_fee_ppm: u32,
    /// Rebate of the maker, in ppm of notional, rounded down.
    pub maker_rebate_ppm: u32,
    /// Row of the market in the snapshot.
    pub row: u16,
    /// Bump of this account's address.
    pub bump: u8,
    /// Bump of the key that signs fills.
    pub authority_bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 3],
}

const _: () = assert!(core::mem::size_of::<Market>() == 216);
