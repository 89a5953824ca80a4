//! Addresses of Firebreak's accounts, from the seeds that the program itself uses.

use anchor_lang::prelude::Pubkey;
use firebreak::constants::{
    BANK, BANK_VAULT, COMMITTEE, EVENT_AUTHORITY, EXPOSURE, GROUP, INSURANCE, INSURANCE_STAKE,
    INSURANCE_VAULT, LEDGER, MARGIN, MARKET, SHARD_COUNT, SNAPSHOT, VENUE, VENUE_MARKET,
};

fn find(seeds: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(seeds, &firebreak::ID).0
}

/// Group `id` of `creator`.
pub fn group(creator: &Pubkey, id: u32) -> Pubkey {
    find(&[GROUP, creator.as_ref(), &id.to_le_bytes()])
}

/// Risk snapshot of a group.
pub fn snapshot(group: &Pubkey) -> Pubkey {
    find(&[SNAPSHOT, group.as_ref()])
}

/// Exposure shard `index` of a group.
pub fn exposure(group: &Pubkey, index: u8) -> Pubkey {
    find(&[EXPOSURE, group.as_ref(), &[index]])
}

/// All exposure shards of a group, in order.
pub fn exposures(group: &Pubkey) -> Vec<Pubkey> {
    (0..SHARD_COUNT).map(|index| exposure(group, index)).collect()
}

/// Exposure shard that a margin account belongs to.
pub fn exposure_of(group: &Pubkey, margin_account: &Pubkey) -> Pubkey {
    exposure(group, firebreak::instructions::shard_of(margin_account))
}

/// Bank of a collateral mint.
pub fn bank(group: &Pubkey, mint: &Pubkey) -> Pubkey {
    find(&[BANK, group.as_ref(), mint.as_ref()])
}

/// Token account of a bank.
pub fn bank_vault(bank: &Pubkey) -> Pubkey {
    find(&[BANK_VAULT, bank.as_ref()])
}

/// Market `index` of a group.
pub fn market(group: &Pubkey, index: u16) -> Pubkey {
    find(&[MARKET, group.as_ref(), &index.to_le_bytes()])
}

/// Ledger of a market.
pub fn ledger(market: &Pubkey) -> Pubkey {
    find(&[LEDGER, market.as_ref()])
}

/// Committee of reporters of a market.
pub fn committee(market: &Pubkey) -> Pubkey {
    find(&[COMMITTEE, market.as_ref()])
}

/// Venue `index` of a group.
pub fn venue(group: &Pubkey, index: u16) -> Pubkey {
    find(&[VENUE, group.as_ref(), &index.to_le_bytes()])
}

/// A venue's use of a market.
pub fn venue_market(venue: &Pubkey, market: &Pubkey) -> Pubkey {
    find(&[VENUE_MARKET, venue.as_ref(), market.as_ref()])
}

/// Margin account `index` of `owner` in a group.
pub fn margin_account(group: &Pubkey, owner: &Pubkey, index: u16) -> Pubkey {
    find(&[MARGIN, group.as_ref(), owner.as_ref(), &index.to_le_bytes()])
}

/// Record of a group's insurance vault.
pub fn insurance(group: &Pubkey) -> Pubkey {
    find(&[INSURANCE, group.as_ref()])
}

/// Token account of the insurance vault.
pub fn insurance_vault(insurance: &Pubkey) -> Pubkey {
    find(&[INSURANCE_VAULT, insurance.as_ref()])
}

/// An owner's stake in a group's insurance.
pub fn insurance_stake(insurance: &Pubkey, owner: &Pubkey) -> Pubkey {
    find(&[INSURANCE_STAKE, insurance.as_ref(), owner.as_ref()])
}

/// Signer of Firebreak's events.
pub fn event_authority() -> Pubkey {
    find(&[EVENT_AUTHORITY])
}
