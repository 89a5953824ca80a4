//! Addresses of Firebreak's accounts. Clients and `create` instructions use them; a fill passes keys that the venue
//! stored, because searching an address costs 1 500 compute units per try.

use solana_pubkey::Pubkey;

use crate::{ids::FIREBREAK_PROGRAM_ID, seeds};

/// Firebreak's program id as a key.
pub const PROGRAM_ID: Pubkey = Pubkey::new_from_array(FIREBREAK_PROGRAM_ID);

fn find(seeds: &[&[u8]]) -> (Pubkey, u8) {
    Pubkey::find_program_address(seeds, &PROGRAM_ID)
}

/// Group `id` of `creator`.
pub fn find_group(creator: &Pubkey, id: u32) -> (Pubkey, u8) {
    find(&[seeds::GROUP, creator.as_ref(), &id.to_le_bytes()])
}

/// Risk snapshot of a group.
pub fn find_snapshot(group: &Pubkey) -> (Pubkey, u8) {
    find(&[seeds::SNAPSHOT, group.as_ref()])
}

/// Exposure shard `index` of a group.
pub fn find_exposure(group: &Pubkey, index: u8) -> (Pubkey, u8) {
    find(&[seeds::EXPOSURE, group.as_ref(), &[index]])
}

/// Collateral bank of a mint.
pub fn find_bank(group: &Pubkey, mint: &Pubkey) -> (Pubkey, u8) {
    find(&[seeds::BANK, group.as_ref(), mint.as_ref()])
}

/// Market `index` of a group.
pub fn find_market(group: &Pubkey, index: u16) -> (Pubkey, u8) {
    find(&[seeds::MARKET, group.as_ref(), &index.to_le_bytes()])
}

/// Committee of reporters of a market.
pub fn find_committee(market: &Pubkey) -> (Pubkey, u8) {
    find(&[seeds::COMMITTEE, market.as_ref()])
}

/// Venue `index` of a group.
pub fn find_venue(group: &Pubkey, index: u16) -> (Pubkey, u8) {
    find(&[seeds::VENUE, group.as_ref(), &index.to_le_bytes()])
}

/// A venue's use of a market.
pub fn find_venue_market(venue: &Pubkey, market: &Pubkey) -> (Pubkey, u8) {
    find(&[seeds::VENUE_MARKET, venue.as_ref(), market.as_ref()])
}

/// Margin account `index` of an owner in a group.
pub fn find_margin_account(group: &Pubkey, owner: &Pubkey, index: u16) -> (Pubkey, u8) {
    find(&[seeds::MARGIN, group.as_ref(), owner.as_ref(), &index.to_le_bytes()])
}

/// Record of a group's insurance vault.
pub fn find_insurance(group: &Pubkey) -> (Pubkey, u8) {
    find(&[seeds::INSURANCE, group.as_ref()])
}

/// An owner's stake in the insurance.
pub fn find_insurance_stake(insurance: &Pubkey, owner: &Pubkey) -> (Pubkey, u8) {
    find(&[seeds::INSURANCE_STAKE, insurance.as_ref(), owner.as_ref()])
}

/// The signer of Firebreak's events; passed to `apply_fill`.
pub fn find_event_authority() -> (Pubkey, u8) {
    find(&[seeds::EVENT_AUTHORITY])
}
