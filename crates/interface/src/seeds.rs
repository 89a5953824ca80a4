//! First seeds of every program-derived address. The remaining seeds, in order, stand in each comment; numbers
//! are little-endian.

/// Group: creator, id as u32.
pub const GROUP: &[u8] = b"group";
/// Risk snapshot: group.
pub const SNAPSHOT: &[u8] = b"snapshot";
/// Exposure shard: group, index as u8.
pub const EXPOSURE: &[u8] = b"exposure";
/// Collateral bank: group, mint.
pub const BANK: &[u8] = b"bank";
/// Token account of a collateral bank: bank.
pub const BANK_VAULT: &[u8] = b"bank_vault";
/// Market: group, market index as u16.
pub const MARKET: &[u8] = b"market";
/// Market ledger: market.
pub const LEDGER: &[u8] = b"ledger";
/// Committee of reporters: market.
pub const COMMITTEE: &[u8] = b"committee";
/// Venue: group, index as u16.
pub const VENUE: &[u8] = b"venue";
/// Use of a market by a venue: venue, market.
pub const VENUE_MARKET: &[u8] = b"venue_market";
/// Margin account: group, owner, index as u16.
pub const MARGIN: &[u8] = b"margin";
/// Insurance vault: group.
pub const INSURANCE: &[u8] = b"insurance";
/// Token account of the insurance vault: insurance.
pub const INSURANCE_VAULT: &[u8] = b"insurance_vault";
/// Stake in the insurance: insurance, owner.
pub const INSURANCE_STAKE: &[u8] = b"insurance_stake";
/// Signer of the program's own event calls: no further seeds.
pub const EVENT_AUTHORITY: &[u8] = b"__event_authority";
