//! What a venue's authority signs besides fills: its premium, and being paid its fees.

use alloc::vec::Vec;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

use crate::{
    discriminators::{COLLECT_VENUE_FEES, POST_PREMIUM},
    pda::PROGRAM_ID,
};

/// Accounts that `post_premium` and `collect_venue_fees` share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueKeys {
    /// Signer: the program-derived address stored in `Venue.authority`.
    pub venue_authority: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The venue's use of the market. Written.
    pub venue_market: Pubkey,
    /// Firebreak's event authority.
    pub event_authority: Pubkey,
}

/// Builds `post_premium`: the mark price in quote atoms per lot in 2^-32.
pub fn post_premium_instruction(keys: &VenueKeys, snapshot: &Pubkey, mark_price_q32: u64) -> Instruction {
    let accounts = [
        AccountMeta::new_readonly(keys.venue_authority, true),
        AccountMeta::new_readonly(keys.venue, false),
        AccountMeta::new_readonly(*snapshot, false),
        AccountMeta::new_readonly(keys.market, false),
        AccountMeta::new(keys.venue_market, false),
        AccountMeta::new_readonly(keys.event_authority, false),
        AccountMeta::new_readonly(PROGRAM_ID, false),
    ];
    let data = [POST_PREMIUM, mark_price_q32.to_le_bytes()].concat();
    Instruction { program_id: PROGRAM_ID, accounts: Vec::from(accounts), data }
}

/// Builds `collect_venue_fees`: pays into the quote balance of `margin_account`. Return data: the atoms paid, as `u64`.
pub fn collect_venue_fees_instruction(
    keys: &VenueKeys,
    ledger: &Pubkey,
    margin_account: &Pubkey,
) -> Instruction {
    let accounts = [
        AccountMeta::new_readonly(keys.venue_authority, true),
        AccountMeta::new_readonly(keys.venue, false),
        AccountMeta::new_readonly(keys.market, false),
        AccountMeta::new(*ledger, false),
        AccountMeta::new(keys.venue_market, false),
        AccountMeta::new(*margin_account, false),
        AccountMeta::new_readonly(keys.event_authority, false),
        AccountMeta::new_readonly(PROGRAM_ID, false),
    ];
    Instruction { program_id: PROGRAM_ID, accounts: Vec::from(accounts), data: Vec::from(COLLECT_VENUE_FEES) }
}
